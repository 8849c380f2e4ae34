from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from clevertap_partners.accounts.models import AuditEntry
from exports import delivered
from exports.models import Export, ExportFile, ExportRun, Incident
from exports.pipeline.encode.base import EncodeOptions
from exports.services import export_run_now, export_stop
from integrations.models import Connection
from tests.states import finish, recurring_for_screens, run_done

pytestmark = pytest.mark.django_db

Make = Callable[..., Export]


@pytest.fixture
def done(saved_connection: Connection, make_export: Make) -> Export:
    """An export of one file, as it is after a run."""
    export = make_export(saved_connection)
    finish(export, event_name="A <b>")
    return export


def content_of(client: Client, export: Export, tab: str) -> str:
    page = client.get(f"/100000000/settings/partners/exports/{export}/", {"tab": tab})
    assert page.status_code == 200
    return page.content.decode()


def test_the_overview_sums_up_and_escapes(member_client: Client, done: Export) -> None:
    content = content_of(member_client, done, "overview")
    assert "A &lt;b&gt;" in content
    assert "1.2 MB" in content
    assert f"{done}-" in content


def test_the_files_tab_shows_the_equation_and_each_file(
    member_client: Client, done: Export
) -> None:
    content = content_of(member_client, done, "files")
    assert 'data-testid="export-equation"' in content
    assert "Checked by listing the bucket" in content
    assert "AAAAAA==" in content


def test_the_runs_tab_shows_the_run(member_client: Client, done: Export) -> None:
    run = done.runs.get()
    assert f'data-testid="export-run-{run.run_timestamp}"' in content_of(
        member_client, done, "runs"
    )


def test_an_export_of_another_account_is_not_found(outsider_client: Client, done: Export) -> None:
    url = f"/200000000/settings/partners/exports/{done}/"
    for path in (url, f"{url}stop/"):
        assert outsider_client.get(path).status_code == 404
    assert outsider_client.post(f"{url}retry/").status_code == 404
    assert outsider_client.post(f"{url}stop/").status_code == 404
    done.refresh_from_db()
    assert done.status == "done"


def test_an_id_beyond_any_number_is_not_found(member_client: Client, done: Export) -> None:
    url = f"/100000000/settings/partners/exports/{10**30}/"
    assert member_client.get(url).status_code == 404


def test_stop_asks_first_and_then_says_so(
    member_client: Client, saved_connection: Connection, make_export: Make
) -> None:
    export = make_export(saved_connection)
    url = f"/100000000/settings/partners/exports/{export}/stop/"
    assert 'data-testid="confirm-ok"' in member_client.get(url).content.decode()
    export.refresh_from_db()
    assert export.status == "pending"
    assert "Data export stopped" in member_client.post(url, follow=True).content.decode()
    export.refresh_from_db()
    assert export.status == "stopped"


def test_a_viewer_sees_but_does_not_stop(
    viewer_client: Client, saved_connection: Connection, make_export: Make
) -> None:
    export = make_export(saved_connection)
    url = f"/100000000/settings/partners/exports/{export}/"
    assert viewer_client.get(url).status_code == 200
    assert viewer_client.post(f"{url}stop/").status_code == 403
    assert viewer_client.post(f"{url}retry/").status_code == 403


def test_trouble_comes_with_its_cure_and_a_way_to_try_again(
    member_client: Client, saved_connection: Connection, make_export: Make
) -> None:
    export = make_export(saved_connection)
    Export.objects.update(
        trouble_code="x", trouble_message="No right.", trouble_fix="Grant the role."
    )
    content = content_of(member_client, export, "overview")
    assert "Grant the role." in content
    url = f"/100000000/settings/partners/exports/{export}/retry/"
    assert "is tried again now" in member_client.post(url, follow=True).content.decode()
    export.refresh_from_db()
    assert export.trouble_code == ""


def test_a_search_for_what_no_name_can_hold_finds_no_file(
    member_client: Client, done: Export
) -> None:
    url = f"/100000000/settings/partners/exports/{done}/"
    page = member_client.get(url, {"tab": "files", "q": "\0"})
    assert "No files here" in page.content.decode()


def test_trying_an_ended_export_again_changes_nothing_and_says_so(
    member_client: Client, done: Export
) -> None:
    entries = AuditEntry.objects.count()
    url = f"/100000000/settings/partners/exports/{done}/retry/"
    page = member_client.post(url, follow=True).content.decode()
    assert "had ended already" in page
    assert AuditEntry.objects.count() == entries


@pytest.mark.parametrize(
    ("format_key", "options", "words"),
    [
        (
            "json",
            {"clevertap_id": True, "compress": True},
            "First line is the event’s name, with CleverTap ID, with a manifest",
        ),
        (
            "json",
            {"event_name_line": False, "values_as_strings": True},
            "Plain NDJSON, values as strings, with a manifest",
        ),
        ("csv", {"formula_guard": True}, "Guarded against formulas, with a manifest"),
        ("xml", {}, "With a manifest"),
        ("parquet", {"values_as_strings": True}, "Values as strings, with a manifest"),
    ],
)
def test_the_overview_says_what_was_chosen(
    format_key: str,
    options: dict[str, Any],
    words: str,
    member_client: Client,
    saved_connection: Connection,
    make_export: Make,
) -> None:
    export = make_export(saved_connection, format=format_key, encode=EncodeOptions(**options))
    content = content_of(member_client, export, "overview")
    assert f'data-testid="export-options">{words}</dd>' in content
    assert ("compressed with gzip" in content) == options.get("compress", False)


