"""Model fields that the whole project shares."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from clevertap_partners.core.crypto import KeyRing


def key_ring() -> KeyRing:
    return KeyRing(settings.PARTNERS_SECRET_KEYS)


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Text that is encrypted in the database and plain in Python. Empty text stays empty.

    Raises PermanentError `secret_unreadable` on reading what no key of the ring opens.
    """

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        return key_ring().encrypt(text) if text else text

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return key_ring().decrypt(value) if value else value
