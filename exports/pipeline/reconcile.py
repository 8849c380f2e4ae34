"""[pure] Done means counted = written = stored: the comparison that every run has to pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clevertap_partners.core.errors import PartnersError
from clevertap_partners.core.faults import error
from clevertap_partners.core.marking import gettext_noop
from clevertap_partners.core.objects import MayNotRead, StoredObject
from exports import faults
from exports.pipeline.manifest import ManifestFile
from exports.pipeline.naming import RunNames
from exports.pipeline.upload import Sink

STRANGER = gettext_noop("it also holds {object}, which is not of this run")
MISSING = gettext_noop("{object} is no longer there")
CHANGED = gettext_noop("{object} was changed after it was written")


@dataclass(frozen=True)
class Reconciliation:
    """The four counts of rows, and where the bucket's came from: `listing` or `upload answers`."""

    rows_counted: int
    rows_read: int
    rows_in_files: int
    rows_in_bucket: int
    bucket_source: str

    @property
    def holds(self) -> bool:
        return self.rows_counted == self.rows_read == self.rows_in_files == self.rows_in_bucket


def reconcile(
    names: RunNames,
    files: Sequence[ManifestFile],
    sink: Sink,
    *,
    rows_counted: int,
    rows_read: int,
) -> Reconciliation:
    """Compare all counts. Raises PermanentError: `rows_do_not_add_up` when ours differ, and
    `reconciliation_failed` when the bucket does not hold what was written."""
    try:
        stored = {found.name: found for found in sink.listing(names.prefix)}
    except MayNotRead:
        # With the right to create alone, what counts is what the bucket answered to each upload.
        in_bucket, source = sum(file.rows for file in files), "upload answers"
    else:
        in_bucket, source = _rows_in_bucket(names, files, stored), "listing"
    result = Reconciliation(
        rows_counted, rows_read, sum(file.rows for file in files), in_bucket, source
    )
    if not result.holds:
        raise error(
            faults.ROWS_DO_NOT_ADD_UP,
            counted=rows_counted,
            read=rows_read,
            written=result.rows_in_files,
        )
    return result


def _rows_in_bucket(
    names: RunNames, files: Sequence[ManifestFile], stored: dict[str, StoredObject]
) -> int:
    """Rows of our files that the bucket holds unchanged; anything else there is an error."""
    strangers = stored.keys() - {file.name for file in files} - {names.manifest}
    if strangers:
        raise _failed(STRANGER.format(object=min(strangers)))
    rows = 0
    for file in files:
        found = stored.get(file.name)
        if found is None:
            raise _failed(MISSING.format(object=file.name))
        if (found.size, found.crc32c) != (file.bytes, file.crc32c):
            raise _failed(CHANGED.format(object=file.name))
        rows += file.rows
    return rows


def _failed(difference: str) -> PartnersError:
    return error(faults.RECONCILIATION_FAILED, difference=difference)
