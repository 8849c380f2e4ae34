"""The language of the dashboard: what a person has chosen, else what their browser asks for."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.shortcuts import redirect
from django.utils import translation
from django.utils.translation import check_for_language
from django.views.decorators.http import require_POST

from clevertap_partners.accounts.models import Preferences
from clevertap_partners.core.theme import came_from


class Languages(LocaleMiddleware):
    """Django's; who signs in on a new device finds the language that they have chosen elsewhere.

    The thread speaks its own language again afterwards: files that are sent while they are read are
    in English for everybody.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        with translation.override(translation.get_language()):
            return super().__call__(request)

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        answer = super().process_response(request, response)
        if language := getattr(request, "language_of_person", ""):
            remember(answer, language)
        if getattr(request, "person_has_left", False):
            answer.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite="Lax")
        return answer


@receiver(user_logged_in)
def bring_language(request: HttpRequest, user: User, **_: Any) -> None:
    request.language_of_person = language_of(user)  # type: ignore[attr-defined]


@receiver(user_logged_out)
def take_language_along(request: HttpRequest, user: User | None, **_: Any) -> None:
    """Who uses the browser next shall not find the language of somebody else."""
    request.person_has_left = bool(user and language_of(user))  # type: ignore[attr-defined]


@require_POST
def language_choose(request: HttpRequest) -> HttpResponse:
    """Back to the page that it was chosen on, in the new language."""
    response = redirect(came_from(request))
    chosen = request.POST.get("language", "")
    if not is_offered(chosen):
        return response
    if request.user.is_authenticated:
        Preferences.objects.update_or_create(user=request.user, defaults={"language": chosen})
    remember(response, chosen)
    return response


def language_of(user: User) -> str:
    """What they have chosen; empty if nothing, or if it is not offered any more."""
    chosen = Preferences.objects.filter(user=user).values_list("language", flat=True).first()
    return chosen if chosen and is_offered(chosen) else ""


def is_offered(language: str) -> bool:
    return language in dict(settings.LANGUAGES) and check_for_language(language)


def remember(response: HttpResponseBase, language: str) -> None:
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
