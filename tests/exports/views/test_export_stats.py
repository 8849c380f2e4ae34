"""The pictures of an export, their tables, and the same numbers as a file."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from exports.lateness import lateness_of
from exports.models import Export, ExportFile, ExportRun, ExportUnit
from integrations.models import Connection
from tests.lakes import DAY
from tests.states import recurring_for_screens

URL = "/100000000/settings/partners/exports/"
ONE_DAY = datetime.timedelta(days=1)
MIDNIGHT = datetime.datetime.combine(DAY, datetime.time(), datetime.UTC)
Sent = Callable[..., ExportRun]


@pytest.fixture
def export(saved_connection: Connection, member: User) -> Export:
    """Recurring, of events, without any run."""
    made = recurring_for_screens(saved_connection, member)
    made.runs.all().delete()
    return made


@pytest.fixture
def sent(export: Export) -> Sent:
    """A finished run whose window ended so many days after DAY, with rows by the day of events."""

    def make(
        due: int, rows: dict[datetime.date, int], name: str = "Charged", **more: Any
    ) -> ExportRun:
        at = MIDNIGHT + due * ONE_DAY
        values = {"status": "done", "since_version": due, "window": f"w{due}"}
        values |= {"rows_counted": sum(rows.values())}
        run = ExportRun.objects.create(
            export=export,
            run_timestamp=int(at.timestamp()),
            due_at=at,
            started_at=at,
            finished_at=at,
            **values | more,
        )
        for part, (day, count) in enumerate(rows.items()):
            unit = ExportUnit.objects.create(
                run=run,
                part=part,
                event_day=day,
                rows_counted=count,
                rows_written=count,
                bytes_written=100 * count,
                files_written=1,
                status="done",
            )
            ExportFile.objects.create(
                export=export,
                run=run,
                unit=unit,
                name=f"{due}-{part}",
                event_name=name,
                event_day=day,
                index=0,
                rows=count,
                bytes=100 * count,
                crc32c="",
                stored_at=timezone.now(),
            )
        return run

    return make


def content_of(client: Client, export: Export, by: str, **params: Any) -> str:
    page = client.get(f"{URL}{export}/", {"tab": "stats", "by": by, **params})
    assert page.status_code == 200
    return page.content.decode()


def table_of(content: str) -> str:
    table = content.partition('data-testid="export-stats-table"')[2].partition("</table>")[0]
    return " ".join(strip_tags(table.partition(">")[2].replace("<", " <")).split())


def downloaded(client: Client, export: Export, by: str) -> list[list[str]]:
    response = client.get(f"{URL}{export}/stats.csv", {"by": by})
    assert response.status_code == 200
    text = response.getvalue().decode()  # type: ignore[attr-defined]  # it is a stream
    return list(csv.reader(io.StringIO(text, newline="")))


def test_days_without_events_have_their_place_in_the_picture(
    member_client: Client, export: Export, sent: Sent
) -> None:
    sent(1, {DAY: 8, DAY - 4 * ONE_DAY: 4})
    content = content_of(member_client, export, "day")
    assert content.count('class="chart-mark"') == 2 * 5
    assert content.count('class="chart-fill-good"') == 2 * 2
    assert "Days without events are left out." not in content


def test_an_event_of_years_ago_does_not_press_the_others_into_a_corner(
    member_client: Client, export: Export, sent: Sent
) -> None:
    sent(1, {DAY: 8, datetime.date(2019, 1, 1): 1})
    content = content_of(member_client, export, "day")
    assert content.count('class="chart-mark"') == 2 * 2
    assert "Days without events are left out." in content


@pytest.mark.parametrize(
    ("by", "line"),
    [("week", "16 Nov 2026 12 1.2 kB 2"), ("month", "November 2026 12 1.2 kB 2")],
)
def test_weeks_and_months_are_summed_up(
    by: str, line: str, member_client: Client, export: Export, sent: Sent
) -> None:
    sent(1, {datetime.date(2026, 11, 20): 8, datetime.date(2026, 11, 16): 4})
    assert table_of(content_of(member_client, export, by)).endswith(line)


def test_a_year_of_days_fits(member_client: Client, export: Export, sent: Sent) -> None:
    sent(1, {DAY - number * ONE_DAY: 1 + number for number in range(366)})
    assert "1–31 of 366" in strip_tags(content_of(member_client, export, "day"))
    assert content_of(member_client, export, "month").count('<th scope="row"') == 13
    assert len(downloaded(member_client, export, "day")) == 367


def test_what_a_run_has_not_sent_is_seen_and_counted(
    member_client: Client, export: Export, sent: Sent
) -> None:
    sent(1, {DAY: 8})
    sent(2, {DAY: 6}, status="stopped", rows_counted=10)
    content = content_of(member_client, export, "run")
    assert 'fill="url(#chart-bad)"' in content
    assert "Stopped 4 6 600 B 1" in table_of(content)
    assert downloaded(member_client, export, "run")[1][3:8] == ["Stopped", "10", "6", "600", "1"]


def test_a_run_that_began_anew_has_left_nothing_unsent(
    member_client: Client, export: Export, sent: Sent
) -> None:
    sent(1, {DAY: 6}, status="stopped", rows_counted=10, window="once")
    sent(2, {DAY: 10}, window="once again 1")
    content = content_of(member_client, export, "run")
    assert 'fill="url(#chart-bad)"' not in content
    assert "Stopped 0 6 600 B 1" in table_of(content)


def test_all_pages_of_events_have_one_scale(
    member_client: Client, export: Export, sent: Sent
) -> None:
    for number in range(21):
        sent(number + 1, {DAY: 100 if number else 200}, name=f"E{number:02}")
    second = content_of(member_client, export, "event", page=2)
    assert '<rect width="50.000%"' in second


# -- lateness --------------------------------------------------------------------------------------


def test_lateness_is_counted_from_the_day_on_which_the_window_began(
    member_client: Client, export: Export, sent: Sent
) -> None:
    long_ago = DAY - 90 * ONE_DAY
    sent(0, {long_ago: 1000, DAY: 7}, since_version=None)
    sent(1, {DAY: 50, DAY - ONE_DAY: 30, DAY - 5 * ONE_DAY: 15})
    sent(2, {DAY + ONE_DAY: 50, long_ago: 5}, status="done")
    found = lateness_of(export, export.account.zone)
    assert {str(delay.label): delay.rows for delay in found.delays} == {
        "Not late": 100,
        "1 day": 30,
        "2 days": 0,
        "3 to 7 days": 15,
        "8 to 30 days": 0,
        "More than 30 days": 5,
    }
    text = table_of(content_of(member_client, export, "lateness"))
    assert "over the last 2 finished runs" in text
    assert "1 day 30 20 %" in text
    assert downloaded(member_client, export, "lateness")[1] == ["Not late", "100", "66.6 %"]


def test_days_are_those_of_the_account(export: Export, sent: Sent) -> None:
    export.account.time_zone = "America/New_York"
    # The second window began in the evening of the day before, there.
    sent(1, {DAY: 1})
    sent(2, {DAY - ONE_DAY: 3, DAY: 9})
    late = [delay.rows for delay in lateness_of(export, export.account.zone).delays]
    assert late[:2] == [9, 3]


def test_before_the_second_run_there_is_nothing_to_measure(
    member_client: Client, export: Export, sent: Sent
) -> None:
    sent(1, {DAY: 1}, since_version=None)
    content = content_of(member_client, export, "lateness")
    assert "Nothing to measure yet" in content
    assert "export-stats-csv" not in content


def test_an_export_that_runs_once_has_no_lateness(
    member_client: Client, saved_connection: Connection, make_export: Callable[..., Export]
) -> None:
    once = make_export(saved_connection)
    assert "export-stats-lateness" not in content_of(member_client, once, "lateness")


# -- as a file -------------------------------------------------------------------------------------


def test_the_file_has_all_pages_and_is_saved_under_a_name_that_says_what_it_is(
    member_client: Client, export: Export, sent: Sent
) -> None:
    for number in range(25):
        sent(number + 1, {DAY: 9}, name=f"=E{number:02}" if number else "=1+1")
    response = member_client.get(f"{URL}{export}/stats.csv", {"by": "event"})
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    name = f'attachment; filename="export-{export}-by-event.csv"'
    assert response.headers["Content-Disposition"] == name
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    lines = downloaded(member_client, export, "event")
    assert len(lines) == 26
    assert lines[0] == ["Event", "Rows", "Bytes", "Files"]
    assert lines[1] == ["'=1+1", "9", "900", "1"]


def test_a_way_that_is_not_known_gives_days(
    member_client: Client, export: Export, sent: Sent
) -> None:
    sent(1, {DAY: 9})
    assert downloaded(member_client, export, "nonsense")[1] == [str(DAY), "9", "900", "1"]


def test_a_viewer_sees_the_numbers_and_downloads_nothing(
    viewer_client: Client, outsider_client: Client, export: Export, sent: Sent
) -> None:
    sent(1, {DAY: 9})
    content = content_of(viewer_client, export, "day")
    assert 'data-testid="export-chart-rows"' in content
    assert "stats.csv" not in content
    assert viewer_client.get(f"{URL}{export}/stats.csv").status_code == 403
    assert outsider_client.get(f"{URL}{export}/stats.csv").status_code == 404


@pytest.mark.parametrize("by", ["day", "week", "month", "event", "run", "lateness"])
def test_a_page_takes_few_queries(
    by: str, member_client: Client, export: Export, sent: Sent, django_assert_max_num_queries: Any
) -> None:
    for number in range(40):
        sent(number + 1, {DAY - number * ONE_DAY: 9, DAY: 1}, name=f"E{number}")
    with django_assert_max_num_queries(15):
        content_of(member_client, export, by)
