"""Which partners an account is connected to, and the tests of their credentials."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MinLengthValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.fields import EncryptedTextField
from clevertap_partners.core.lease import Leased
from clevertap_partners.core.models import Timestamped
from integrations.mending import section_of


class Connection(Timestamped):
    """Where may this account send its data, and does that still work?

    `target` is the bucket's name, or project.dataset. `config` is the secret: read it in services
    only, and defer it everywhere else. Deleting a connection deletes the row, secret and all.
    """

    account = models.ForeignKey(Account, models.CASCADE, related_name="connections")
    partner = models.CharField(max_length=40)
    nickname = models.CharField(max_length=80, validators=[MinLengthValidator(1)])
    config = EncryptedTextField(blank=True)
    target = models.CharField(max_length=1300)
    client_email = models.CharField(max_length=254)
    project_id = models.CharField(max_length=200)
    key_id = models.CharField(max_length=100)
    key_added_at = models.DateTimeField()
    last_tested_at = models.DateTimeField(null=True, blank=True)
    last_test_ok = models.BooleanField(null=True, blank=True)
    last_test_steps = models.JSONField(default=list, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    failure_message = models.TextField(blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering: ClassVar = ["nickname", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                "account",
                Lower("nickname"),
                name="one_connection_per_nickname",
            )
        ]

    def __str__(self) -> str:
        return f"{self.nickname} ({self.target})"

    def shown_steps(self) -> list[dict[str, Any]]:
        return shown(self.last_test_steps)


class CredentialTest(Leased, Timestamped):
    """Do these credentials work? A draft that becomes a connection, or a test of a saved one.

    `batch` holds the blocks saved at once, in order of `position`. `config` is the secret of a
    draft; a finished test has none.
    """

    class Purpose(models.TextChoices):
        ADD = "add", _("Add a connection")
        REPLACE_KEY = "replace_key", _("Replace the key")
        RETEST = "retest", _("Test again")
        TRY = "try", _("Test only")

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting")
        RUNNING = "running", _("Testing")
        PASSED = "passed", _("Passed")
        FAILED = "failed", _("Failed")

        @property
        def tone(self) -> str:
            tones = {"pending": "neutral", "running": "info", "passed": "success"}
            return tones.get(self.value, "danger")

    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    partner = models.CharField(max_length=40)
    batch = models.UUIDField(default=uuid.uuid4, db_index=True)
    position = models.PositiveSmallIntegerField(default=0)
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    connection = models.ForeignKey(
        Connection, models.CASCADE, null=True, blank=True, related_name="tests"
    )
    nickname = models.CharField(max_length=80)
    target = models.CharField(max_length=1300)
    config = EncryptedTextField(blank=True)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.PENDING)
    steps = models.JSONField(default=list, blank=True)
    # Why a test that passed could not be saved, or why it could not be carried out.
    problem = models.JSONField(default=dict, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    ip_address = models.GenericIPAddressField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["created_at", "position", "pk"]
        indexes: ClassVar = [models.Index(fields=["status"], name="credential_test_status")]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}: {self.nickname} ({self.get_status_display()})"

    @property
    def tone(self) -> str:
        return self.Status(self.status).tone

    @property
    def is_finished(self) -> bool:
        return self.status in {self.Status.PASSED, self.Status.FAILED}

    def shown_steps(self) -> list[dict[str, Any]]:
        return shown(self.steps)

    def failed_step(self) -> dict[str, Any] | None:
        return next((step for step in self.steps if step["outcome"] == "failed"), None)


def shown(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Steps with the `state` that the screen shows, the first that waits being under way, and the
    `section` of the guide that says how to mend what has failed."""
    states = [state_of(step) for step in steps]
    if "waiting" in states:
        states[states.index("waiting")] = "running"
    return [
        {**step, "state": state, "section": section_of(step.get("code", ""))}
        for step, state in zip(steps, states, strict=True)
    ]


def state_of(step: dict[str, Any]) -> str:
    noted = step["outcome"] == "passed" and step.get("fix")
    return "noted" if noted else str(step["outcome"])
