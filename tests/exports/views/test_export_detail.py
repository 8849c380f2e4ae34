from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from clevertap_partners.accounts.models import AuditEntry
from exports.models import Export
from exports.pipeline.encode.base import EncodeOptions
from integrations.models import Connection
from tests.states import finish

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
