"""[pure] What can go wrong with an import as a whole; for single rows see row_faults.py."""

from __future__ import annotations

from functools import partial

from clevertap_partners.core.errors import Remedy, Turn
from clevertap_partners.core.faults import Fault

_AGAIN = "Nothing to do: we try again by ourselves."

_import = partial(Fault, section="The import", remedy=Remedy.IMPORT)

IMPORT_ENDED = _import(
    "import_ended",
    happened="The import “{item}” was stopped and never runs again.",
    fix="Create a new import with the same settings.",
)
IMPORT_NOT_READY = _import(
    "import_not_ready",
    happened="The import “{item}” is still a draft.",
    fix="Finish its mapping and schedule first.",
)
IMPORT_PAUSED = _import(
    "import_paused",
    happened="The import “{item}” is paused.",
    fix="Resume it first.",
)
MAPPING_BROKEN = _import(
    "mapping_broken",
    happened="The mapping does not fit the source any more: {problem}",
    fix="Edit the import and correct its mapping. Nothing of this run was imported.",
)
COLUMN_MISSING = _import(
    "column_missing",
    happened="The column “{column}” is mapped, but the source does not have it any more.",
    fix="Bring the column back, or edit the import and map another. Nothing of this run was "
    "imported, and no row is skipped.",
)
COLUMN_RETYPED = _import(
    "column_retyped",
    happened="The column “{column}” was {before} when it was mapped, and is {after} now.",
    fix="Change it back, or edit the import and save its mapping again. Nothing of this run was "
    "imported, and no row is skipped.",
)
ROWS_NOT_KNOWN = _import(
    "rows_not_known",
    happened="Without an Updated On column, rows that were imported are known by their values, and "
    "“{column}” went or changed its type.",
    fix="Bring it back as it was, or create a new import, which reads everything. Nothing of this "
    "run was imported.",
)
TOO_MANY_BYTES = _import(
    "too_many_bytes",
    happened="The query would read {bytes}, and this account may read {cap} at once.",
    fix="Map fewer columns, or narrow the query. Whoever runs this dashboard can raise the cap.",
)
FAILED_ROWS_GONE = _import(
    "failed_rows_gone",
    happened="The failed rows of run {number} are not kept any more.",
    fix="Run the import again from the source.",
)
FAILED_ROWS_READ_AGAIN = _import(
    "failed_rows_read_again",
    happened="The next run reads the rows of run {number} again anyway: the import has not gone on "
    "from there.",
    fix="Correct the mapping or the source, then run the import.",
)
FAILED_ROWS_TRIED = _import(
    "failed_rows_tried",
    happened="The failed rows of run {number} were tried again already, in run {again}.",
    fix="Try again the failed rows of that run.",
)
FAILED_ROWS_LACK_COLUMN = _import(
    "failed_rows_lack_column",
    happened="The failed rows of run {number} were kept without the column “{column}”, which is "
    "mapped now.",
    fix="Map only columns that were read then, or import those rows anew from the source.",
)
RUN_UNDER_WAY = _import(
    "import_run_under_way",
    happened="A run of the import “{item}” is under way.",
    fix="Wait for its end.",
)
WAREHOUSE_SLOW = _import(
    "warehouse_slow",
    happened="The warehouse did not answer within {seconds} seconds.",
    fix="Try again in a moment; what you have entered is kept.",
    turn=Turn.PARTNER,
    retried=True,
)

_run = partial(Fault, section="The run of an import")

CONNECTION_GONE = _run(
    "import_connection_gone",
    happened="The connection “{name}” was deleted.",
    fix="Edit the import and choose another connection, or stop it.",
    remedy=Remedy.IMPORT,
)
INTERNAL_ERROR = _run(
    "import_internal_error",
    happened="Something went wrong on our side.",
    fix=_AGAIN,
    turn=Turn.US,
    retried=True,
)
ROWS_DO_NOT_ADD_UP = _run(
    "import_rows_do_not_add_up",
    happened="The query's result has {expected} rows, but {read} were read.",
    fix="Nothing of this run was imported. We look into it.",
    turn=Turn.US,
)
