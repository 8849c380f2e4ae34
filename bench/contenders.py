"""The ways to write the same JSON lines, each run alone in a process of its own, on one core."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
import orjson
import pyarrow.parquet as pq

from bench.data import DAY, native_copy, parquet_of
from clevertap_partners.core.objects import NewObject, StoredObject
from clevertap_partners.eventstore.reader import EngineLimits, EventReader
from exports.pipeline.encode.base import EncodeOptions
from exports.pipeline.naming import RunNames, event_slugs
from exports.pipeline.plan import UnitPlan
from exports.pipeline.roll import RolledFile
from exports.pipeline.run import run_unit

FIELDS = "profile, ts, deviceInfo, controlGroupName, eventProps, sessionProps"


def partners(lake: Path, folder: Path) -> None:
    """Our export, all of it but the network: scan in order, encode, roll, checksum, ledger."""
    reader = EventReader(str(lake), EngineLimits(memory_mb=160, scratch_dir=folder))
    version = reader.version() or 0
    counts = reader.counts(version=version, first_day=DAY, last_day=DAY, event_names=None)
    plan = UnitPlan(
        names=RunNames(1, 2, 0, "json", event_slugs(count.event_name for count in counts)),
        store_version=version,
        event_day=DAY,
        event_names=None,
        format_key="json",
        options=EncodeOptions(),
        max_bytes=100_000_000,
    )
    result = run_unit(
        plan,
        source=reader,
        sink=Nowhere(),
        ledger=Forgetful(),
        scratch_dir=folder,
        still_ours=lambda: None,
    )
    assert result.rows_written == sum(count.rows for count in counts)


def duckdb_json(lake: Path, folder: Path) -> None:
    """DuckDB's own writer on the same file: JSON text columns cast to its JSON type."""
    _copy(
        f"""SELECT profile::JSON AS profile, ts, device_info::JSON AS deviceInfo,
        control_group_name AS controlGroupName, event_props::JSON AS eventProps,
        session_props::JSON AS sessionProps FROM read_parquet('{parquet_of(lake)}')""",
        folder,
    )


def duckdb_native(lake: Path, folder: Path) -> None:
    """DuckDB's own writer on native columns: structs, and a map for the properties."""
    _copy(
        f"""SELECT profile, ts, device_info AS deviceInfo, control_group_name AS controlGroupName,
        event_props AS eventProps, session_props AS sessionProps
        FROM read_parquet('{native_copy(lake, folder)}')""",
        folder,
    )


def per_row(lake: Path, folder: Path) -> None:
    """A loop over rows: a dictionary each, orjson to the line."""
    with (folder / "per_row.json").open("wb") as file:
        for row in _rows(lake):
            record = {
                "profile": orjson.loads(row["profile"]),
                "ts": row["ts"],
                "deviceInfo": _object(row["device_info"]),
                "controlGroupName": row["control_group_name"],
                "eventProps": orjson.loads(row["event_props"]),
                "sessionProps": _object(row["session_props"]),
            }
            present = {key: value for key, value in record.items() if value is not None}
            file.write(orjson.dumps(present, option=orjson.OPT_APPEND_NEWLINE))


CONTENDERS: dict[str, Callable[[Path, Path], None]] = {
    "partners": partners,
    "duckdb_json": duckdb_json,
    "duckdb_native": duckdb_native,
    "per_row": per_row,
}


class Nowhere:
    """A bucket without a network: takes note of a file and forgets it."""

    def create(self, new: NewObject, body: BinaryIO) -> StoredObject:
        return StoredObject(new.name, new.size, new.crc32c, "", 1, new.metadata)

    def look(self, name: str) -> StoredObject | None:
        return None

    def listing(self, prefix: str) -> Iterator[StoredObject]:
        return iter(())


class Forgetful:
    """A ledger that knows of nothing, so that everything is written."""

    def find(self, name: str) -> StoredObject | None:
        return None

    def intend(self, file: RolledFile) -> bool:
        return False

    def withdraw(self, file: RolledFile) -> None:
        return None

    def record(self, file: RolledFile, stored: StoredObject) -> None:
        return None


def _copy(query: str, folder: Path) -> None:
    config: dict[str, Any] = {"threads": 1, "memory_limit": "300MB", "temp_directory": str(folder)}
    with duckdb.connect(config=config) as connection:
        connection.execute(f"COPY ({query}) TO '{folder / 'copy.json'}' (FORMAT json)")


def _rows(lake: Path) -> Iterator[dict[str, Any]]:
    (file,) = (lake / f"event_day={DAY}").glob("*.parquet")
    columns = ["ts", "profile", "device_info", "control_group_name", "event_props", "session_props"]
    for batch in pq.ParquetFile(file).iter_batches(8192, columns=columns, use_threads=False):
        yield from batch.to_pylist()


def _object(text: str | None) -> Any:
    return None if text is None else orjson.loads(text)


def peak_rss_mb() -> float:
    """The kernel's high-water mark; getrusage's is carried over from the parent process."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    name, lake, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    if name == "duckdb_native":
        native_copy(lake, folder)
    started = time.perf_counter()
    CONTENDERS[name](lake, folder)
    seconds = time.perf_counter() - started
    peak_mb = peak_rss_mb()
    print(json.dumps({"seconds": seconds, "peak_rss_mb": peak_mb}))
