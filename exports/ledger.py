"""The ledger in the database: every write is conditional on the claim of its worker."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from clevertap_partners.core.errors import LeaseLost
from clevertap_partners.core.lease import Lease
from clevertap_partners.core.objects import StoredObject
from exports.models import Export, ExportFile, ExportRun, ExportUnit
from exports.pipeline.roll import RolledFile


class OrmLedger:
    """Satisfies exports.pipeline.ledger.Ledger for one claimed unit."""

    def __init__(self, unit: ExportUnit, lease: Lease) -> None:
        self._unit = unit
        self._lease = lease

    def find(self, name: str) -> StoredObject | None:
        row = self._files().filter(name=name, stored_at__isnull=False).first()
        if row is None:
            return None
        return StoredObject(row.name, row.bytes, row.crc32c, row.md5, row.generation or 0)

    def intend(self, file: RolledFile) -> bool:
        with transaction.atomic():
            self._still_ours()
            earlier = self._files().filter(name=file.name).first()
            if earlier is None:
                ExportFile.objects.create(
                    export_id=self._unit.run.export_id,
                    run_id=self._unit.run_id,
                    unit=self._unit,
                    name=file.name,
                    event_day=self._unit.event_day,
                    **_content(file),
                )
                return False
            same = (earlier.bytes, earlier.crc32c) == (file.size, file.crc32c)
            if not same:
                self._files().filter(pk=earlier.pk).update(**_content(file))
            return same

    def withdraw(self, file: RolledFile) -> None:
        with transaction.atomic():
            self._still_ours()
            self._files().filter(name=file.name, stored_at__isnull=True).delete()

    def record(self, file: RolledFile, stored: StoredObject) -> None:
        with transaction.atomic():
            self._still_ours()
            is_new = (
                self._files()
                .filter(name=file.name, stored_at__isnull=True)
                .update(
                    md5=stored.md5, generation=stored.generation or None, stored_at=timezone.now()
                )
            )
            if is_new:
                self._count(file)

    def _count(self, file: RolledFile) -> None:
        """Once for each file; the row of the export last, which other units want as well."""
        for rows in (
            ExportUnit.objects.filter(pk=self._unit.pk),
            Export.objects.filter(pk=self._unit.run.export_id),
        ):
            rows.update(
                rows_written=F("rows_written") + file.rows,
                bytes_written=F("bytes_written") + file.size,
                files_written=F("files_written") + 1,
            )

    def _files(self) -> Any:
        return ExportFile.objects.filter(unit=self._unit)

    def _still_ours(self) -> None:
        """Take the row's lock and make sure that the claim stands and the run is still wanted."""
        wanted = self._lease.rows().filter(run__status=ExportRun.Status.RUNNING)
        # Not `exists()`: it forgets `of`, and all units of a run would queue up for the run's row.
        if wanted.select_for_update(of=("self",)).first() is None:
            raise LeaseLost(f"Unit {self._unit.pk} is no longer ours, or was stopped.")


def _content(file: RolledFile) -> dict[str, Any]:
    return {
        "event_name": file.event_name,
        "index": file.index,
        "rows": file.rows,
        "bytes": file.size,
        "crc32c": file.crc32c,
        "min_ts": file.min_ts,
        "max_ts": file.max_ts,
    }
