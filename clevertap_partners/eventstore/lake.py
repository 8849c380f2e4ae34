"""Where the lake of an account is."""

from __future__ import annotations

from django.conf import settings


def events_uri(account_id: int) -> str:
    return _uri(account_id, "events")


def profiles_uri(account_id: int) -> str:
    return _uri(account_id, "profiles")


def _uri(account_id: int, table: str) -> str:
    return f"{str(settings.LAKE_URL).rstrip('/')}/{account_id}/{table}"
