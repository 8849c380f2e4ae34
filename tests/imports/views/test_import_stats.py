"""The pictures of an import, their tables, and the same numbers as a file."""

from __future__ import annotations

import csv
import datetime
import io
from typing import Any

import pytest
from django.test import Client
from django.utils.html import strip_tags

from clevertap_partners.accounts.models import Account
from imports.models import Import, ImportRun
from integrations.models import Connection
from tests.imports.factories import make_import, make_run

pytestmark = pytest.mark.django_db

URL = "/100000000/settings/partners/imports/"
NOON = datetime.datetime(2026, 11, 20, 12, tzinfo=datetime.UTC)
ONE_DAY = datetime.timedelta(days=1)


@pytest.fixture
def item(connection: Connection) -> Import:
    return make_import(connection, nickname="Orders & more")


def run_of(item: Import, days: int, imported: int, failed: int, **more: Any) -> ImportRun:
    at = NOON + days * ONE_DAY
    values = {"rows_imported": imported, "rows_failed": failed, "rows_read": imported + failed}
    return make_run(item, started_at=at, finished_at=at, **values | more)


def content_of(client: Client, item: Import, by: str) -> str:
    return client.get(f"{URL}{item.pk}/", {"tab": "stats", "by": by}).content.decode()


def downloaded(client: Client, item: Import, by: str) -> list[list[str]]:
    response = client.get(f"{URL}{item.pk}/stats.csv", {"by": by})
    text = response.getvalue().decode()  # type: ignore[attr-defined]  # it is a stream
    return list(csv.reader(io.StringIO(text, newline="")))


def test_imported_and_failed_rows_stand_on_each_other_and_health_has_shapes(
    member_client: Client, item: Import
) -> None:
    for days, counts in enumerate([(100, 0), (60, 40), (0, 100), (0, 0)]):
        run_of(item, days, *counts)
    content = content_of(member_client, item, "run")
    rows, _, health = content.partition('data-testid="import-chart-health"')
    assert rows.count('fill="url(#chart-bad)"') == 1 + 2  # the legend's, and two runs'
    marks = health.partition('role="img"')[2].partition("</figure>")[0]
    for shape in ("success", "warning", "danger"):
        assert marks.count(f"chart-point-{shape}") == 1
    assert marks.count('class="chart-band-neutral"') == 1
    assert marks.count('class="chart-line"') == 2
    assert "60 % some rows failed" in strip_tags(marks)


def test_days_without_a_run_are_grey(member_client: Client, item: Import) -> None:
    run_of(item, 0, 1, 0)
    run_of(item, 3, 1, 0)
    marks = content_of(member_client, item, "day").partition('role="img"')[2]
    health = marks.partition('data-testid="import-chart-health"')[2].partition('role="img"')[2]
    assert health.count('class="chart-band-neutral"') == 2


@pytest.mark.parametrize(
    ("by", "line"),
    [
        ("week", "16 Nov 2026 2 90 % Some rows failed 200 180 20"),
        ("month", "November 2026 2 90 % Some rows failed 200 180 20"),
    ],
)
def test_weeks_and_months_are_summed_up(
    by: str, line: str, member_client: Client, item: Import
) -> None:
    run_of(item, 0, 100, 0)
    run_of(item, 1, 80, 20)
    assert line in " ".join(
        strip_tags(content_of(member_client, item, by).replace("<", " <")).split()
    )


def test_a_day_is_the_accounts(member_client: Client, item: Import) -> None:
    Account.objects.update(time_zone="Pacific/Auckland")
    run_of(item, 0, 9, 1)
    assert downloaded(member_client, item, "day") == [
        ["Day of the import", "Runs", "Total records", "Successful syncs", "Failed syncs"],
        ["2026-11-21", "1", "10", "9", "1"],
    ]


def test_the_file_has_all_runs(member_client: Client, item: Import) -> None:
    for days in range(35):
        run_of(item, days, 9, 1, rows_known=3)
    lines = downloaded(member_client, item, "run")
    assert len(lines) == 36
    assert lines[1] == ["35", "2026-12-24T13:00:00+01:00", "10", "9", "1", "3"]
    response = member_client.get(f"{URL}{item.pk}/stats.csv", {"by": "run"})
    name = 'attachment; filename="orders-more-by-run.csv"'
    assert response.headers["Content-Disposition"] == name
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_a_viewer_sees_the_numbers_and_downloads_nothing(
    viewer_client: Client, outsider_client: Client, item: Import
) -> None:
    run_of(item, 0, 9, 1)
    content = content_of(viewer_client, item, "day")
    assert 'data-testid="import-chart-rows"' in content
    assert "stats.csv" not in content
    assert viewer_client.get(f"{URL}{item.pk}/stats.csv").status_code == 403
    assert outsider_client.get(f"{URL}{item.pk}/stats.csv").status_code == 404


def test_a_run_of_very_many_rows_is_drawn(member_client: Client, item: Import) -> None:
    run_of(item, 0, 10**15, 1)
    content = content_of(member_client, item, "day")
    assert "1,000 tn" in content
    assert "99.99 % some rows failed" in strip_tags(content)
