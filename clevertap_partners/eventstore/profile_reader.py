"""[pure] Reads profiles in a fixed order, each row encoded by an expression of the engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import duckdb
import pyarrow as pa
from deltalake import DeltaTable

from clevertap_partners.eventstore.files import DataFile, data_files, newest_version
from clevertap_partners.eventstore.kinds import Seen, sightings
from clevertap_partners.eventstore.memo import Memos
from clevertap_partners.eventstore.parquet_rows import parquet_rows, row_bytes
from clevertap_partners.eventstore.pieces import encoded, encoded_in_pieces, rows_within
from clevertap_partners.eventstore.profile_changes import (
    ChangedFiles,
    changed_files,
    changed_places,
    only_changed,
)
from clevertap_partners.eventstore.profiles import OLD_TIME, PROFILES_SCHEMA
from clevertap_partners.eventstore.query import Query
from clevertap_partners.eventstore.reader import (
    BATCH_ROWS,
    MERGED_BYTES,
    WIDE_ROW_BYTES,
    EngineLimits,
    connect,
)
from clevertap_partners.eventstore.schema import PropertySchema, property_schema

ROWS_PER_SHARD = 500_000
_TIMES = ("created_at", "last_seen_at")


@dataclass(frozen=True)
class ProfileShard:
    """A part of the profiles that is read in one go: whole data files, in the order of reading.

    `rows` of them are wanted.
    """

    number: int
    files: tuple[str, ...]
    rows: int


class ProfileReader:
    """The profiles table of one account at `table_uri`: a local path, or `s3://…`, `gs://…`.

    A remote store's credentials come from the environment, as delta-rs reads them.
    """

    def __init__(self, table_uri: str, limits: EngineLimits) -> None:
        self._uri = table_uri
        self._limits = limits

    def version(self) -> int | None:
        """The newest version; None when nothing was ever loaded."""
        return newest_version(self._uri)

    def count(self, *, version: int) -> int:
        return _rows(self._files(version).new)

    def shards(
        self, *, version: int, since: int | None = None, rows_per_shard: int = ROWS_PER_SHARD
    ) -> list[ProfileShard]:
        """The version's files by path, packed in this order up to so many rows.

        A file is never cut: one with more rows is a shard of its own. `since`: the files that came
        after that version, and of their rows only the changed ones count.
        """
        files = self._files(version, since)
        wanted = {file.path: file.rows for file in files.new}
        wanted |= {path: places.true_count for path, places in self._changed(files).items()}
        return [
            ProfileShard(
                number,
                tuple(file.path for file in shard),
                sum(wanted[file.path] for file in shard),
            )
            for number, shard in enumerate(_packed(files.new, rows_per_shard))
        ]

    def scan(
        self,
        *,
        version: int,
        shard: int,
        query: Query,
        since: int | None = None,
        rows_per_shard: int = ROWS_PER_SHARD,
    ) -> Iterator[pa.RecordBatch]:
        """Batches of a shard's rows in the order of its files, with the columns that are asked.

        The query is over PROFILES_SCHEMA's columns. `since`: only rows of people who were others,
        or nobody, at that version. The same arguments always give the same rows in the same order.
        """
        window = self._files(version, since)
        files = _packed(window.new, rows_per_shard)[shard]
        changed = self._changed(ChangedFiles(tuple(files), window.old))
        with closing(connect(self._limits)) as connection:
            for file in files:
                places = changed.get(file.path)
                if places is not None and not places.true_count:
                    continue
                rows = partial(self._rows, connection.cursor(), file.path)
                prepared = Memos(connection, query.memos, rows)
                cursor = prepared.bring(connection.cursor())
                yield from self._stream(cursor, file.path, query.projections, places)

    def survey(self, *, version: int) -> tuple[PropertySchema, ...]:
        """Every property that anybody has at that version, and the kinds of its values, by name."""
        found: dict[str, Seen] = {}
        with closing(connect(self._limits)) as connection:
            for file in self._files(version).new:
                for batch in self._stream(connection.cursor(), file.path, ["properties"]):
                    _look(connection.cursor(), batch, found)
        return tuple(
            property_schema(name, found[name].kinds, found[name].inner) for name in sorted(found)
        )

    def _stream(
        self,
        cursor: duckdb.DuckDBPyConnection,
        file: str,
        projections: Sequence[str],
        changed: pa.BooleanArray | None = None,
    ) -> Iterator[pa.RecordBatch]:
        width = row_bytes(self._uri, [file])
        if "://" not in self._uri and width <= WIDE_ROW_BYTES and changed is None:
            rows = encoded(self._rows(cursor, file), Query(projections), ())
            yield from rows.to_arrow_reader(BATCH_ROWS)
            return
        count = rows_within(MERGED_BYTES, width, BATCH_ROWS)
        batches = parquet_rows(self._uri, [file], None, count)
        query = Query([_of_today(batches.schema.names), *projections])
        wanted = iter(batches) if changed is None else only_changed(batches, changed)
        yield from encoded_in_pieces(cursor, wanted, query, (), count)

    def _changed(self, files: ChangedFiles) -> dict[str, pa.BooleanArray]:
        """Which rows of each new file have changed, by its path; none of them when all have."""
        if not files.old:
            return {}
        # Its notes spill, and what it has while it spills comes on top of the engine's share.
        limits = replace(self._limits, memory_mb=self._limits.memory_mb // 2)
        with closing(connect(limits)) as engine:
            return changed_places(engine, files, self._rows)

    def _rows(self, cursor: duckdb.DuckDBPyConnection, file: str) -> duckdb.DuckDBPyRelation:
        width = row_bytes(self._uri, [file])
        if "://" in self._uri or width > WIDE_ROW_BYTES:
            count = rows_within(MERGED_BYTES, width, BATCH_ROWS)
            rows = cursor.from_arrow(parquet_rows(self._uri, [file], None, count))
        else:
            rows = cursor.read_parquet(str(Path(self._uri) / file))
        return rows.project(_of_today(rows.columns))

    def _files(self, version: int, since: int | None = None) -> ChangedFiles:
        """The files to read, and those to compare them with."""
        if since is None:
            return ChangedFiles(tuple(data_files(DeltaTable(self._uri, version=version))), ())
        return changed_files(self._uri, since, version)


def _packed(files: Sequence[DataFile], rows_per_shard: int) -> list[list[DataFile]]:
    packed: list[list[DataFile]] = []
    for file in files:
        if not packed or _rows([*packed[-1], file]) > rows_per_shard:
            packed.append([])
        packed[-1].append(file)
    return packed


def _rows(files: Sequence[DataFile]) -> int:
    return sum(file.rows for file in files)


def _of_today(columns: list[str]) -> str:
    """A select list of PROFILES_SCHEMA's columns over a file that may be older than they are."""
    return ", ".join(f"{_expression(name, columns)} AS {name}" for name in PROFILES_SCHEMA.names)


def _expression(name: str, columns: list[str]) -> str:
    sources = [name, OLD_TIME.name] if name in _TIMES else [name]
    there = [source for source in sources if source in columns]
    # Of a file that lacks them all: of these, only texts can be missing.
    return f"coalesce({', '.join(there)})" if there else "NULL::VARCHAR"


def _look(cursor: duckdb.DuckDBPyConnection, batch: pa.RecordBatch, found: dict[str, Seen]) -> None:
    cursor.register("batch", pa.Table.from_batches([batch]))
    for _, name, kinds, inner in sightings(cursor, column="properties", group="''"):
        found.setdefault(name, Seen()).add(kinds, inner)
    cursor.unregister("batch")
