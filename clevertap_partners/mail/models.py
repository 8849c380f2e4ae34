"""Which mail has to go out, and did it?"""

from __future__ import annotations

from typing import ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.lease import Leased
from clevertap_partners.core.models import Timestamped


class Mail(Leased, Timestamped):
    """One letter to some people: who has it, who waits for it, and why?

    `key` names the letter for ever, so that it is written once however often it is asked for. Each
    recipient gets a copy of their own; `left` holds those whose copy has not gone out yet.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENT = "sent", _("Sent")
        GIVEN_UP = "given_up", _("Reached nobody")

    account = models.ForeignKey(Account, models.CASCADE, null=True, blank=True, related_name="+")
    key = models.CharField(max_length=200, unique=True)
    recipients = models.JSONField(default=list, blank=True)
    left = models.JSONField(default=list, blank=True)
    copies_sent = models.PositiveIntegerField(default=0)
    # What it was written from, so that it can be written anew for somebody else.
    template = models.CharField(max_length=60, blank=True, editable=False)
    context = models.JSONField(default=dict, blank=True, editable=False, encoder=DjangoJSONEncoder)
    # Which it is written in; empty for those that were written before there was more than one.
    language = models.CharField(max_length=10, blank=True, editable=False)
    subject = models.CharField(max_length=250)
    text = models.TextField()
    html = models.TextField()
    attempts = models.PositiveIntegerField(default=0)
    tried_since = models.DateTimeField(default=timezone.now, editable=False)
    # Null when nothing more is tried: it was sent or given up.
    next_attempt_at = models.DateTimeField(null=True, blank=True, default=timezone.now)
    # When somebody had got it and nobody else is left, and when it turned out that nobody gets it.
    sent_at = models.DateTimeField(null=True, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True)
    # In our words: what a mail server answers may hold addresses.
    last_error = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-pk"]
        verbose_name_plural = "mail"
        indexes: ClassVar = [
            models.Index(
                fields=["next_attempt_at"],
                name="mail_due",
                condition=models.Q(next_attempt_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def state(self) -> State:
        if self.sent_at is not None:
            return self.State.SENT
        return self.State.WAITING if self.given_up_at is None else self.State.GIVEN_UP
