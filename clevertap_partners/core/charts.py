"""[pure] Charts that the server draws: where bars, points, ticks and labels stand.

Across in per cent of a width that only the browser knows, down in pixels. So a chart fills whatever
room there is, and its texts keep their size. Places are texts: no language writes them differently.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clevertap_partners.core.scales import scale, tick_text

# A lane for what is said of the mark under the pointer, then the bars, then the labels of time.
TOP, HEIGHT = 28, 172
BASE = TOP + HEIGHT
LABEL_LINE = BASE + 20
# What is there at all can be seen.
LEAST = 2
# Few bars would fill the width as blocks.
LEAST_ROOM = 12
FILLED = 0.72
MOST_LABELS = 6
LONG_LABEL = 7


@dataclass(frozen=True)
class Series:
    """Values of one kind. `key` chooses colour and pattern, and how a legend shows them."""

    key: str
    label: str
    values: Sequence[int]


@dataclass(frozen=True)
class Spot:
    """A place on the axis of time: its full name, and a short one that fits below the axis."""

    label: str
    short: str


@dataclass(frozen=True)
class Tick:
    text: str
    y: str


@dataclass(frozen=True)
class Label:
    """A name below the axis. Every second one goes first where there is little room."""

    text: str
    x: str
    is_minor: bool


@dataclass(frozen=True)
class Part:
    """What one series adds to a bar."""

    key: str
    label: str
    value: int
    y: str
    height: str


@dataclass(frozen=True)
class Mark:
    """One bar of stacked parts, and the column in which the pointer finds it."""

    label: str
    x: str
    bar_x: str
    parts: tuple[Part, ...]
    total: int

    @property
    def said(self) -> list[Part]:
        """The first part, and whatever else there is."""
        return [*self.parts[:1], *(part for part in self.parts[1:] if part.value)]


@dataclass(frozen=True)
class Chart:
    """`key` names it in test ids, `unit` is how values are written: rows or bytes."""

    key: str
    title: str
    unit: str
    series: tuple[Series, ...]
    marks: tuple[Mark, ...]
    ticks: tuple[Tick, ...]
    labels: tuple[Label, ...]
    slot: str
    bar: str
    note: str = ""

    top, height, base, label_line = TOP, HEIGHT, BASE, LABEL_LINE

    @property
    def has_long_labels(self) -> bool:
        return any(len(label.text) > LONG_LABEL for label in self.labels)

    @property
    def has_legend(self) -> bool:
        return len(self.series) > 1

    @property
    def highest(self) -> Mark | None:
        """None where there is nothing but zeros."""
        most = max(self.marks, key=lambda mark: mark.total, default=None)
        return most if most and most.total else None


def chart(
    key: str,
    title: str,
    unit: str,
    spots: Sequence[Spot],
    series: Sequence[Series],
    *,
    note: str = "",
    room: int = LEAST_ROOM,
) -> Chart:
    """Bars in the order of `spots`, each the sum of what the series have there."""
    totals = zip(*(one.values for one in series), strict=True)
    ticks = scale(max(map(sum, totals), default=0))
    slot = slot_width(len(spots), room)
    marks = [_mark(place, spot, series, ticks[-1], slot) for place, spot in enumerate(spots)]
    return Chart(
        key=key,
        title=title,
        unit=unit,
        series=tuple(series),
        marks=tuple(marks),
        ticks=tuple(Tick(tick_text(tick, unit), pixels(tick, ticks[-1])) for tick in ticks),
        labels=labels_of(spots, slot),
        slot=percent(slot),
        bar=percent(slot * FILLED),
        note=note,
    )


def slot_width(count: int, room: int = LEAST_ROOM) -> float:
    return 100 / max(room, count)


def labels_of(spots: Sequence[Spot], slot: float) -> tuple[Label, ...]:
    """As many as there is room for, at even distances."""
    every = -(-len(spots) // MOST_LABELS) or 1
    return tuple(
        Label(spot.short, percent((place + 0.5) * slot), is_minor=place // every % 2 == 1)
        for place, spot in enumerate(spots)
        if place % every == 0
    )


def pixels(value: float, top: int) -> str:
    """How far down a value stands."""
    return f"{BASE - HEIGHT * value / top:.1f}"


def percent(share: float) -> str:
    return f"{share:.3f}%"


def share_text(value: int, peak: int) -> str:
    """How long the bar of a value is in a table, as a share of the longest."""
    return percent(max(0.5, 100 * value / peak)) if value else percent(0)


def _mark(place: int, spot: Spot, series: Sequence[Series], top: int, slot: float) -> Mark:
    parts, y = [], float(BASE)
    for one in series:
        value = one.values[place]
        height = max(LEAST, HEIGHT * value / top) if value else 0.0
        y -= height
        parts.append(Part(one.key, one.label, value, f"{y:.1f}", f"{height:.1f}"))
    return Mark(
        label=spot.label,
        x=percent(place * slot),
        bar_x=percent((place + (1 - FILLED) / 2) * slot),
        parts=tuple(parts),
        total=sum(part.value for part in parts),
    )
