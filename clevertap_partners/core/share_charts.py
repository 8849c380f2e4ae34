"""[pure] A line of shares over time, from 0 to 100 %, on bands that say how good a share is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from clevertap_partners.core.charts import (
    BASE,
    HEIGHT,
    LABEL_LINE,
    LONG_LABEL,
    TOP,
    Label,
    Spot,
    Tick,
    labels_of,
    percent,
    pixels,
    slot_width,
)
from clevertap_partners.core.scales import tick_text

WHOLE = 10_000  # hundredths of a per cent
TICKS = (0, 50, 100)
# As the tones of Health: what is below the second is red, below the first yellow.
HALF = 50


@dataclass(frozen=True)
class Share:
    """A share in hundredths of a per cent; None where there was nothing to judge."""

    tone: str
    text: str
    hundredths: int | None


@dataclass(frozen=True)
class Point:
    """`tone` chooses colour and shape; without `y` the whole column is grey."""

    label: str
    text: str
    tone: str
    x: str
    column: str
    y: str


@dataclass(frozen=True)
class Segment:
    x1: str
    y1: str
    x2: str
    y2: str


@dataclass(frozen=True)
class ShareChart:
    """Points from left to right, and the line between neighbours that both have a share."""

    key: str
    title: str
    points: tuple[Point, ...]
    segments: tuple[Segment, ...]
    ticks: tuple[Tick, ...]
    labels: tuple[Label, ...]
    slot: str
    note: str = ""

    top, height, base, label_line = TOP, HEIGHT, BASE, LABEL_LINE
    half_height = HEIGHT * HALF // 100
    half = BASE - half_height

    @property
    def has_long_labels(self) -> bool:
        return any(len(label.text) > LONG_LABEL for label in self.labels)


def share_chart(
    key: str, title: str, spots: Sequence[Spot], shares: Sequence[Share], *, note: str = ""
) -> ShareChart:
    slot = slot_width(len(spots))
    points = [
        _point(place, spot, share, slot)
        for place, (spot, share) in enumerate(zip(spots, shares, strict=True))
    ]
    return ShareChart(
        key=key,
        title=title,
        points=tuple(points),
        segments=tuple(
            Segment(one.x, one.y, two.x, two.y) for one, two in pairwise(points) if one.y and two.y
        ),
        ticks=tuple(Tick(tick_text(tick, "percent"), pixels(tick, TICKS[-1])) for tick in TICKS),
        labels=labels_of(spots, slot),
        slot=percent(slot),
        note=note,
    )


def _point(place: int, spot: Spot, share: Share, slot: float) -> Point:
    return Point(
        label=spot.label,
        text=share.text,
        tone=share.tone,
        x=percent((place + 0.5) * slot),
        column=percent(place * slot),
        y="" if share.hundredths is None else pixels(share.hundredths, WHOLE),
    )
