"""Writes the files of a run: good rows into the lake's folder, unnamed yet; the rest beside it."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from clevertap_partners.eventstore.lake import events_uri
from clevertap_partners.eventstore.staging import as_json
from clevertap_partners.eventstore.writer import EventWriter
from imports.folder import folder_of, new_name
from imports.models import ImportRun

CHANGES = "changes"


class RunStore:
    """Satisfies imports.pipeline.unit.Store for one run."""

    def __init__(self, run: ImportRun) -> None:
        self._run = run
        self._folder = folder_of(run)
        self._lake = EventWriter(events_uri(run.parent.account_id))

    def stage(self, rows: pa.Table) -> list[dict[str, Any]]:
        if self._run.kind == self._run.Kind.PROFILES:
            return [{"path": self.keep(CHANGES, rows)}]
        return [as_json(action) for action in self._lake.stage(rows)]

    def keep(self, kind: str, rows: pa.Table) -> str:
        name = new_name(kind)
        with self._folder.open_output_stream(name) as stream:
            pq.write_table(rows, stream, compression="zstd")
        return name

    def read(self, name: str) -> pa.Table:
        with self._folder.open_input_file(name) as stream:
            return pq.read_table(stream)
