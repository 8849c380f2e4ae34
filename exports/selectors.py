"""Everything that reads exports."""

from __future__ import annotations

import datetime
from dataclasses import fields
from typing import Any

from django.contrib.auth.models import User
from django.db.models import (
    Case,
    Count,
    Exists,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.utils import timezone

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.lease import free
from exports.models import Export, ExportFile, ExportRun, ExportUnit
from exports.pipeline.encode.base import EncodeOptions
from integrations.models import Connection


def encode_options(of: Export | ExportRun) -> EncodeOptions:
    """The options as they were chosen; those that came later than the export have their default."""
    export = of if isinstance(of, Export) else of.export
    chosen = {key.name: of.options.get(key.name, key.default) for key in fields(EncodeOptions)}
    # Files of profiles are always compressed.
    compress = chosen["compress"] or export.is_of_profiles
    identifiers = tuple(chosen["identifiers"])
    return EncodeOptions(**chosen | {"compress": compress, "identifiers": identifiers})


def wanted_names(run: ExportRun) -> tuple[str, ...] | None:
    """The event names to export; None for all."""
    return None if run.export.type == Export.Type.ALL_EVENTS else tuple(run.event_names)


def last_finished(export: Export) -> ExportRun | None:
    """The run after which the next one goes on."""
    done = export.runs.filter(status=ExportRun.Status.DONE)
    return done.defer("records", "slugs").order_by("-pk").first()


def connection_in_use(export: Export) -> Connection | None:
    """Where its run under way writes to, which an edit does not change; else where it will."""
    planned = export.runs.filter(status=ExportRun.Status.RUNNING).select_related("connection")
    run = planned.defer("records", "slugs", "connection__config").first()
    return run.connection if run else export.connection


def exports_due() -> QuerySet[Export]:
    """Recurring exports with a slot that has come and nothing under way, longest waiting first."""
    busy = ExportRun.objects.filter(export=OuterRef("pk"), status__in=Export.OPEN)
    return Export.objects.filter(
        ~Exists(busy),
        frequency=Export.Frequency.RECURRING,
        status__in=Export.OPEN,
        next_run_at__lte=timezone.now(),
    ).order_by("next_run_at")


def profile_export_in_the_way(*, account: Account, frequency: str) -> Export | None:
    """The newest open export beside which user properties are not exported with this frequency.

    Once is refused beside a recurring one, and a recurring one beside any: what the one sends, the
    other would send again.
    """
    profiles = Export.objects.filter(
        account=account, type=Export.Type.ALL_USER_PROPERTIES, status__in=Export.OPEN
    )
    if frequency == Export.Frequency.ONCE:
        profiles = profiles.filter(frequency=Export.Frequency.RECURRING)
    return profiles.first()


def run_named(name: str) -> ExportRun | None:
    """The run of a name as `str(run)` gives it: request id, hyphen, run timestamp."""
    request_id, _, timestamp = name.partition("-")
    if not (request_id.isdecimal() and timestamp.isdecimal()):
        return None
    runs = ExportRun.objects.filter(export__request_id=request_id, run_timestamp=timestamp)
    return runs.select_related("export__account").first()


def runs_stuck(*, silent_since: datetime.datetime) -> QuerySet[ExportRun]:
    """Open runs in trouble, or that have written nothing since then, longest silent first.

    `last_written_at` is when the last of its files was stored.
    """
    stored = ExportFile.objects.filter(run=OuterRef("pk"), stored_at__gt=silent_since)
    silent = Q(created_at__lte=silent_since) & ~Exists(stored)
    return (
        ExportRun.objects.filter(~Q(trouble_code="") | silent, status__in=Export.OPEN)
        .select_related("export__account")
        .defer("records", "slugs")
        .annotate(last_written_at=Max("files__stored_at"))
        .order_by("last_written_at", "created_at")
    )


def runs_left_over() -> QuerySet[ExportRun]:
    """Open runs of exports that have ended: a stop and a new window may come at the same moment."""
    return ExportRun.objects.filter(status__in=Export.OPEN).exclude(export__status__in=Export.OPEN)


def creators(*, account: Account) -> QuerySet[User]:
    """Those who made the account's exports, by name."""
    made = Export.objects.filter(account=account, created_by=OuterRef("pk"))
    return User.objects.filter(Exists(made)).order_by("first_name", "last_name", "username")


def due() -> Q:
    return Q(next_attempt_at=None) | Q(next_attempt_at__lte=timezone.now())


def runs_to_plan() -> QuerySet[ExportRun]:
    return ExportRun.objects.filter(
        due(), free(), status=ExportRun.Status.PENDING, export__status__in=Export.OPEN
    )


def runs_to_finish() -> QuerySet[ExportRun]:
    unfinished = ExportUnit.objects.filter(run=OuterRef("pk"), status=ExportUnit.Status.PENDING)
    return ExportRun.objects.filter(
        due(),
        free(),
        ~Exists(unfinished),
        status=ExportRun.Status.RUNNING,
        export__status__in=Export.OPEN,
    )


def units_to_run() -> QuerySet[ExportUnit]:
    """Units that nobody works on, of runs that are not waiting, fairest first.

    Accounts with the fewest units under way go first, so that a huge export of one account does not
    hold up a small one of another; then the older export, then the earlier part.
    """
    return (
        ExportUnit.objects.filter(due(), free(), _run_is_due(), status=ExportUnit.Status.PENDING)
        .filter(run__status=ExportRun.Status.RUNNING, run__export__status__in=Export.OPEN)
        .select_related("run__export__account")
        .defer("run__records")
        .annotate(busy=_units_under_way())
        .order_by("busy", "run__export__request_id", "part")
    )


def _units_under_way() -> Case | Value:
    """How many units of the row's account are leased now."""
    leased = ExportUnit.objects.filter(lease_until__gt=timezone.now()).values_list(
        "run__export__account_id"
    )
    counts = leased.annotate(count=Count("pk")).order_by()
    cases = [When(run__export__account_id=pk, then=Value(count)) for pk, count in counts]
    return Case(*cases, default=Value(0)) if cases else Value(0)


def steps_waiting() -> int:
    """How many steps could be taken up now."""
    return runs_to_plan().count() + runs_to_finish().count() + units_to_run().count()


def _run_is_due() -> Q:
    return Q(run__next_attempt_at=None) | Q(run__next_attempt_at__lte=timezone.now())


def event_totals(export: Export) -> QuerySet[ExportFile, Any]:
    """Files, rows and bytes in the bucket per event name."""
    return (
        ExportFile.objects.filter(export=export, stored_at__isnull=False)
        .values("event_name")
        .annotate(files=Count("pk"), total_rows=Sum("rows"), total_bytes=Sum("bytes"))
        .order_by("-total_rows", "event_name")
    )


def totals_delivered(export: Export) -> dict[str, int]:
    """How many files and rows of the export are in its buckets."""
    stored = ExportFile.objects.filter(export=export, stored_at__isnull=False)
    return stored.aggregate(files=Count("pk"), rows=Sum("rows", default=0))
