"""The pictures of an import: what became of its rows, and how well its runs went."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clevertap_partners.core.charts import Chart, Series, Spot, chart
from clevertap_partners.core.share_charts import Share, ShareChart, share_chart
from clevertap_partners.core.translated import translated
from imports.health import Health, hundredths_of

TITLES = {
    "day": _("Rows a day"),
    "week": _("Rows a week"),
    "month": _("Rows a month"),
    "run": _("Rows a run"),
}
# Of each day or run: rows imported, rows failed.
Counts = Sequence[tuple[int, int]]


def rows_chart(by: str, spots: Sequence[Spot], counts: Counts, note: str) -> Chart:
    series = (
        Series("good", gettext("Imported"), [imported for imported, _failed in counts]),
        Series("bad", gettext("Failed"), [failed for _imported, failed in counts]),
    )
    return chart("rows", str(TITLES[by]), "rows", spots, series, note=note)


def health_chart(
    spots: Sequence[Spot], counts: Counts, healths: Sequence[Health], note: str
) -> ShareChart:
    shares = [
        Share(
            health.tone, f"{health.percent} {translated(health.words)}".strip(), _hundredths(*count)
        )
        for count, health in zip(counts, healths, strict=True)
    ]
    return share_chart("health", gettext("Health"), spots, shares, note=note)


def _hundredths(imported: int, failed: int) -> int | None:
    total = imported + failed
    return hundredths_of(imported, total) if total else None
