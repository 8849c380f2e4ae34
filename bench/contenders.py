"""Who takes part: for each format our own export and the peers' ways, where each one is."""

from __future__ import annotations

from importlib import import_module
from typing import NamedTuple

from bench.task import Contender


class Way(NamedTuple):
    """One way of writing a format. `peer` names the figure; several ways may share it."""

    peer: str
    path: str
    label: str


PARTNERS = "partners"
WAYS: dict[str, dict[str, Way]] = {
    "json": {
        "duckdb": Way("duckdb", "peers_duckdb.json_text", "DuckDB COPY, from the JSON text"),
        "duckdb_native": Way("duckdb", "peers_duckdb.json_native", "DuckDB COPY, from structs"),
        "polars": Way("polars", "peers_polars.json_objects", "polars sink_ndjson"),
        "polars_text": Way("polars", "peers_polars.json_text", "polars, lines as text"),
        "dlt": Way("dlt", "peers_dlt.json_objects", "dlt, Python objects"),
        "dlt_arrow": Way("dlt", "peers_dlt.json_arrow", "dlt, Arrow out of DuckDB"),
        "per_row": Way("per_row", "peers_per_row.json", "per row: orjson"),
    },
    "xml": {"per_row": Way("per_row", "peers_per_row.xml", "per row: lxml")},
    "csv": {
        "duckdb": Way("duckdb", "peers_duckdb.csv_transform", "DuckDB COPY, json_transform"),
        "duckdb_paths": Way("duckdb", "peers_duckdb.csv_paths", "DuckDB COPY, lists of paths"),
        "polars": Way("polars", "peers_polars.csv", "polars sink_csv"),
        "dlt": Way("dlt", "peers_dlt.csv_objects", "dlt, Python objects"),
        "dlt_arrow": Way("dlt", "peers_dlt.csv_arrow", "dlt, Arrow out of DuckDB"),
        "per_row": Way("per_row", "peers_per_row.csv", "per row: csv module"),
    },
    "parquet": {
        "duckdb": Way("duckdb", "peers_duckdb.parquet", "DuckDB COPY, zstd"),
        "polars": Way("polars", "peers_polars.parquet", "polars sink_parquet, zstd"),
        "dlt_arrow": Way("dlt", "peers_dlt.parquet_arrow", "dlt, Arrow out of DuckDB"),
        "per_row": Way("per_row", "peers_per_row.parquet", "per row: pyarrow"),
    },
    "import": {
        "read": Way("read", "imports.read", "only read, as Arrow"),
        "per_row": Way("per_row", "imports.per_row", "per row: Python"),
        "dlt": Way("dlt", "peers_imports.dlt_parquet", "dlt, Parquet files, nothing checked"),
    },
}


def contender(file_format: str, way: str) -> Contender:
    """Import it, and with it its tool."""
    if way == PARTNERS and file_format == "import":
        importer: Contender = import_module("bench.imports").partners
        return importer
    if way == PARTNERS:
        ours: Contender = import_module("bench.partners").exporter(file_format)
        return ours
    module, _, name = WAYS[file_format][way].path.rpartition(".")
    theirs: Contender = getattr(import_module(f"bench.{module}"), name)
    return theirs
