"""What is imported, from where and when; how each run went, row for row."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.lease import Leased
from clevertap_partners.core.models import Timestamped
from clevertap_partners.core.trouble import Trouble
from integrations.models import Connection

NARROWED = ("status", "kind", "frequency", "partner", "created_by", "created_at")
SORTED: dict[str, tuple[str, ...]] = {
    "import_newest": (),
    "import_by_status": ("status",),
    "import_by_last_run": ("last_run_timestamp",),
    "import_by_rows": ("rows_imported",),
}


def finding(*columns: str) -> list[str]:
    """The columns of an index that sorts by `columns`, with all that the list is narrowed by."""
    return ["account", *columns, "id", *(one for one in NARROWED if one not in columns)]


class Content(models.Model):
    """Which rows are read, and what becomes of them?

    An import holds what is wanted from now on; a run what it was planned with, so that an edit
    never changes a run half way.
    """

    class Source(models.TextChoices):
        TABLE = "table", _("Table")
        SQL = "sql", "SQL"

    class Kind(models.TextChoices):
        EVENTS = "events", _("Event Data")
        PROFILES = "profiles", _("User Profile Data")

    # Kept for the record when the connection is deleted.
    connection = models.ForeignKey(
        Connection, models.SET_NULL, null=True, blank=True, related_name="%(class)ss"
    )
    connection_name = models.CharField(max_length=80, blank=True)
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.TABLE)
    table = models.CharField(max_length=1024, blank=True)
    sql = models.TextField(blank=True)
    kind = models.CharField(max_length=10, choices=Kind.choices, blank=True)
    # imports.mapping.Mapping as JSON; empty in a draft that has not come so far.
    mapping = models.JSONField(default=dict, blank=True)
    # The columns as they were when the mapping was made: [{name, type, is_repeated}].
    columns = models.JSONField(default=list, blank=True)

    class Meta:
        abstract = True


class Import(Timestamped, Trouble, Content):
    """What did somebody ask to be imported, when does it run, and how does it stand?"""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        READY = "ready", _("Ready")
        SCHEDULED = "scheduled", _("Scheduled")
        RUNNING = "running", _("Running")
        PAUSED = "paused", _("Paused")
        STOPPED = "stopped", _("Stopped")

    class Frequency(models.TextChoices):
        INTERVAL = "interval", _("Repeat interval")
        CUSTOM = "custom", _("Custom schedule")
        MANUAL = "manual", _("Manual")

    # It may run, now or at some time.
    ACTIVE: ClassVar = (Status.READY, Status.SCHEDULED, Status.RUNNING)

    account = models.ForeignKey(Account, models.CASCADE, related_name="imports")
    partner = models.CharField(max_length=40)
    nickname = models.CharField(max_length=80)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    frequency = models.CharField(max_length=10, choices=Frequency.choices, blank=True)
    # What imports.schedule needs to know besides: minutes, or days and times, in account time.
    schedule = models.JSONField(default=dict, blank=True)
    # The slot that has no run yet; null when there will be none by itself.
    next_run_at = models.DateTimeField(null=True, blank=True)
    # A run was due or asked for while another was under way: it begins when that one ends.
    run_queued = models.BooleanField(default=False)
    # For sorting: when its last run began, in epoch seconds (0 before the first), and what all
    # finished runs have brought.
    last_run_timestamp = models.BigIntegerField(default=0)
    rows_imported = models.BigIntegerField(default=0)
    # Rows up to here have been read, in microseconds since 1970 UTC; null before the first run.
    cursor_us = models.BigIntegerField(null=True, blank=True)
    # The run whose fingerprints tell which rows at the cursor were read; null before the first run.
    last_done = models.ForeignKey(
        "ImportRun", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    stopped_at = models.DateTimeField(null=True, blank=True)
    stop_reason = models.TextField(blank=True)
    # Names the page that the draft was begun on, so that what it sends twice finds one draft.
    wizard_token = models.CharField(max_length=40, unique=True, null=True, editable=False)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint("account", Lower("nickname"), name="one_import_per_nickname")
        ]
        indexes: ClassVar = [
            models.Index(fields=["status", "next_run_at"], name="import_due"),
            # As of exports; nicknames have an index already.
            *(
                models.Index(fields=finding(*columns), name=name)
                for name, columns in SORTED.items()
            ),
        ]

    def __str__(self) -> str:
        return self.nickname

    @property
    def is_of_profiles(self) -> bool:
        return self.kind == self.Kind.PROFILES


class ImportRun(Timestamped, Leased, Trouble, Content):
    """One reading of the source: what did it find, and has all of it landed?"""

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        STOPPED = "stopped", _("Stopped")

    class Trigger(models.TextChoices):
        SCHEDULE = "schedule", _("On schedule")
        MANUAL = "manual", _("Run now")
        FAILED_ROWS = "failed_rows", _("Failed rows again")

    OPEN: ClassVar = (Status.PENDING, Status.RUNNING)

    parent = models.ForeignKey(Import, models.CASCADE, related_name="runs")
    number = models.PositiveIntegerField()
    trigger = models.CharField(max_length=12, choices=Trigger.choices)
    # The run whose failed rows are read instead of the source.
    failed_rows_of = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    time_zone = models.CharField(max_length=64, blank=True)
    # When its rows count as captured; set once, so that whatever is repeated is the same.
    captured_at = models.DateTimeField(null=True, blank=True)
    # The finished run that it reads on from: by its fingerprints it knows what is new.
    after = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")
    # Whether the import has gone on from here: if not, its failed rows are read again anyway.
    cursor_moved = models.BooleanField(default=False)
    # Names the query job: grows when another one is needed, or when all is read anew.
    generation = models.PositiveIntegerField(default=0)
    # When the streams were laid down, and how often rows were found missing at the end.
    opened_at = models.DateTimeField(null=True, blank=True)
    recounts = models.PositiveIntegerField(default=0)
    # integrations.warehouse.QueryResult as JSON; empty until the query is over.
    result = models.JSONField(default=dict, blank=True)
    session_expires_at = models.DateTimeField(null=True, blank=True)
    via = models.CharField(max_length=10, blank=True)
    # Only rows from here on, and the highest that was seen: microseconds since 1970 UTC.
    low_us = models.BigIntegerField(null=True, blank=True)
    high_us = models.BigIntegerField(null=True, blank=True)
    # Event names that came with this run, so that the limit of the account holds for all units.
    new_event_names = models.JSONField(default=list, blank=True)
    bytes_billed = models.BigIntegerField(default=0)
    rows_expected = models.BigIntegerField(default=0)
    # Of a finished run; while it is under way its batches are added up.
    rows_read = models.BigIntegerField(default=0)
    rows_imported = models.BigIntegerField(default=0)
    rows_failed = models.BigIntegerField(default=0)
    # Read again because they stand at the cursor, and known from an earlier run.
    rows_known = models.BigIntegerField(default=0)
    failed_rows_kept = models.BigIntegerField(default=0)
    # {code: {column: failures}}: a row may have several.
    failures = models.JSONField(default=dict, blank=True)
    people_new = models.BigIntegerField(default=0)
    people_changed = models.BigIntegerField(default=0)
    people_unchanged = models.BigIntegerField(default=0)
    # {part: [new, changed, unchanged]}, noted before each commit of a part of the people.
    people_parts = models.JSONField(default=dict, blank=True)
    # Fingerprints of the rows that the next run may meet again; empty when there are none.
    prints_file = models.CharField(max_length=200, blank=True)
    # When the files of the run were deleted; its counts stay.
    cleared_at = models.DateTimeField(null=True, blank=True)
    # What is worth telling: columns that came or went.
    notes = models.JSONField(default=list, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["parent", "number"], name="one_import_run_per_number"),
            models.UniqueConstraint(
                fields=["parent"],
                condition=models.Q(status__in=["pending", "running"]),
                name="one_open_import_run",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["status", "next_attempt_at"], name="irun_due")]

    def __str__(self) -> str:
        return gettext("{name} run {number}").format(name=self.parent, number=self.number)


class ImportUnit(Leased):
    """One stream of a run, or the rows at the cursor: who reads it, and how far is it?"""

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        DONE = "done", _("Done")

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="units")
    part = models.PositiveIntegerField()
    # Rows at the cursor wait until all streams are read: then they are compared as one.
    is_tail = models.BooleanField(default=False)
    # integrations.warehouse.ReadStream.reference; empty for the tail.
    stream = models.JSONField(default=dict, blank=True)
    # The next row of the stream to read: everything before is in batches.
    position = models.BigIntegerField(default=0)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["part"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "part"], name="one_import_unit_per_part")
        ]
        indexes: ClassVar = [models.Index(fields=["status", "next_attempt_at"], name="iunit_due")]

    def __str__(self) -> str:
        return gettext("{run} part {part}").format(run=self.run, part=self.part)


class ImportBatch(models.Model):
    """Consecutive rows of a unit, read and judged: how many went where, and in which files?"""

    unit = models.ForeignKey(ImportUnit, models.CASCADE, related_name="batches")
    first_row = models.BigIntegerField()
    end_row = models.BigIntegerField()
    rows_imported = models.BigIntegerField(default=0)
    rows_failed = models.BigIntegerField(default=0)
    rows_known = models.BigIntegerField(default=0)
    rows_set_aside = models.BigIntegerField(default=0)
    failures = models.JSONField(default=dict, blank=True)
    # The highest cursor that is not in the future.
    high_us = models.BigIntegerField(null=True, blank=True)
    # Files of good rows that no commit names yet: eventstore.staging.StagedFile as JSON.
    staged = models.JSONField(default=list, blank=True)
    # What these rows are for the catalogue: eventstore.survey.Survey as JSON; empty when unknown.
    survey = models.JSONField(default=dict, blank=True)
    # Names below the run's folder; empty when there was nothing to write.
    failed_file = models.CharField(max_length=200, blank=True)
    failed_rows_kept = models.BigIntegerField(default=0)
    aside_file = models.CharField(max_length=200, blank=True)
    prints_file = models.CharField(max_length=200, blank=True)
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "import batches"
        ordering: ClassVar = ["unit__part", "first_row"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["unit", "first_row"], name="one_batch_per_first_row")
        ]

    def __str__(self) -> str:
        text = gettext("{unit} rows {first} to {end}")
        return text.format(unit=self.unit, first=self.first_row, end=self.end_row)
