"""What was asked for, how each run went, and every file that was written."""

from __future__ import annotations

import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.lease import Leased
from clevertap_partners.core.models import Timestamped
from integrations.models import Connection


class Trouble(models.Model):
    """What keeps this row from going on, in words for the customer? Empty when nothing does."""

    trouble_code = models.CharField(max_length=60, blank=True)
    trouble_message = models.TextField(blank=True)
    trouble_fix = models.TextField(blank=True)

    class Meta:
        abstract = True


class Export(Timestamped, Trouble):
    """What did somebody ask to be exported, from where to where, and how does it stand?"""

    class Status(models.TextChoices):
        PENDING = "pending", "Pending"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        STOPPED = "stopped", "Stopped"

    class Type(models.TextChoices):
        ALL_EVENTS = "all_events", "All events"
        SELECT_EVENTS = "select_events", "Select events"
        ALL_USER_PROPERTIES = "all_user_properties", "All user properties"

    class Frequency(models.TextChoices):
        ONCE = "once", "Once only"
        RECURRING = "recurring", "Recurring"

    OPEN: ClassVar = (Status.PENDING, Status.RUNNING)

    account = models.ForeignKey(Account, models.CASCADE, related_name="exports")
    # Epoch seconds of creation, made unique by stepping forward; people search buckets by it.
    request_id = models.BigIntegerField(unique=True)
    # Kept for the record when the connection is deleted: where the files went.
    connection = models.ForeignKey(
        Connection, models.SET_NULL, null=True, blank=True, related_name="exports"
    )
    partner = models.CharField(max_length=40)
    bucket_nickname = models.CharField(max_length=80)
    bucket_name = models.CharField(max_length=222)
    type = models.CharField(max_length=30)
    event_names = models.JSONField(default=list, blank=True)
    frequency = models.CharField(max_length=20)
    # Which days of events, in account time; profiles have none.
    range_kind = models.CharField(max_length=30, blank=True)
    first_day = models.DateField(null=True, blank=True)
    last_day = models.DateField(null=True, blank=True)
    format = models.CharField(max_length=20)
    options = models.JSONField(default=dict, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    stopped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-request_id"]
        indexes: ClassVar = [models.Index(fields=["account", "-request_id"], name="export_newest")]

    def __str__(self) -> str:
        return str(self.request_id)

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @property
    def event_days(self) -> tuple[datetime.date, datetime.date]:
        """First and last day of its events. Raises ValueError for an export of profiles."""
        if self.first_day is None or self.last_day is None:
            raise ValueError(f"Export {self} has no days.")
        return self.first_day, self.last_day

    @property
    def is_of_profiles(self) -> bool:
        return self.type == self.Type.ALL_USER_PROPERTIES


class ExportRun(Timestamped, Leased, Trouble):
    """One window of an export: what does it hold, and has all of it been written?"""

    class Status(models.TextChoices):
        PENDING = "pending", "Pending"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        STOPPED = "stopped", "Stopped"

    export = models.ForeignKey(Export, models.CASCADE, related_name="runs")
    # Names the window; unique per export, so that no window is ever run twice.
    window = models.CharField(max_length=60)
    run_timestamp = models.BigIntegerField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    # The version of the lake that the run reads; null when the account has no events at all.
    store_version = models.BigIntegerField(null=True, blank=True)
    slugs = models.JSONField(default=dict, blank=True)
    # Properties with their kinds, as exports.pipeline.records writes them down.
    records = models.JSONField(default=dict, blank=True)
    rows_counted = models.BigIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    reconciliation = models.JSONField(null=True, blank=True)
    manifest_generation = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-run_timestamp"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["export", "window"], name="one_run_per_window")
        ]
        indexes: ClassVar = [models.Index(fields=["status", "next_attempt_at"], name="run_due")]

    def __str__(self) -> str:
        return f"{self.export}-{self.run_timestamp}"


class ExportUnit(Leased):
    """One event day of a run, or one part of the people: who writes it, and is it written?"""

    class Status(models.TextChoices):
        PENDING = "pending", "Pending"
        DONE = "done", "Done"

    run = models.ForeignKey(ExportRun, models.CASCADE, related_name="units")
    part = models.PositiveIntegerField()
    event_day = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    rows_counted = models.BigIntegerField()
    rows_read = models.BigIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["part"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "part"], name="one_unit_per_part")
        ]
        indexes: ClassVar = [models.Index(fields=["status", "next_attempt_at"], name="unit_due")]

    def __str__(self) -> str:
        return f"{self.run} {self.event_day or f'part {self.part}'}"


class ExportFile(models.Model):
    """One object of a run: is it in the bucket, and how can that be checked?"""

    run = models.ForeignKey(ExportRun, models.CASCADE, related_name="files")
    unit = models.ForeignKey(ExportUnit, models.CASCADE, related_name="files")
    name = models.CharField(max_length=1024)
    # Empty for profiles, as are the day and the times of the first and last event.
    event_name = models.CharField(max_length=1024, blank=True)
    event_day = models.DateField(null=True, blank=True)
    index = models.PositiveIntegerField()
    rows = models.BigIntegerField()
    bytes = models.BigIntegerField()
    crc32c = models.CharField(max_length=8)
    md5 = models.CharField(max_length=24, blank=True)
    generation = models.BigIntegerField(null=True, blank=True)
    min_ts = models.BigIntegerField(null=True, blank=True)
    max_ts = models.BigIntegerField(null=True, blank=True)
    # Null while the file is only announced; a row without it is no proof of anything.
    stored_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["unit__part", "event_name", "index"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "name"], name="one_row_per_file")
        ]

    def __str__(self) -> str:
        return self.name


def trouble(error: Any = None) -> dict[str, str]:
    """Field values that say what is wrong, from a PartnersError; without one, that nothing is."""
    if error is None:
        return {"trouble_code": "", "trouble_message": "", "trouble_fix": ""}
    return {
        "trouble_code": error.code,
        "trouble_message": error.message,
        "trouble_fix": error.fix,
    }
