"""Mistakes in the environment stop the start; each with an id and a cure."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.conf import settings

from clevertap_partners import checks

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "PARTNERS_MODE": "production",
    "DJANGO_SECRET_KEY": "x7" * 40 + "!qwertzuiopas",
    "PARTNERS_SECRET_KEYS": Fernet.generate_key().decode(),
    "DJANGO_ALLOWED_HOSTS": "partners.example",
    "PARTNERS_BASE_URL": "https://partners.example",
}


def check(**environment: str) -> subprocess.CompletedProcess[str]:
    return python("manage.py", "check", "--deploy", "--fail-level", "WARNING", **environment)


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**kept, "PARTNERS_VAR_DIR": str(settings.VAR_DIR), **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_production_passes_every_check_of_django() -> None:
    result = check(**PRODUCTION)
    assert result.returncode == 0, result.stderr


def test_production_refuses_the_sandbox() -> None:
    result = check(**PRODUCTION, PARTNERS_SANDBOX="1")
    assert result.returncode != 0
    assert "partners.E001" in result.stderr


@pytest.mark.parametrize(
    ("changes", "mistake"),
    [({"PARTNERS_SANDBOX": "1"}, "partners.E001"), ({"PARTNERS_BASE_URL": ""}, "partners.E005")],
)
def test_the_web_server_does_not_start_with_what_a_check_refuses(
    changes: dict[str, str], mistake: str
) -> None:
    """It is no manage.py command, so nobody else checks it."""
    start = ("-c", "import clevertap_partners.wsgi")
    assert python(*start, **PRODUCTION).returncode == 0
    refused = python(*start, **{**PRODUCTION, **changes})
    assert refused.returncode != 0
    assert mistake in refused.stderr


def test_production_wants_the_address_that_mail_links_to() -> None:
    result = check(**{key: value for key, value in PRODUCTION.items() if "BASE_URL" not in key})
    assert result.returncode != 0
    assert "partners.E005" in result.stderr


@pytest.mark.parametrize("name", ["DJANGO_SECRET_KEY", "PARTNERS_SECRET_KEYS"])
def test_production_does_not_start_without_its_own_secrets(name: str) -> None:
    result = check(**{key: value for key, value in PRODUCTION.items() if key != name})
    assert result.returncode != 0
    assert name in result.stderr


def test_an_unknown_mode_does_not_start() -> None:
    result = check(PARTNERS_MODE="staging")
    assert result.returncode != 0
    assert "PARTNERS_MODE" in result.stderr


@pytest.mark.parametrize(("keys", "id"), [([], "partners.E002"), (["short"], "partners.E003")])
def test_a_key_ring_that_cannot_work_is_found(settings: object, keys: list[str], id: str) -> None:
    settings.PARTNERS_SECRET_KEYS = keys  # type: ignore[attr-defined]
    assert [message.id for message in checks.key_ring_is_usable()] == [id]
    assert not any(key in str(checks.key_ring_is_usable()) for key in keys)


def test_a_heartbeat_that_is_too_slow_for_the_lease_is_found(settings: object) -> None:
    settings.LEASE_S, settings.HEARTBEAT_S = 30, 15  # type: ignore[attr-defined]
    assert [message.id for message in checks.heartbeat_fits_lease()] == ["partners.E004"]


def test_two_kinds_of_tls_at_once_are_found(settings: object) -> None:
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = True  # type: ignore[attr-defined]
    assert [message.id for message in checks.mail_has_one_kind_of_tls()] == ["partners.E006"]


def test_our_own_settings_pass() -> None:
    assert checks.sandbox_stays_out_of_production() == []
    assert checks.key_ring_is_usable() == []
    assert checks.heartbeat_fits_lease() == []
    assert checks.links_in_mail_lead_here() == []
    assert checks.mail_has_one_kind_of_tls() == []
