"""Where a person is signed in, and what they prove besides the password."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext

from clevertap_partners.accounts.security.devices import device_in_words
from clevertap_partners.core.fields import EncryptedTextField
from clevertap_partners.core.models import Timestamped


class PersonSession(AbstractBaseSession):
    """Who is signed in in which browser, from where, and when were they seen last?

    `session_key` is a hash: the key itself is in the browser's cookie only. Sessions of nobody are
    here too, as while a second factor is asked for.
    """

    session_key = models.CharField(max_length=64, primary_key=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="sessions"
    )
    signed_in_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    ip_address = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = "session"
        ordering: ClassVar = ["-signed_in_at"]

    def __str__(self) -> str:
        return self.device

    @property
    def device(self) -> str:
        return device_in_words(self.user_agent)

    @property
    def is_phone(self) -> bool:
        return "iPhone" in self.user_agent or "Android" in self.user_agent


class SecondFactor(Timestamped):
    """What does a person prove besides the password, since when, and which code came last?

    Without `confirmed_at` it is being set up and asks nobody. A code is good for half a minute;
    `last_step` says which of those was used last, so that none is good twice.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="second_factor"
    )
    secret = EncryptedTextField(editable=False)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    last_step = models.BigIntegerField(default=0, editable=False)
    # Of the session that sets it up: another one neither sees the secret nor confirms it.
    setup_session = models.CharField(max_length=64, blank=True, editable=False)
    # Wrong codes in a row; after some of them no code of the app is taken for a while, and for
    # longer with each such pause until a code is good again.
    failures = models.PositiveSmallIntegerField(default=0)
    pauses = models.PositiveSmallIntegerField(default=0)
    paused_until = models.DateTimeField(null=True, blank=True)
    # When the last pause began: the person is told, as somebody may have their password.
    paused_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return gettext("Second factor of {person}").format(person=self.user)


class RecoveryCode(models.Model):
    """Which codes may stand in for a lost second factor, once each?"""

    factor = models.ForeignKey(SecondFactor, models.CASCADE, related_name="recovery_codes")
    code_hash = models.CharField(max_length=64, editable=False)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["factor", "code_hash"], name="one_row_per_recovery_code"
            )
        ]

    def __str__(self) -> str:
        text = (
            gettext("Recovery code {id}, used")
            if self.used_at
            else gettext("Recovery code {id}, not used")
        )
        return text.format(id=self.pk)
