"""Start-up mistakes, caught by `manage.py check` with an id and a cure."""

from __future__ import annotations

from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, register, run_checks
from django.core.exceptions import ImproperlyConfigured


def refuse_mistakes() -> None:
    """For a start that is no manage.py command. Raises ImproperlyConfigured."""
    found = run_checks(include_deployment_checks=settings.IN_PRODUCTION)
    if serious := [message for message in found if message.is_serious()]:
        raise ImproperlyConfigured("\n".join(str(message) for message in serious))


@register
def sandbox_stays_out_of_production(**_: Any) -> list[CheckMessage]:
    if not (settings.IN_PRODUCTION and settings.SANDBOX):
        return []
    return [
        Error(
            "The sandbox is on in production: anybody could mint credentials.",
            hint="Unset PARTNERS_SANDBOX.",
            id="partners.E001",
        )
    ]


@register
def key_ring_is_usable(**_: Any) -> list[CheckMessage]:
    hint = "Make one with cryptography: Fernet.generate_key()."
    if not settings.PARTNERS_SECRET_KEYS:
        return [Error("PARTNERS_SECRET_KEYS is empty.", hint=hint, id="partners.E002")]
    try:
        for key in settings.PARTNERS_SECRET_KEYS:
            Fernet(key)
    except ValueError:
        message = "PARTNERS_SECRET_KEYS holds something that is not a Fernet key."
        return [Error(message, hint=hint, id="partners.E003")]
    return []


@register
def heartbeat_fits_lease(**_: Any) -> list[CheckMessage]:
    if settings.HEARTBEAT_S * 2 < settings.LEASE_S:
        return []
    return [
        Error(
            "PARTNERS_HEARTBEAT_S must be less than half of PARTNERS_LEASE_S.",
            hint="A single late heartbeat would hand running work to a second worker.",
            id="partners.E004",
        )
    ]


@register
def clocks_fit_lease(**_: Any) -> list[CheckMessage]:
    if settings.CLOCK_TOLERANCE_S < settings.LEASE_S - settings.HEARTBEAT_S:
        return []
    return [
        Error(
            "PARTNERS_CLOCK_TOLERANCE_S must be less than PARTNERS_LEASE_S less a heartbeat.",
            hint="A worker whose clock is ahead by as much would take work from those who hold it.",
            id="partners.E007",
        )
    ]


@register(deploy=True)
def links_in_mail_lead_here(**_: Any) -> list[CheckMessage]:
    if settings.PARTNERS_BASE_URL.startswith(("https://", "http://")):
        return []
    return [
        Error(
            "PARTNERS_BASE_URL is not the address of the dashboard: links in mail lead nowhere.",
            hint="Set it to what people type, such as https://partners.example.",
            id="partners.E005",
        )
    ]


@register
def mail_has_one_kind_of_tls(**_: Any) -> list[CheckMessage]:
    if not (settings.EMAIL_USE_TLS and settings.EMAIL_USE_SSL):
        return []
    return [
        Error(
            "EMAIL_USE_TLS and EMAIL_USE_SSL are both on, so no mail can be sent.",
            hint="Port 587 usually wants EMAIL_USE_TLS, port 465 EMAIL_USE_SSL.",
            id="partners.E006",
        )
    ]


@register(deploy=True)
def people_are_kept_safe(**_: Any) -> list[CheckMessage]:
    """What Django's own checks leave out, and somebody may have loosened for a test."""
    return [
        Error(message, hint=hint, id=id)
        for weak, message, hint, id in (
            (
                any("unsafe" in source for source in _policy_sources()),
                "The content security policy allows inline or evaluated code.",
                "Put the script or style into a file of its own.",
                "partners.E008",
            ),
            (
                not settings.SESSION_COOKIE_NAME.startswith("__Host-")
                or not settings.CSRF_COOKIE_NAME.startswith("__Host-"),
                "A cookie could be set by another host of the same domain.",
                "Give SESSION_COOKIE_NAME and CSRF_COOKIE_NAME the prefix __Host-.",
                "partners.E009",
            ),
            (
                settings.AXES_FAILURE_LIMIT > 20 or not settings.AXES_COOLOFF_TIME,
                "Passwords can be guessed without an end.",
                "Keep AXES_FAILURE_LIMIT at 20 or less, and AXES_COOLOFF_TIME above 0.",
                "partners.E010",
            ),
            (
                "*" in settings.ALLOWED_HOSTS,
                "DJANGO_ALLOWED_HOSTS takes every name, so links can be made to lead elsewhere.",
                "Name the hosts that people type.",
                "partners.E011",
            ),
        )
        if weak
    ]


def _policy_sources() -> list[str]:
    directives: dict[str, list[str]] = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    return [source for sources in directives.values() for source in sources]
