"""[pure] The axis of a chart: round numbers, and how they are written with little room."""

from __future__ import annotations

INTERVALS = 4
ROWS = ((10**12, " tn"), (10**9, " bn"), (10**6, " M"), (10**3, " k"))
BYTES = ((10**12, " TB"), (10**9, " GB"), (10**6, " MB"), (10**3, " kB"), (1, " B"))


def scale(peak: int) -> tuple[int, ...]:
    """From zero to the peak or a little above, in steps of 1, 2 or 5 times a power of ten."""
    peak = max(peak, 1)
    step = _round_up(-(-peak // INTERVALS))
    return tuple(range(0, peak + step, step)) if peak % step else tuple(range(0, peak + 1, step))


def _round_up(number: int) -> int:
    power = int(10 ** (len(str(number)) - 1))
    return next(power * times for times in (1, 2, 5, 10) if power * times >= number)


def tick_text(value: int, unit: str) -> str:
    """1500000 as 1.5 M, or as 1.5 MB."""
    if unit == "percent":
        return f"{value} %"
    if not value:
        return "0"
    for size, name in BYTES if unit == "bytes" else ROWS:
        if value >= size:
            return f"{value / size:,.10g}{name}"
    return str(value)
