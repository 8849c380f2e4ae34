"""Slows down who guesses passwords, without locking out whom they guess at.

A person and an address together get few attempts, an address alone more. Nobody can lock a person
out elsewhere, and open sessions go on.
"""

from __future__ import annotations

from typing import Any

from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.crypto import salted_hmac


class Throttle(AxesDatabaseHandler):  # type: ignore[misc]  # axes has no types
    """Counts as axes does, and each address besides."""

    def get_failures(self, request: Any, credentials: dict[str, Any] | None = None) -> int:
        """Of the person from there; as many as lock when the address has used up its own."""
        failures: int = super().get_failures(request, credentials)
        if failures_from(request) >= settings.LOGIN_FAILURES_PER_ADDRESS:
            return max(failures, settings.AXES_FAILURE_LIMIT)
        return failures


def failures_from(request: Any) -> int:
    """Wrong passwords from the request's address lately, whoever they were for."""
    recent = AccessAttempt.objects.filter(
        ip_address=request.axes_ip_address, attempt_time__gte=get_cool_off_threshold(request)
    )
    return recent.aggregate(sum=Sum("failures_since_start"))["sum"] or 0


def username_tag(request: Any, credentials: dict[str, Any] | None = None) -> str | None:
    """What attempts are counted by: people type their password where the user name belongs."""
    name = (credentials or request.POST).get("username")
    return tag_of(name) if name else None


def tag_of(username: str) -> str:
    """The same for the same name, and not to be guessed back without our key."""
    return salted_hmac("partners.sign_in", username, algorithm="sha256").hexdigest()


def client_in_words(
    username: str, ip_address: str, user_agent: str, path_info: str, request: Any
) -> str:
    """For the log: nothing that was typed."""
    return f"{ip_address} at {path_info}"


def locked_out(
    request: HttpRequest, response: HttpResponse, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """What who has tried too often sees, wherever the password was asked for."""
    by_address = failures_from(request) >= settings.LOGIN_FAILURES_PER_ADDRESS
    context = {
        "failure_limit": settings.AXES_FAILURE_LIMIT,
        "cooloff_timedelta": get_cool_off(request),
        "by_address": by_address,
    }
    return render(request, "accounts/locked_out.html", context, status=429)
