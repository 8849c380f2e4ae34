"""Django's sessions in the database, but under a hash: who reads the table cannot sign in with it.

Each row says whose it is and from where, so that people can see and end their own.
"""

from __future__ import annotations

import hashlib
from typing import Any, cast

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone

from clevertap_partners.accounts.security.models import PersonSession

# What a row keeps when the session in it is written again.
FACTS = ("signed_in_at", "last_seen_at", "ip_address", "user_agent")


def hash_of(session_key: str) -> str:
    # Session keys are random and long: a plain hash cannot be guessed back.
    return hashlib.sha256(session_key.encode()).hexdigest()


class SessionStore(DatabaseStore):
    """`row` is the session as it was read; None before that, and for a new one."""

    row: PersonSession | None = None

    @classmethod
    def get_model_class(cls) -> type[PersonSession]:
        return PersonSession

    def _get_session_from_db(self) -> PersonSession | None:
        self.row = PersonSession.objects.filter(
            session_key=hash_of(self.session_key or ""), expire_date__gt=timezone.now()
        ).first()
        if self.row is None:
            self._session_key = None
        return self.row

    def exists(self, session_key: str) -> bool:
        return PersonSession.objects.filter(session_key=hash_of(session_key)).exists()

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key:
            PersonSession.objects.filter(session_key=hash_of(key)).delete()

    def create_model_instance(self, data: dict[str, Any]) -> PersonSession:
        row = cast(PersonSession, super().create_model_instance(data))
        row.session_key = hash_of(row.session_key)
        row.user_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        if self.row is not None:
            for fact in FACTS:
                setattr(row, fact, getattr(self.row, fact))
            if row.user_id not in {None, self.row.user_id}:
                row.signed_in_at = timezone.now()
        return row
