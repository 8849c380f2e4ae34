"""An account with very many exports, files and imports, made by the database itself."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, models
from django.utils import timezone

from clevertap_partners.accounts.models import Account, Role
from clevertap_partners.accounts.services import member_set
from exports.models import Export, ExportFile, ExportRun, ExportUnit
from imports.models import Import, ImportRun
from integrations.models import Connection

ACCOUNT = 100000000
FIRST_ID = 1_700_000_000
FILES_EACH = 5
# Of all files, half belong to one export that has recurred for a year.
RUNS_OF_YEAR = 365
RUNS_OF_IMPORT = 5
ENDED = timezone.now().replace(microsecond=0)


def make(exports: int) -> None:
    """So many exports, ten times as many files, a fifth as many imports with five runs each."""
    account = Account.objects.create(
        account_id=ACCOUNT,
        name="Bench",
        plan=Account.Plan.ENTERPRISE,
        time_zone="UTC",
        bigquery_import=True,
    )
    people = [User.objects.create(username=f"person{number}") for number in range(10)]
    for person in people:
        member_set(account=account, user=person, role=Role.MEMBER)
    place = Connection.objects.create(
        account=account,
        partner="google-cloud",
        nickname="Nowhere",
        target="nowhere",
        key_added_at=timezone.now(),
    )
    make_exports(account, place, people, exports)
    make_year(exports * FILES_EACH // RUNS_OF_YEAR + 1)
    make_imports(account, place, people, exports // 5)
    analyze()


def make_exports(account: Account, place: Connection, people: list[User], exports: int) -> None:
    first = Export.objects.create(
        account=account,
        connection=place,
        bucket_name="nowhere",
        bucket_nickname="Nowhere",
        request_id=FIRST_ID,
        partner="google-cloud",
        type="all_events",
        frequency="once",
        format="json",
        first_day=ENDED.date(),
        last_day=ENDED.date(),
        options={"identifiers": ["identity"], "manifest": True},
        created_by=people[0],
        status="done",
    )
    multiply(
        first,
        exports - 1,
        request_id=f"{FIRST_ID} + i * 60",
        type=chosen("all_events", "select_events", "all_user_properties"),
        format=chosen("json", "csv", "xml", "parquet", "json"),
        # The newest few are under way; some ended otherwise.
        status=f"CASE WHEN i > {exports - 4} THEN 'running' WHEN i % 50 = 0 THEN 'stopped' "
        "ELSE 'done' END",
        created_by_id=f"{people[0].pk} + i % {len(people)}",
        rows_written="(i * 7919) % 1000003",
        bytes_written="(i * 104729) % 1000000007",
        files_written=str(FILES_EACH),
        last_run_timestamp=f"{FIRST_ID} + i * 60 + 5",
    )
    run = ExportRun.objects.create(
        export=first,
        window="once",
        run_timestamp=FIRST_ID,
        status="done",
        rows_counted=1000,
        files_delivered=FILES_EACH,
        bytes_delivered=5000,
        started_at=ENDED,
        finished_at=ENDED,
        options=first.options,
    )
    per_export = {"export_id": "o.id", "run_timestamp": "o.request_id", "status": "o.status"}
    copy(run, Export, **per_export)
    unit = ExportUnit.objects.create(
        run=run, part=0, event_day=ENDED.date(), rows_counted=1000, status="done"
    )
    ExportUnit.objects.filter(pk=unit.pk).update(rows_written=1000, bytes_written=5000)
    copy(unit, ExportRun, run_id="o.id")
    make_files(run, unit, FILES_EACH)


def make_year(files_a_run: int) -> None:
    """The newest export that is done recurs, and has very many files."""
    export = Export.objects.filter(status="done").order_by("-pk")[0]
    Export.objects.filter(pk=export.pk).update(
        frequency="recurring",
        interval_hours=24,
        last_day=None,
        starts_at=ENDED,
        type="all_events",
        files_written=RUNS_OF_YEAR * files_a_run,
    )
    run = export.runs.get()
    multiply(run, RUNS_OF_YEAR - 1, window=text("'w' || i"), run_timestamp="t.run_timestamp + i")
    unit = run.units.get()
    copy(unit, ExportRun, f"o.export_id = {export.pk}", run_id="o.id")
    ExportUnit.objects.filter(run__export=export).update(files_written=files_a_run)
    template = ExportFile.objects.filter(run=run).order_by("pk")[0]
    insert(
        template,
        f"exports_exportunit u JOIN exports_exportrun r ON r.id = u.run_id "
        f"JOIN {numbers(files_a_run)} ON 1 = 1",
        f"r.export_id = {export.pk}",
        **file_columns("u.id", "r.id"),
        name=text(f"'{export}-' || r.run_timestamp || '-Event ' || (i % 97) || '-' || i"),
    )


def make_files(run: ExportRun, unit: ExportUnit, each: int) -> None:
    file = ExportFile.objects.create(
        export_id=run.export_id,
        run=run,
        unit=unit,
        name="first",
        event_name="Event 0",
        event_day=ENDED.date(),
        index=0,
        rows=1,
        bytes=1,
        crc32c="AAAAAA==",
        stored_at=ENDED,
    )
    insert(
        file,
        f"exports_exportunit u JOIN exports_exportrun r ON r.id = u.run_id "
        f"JOIN {numbers(each)} ON 1 = 1",
        "1 = 1",
        **file_columns("u.id", "r.id"),
        name=text("r.run_timestamp || '-Event ' || i"),
    )


def file_columns(unit: str, run: str) -> dict[str, str]:
    return {
        "export_id": "r.export_id",
        "run_id": run,
        "unit_id": unit,
        "event_name": text("'Event ' || (i % 97)"),
        "rows": "(i * 7919 + u.id) % 1000003",
        "bytes": "(i * 104729 + u.id) % 100000007",
    }


def make_imports(account: Account, place: Connection, people: list[User], imports: int) -> None:
    first = Import.objects.create(
        account=account,
        connection=place,
        connection_name="Nowhere",
        partner="bigquery",
        nickname="Import",
        status="scheduled",
        frequency="interval",
        schedule={"every": 2, "unit": "hours", "anchor": ENDED.isoformat()},
        kind="events",
        next_run_at=ENDED + datetime.timedelta(days=1),
        created_by=people[0],
    )
    multiply(
        first,
        imports - 1,
        nickname=text("'Import ' || i"),
        status=chosen("ready", "scheduled", "paused", "stopped"),
        kind=chosen("events", "profiles"),
        created_by_id=f"{people[0].pk} + i % {len(people)}",
        rows_imported="(i * 7919) % 1000003",
        last_run_timestamp=f"{FIRST_ID} + i * 60",
        wizard_token="NULL",  # noqa: S106  (SQL, and no secret)
    )
    run = ImportRun.objects.create(
        parent=first,
        number=0,
        trigger="schedule",
        status="done",
        rows_read=1000,
        rows_imported=990,
        rows_failed=10,
        started_at=ENDED,
        finished_at=ENDED,
    )
    insert(
        run,
        f"imports_import o JOIN {numbers(RUNS_OF_IMPORT)} ON 1 = 1",
        "1 = 1",
        parent_id="o.id",
        number="i",
    )


# -- rows from rows -------------------------------------------------------------------------------
def multiply(template: models.Model, times: int, **columns: str) -> None:
    """So many more rows like `template`; `i` counts them from 1."""
    insert(template, numbers(times), "1 = 1", **columns)


def copy(
    template: models.Model, others: type[models.Model], where: str = "1 = 1", **columns: str
) -> None:
    """A row like `template` for each of the `others` (`o`) but the first, which has one."""
    table = others._meta.db_table
    owner = next(iter(columns))
    has_one = f"SELECT {owner} FROM {template._meta.db_table}"
    insert(template, f"{table} o", f"{where} AND o.id NOT IN ({has_one})", **columns)


def insert(template: models.Model, source: str, where: str, **columns: str) -> None:
    table = template._meta.db_table
    columns_of = [str(field.column) for field in template._meta.concrete_fields]
    names = [name for name in columns_of if name != "id"]
    values = [columns.get(name, f't."{name}"') for name in names]
    quoted = ", ".join(f'"{name}"' for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({quoted}) SELECT {', '.join(values)} "  # noqa: S608  (ours)
            f"FROM {table} t, {source} WHERE t.id = {template.pk} AND {where}"
        )


def numbers(count: int) -> str:
    return (
        f"(WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < {count}) "
        f"SELECT CAST(i AS bigint) AS i FROM c) n"
    )


def chosen(*words: str) -> str:
    cases = " ".join(f"WHEN {number} THEN '{word}'" for number, word in enumerate(words))
    return f"CASE i % {len(words)} {cases} END"


def text(expression: str) -> str:
    return f"CAST({expression} AS text)"


def analyze() -> None:
    """What the database would do by itself before long."""
    command = "VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE"
    with connection.cursor() as cursor:
        cursor.execute(command)


def urls() -> dict[str, tuple[str, dict[str, Any]]]:
    """What is measured, by name: path below the account, and what the address asks for."""
    year = Export.objects.filter(frequency="recurring").get()
    exports, imports, detail = "exports/", "imports/", f"exports/{year.request_id}/"
    last = max(1, Export.objects.count() // 20)
    one = f"{Export.objects.order_by('pk')[0].request_id}"
    return {
        "exports": (exports, {}),
        "exports_last_page": (exports, {"page": last}),
        "exports_by_rows": (exports, {"sort": "-rows"}),
        "exports_by_size_last_page": (exports, {"sort": "size", "page": last}),
        "exports_by_last_run": (exports, {"sort": "-last_run"}),
        "exports_by_status": (exports, {"sort": "status"}),
        "exports_filtered": (
            exports,
            {"status": "done", "format": "csv", "created_by": "3", "sort": "-rows"},
        ),
        "exports_filtered_rare": (
            exports,
            {"status": "running", "type": "all_events", "sort": "-size"},
        ),
        "exports_search": (exports, {"q": one[:7]}),
        "exports_live": ("exports/rows/", {}),
        "detail": (detail, {}),
        "detail_runs": (detail, {"tab": "runs"}),
        "files": (detail, {"tab": "files"}),
        "files_by_size": (detail, {"tab": "files", "sort": "-size"}),
        "files_of_event": (detail, {"tab": "files", "event": "Event 5", "sort": "-rows"}),
        "files_search": (detail, {"tab": "files", "q": "Event 42-"}),
        "imports": (imports, {}),
        "imports_filtered": (imports, {"status": "paused", "kind": "events", "sort": "-rows"}),
        "imports_search": (imports, {"q": "import 12"}),
    }