def test_an_export_of_everybody_has_no_events_and_no_days(
    member_client: Client, recurring: Export
) -> None:
    finish(recurring, event_name="", event_day=None)
    overview = content_of(member_client, recurring, "overview")
    assert "Everybody" in overview
    assert "Written, by event" not in overview
    assert f"100000000-{recurring}-" in overview
    assert '<th scope="col">Event</th>' not in content_of(member_client, recurring, "files")


def test_the_manifest_is_among_the_files(member_client: Client, done: Export) -> None:
    name = f"{done.runs.get()}-manifest.json"
    assert name in content_of(member_client, done, "files")
    url = f"/100000000/settings/partners/exports/{done}/"
    assert name in member_client.get(url, {"tab": "files", "q": "Manifest"}).content.decode()
    assert name not in member_client.get(url, {"tab": "files", "q": "Charged"}).content.decode()
    done.options["manifest"] = False
    done.save()
    assert name not in content_of(member_client, done, "files")


def test_a_manifest_that_is_not_written_yet_is_not_shown(
    member_client: Client, saved_connection: Connection, make_export: Make
) -> None:
    export = make_export(saved_connection)
    assert "-manifest.json" not in content_of(member_client, export, "files")


@pytest.fixture
def waiting(saved_connection: Connection, member: User) -> Export:
    """A recurring export after two runs, of which the second had nothing to send."""
    export = recurring_for_screens(saved_connection, member)
    run_done(export)
    export_run_now(export=export, actor=member)
    run_done(export, rows=0)
    export.refresh_from_db()
    return export


def test_the_overview_of_a_recurring_export_says_how_it_goes_on(
    member_client: Client, waiting: Export
) -> None:
    content = content_of(member_client, waiting, "overview")
    assert "Every 6 hours, from" in content
    last = content.partition('data-testid="export-last-run">')[2].partition("</dd>")[0]
    assert "nothing new" in last
    clocks = content.partition('data-testid="export-next-clocks">')[2].partition("</dd>")[0]
    assert clocks.count(" · ") == 2
    assert 'data-live="20"' in content


def test_each_run_says_what_arrived_between_which_runs(
    member_client: Client, waiting: Export
) -> None:
    second, first = waiting.runs.all()
    content = content_of(member_client, waiting, "runs")

    def window(run: ExportRun) -> str:
        rest = content.partition(f'data-testid="export-window-{run.run_timestamp}">')[2]
        return " ".join(strip_tags(rest.partition("</td>")[0]).split())

    assert first.due_at is not None
    assert window(first).startswith("Arrived until")
    assert f"everything, from {waiting.first_day:%-d %b %Y}".lower() in window(first).lower()
    assert window(second).endswith(f"since the run of {first.due_at:%a %-d %b, %H:%M}")
    newest, oldest = (content.index(f"export-run-{run.run_timestamp}") for run in (second, first))
    assert newest < oldest
    assert content.count("nothing new") == 1
    assert f"{first}-manifest.json" in content


def test_files_are_shown_of_one_run_or_of_all(
    member_client: Client, waiting: Export, saved_connection: Connection
) -> None:
    second, first = waiting.runs.all()
    url = f"/100000000/settings/partners/exports/{waiting}/"

    def shown(**params: object) -> str:
        return member_client.get(url, {"tab": "files", **params}).content.decode()

    assert f"{first}-Charged" in shown()
    assert "Summed up over 2 finished runs" in shown()
    assert f"{first}-Charged" in shown(run=first.run_timestamp)
    assert f"{second}-manifest.json" not in shown(run=first.run_timestamp)
    assert "Summed up" not in shown(run=first.run_timestamp)
    assert f"{first}-Charged" not in shown(run=second.run_timestamp)
    assert f"{first}-Charged" in shown(run="9" * 40)


def test_many_runs_come_in_pages(member_client: Client, waiting: Export) -> None:
    for number in range(60):
        waiting.runs.create(
            window=f"w{number}",
            run_timestamp=number,
            status="done",
            options={"manifest": True},
            started_at=timezone.now(),
            reconciliation=dict.fromkeys(delivered.EQUATION, 0) | {"bucket_source": "listing"},
        )
    content = content_of(member_client, waiting, "runs")
    assert "62 runs" in content
    assert content.count('data-testid="export-window-') == 20
    files = content_of(member_client, waiting, "files")
    assert files.count('data-testid="export-manifest-') == 50
    assert "the newest 50 manifests" in files


