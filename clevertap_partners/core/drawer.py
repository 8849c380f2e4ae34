"""Drawers: forms at the right side, each with its own URL, with or without JavaScript."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render


def render_drawer(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    page_template: str,
    status: int = 200,
) -> HttpResponse:
    """The drawer alone for htmx; for a browser that opens the URL, the list page around it.

    The page template shows the drawer by including `drawer_template` into its `drawer` block.
    """
    if is_fragment(request):
        return render(request, template, context, status=status)
    return render(request, page_template, {**context, "drawer_template": template}, status=status)


def drawer_saved(request: HttpRequest, url: str) -> HttpResponse:
    """Close the drawer: go to the page that shows what was saved."""
    if is_fragment(request):
        return HttpResponse(headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page rather than a browser for the whole."""
    htmx = request.htmx  # type: ignore[attr-defined]
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request
