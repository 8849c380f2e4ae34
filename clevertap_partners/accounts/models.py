"""Who may use the dashboard, for which account, and what they did there."""

from __future__ import annotations

import zoneinfo
from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clevertap_partners.core.changes import SAID_BY_US
from clevertap_partners.core.models import Timestamped
from clevertap_partners.core.translated import translated, translated_list


def validate_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        text = gettext("“{name}” is not a time zone; use a name such as Europe/Berlin.")
        raise ValidationError(text.format(name=name))


class Account(Timestamped):
    """Which dashboard project is this, and what is it entitled to?"""

    class Plan(models.TextChoices):
        ESSENTIALS = "essentials", "Essentials"
        ADVANCED = "advanced", "Advanced"
        CUTTING_EDGE = "cutting_edge", "Cutting Edge"
        ENTERPRISE = "enterprise", "Enterprise"

    account_id = models.BigIntegerField(primary_key=True)
    name = models.CharField(max_length=120)
    plan = models.CharField(max_length=20, choices=Plan.choices, default=Plan.ESSENTIALS)
    region = models.CharField(max_length=8, default="eu1")
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    database_id = models.IntegerField(default=0)
    google_cloud_export_override = models.BooleanField(
        default=False, help_text=_("Switches Google Cloud export on whatever the plan says.")
    )
    bigquery_import = models.BooleanField(
        default=False, help_text=_("Private beta, switched on account by account.")
    )
    import_max_bytes = models.BigIntegerField(
        default=100_000_000_000,
        help_text=_("A query of an import that would read more bytes than this is refused."),
    )

    def __str__(self) -> str:
        return f"{self.name} ({self.account_id})"

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)


class Role(models.TextChoices):
    """What a member may do; each role may do what the ones before it may."""

    VIEWER = "viewer", _("Viewer")
    MEMBER = "member", _("Member")
    ADMIN = "admin", _("Admin")

    def covers(self, needed: Role) -> bool:
        order = list(Role)
        return order.index(self) >= order.index(needed)


class Membership(Timestamped):
    """Which person belongs to which account, in which role?"""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    account = models.ForeignKey(Account, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.VIEWER)
    last_visited_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "account"], name="one_membership_per_account")
        ]

    def __str__(self) -> str:
        return gettext("{person} in {account}: {role}").format(
            person=self.user, account=self.account, role=self.get_role_display()
        )


class Preferences(models.Model):
    """What has a person chosen for themselves, whatever device they sign in on?"""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="preferences"
    )
    # Also that of their letters. Empty: they have not chosen.
    language = models.CharField(max_length=10, blank=True)

    class Meta:
        verbose_name_plural = "preferences"

    def __str__(self) -> str:
        return f"{self.user}: {self.language or '–'}"


class AuditEntry(models.Model):
    """Who did what in an account, when and from where, and what was it before?"""

    class Via(models.TextChoices):
        WEB = "web", _("Dashboard")
        ADMIN = "admin", _("Operator admin")
        COMMAND = "command", _("Command")
        SYSTEM = "system", _("By itself")

    account = models.ForeignKey(Account, models.CASCADE, related_name="audit_entries")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=200, blank=True)
    # {label: [before, after]}, as people read them; nothing secret.
    changes = models.JSONField(default=dict, blank=True)
    # Empty in entries that are older than the field.
    via = models.CharField(max_length=10, choices=Via.choices, blank=True)
    command = models.CharField(max_length=60, blank=True)
    ip_address = models.GenericIPAddressField(null=True, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]
        verbose_name_plural = "audit entries"
        indexes: ClassVar = [
            models.Index(fields=["account", "-at"], name="audit_newest_first"),
            models.Index(fields=["account", "action", "-at"], name="audit_by_action"),
            models.Index(fields=["account", "actor", "-at"], name="audit_by_person"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {translated(self.action)} {self.subject}"

    @property
    def who(self) -> str:
        """The person; else what did it. A person who was deleted has left the page they used."""
        if self.actor is not None:
            return self.actor.get_full_name() or self.actor.get_username()
        if self.via == self.Via.COMMAND:
            return gettext("Command %(name)s") % {"name": self.command}
        was_person = self.via in {self.Via.WEB, self.Via.ADMIN}
        return gettext("Somebody who was removed") if was_person else gettext("The system")

    @property
    def diff(self) -> list[tuple[str, str, str]]:
        """Label, before and after of each change, by label: no database keeps their order."""
        return sorted((label, *pair) for label, pair in self.changes.items())

    @property
    def shown_diff(self) -> list[tuple[str, str, str]]:
        """As `diff`, in the language of whoever reads it."""
        return [
            (translated(label), translated_list(old), translated_list(new))
            if label in SAID_BY_US
            else (translated(label), old, new)
            for label, old, new in self.diff
        ]
