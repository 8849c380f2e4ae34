"""Whether contenders wrote what they should: a benchmark of wrong files is worth nothing."""

from __future__ import annotations

from bench.contenders import PARTNERS
from bench.runner import Failed, Outcome, say, seconds


def check(file_format: str, ours: Outcome, by_way: dict[str, list[Outcome]], events: int) -> None:
    """Everybody's rows; first and last record of ours and the fastest peer. Raises Failed."""
    _same(f"{file_format} partners, rows", ours["rows"], events)
    peers = {way: outcomes for way, outcomes in by_way.items() if way != PARTNERS}
    for way, outcomes in peers.items():
        for outcome in outcomes:
            _same(f"{file_format} {way}, rows", outcome["rows"], events)
    if not peers:
        return
    fastest = min(peers, key=lambda way: min(seconds(peers[way])))
    for place in ("first", "last"):
        theirs = peers[fastest][0][place]
        _same(f"{file_format} {fastest}, {place} record", theirs, ours[place])
    say(f"  same rows from all, same first and last record from Partners and {fastest}")


def _same(what: str, found: object, expected: object) -> None:
    if found != expected:
        raise Failed(f"{what}: {found}, not {expected}")
