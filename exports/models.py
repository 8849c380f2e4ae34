"""What was asked for, how each run went, and every file that was written."""

from __future__ import annotations

import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.lease import Leased
from clevertap_partners.core.models import Timestamped
from clevertap_partners.core.trouble import Trouble
from integrations.models import Connection

NARROWED = ("status", "type", "format", "frequency", "partner", "created_by", "created_at")
SORTED: dict[str, tuple[str, ...]] = {
    "export_newest": (),
    "export_by_status": ("status",),
    "export_by_last_run": ("last_run_timestamp",),
    "export_by_rows": ("rows_written",),
    "export_by_size": ("bytes_written",),
}


def finding(*columns: str) -> list[str]:
    """The columns of an index that sorts by `columns`."""
    return ["account", *columns, "request_id", *(one for one in NARROWED if one not in columns)]


class Content(models.Model):
    """What is written, how, and into which bucket?

    An export holds what is wanted from now on; a run what it was planned with, so that an edit
    never changes a run half way.
    """

    # Kept for the record when the connection is deleted: where the files went.
    connection = models.ForeignKey(
        Connection, models.SET_NULL, null=True, blank=True, related_name="%(class)ss"
    )
    bucket_nickname = models.CharField(max_length=80, blank=True)
    bucket_name = models.CharField(max_length=222, blank=True)
    event_names = models.JSONField(default=list, blank=True)
    # Days of events, in account time. Profiles have none; a recurring export has no last one, and
    # its first one binds its first run only: the later ones go by arrival.
    first_day = models.DateField(null=True, blank=True)
    last_day = models.DateField(null=True, blank=True)
    format = models.CharField(max_length=20, blank=True)
    options = models.JSONField(default=dict, blank=True)

    class Meta:
        abstract = True

    @property
    def event_days(self) -> tuple[datetime.date, datetime.date]:
        """First and last day of its events. Raises ValueError for profiles."""
        if self.first_day is None:
            raise ValueError(f"{self} has no days.")
        return self.first_day, self.last_day or datetime.date.max


class Export(Timestamped, Trouble, Content):
    """What did somebody ask to be exported, from where to where, and how does it stand?"""

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        STOPPED = "stopped", _("Stopped")

    class Type(models.TextChoices):
        ALL_EVENTS = "all_events", _("All events")
        SELECT_EVENTS = "select_events", _("Select events")
        ALL_USER_PROPERTIES = "all_user_properties", _("All user properties")

    class Frequency(models.TextChoices):
        ONCE = "once", _("Once only")
        RECURRING = "recurring", _("Recurring")

    OPEN: ClassVar = (Status.PENDING, Status.RUNNING)

    account = models.ForeignKey(Account, models.CASCADE, related_name="exports")
    # Epoch seconds of creation, made unique by stepping forward; people search buckets by it.
    request_id = models.BigIntegerField(unique=True)
    partner = models.CharField(max_length=40)
    type = models.CharField(max_length=30)
    frequency = models.CharField(max_length=20)
    # Which choice of days the first and the last one came from.
    range_kind = models.CharField(max_length=30, blank=True)
    # Of a recurring export: a run every so many hours, counted on the account's clock from here.
    interval_hours = models.PositiveSmallIntegerField(null=True, blank=True)
    starts_at = models.DateTimeField(null=True, blank=True)
    # The slot that has no run yet; null when there will be none.
    next_run_at = models.DateTimeField(null=True, blank=True)
    # When its last run began, in epoch seconds; 0 before the first. Lists are sorted by it, and no
    # two databases agree where a null belongs.
    last_run_timestamp = models.BigIntegerField(default=0)
    # What its runs have put into the bucket: files are too many to be added up for every look.
    rows_written = models.BigIntegerField(default=0)
    bytes_written = models.BigIntegerField(default=0)
    files_written = models.PositiveIntegerField(default=0)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    stopped_at = models.DateTimeField(null=True, blank=True)
    # Null when nobody stopped it by hand; why, in words, when it was not a person's wish.
    stopped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    stop_reason = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["-request_id"]
        indexes: ClassVar = [
            models.Index(fields=["status", "next_run_at"], name="export_due"),
            # One for each way in which the list is sorted, with all that it is narrowed by: a page
            # is found, and what there is of it counted, without reading a row.
            *(
                models.Index(fields=finding(*columns), name=name)
                for name, columns in SORTED.items()
            ),
        ]

    def __str__(self) -> str:
        return str(self.request_id)

    @property
    def last_run_at(self) -> datetime.datetime | None:
        if not self.last_run_timestamp:
            return None
        return datetime.datetime.fromtimestamp(self.last_run_timestamp, datetime.UTC)

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @property
    def is_recurring(self) -> bool:
        return self.frequency == self.Frequency.RECURRING

    @property
    def is_of_profiles(self) -> bool:
        return self.type == self.Type.ALL_USER_PROPERTIES


