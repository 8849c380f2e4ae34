"""The event catalogue: what the lake holds, without looking into the lake."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.lease import Leased
from clevertap_partners.core.models import Timestamped


class EventType(Timestamped):
    """Which events does an account have, and from when to when?"""

    account = models.ForeignKey(Account, models.CASCADE, related_name="event_types")
    name = models.CharField(max_length=120)
    is_system = models.BooleanField(default=False)
    first_day = models.DateField()
    last_day = models.DateField()

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "name"], name="one_event_type_per_name")
        ]

    def __str__(self) -> str:
        return self.name


class EventProperty(models.Model):
    """Which properties does an event carry, and what kinds of values were seen in them?

    Kinds: string, boolean, float, integer (whole, up to 2**53 either way, so that a double holds it
    exactly), long (whole, beyond that, within 64 bits), big_integer (beyond 64 bits), list, items
    (a list of objects), object. `inner` holds the same for the keys inside items and objects.
    """

    class Scope(models.TextChoices):
        EVENT = "event", _("Event property")
        SESSION = "session", _("Session property")

    event_type = models.ForeignKey(EventType, models.CASCADE, related_name="properties")
    scope = models.CharField(max_length=8, choices=Scope.choices)
    name = models.CharField(max_length=120)
    kinds = models.JSONField(default=list)
    inner = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering: ClassVar = ["scope", "name"]
        verbose_name_plural = "event properties"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["event_type", "scope", "name"], name="one_property_per_name"
            )
        ]

    def __str__(self) -> str:
        return f"{self.event_type}: {self.name}"


class EventDay(models.Model):
    """How many events of a type happened on a day, and about how many bytes do they make?"""

    event_type = models.ForeignKey(EventType, models.CASCADE, related_name="days")
    day = models.DateField()
    rows = models.BigIntegerField()
    bytes = models.BigIntegerField()

    class Meta:
        ordering: ClassVar = ["day"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["event_type", "day"], name="one_total_per_event_day")
        ]
        indexes: ClassVar = [models.Index(fields=["day"], name="event_day_by_day")]

    def __str__(self) -> str:
        return gettext("{event} on {day}").format(event=self.event_type, day=self.day)


class LakeState(Timestamped):
    """Up to which version of its lake does an account's catalogue speak?

    Commits may reach the catalogue out of order: `ahead` holds the versions that did before one
    below them. Version 0 made the table and holds nothing. `survey_rules` are those that the whole
    catalogue was made by.
    """

    # Grows when surveys tell more or other kinds; catalogues by earlier rules are then made anew.
    SURVEY_RULES: ClassVar[int] = 2

    account = models.OneToOneField(Account, models.CASCADE, related_name="lake_state")
    version = models.BigIntegerField(default=0)
    ahead = models.JSONField(default=list, blank=True)
    rows = models.BigIntegerField(default=0)
    survey_rules = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        text = gettext("{account}: version {version}")
        return text.format(account=self.account, version=self.version)


class LakeUpkeep(Leased, Timestamped):
    """When was an account's lake last compacted and vacuumed, what came of it, and when is it next?

    The versions are those that were looked at last. The numbers are of all time; `freed_bytes` is
    what the vacuum has deleted.
    """

    account = models.OneToOneField(Account, models.CASCADE, related_name="lake_upkeep")
    next_at = models.DateTimeField(db_index=True)
    events_version = models.BigIntegerField(default=0)
    profiles_version = models.BigIntegerField(default=0)
    vacuumed_at = models.DateTimeField(null=True, blank=True)
    files_compacted = models.BigIntegerField(default=0)
    files_deleted = models.BigIntegerField(default=0)
    freed_bytes = models.BigIntegerField(default=0)
    # In words that an operator can act on; empty when the last upkeep went well.
    error = models.TextField(blank=True)

    class Meta:
        verbose_name = "lake upkeep"
        verbose_name_plural = "lake upkeep"

    def __str__(self) -> str:
        return gettext("Upkeep of {account}").format(account=self.account)
