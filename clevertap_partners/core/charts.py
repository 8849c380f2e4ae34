"""[pure] Bars for a chart that the server draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# Few bars would fill the width as blocks; so many have room at least.
LEAST_ROOM = 12
STEP = 10
GAP = 2
HEIGHT = 100


@dataclass(frozen=True)
class Bar:
    """Where a bar stands within `Chart.width` by HEIGHT, and the words about it."""

    label: str
    value: int
    x: int
    y: float
    height: float

    width = STEP - GAP


@dataclass(frozen=True)
class Chart:
    """Bars in the order in which they are drawn, the highest as high as the chart."""

    title: str
    unit: str
    peak: int
    bars: tuple[Bar, ...]

    @property
    def last_label(self) -> str:
        return self.bars[-1].label if self.bars else ""

    @property
    def width(self) -> int:
        return max(LEAST_ROOM, len(self.bars)) * STEP


def chart(title: str, unit: str, values: Sequence[tuple[str, int]]) -> Chart:
    """`unit` is rows or bytes: how the values are written."""
    peak = max((value for _, value in values), default=0)
    bars = tuple(_bar(place, label, value, peak) for place, (label, value) in enumerate(values))
    return Chart(title, unit, peak, bars)


def share(value: int, peak: int) -> float:
    """How long the bar of a value is, of HEIGHT; what is there at all can be seen."""
    return round(max(1.0, HEIGHT * value / peak), 2) if value else 0.0


def _bar(place: int, label: str, value: int, peak: int) -> Bar:
    height = share(value, peak)
    return Bar(label, value, place * STEP + GAP // 2, round(HEIGHT - height, 2), height)
