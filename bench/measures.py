"""Each measure: makes its lake, runs its contenders in turn, and says the figures by name."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field, replace

from bench.checks import check
from bench.contenders import PARTNERS, WAYS
from bench.data import Lake, make_lake, native_copy
from bench.runner import Outcome, Run, Runner, peak, processor_s, say, seconds
from bench.sandbox import sandbox_bucket
from bench.workers import DAYS, export_seconds
from exports.pipeline.encode import FORMATS

NAMES = 512
FILES_A_DAY = 4
# Both cores at once: whatever else the machine does comes in between, so more rounds.
WORKER_ROUNDS = 5
SCALE = (1_000_000, 10_000_000)

Figures = dict[str, float]


@dataclass(frozen=True)
class Speed:
    """A line of the table of speeds. Processor time is what a busy machine disturbs least."""

    file_format: str
    label: str
    thousand_per_s: float
    ours_is_faster: float
    processor_us_per_event: float
    peak_rss_mb: float


@dataclass
class Findings:
    """What the benchmark found out: named figures, the table of speeds, our own seconds."""

    figures: Figures = field(default_factory=dict)
    speeds: list[Speed] = field(default_factory=list)
    ours: dict[str, list[float]] = field(default_factory=dict)


def formats() -> list[str]:
    return [key for key in WAYS if key in FORMATS]


def against_peers(file_format: str, events: int, runner: Runner, found: Findings) -> None:
    """Ours and all ways of the peers, and whether they wrote the same."""
    lake = make_lake(runner.folder, Lake(events))
    native_copy(lake)
    native_copy(runner.small_lake)
    say(f"{file_format}: Partners and peers, {events:,} events")
    runs = {way: Run(file_format, lake, way) for way in [PARTNERS, *WAYS[file_format]]}
    outcomes = runner.in_turn(runs.values())
    by_way = {way: outcomes[run] for way, run in runs.items() if run in outcomes}
    if PARTNERS in by_way:
        check(file_format, runner.alone(Run(file_format, lake, keep=True)), by_way, events)
        _add_speeds(file_format, by_way, events, found)
        found.ours[file_format] = seconds(by_way[PARTNERS])
        if found.ours.keys() >= {"json", "xml"}:
            figure = ratio(found.ours["json"], found.ours["xml"])
            found.figures["export_xml_vs_json"] = figure


def _add_speeds(
    file_format: str, by_way: dict[str, list[Outcome]], events: int, found: Findings
) -> None:
    ours = seconds(by_way[PARTNERS])
    name = f"export_{file_format}"
    found.figures[f"{name}_thousand_events_per_s"] = events / statistics.median(ours) / 1000
    found.figures[f"{name}_peak_rss_mb"] = peak(by_way[PARTNERS])
    for way, outcomes in by_way.items():
        times = ratio(seconds(outcomes), ours)
        found.speeds.append(
            Speed(
                file_format,
                "**Partners**" if way == PARTNERS else WAYS[file_format][way].label,
                events / statistics.median(seconds(outcomes)) / 1000,
                times,
                min(processor_s(outcomes)) / events * 1_000_000,
                peak(outcomes),
            )
        )
        if way != PARTNERS:
            found.figures[f"{name}_vs_way_{way}"] = times
            # Of a peer's ways, the fastest one counts.
            figure = f"{name}_vs_{WAYS[file_format][way].peer}"
            found.figures[figure] = min(times, found.figures.get(figure, times))


def many_names(events: int, runner: Runner, found: Findings) -> None:
    """A day of many event names against a day of one."""
    many = make_lake(runner.folder, Lake(events, names=NAMES))
    one = make_lake(runner.folder, Lake(events, names=1))
    say(f"{NAMES} event names in one day against one, {events:,} events")
    for file_format in formats():
        outcomes = runner.in_turn([Run(file_format, many), Run(file_format, one)])
        if len(outcomes) == 2:
            of_many, of_one = outcomes.values()
            figure = ratio(seconds(of_one), seconds(of_many))
            found.figures[f"export_{file_format}_512_names_vs_1"] = figure
            if file_format == "json":
                found.figures["export_512_names_vs_1"] = figure


def upload(events: int, runner: Runner, found: Findings) -> None:
    """With gzip and upload to the sandbox, which has the other core, against without."""
    lake = make_lake(runner.folder, Lake(events))
    say(f"With gzip and upload to the sandbox against without, {events:,} events")
    one_round = replace(runner, rounds=1)
    without, uploaded = [], []
    for _ in range(runner.rounds):
        # A sandbox for each round: names are the same, and nothing is ever overwritten.
        with sandbox_bucket(runner.folder) as bucket:
            outcomes = one_round.in_turn([Run("json", lake), Run("json", lake, bucket=bucket)])
        if len(outcomes) == 2:
            of_null, of_upload = outcomes.values()
            without += seconds(of_null)
            uploaded += seconds(of_upload)
    if uploaded:
        found.figures["export_upload_vs_null"] = ratio(without, uploaded)


def scale(runner: Runner, found: Findings) -> None:
    """Ten times the events in one run, in four files a day, so that they are merged."""
    small, large = (make_lake(runner.folder, Lake(n, files=FILES_A_DAY)) for n in SCALE)
    say(f"{SCALE[1]:,} events in one run against {SCALE[0]:,}")
    for file_format in formats():
        rounds = min(runner.rounds, 2) if file_format == "json" else 1
        runs = [Run(file_format, small), Run(file_format, large)]
        outcomes = replace(runner, rounds=rounds).in_turn(runs)
        if len(outcomes) == 2:
            of_small, of_large = outcomes.values()
            name = "export" if file_format == "json" else f"export_{file_format}"
            times = ratio(seconds(of_large), seconds(of_small))
            found.figures[f"{name}_10m_vs_1m"] = times
            found.figures[f"{name}_1m_peak_rss_mb"] = peak(of_small)
            found.figures[f"{name}_10m_peak_rss_mb"] = peak(of_large)
            found.figures[f"{name}_10m_vs_1m_peak_rss"] = peak(of_large) / peak(of_small)


def workers(events: int, runner: Runner, found: Findings) -> None:
    """Two workers, a core each, against one: an export of ten days, database and all."""
    lake = make_lake(runner.folder, Lake(events, days=DAYS))
    say(f"Two workers against one, {DAYS} days of {events // DAYS:,} events")
    one, two = [], []
    for number in range(1, max(runner.rounds, WORKER_ROUNDS) + 1):
        one.append(export_seconds(lake, workers=1, folder=runner.folder))
        two.append(export_seconds(lake, workers=2, folder=runner.folder))
        say(f"  round {number}: one {one[-1]:.2f} s, two {two[-1]:.2f} s")
    found.figures["export_2_workers_vs_1"] = ratio(one, two)


def ratio(theirs: list[float], ours: list[float]) -> float:
    """The median of the rounds' own ratios: what holds on a machine whose speed comes and goes.

    A slow contender has fewer rounds; the first ones are compared.
    """
    return statistics.median(their / our for their, our in zip(theirs, ours, strict=False))