class ExportRun(Timestamped, Leased, Trouble, Content):
    """One window of an export: what does it hold, and has all of it been written?"""

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        STOPPED = "stopped", _("Stopped")

    export = models.ForeignKey(Export, models.CASCADE, related_name="runs")
    # Names the window; unique per export, so that no window is ever run twice.
    window = models.CharField(max_length=60)
    # Until when something may have arrived to belong to this run; null: until it is planned.
    due_at = models.DateTimeField(null=True, blank=True)
    # In the names of its files, so no two runs of an export share one.
    run_timestamp = models.BigIntegerField()
    # The account's when the run was planned: a manifest that was half written stays the same.
    time_zone = models.CharField(max_length=64, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    # The version of the lake that the run reads; null when the account has no events at all.
    store_version = models.BigIntegerField(null=True, blank=True)
    # The version that the last finished run has read: only what came later is sent. Null: all is.
    since_version = models.BigIntegerField(null=True, blank=True)
    slugs = models.JSONField(default=dict, blank=True)
    # Properties with their kinds, as exports.pipeline.records writes them down.
    records = models.JSONField(default=dict, blank=True)
    rows_counted = models.BigIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    # How often it has met a failure that it did not have just before.
    failures = models.PositiveIntegerField(default=0)
    reconciliation = models.JSONField(null=True, blank=True)
    manifest_generation = models.BigIntegerField(null=True, blank=True)
    # What a finished run has delivered: its files are too many to be added up for every look.
    files_delivered = models.PositiveIntegerField(default=0)
    bytes_delivered = models.BigIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["-run_timestamp"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["export", "window"], name="one_run_per_window"),
            models.UniqueConstraint(
                fields=["export", "run_timestamp"], name="one_run_per_timestamp"
            ),
            # Windows follow each other: the next one starts where this one has ended.
            models.UniqueConstraint(
                fields=["export"],
                condition=models.Q(status__in=["pending", "running"]),
                name="one_open_run",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["status", "next_attempt_at"], name="run_due")]

    def __str__(self) -> str:
        return f"{self.export}-{self.run_timestamp}"


class ExportUnit(Leased):
    """One event day of a run, or one part of the people: who writes it, and is it written?"""

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        DONE = "done", _("Done")

    run = models.ForeignKey(ExportRun, models.CASCADE, related_name="units")
    part = models.PositiveIntegerField()
    event_day = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    rows_counted = models.BigIntegerField()
    rows_read = models.BigIntegerField(default=0)
    # Of the files that the bucket has confirmed.
    rows_written = models.BigIntegerField(default=0)
    bytes_written = models.BigIntegerField(default=0)
    files_written = models.PositiveIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["part"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "part"], name="one_unit_per_part")
        ]
        indexes: ClassVar = [models.Index(fields=["status", "next_attempt_at"], name="unit_due")]

    def __str__(self) -> str:
        if self.event_day:
            return f"{self.run} {self.event_day}"
        return gettext("{run} part {part}").format(run=self.run, part=self.part)


STORED = models.Q(stored_at__isnull=False)


class ExportFile(models.Model):
    """One object of a run: is it in the bucket, and how can that be checked?"""

    # As of the run, so that the files of all runs are found and sorted by one index.
    export = models.ForeignKey(Export, models.CASCADE, related_name="files", db_index=False)
    run = models.ForeignKey(ExportRun, models.CASCADE, related_name="files", db_index=False)
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
        indexes: ClassVar = [
            models.Index(fields=["export", "run", "id", "stored_at"], name="file_newest"),
            models.Index(fields=["run", "stored_at"], name="file_recent"),
            # One for each way in which the files tab is sorted; sums are read from them as well.
            *(
                models.Index(fields=["export", *columns], name=name, condition=STORED)
                for name, columns in (
                    ("file_by_name", ["name", "id", "stored_at"]),
                    ("file_by_event", ["event_name", "id", "rows", "bytes", "stored_at"]),
                    ("file_by_day", ["event_day", "id", "rows", "bytes", "stored_at"]),
                    ("file_by_rows", ["rows", "id", "stored_at"]),
                    ("file_by_size", ["bytes", "id", "stored_at"]),
                )
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Incident(models.Model):
    """A failure that the customer has to mend: since when, what is it, and how did it end?"""

    class Outcome(models.TextChoices):
        OPEN = "", _("Still open")
        RECOVERED = "recovered", _("Recovered")
        STOPPED = "stopped", _("Stopped because of it")
        ENDED = "ended", _("Stopped by somebody")
        LAPSED = "lapsed", _("Something else came in between")

    export = models.ForeignKey(Export, models.CASCADE, related_name="incidents")
    opened_at = models.DateTimeField()
    # An attempt an hour meets it again; what nobody has met for long is over.
    last_met_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    code = models.CharField(max_length=60)
    message = models.TextField()
    fix = models.TextField(blank=True)
    remedy = models.CharField(max_length=20, blank=True)
    help_url = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["-opened_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["export"],
                condition=models.Q(closed_at=None),
                name="one_open_incident",
            )
        ]

    def __str__(self) -> str:
        return f"{self.export}: {self.code}"
