"""Who wants to be told what happens to exports, and what each receiver was sent."""

from __future__ import annotations

import math
import urllib.parse
import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.fields import EncryptedTextField
from clevertap_partners.core.lease import Leased
from clevertap_partners.core.models import Timestamped


class Kind(models.TextChoices):
    START = "start", _("Start")
    END = "end", _("End")
    FAILURE = "failure", _("Failure")
    TEST = "test", _("Test")


# What an endpoint may ask for; a test is sent by hand only.
ALERTS = (Kind.START, Kind.END, Kind.FAILURE)


class Endpoint(Timestamped):
    """Where does this account want its alerts, which ones, and does that still work?

    `secret` signs what is sent: read it when sending only, and defer it everywhere else.
    """

    class State(models.TextChoices):
        ENABLED = "enabled", _("Enabled")
        FAILING = "failing", _("Failing")
        PAUSED = "paused", _("Paused")
        DISABLED = "disabled", _("Disabled")

    account = models.ForeignKey(Account, models.CASCADE, related_name="webhooks")
    name = models.CharField(max_length=80, blank=True)
    url = models.CharField(max_length=1000)
    secret = EncryptedTextField()
    kinds = models.JSONField(default=list)
    enabled = models.BooleanField(default=True)
    # Since when nothing has been taken, in how many attempts; empty after each success.
    failing_since = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    paused_at = models.DateTimeField(null=True, blank=True)
    pause_reason = models.TextField(blank=True)
    last_delivered_at = models.DateTimeField(null=True, blank=True)
    # Whose turn it is: the one that was tried longest ago comes first.
    attempted_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "url"], name="one_webhook_per_address")
        ]

    def __str__(self) -> str:
        return self.name or self.host

    @property
    def host(self) -> str:
        """The address without its path, which may hold a secret of the receiver's."""
        return urllib.parse.urlsplit(self.url).netloc

    @property
    def is_active(self) -> bool:
        return self.enabled and self.paused_at is None

    @property
    def state(self) -> State:
        if not self.enabled:
            return self.State.DISABLED
        if self.paused_at is not None:
            return self.State.PAUSED
        return self.State.FAILING if self.failing_since else self.State.ENABLED

    @property
    def state_tone(self) -> str:
        tones = {"enabled": "success", "failing": "warning", "paused": "danger"}
        return tones.get(self.state.value, "neutral")

    def kind_labels(self) -> list[str]:
        return [str(kind.label) for kind in ALERTS if kind in self.kinds]


class Delivery(Timestamped, Leased):
    """One alert to one receiver: what was sent, was it taken, and when is it tried again?"""

    class State(models.TextChoices):
        DELIVERED = "delivered", _("Delivered")
        WAITING = "waiting", _("Waiting")
        RETRYING = "retrying", _("Will be tried again")
        GIVEN_UP = "given_up", _("Not delivered")

    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="deliveries")
    # The same for every receiver and every attempt, so that a receiver can tell a repetition.
    event_id = models.UUIDField(default=uuid.uuid4)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    # What it is about, for the log: a request id.
    subject = models.CharField(max_length=40, blank=True)
    # As sent, byte for byte.
    payload = models.TextField()
    attempts = models.PositiveIntegerField(default=0)
    # Null once it is over, one way or the other.
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    attempted_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True)
    status_code = models.PositiveIntegerField(null=True, blank=True)
    error = models.TextField(blank=True)
    fix = models.TextField(blank=True)
    excerpt = models.CharField(max_length=200, blank=True)
    duration_ms = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        verbose_name_plural = "deliveries"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["endpoint", "event_id"], name="one_delivery_per_event")
        ]
        indexes: ClassVar = [models.Index(fields=["next_attempt_at"], name="delivery_due")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.subject}".strip()

    @property
    def is_open(self) -> bool:
        return self.next_attempt_at is not None

    @property
    def state(self) -> State:
        if self.delivered_at is not None:
            return self.State.DELIVERED
        if not self.is_open:
            return self.State.GIVEN_UP
        return self.State.RETRYING if self.error else self.State.WAITING

    @property
    def quiet_s(self) -> int | None:
        """How long nothing is going to happen to it; None when nothing ever will by itself."""
        if self.next_attempt_at is None:
            return None
        now = timezone.now()
        if self.lease_until is not None and self.lease_until > now:
            return 0  # it is being sent
        return max(0, math.ceil((self.next_attempt_at - now).total_seconds()))

    @property
    def what_next(self) -> str:
        """Of an alert that was not taken: what becomes of it."""
        if not self.is_open:
            return gettext(
                "It is not tried again by itself. Mend the receiver, then redeliver from the log."
            )
        return gettext("It is tried again by itself, for about a day in all. The log says when.")

    @property
    def state_tone(self) -> str:
        tones = {"delivered": "success", "waiting": "info", "retrying": "warning"}
        return tones.get(self.state.value, "danger")
