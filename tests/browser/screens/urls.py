"""The project's addresses, and one for each way in which a page can fail."""

from __future__ import annotations

from typing import NoReturn

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest
from django.urls import include, path

from clevertap_partners.urls import handler400, handler403, handler404
from clevertap_partners.urls import urlpatterns as ours

__all__ = ["handler400", "handler403", "handler404", "urlpatterns"]


def bad(request: HttpRequest) -> NoReturn:
    raise BadRequest


def missing(request: HttpRequest) -> NoReturn:
    raise Http404


def broken(request: HttpRequest) -> NoReturn:
    raise RuntimeError("On purpose.")


urlpatterns = [
    path("screens/400/", bad, name="screens_400"),
    path("screens/404/", missing, name="screens_404"),
    path("screens/500/", broken, name="screens_500"),
    # Known while developing only.
    path("style/", include("clevertap_partners.core.style_urls")),
    *ours,
]
