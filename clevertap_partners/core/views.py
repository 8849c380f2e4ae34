"""Pages that belong to no account: health, and what is shown when something is refused."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from clevertap_partners.core.drawer import is_fragment
from clevertap_partners.core.health import health_report


@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """200 when every part answers, 503 when one does not; which one is in the body."""
    report = health_report()
    healthy = all(state == "ok" for state in report.values())
    return JsonResponse(
        {"status": "ok" if healthy else "failing", "checks": report},
        status=HTTPStatus.OK if healthy else HTTPStatus.SERVICE_UNAVAILABLE,
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    heading = _("We could not read that")
    return _refused(request, "400.html", HTTPStatus.BAD_REQUEST, heading)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`PermissionDenied` says in its text what is missing and who can help."""
    heading = _("You may not do this")
    return _refused(request, "403.html", HTTPStatus.FORBIDDEN, heading, str(exception))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _refused(request, "404.html", HTTPStatus.NOT_FOUND, _("Nothing is here"))


def too_large(request: HttpRequest) -> HttpResponse:
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return _refused(request, "413.html", status, _("That is too large"))


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The CSRF check failed: nearly always a page that was open for longer than the sign-in."""
    message = _(
        "This page was open for so long that its form is no longer valid. "
        "Nothing was changed. Go back, reload the page and try again."
    )
    heading = _("The form has expired")
    return _refused(request, "403.html", HTTPStatus.FORBIDDEN, heading, message)


def _refused(
    request: HttpRequest, template: str, status: HTTPStatus, heading: str, message: str = ""
) -> HttpResponse:
    context = {"base": _base(request), "heading": heading, "message": message}
    return render(request, template, context, status=status)


def _base(request: HttpRequest) -> str:
    """The signed-in frame, the plain page, or for htmx only the part that it asked for."""
    if hasattr(request, "htmx") and is_fragment(request):
        return "error_drawer.html" if request.htmx.target == "aside#drawer" else "error_part.html"
    user = getattr(request, "user", None)
    return "error_framed.html" if user and user.is_authenticated else "error_plain.html"