@pytest.mark.parametrize("by", ["day", "event", "run"])
def test_stats_sum_up_by_day_event_and_run(by: str, member_client: Client, done: Export) -> None:
    url = f"/100000000/settings/partners/exports/{done}/"
    page = member_client.get(url, {"tab": "stats", "by": by})
    content = page.content.decode()
    assert f'href="?tab=stats&amp;by={by}" aria-current="true"' in content
    table = content.partition('data-testid="export-stats-table"')[2].partition("</table>")[0]
    text = " ".join(strip_tags(table).split())
    assert text.endswith("31.2 MB1")
    assert ("<svg" in content.partition("<main")[2]) or by == "event"
    assert ("A &lt;b&gt;" in table) == (by == "event")


def test_stats_are_paged_and_anything_else_shows_the_first(
    member_client: Client, done: Export
) -> None:
    run = done.runs.get()
    unit = run.units.get()
    for number in range(40):
        ExportFile.objects.create(
            export=done,
            run=run,
            unit=unit,
            name=f"n{number}",
            event_name=f"E{number:02}",
            event_day=datetime.date(2026, 9, 1) + datetime.timedelta(days=number),
            index=0,
            rows=1,
            bytes=1,
            crc32c="",
            stored_at=timezone.now(),
        )
    url = f"/100000000/settings/partners/exports/{done}/"
    for params, lines in (
        ({"by": "day"}, 31),
        ({"by": "day", "page": 2}, 10),
        ({"by": "event", "page": "x"}, 20),
        ({"by": "nonsense"}, 31),
    ):
        content = member_client.get(url, {"tab": "stats", **params}).content.decode()
        table = content.partition('data-testid="export-stats-table"')[2].partition("</table>")[0]
        assert table.count('<th scope="row"') == lines, params


def test_stats_of_people_go_by_run(member_client: Client, recurring: Export) -> None:
    assert "Nothing to sum up yet" not in content_of(member_client, recurring, "stats")
    run_done(recurring, event_day=None)
    content = content_of(member_client, recurring, "stats")
    assert "Run, by its start" in content
    assert "export-stats-day" not in content


def test_an_export_without_files_has_nothing_to_sum_up(
    member_client: Client, saved_connection: Connection, make_export: Make
) -> None:
    content = content_of(member_client, make_export(saved_connection), "stats")
    assert "Nothing to sum up yet" in content


@pytest.mark.parametrize(
    ("remedy", "testid"),
    [("connection", "export-mend-connection"), ("export", "export-mend-export"), ("", "")],
)
def test_trouble_leads_to_the_drawer_where_it_is_mended(
    remedy: str,
    testid: str,
    member_client: Client,
    viewer_client: Client,
    waiting: Export,
) -> None:
    Export.objects.update(
        trouble_code="x",
        trouble_message="No right.",
        trouble_turn="customer",
        trouble_remedy=remedy,
        trouble_help_url="https://cloud.google.com/help",
    )
    content = content_of(member_client, waiting, "overview")
    offered = {each for each in ("export-mend-connection", "export-mend-export") if each in content}
    assert offered == ({testid} if testid else set())
    assert 'href="https://cloud.google.com/help"' in content
    assert "waiting for you" in content
    assert "export-mend" not in content_of(viewer_client, waiting, "overview")


def test_after_a_stop_it_says_what_was_delivered_and_who_stopped_it(
    member_client: Client, waiting: Export, member: User
) -> None:
    member_client.post(f"/100000000/settings/partners/exports/{waiting}/stop/")
    content = " ".join(strip_tags(content_of(member_client, waiting, "overview")).split())
    assert f"by {member}." in content
    assert "1 file with 3 rows had been delivered and stays in the bucket" in content
    assert "the last complete run is that of" in content


def test_when_we_stopped_it_it_says_why(member_client: Client, waiting: Export) -> None:
    export_stop(export=waiting, actor=None, reason="It had failed for three days.")
    content = content_of(member_client, waiting, "overview")
    assert "It had failed for three days." in content


def test_interruptions_are_listed(member_client: Client, waiting: Export) -> None:
    assert "export-incidents" not in content_of(member_client, waiting, "overview")
    for number in range(12):
        Incident.objects.create(
            export=waiting,
            opened_at=timezone.now(),
            closed_at=timezone.now(),
            outcome="recovered",
            code="x",
            message=f"Trouble <{number}>",
        )
    content = content_of(member_client, waiting, "overview")
    assert "The newest 10 of 12 interruptions" in content
    assert "Trouble &lt;11&gt;" in content
    assert "Recovered" in content


def test_the_stop_drawer_says_what_stays(
    member_client: Client, saved_connection: Connection, member: User
) -> None:
    export = recurring_for_screens(saved_connection, member)
    url = f"/100000000/settings/partners/exports/{export}/stop/"
    content = member_client.get(url).content.decode()
    assert "A run is under way: it stops within seconds" in content
    assert "Nothing is in the bucket yet" in content
    run_done(export)
    content = " ".join(member_client.get(url).content.decode().split())
    assert "1 file with 3 rows is in the bucket already and stays there" in content
    assert "A run is under way" not in content
