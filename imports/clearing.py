"""Files of runs are kept for a while, as failed rows can be read and tried again; then they go."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.utils import timezone

from clevertap_partners.core.lease import Heartbeat, Lease
from imports.folder import folder_of, folder_uri, open_folder
from imports.models import Import, ImportBatch, ImportRun

if TYPE_CHECKING:
    import pyarrow.fs as pafs


def clear_run(run: ImportRun, lease: Lease, heartbeat: Heartbeat) -> None:
    """Delete the files of a run that is long over, all but the fingerprints that are in use."""
    kept = run.prints_file if Import.objects.filter(last_done=run).exists() else ""
    forget_files(run, besides=kept)
    heartbeat.check()
    lease.release(failed_rows_kept=0, cleared_at=None if kept else timezone.now())


def forget_files(run: ImportRun, *, besides: str = "") -> None:
    """Everything of the run that is not in the lake."""
    names = {run.prints_file, *working_files(run), *failed_files(run)}
    _delete(run, names - {besides, ""})


def forget_working_files(run: ImportRun) -> None:
    """What a run that has landed needs no more."""
    _delete(run, working_files(run))


def working_files(run: ImportRun) -> set[str]:
    """Rows set aside, fingerprints of groups, changes of people."""
    names: set[str] = set()
    for batch in ImportBatch.objects.filter(unit__run=run).defer("survey").iterator():
        names |= {batch.aside_file, batch.prints_file}
        if run.kind == run.Kind.PROFILES:
            names |= {file["path"] for file in batch.staged}
    return names - {""}


def failed_files(run: ImportRun) -> set[str]:
    batches = ImportBatch.objects.filter(unit__run=run).exclude(failed_file="")
    return set(batches.values_list("failed_file", flat=True))


def files_of(item: Import) -> list[tuple[str, list[str]]]:
    """Every file of the import's runs that is not in the lake: folder and names."""
    return [
        (folder_uri(run), sorted({run.prints_file, *working_files(run), *failed_files(run)} - {""}))
        for run in item.runs.all()
    ]


def delete_files(files: list[tuple[str, list[str]]]) -> None:
    for uri, names in files:
        if names:
            _delete_in(open_folder(uri), names)


def _delete(run: ImportRun, names: set[str]) -> None:
    _delete_in(folder_of(run), names)


def _delete_in(folder: pafs.FileSystem, names: Iterable[str]) -> None:
    for name in names:
        with contextlib.suppress(FileNotFoundError):
            folder.delete_file(name)
