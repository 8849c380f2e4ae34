"""The tables, the docs page that shows them, and var/bench.json."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from bench.measures import Figures, Findings, Speed

MAX_RSS_MB = 400.0
TITLES = {"json": "JSON", "xml": "XML", "csv": "CSV", "parquet": "Parquet", "import": "Import"}
COLUMNS = (
    "thousand events/s",
    "Partners is … times as fast",
    "processor µs an event",
    "peak memory, MB",
)
PEERS = {
    "duckdb": "DuckDB's COPY",
    "polars": "polars",
    "dlt": "dlt's filesystem destination",
    "per_row": "a per-row Python writer",
}
# What stands between these lines of the docs page is replaced.
START, END = "<!-- figures -->", "<!-- end of figures -->"


@dataclass(frozen=True)
class Aim:
    """A figure that should lie between two bounds."""

    figure: str
    label: str
    least: float = 0.0
    most: float = float("inf")

    def words(self) -> str:
        if self.least and self.most != float("inf"):
            return f"{self.least:g} to {self.most:g}"
        return f"≥ {self.least:g}" if self.least else f"≤ {self.most:g}"

    def is_met(self, result: float) -> bool:
        return self.least <= result <= self.most


def aims() -> list[Aim]:
    least = {
        "json": {"duckdb": 1.2, "polars": 1.0, "dlt": 5.0, "per_row": 5.0},
        "xml": {"per_row": 20.0},
        "csv": {"duckdb": 1.0, "polars": 1.0, "dlt": 5.0, "per_row": 5.0},
        "parquet": {"duckdb": 0.9, "polars": 1.0, "dlt": 5.0, "per_row": 5.0},
    }
    against = [
        Aim(f"export_{key}_vs_{peer}", f"{TITLES[key]}, against {PEERS[peer]}", least=bound)
        for key, peers in least.items()
        for peer, bound in peers.items()
    ]
    return [
        *against,
        Aim("export_xml_vs_json", "XML, against our own JSON", least=0.5),
        Aim("export_512_names_vs_1", "512 event names in one day, against one", least=0.6),
        Aim("export_upload_vs_null", "with gzip and upload, against without", least=0.5),
        Aim("export_10m_vs_1m", "time for 10 million events over time for 1 million", most=10.5),
        Aim("export_1m_peak_rss_mb", "peak memory at 1 million events, MB", most=MAX_RSS_MB),
        Aim("export_10m_peak_rss_mb", "peak memory at 10 million events, MB", most=MAX_RSS_MB),
        Aim("export_10m_vs_1m_peak_rss", "the one over the other", least=0.85, most=1.15),
        Aim("export_2_workers_vs_1", "two workers, against one", least=1.7),
        Aim(
            "web_exports_100k_vs_100",
            "the page of exports, with 100,000 of them and a million files over 100",
            most=1.5,
        ),
        Aim("web_exports_queries", "the most database queries of a page", most=15),
        Aim("import_vs_read", "import, against reading alone", least=0.4),
        Aim("import_vs_per_row", "import, against a per-row Python importer", least=8.0),
        Aim("import_vs_dlt", "import, against dlt", least=1.5),
        Aim("import_year_vs_read", "import of a year's orders, against reading alone", least=0.4),
        Aim(
            "import_10m_peak_rss_mb", "import of 10 million rows, peak memory, MB", most=MAX_RSS_MB
        ),
    ]


def tables(found: Findings) -> str:
    """Markdown: a table of speeds for each format, then that of the aims."""
    parts = [speed_table(key, found.speeds) for key in TITLES]
    return "\n\n".join([*filter(None, parts), aim_table(found.figures)])


def speed_table(file_format: str, speeds: list[Speed]) -> str:
    rows = [speed_row(speed) for speed in speeds if speed.file_format == file_format]
    head = [f"| {TITLES[file_format]} | {' | '.join(COLUMNS)} |", f"|---{'|---' * len(COLUMNS)}|"]
    return "\n".join([*head, *rows]) if rows else ""


def speed_row(speed: Speed) -> str:
    cells = (
        speed.label,
        f"{speed.thousand_per_s:,.0f}",
        f"{speed.ours_is_faster:.2f}",
        f"{speed.processor_us_per_event:.2f}",
        f"{speed.peak_rss_mb:,.0f}",
    )
    return f"| {' | '.join(cells)} |"


def aim_table(figures: Figures) -> str:
    rows = [aim_row(aim, figures.get(aim.figure)) for aim in aims()]
    return "\n".join(["| measure | aim | result | |", "|---|---|---|---|", *rows])


def aim_row(aim: Aim, result: float | None) -> str:
    if result is None:
        return f"| {aim.label} | {aim.words()} | not measured | |"
    shown = f"{result:.0f}" if aim.figure.endswith("_mb") else f"{result:.2f}"
    verdict = "met" if aim.is_met(result) else "**missed**"
    return f"| {aim.label} | {aim.words()} | {shown} | {verdict} |"


def put_into(page: Path, text: str) -> None:
    """Replace what the page has between its two marks."""
    before, _, rest = page.read_text().partition(START)
    after = rest.partition(END)[2]
    page.write_text(f"{before}{START}\n\n{text}\n\n{END}{after}")


def write_figures(findings: Findings, path: Path) -> None:
    rounded = {name: round(figure, 4) for name, figure in findings.figures.items()}
    path.write_text(json.dumps(rounded, indent=2) + "\n")
