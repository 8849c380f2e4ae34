"""Becomes the BigQuery emulator. Run by the Python of the sandbox's packages, not by the product's.

    python -P bigquery_emulator.py <folder> <REST port> <gRPC port>

The data live below the folder, and so does the home folder that DuckDB looks for extensions in.
Some things are mended on the way, which Google does and the emulator does not: a read that starts
at an offset, decimals of 38 digits, results that are let go some time, batches of any size. With
PARTNERS_SANDBOX_MESSAGE_ROWS small results are read like large ones, in several streams of messages
with so many rows.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

# Of results and read sessions each: the newest stays in any case, older ones while there is room.
KEPT_BYTES = 600_000_000
MAX_MESSAGE_BYTES = 1_000_000_000


class Recent(dict[str, Any]):
    """Forgets what was put in first once there is too much of it."""

    def __init__(self, size: Callable[[Any], int]) -> None:
        super().__init__()
        self._size = size

    def __setitem__(self, key: str, value: Any) -> None:
        self.pop(key, None)
        super().__setitem__(key, value)
        left = sum(self._size(each) for each in self.values())
        for oldest in list(self)[:-1]:
            if left <= KEPT_BYTES:
                return
            left -= self._size(self.pop(oldest))


def main(folder: Path, rest_port: int, grpc_port: int) -> None:
    prepare(folder)
    let_go_of_results()
    start_at_offsets()
    widen_decimals()
    if message_rows := int(os.environ.get("PARTNERS_SANDBOX_MESSAGE_ROWS") or 0):
        read_in_small_parts(message_rows)
    from bqemulator.config import PersistenceMode, Settings  # noqa: PLC0415  (its home comes first)
    from bqemulator.server import run_forever  # noqa: PLC0415

    run_forever(
        Settings(
            rest_port=rest_port,
            grpc_port=grpc_port,
            persistence_mode=PersistenceMode.PERSISTENT,
            data_dir=folder,
            upload_staging_dir=folder / "uploads",
            write_api_max_request_bytes=MAX_MESSAGE_BYTES,
            enable_format_extensions=False,  # they would come from the network
            metrics_enabled=False,
            time_travel_retention_days=0,
            log_level="warning",
        )
    )


def prepare(folder: Path) -> None:
    """A home folder that holds DuckDB's extension for geography."""
    import duckdb  # noqa: PLC0415  (the sandbox's packages only)
    import duckdb_extension_spatial  # noqa: PLC0415

    os.environ["HOME"] = str(folder)
    packed = Path(duckdb_extension_spatial.__file__).parent / "extensions"
    source = packed / f"v{duckdb.__version__}" / "spatial.duckdb_extension"
    with duckdb.connect() as engine:
        (platform,) = engine.execute("PRAGMA platform").fetchone() or ("",)
    wanted = folder / ".duckdb" / "extensions" / f"v{duckdb.__version__}" / platform / source.name
    if not wanted.exists():
        wanted.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, wanted)


def let_go_of_results() -> None:
    """The emulator keeps every result and every read session in memory for ever."""
    from bqemulator.jobs import executor  # noqa: PLC0415
    from bqemulator.streaming import read_session  # noqa: PLC0415

    executor.JOB_RESULTS = Recent(lambda table: int(table.nbytes))
    read_session._SESSIONS = Recent(lambda session: int(session.table.nbytes))


def start_at_offsets() -> None:
    """The emulator reads every stream from its first row, whatever offset was asked for."""
    from bqemulator.grpc_api.read_servicer import BigQueryReadHandler  # noqa: PLC0415
    from google.cloud.bigquery_storage_v1 import types  # noqa: PLC0415

    read_all = BigQueryReadHandler._handle_read_rows

    def read_rows(self: Any, request_bytes: bytes, context: Any) -> Iterator[bytes]:
        request = types.ReadRowsRequest.deserialize(request_bytes)
        if request.offset:
            request.read_stream = rest_of(request.read_stream, request.offset)
            request_bytes = types.ReadRowsRequest.serialize(request)
        yield from read_all(self, request_bytes, context)

    BigQueryReadHandler._handle_read_rows = read_rows


def rest_of(name: str, offset: int) -> str:
    """The name of a stream that has what is left of another one from this row on."""
    from bqemulator.streaming import read_session  # noqa: PLC0415

    session = read_session.get_session(name.rpartition("/streams/")[0])
    streams = {stream.name: stream for stream in session.streams} if session else {}
    rest = f"{name}-from-{offset}"
    if name in streams and rest not in streams:
        first = min(streams[name].start_row + offset, streams[name].end_row)
        session.streams.append(read_session.ReadStream(rest, first, streams[name].end_row))
    return rest


def read_in_small_parts(rows: int) -> None:
    """The emulator gives one stream for less than a megabyte, and 65,536 rows a message."""
    import pyarrow as pa  # noqa: PLC0415  (the sandbox's packages only)
    from bqemulator.grpc_api import read_servicer  # noqa: PLC0415
    from bqemulator.streaming import read_session  # noqa: PLC0415

    in_one_piece = read_servicer.get_stream_data

    def in_parts(*args: Any) -> Any:
        table = in_one_piece(*args)
        if table is None:
            return None
        parts = table.combine_chunks().to_batches(max_chunksize=rows)
        return pa.Table.from_batches(parts, table.schema)

    setattr(read_session, "_SMALL_TABLE_BYTE_THRESHOLD", 0)  # noqa: B010  (no name of ours)
    setattr(read_servicer, "get_stream_data", in_parts)  # noqa: B010  (a function, to a checker)


def widen_decimals() -> None:
    """NUMERIC without a width is 18 digits in DuckDB, three of them behind the point.

    BIGNUMERIC has 76 digits at Google, and 38 are the most that DuckDB has.
    """
    from bqemulator.storage import type_map  # noqa: PLC0415
    from sqlglot import exp  # noqa: PLC0415
    from sqlglot.dialects.duckdb import DuckDB  # noqa: PLC0415

    widths = {exp.DType.DECIMAL: "DECIMAL(38, 9)", exp.DType.BIGDECIMAL: "DECIMAL(38, 18)"}
    as_usual = DuckDB.Generator.datatype_sql

    def datatype_sql(self: Any, expression: exp.DataType) -> str:
        wide = "" if expression.expressions else widths.get(expression.this, "")
        return wide or as_usual(self, expression)

    setattr(DuckDB.Generator, "datatype_sql", datatype_sql)  # noqa: B010  (a method, to a checker)
    type_map._BQ_TO_DUCKDB["BIGNUMERIC"] = widths[exp.DType.BIGDECIMAL]
    type_map._DUCKDB_TO_BQ[widths[exp.DType.BIGDECIMAL]] = "BIGNUMERIC"


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
