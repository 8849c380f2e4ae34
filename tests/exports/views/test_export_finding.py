"""Finding exports and files: filters, search, order and pages, all in the address."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from clevertap_partners.accounts.models import Account
from exports import files_tab
from exports.models import Export, ExportFile
from integrations.models import Connection
from tests.states import count_files, export_for_screens, finish

pytestmark = pytest.mark.django_db

URL = "/100000000/settings/partners/exports/"

Make = Callable[..., Export]


@pytest.fixture
def four(saved_connection: Connection, make_export: Make) -> list[Export]:
    """With more rows, fewer bytes and a later run each; of all four statuses."""
    made = [make_export(saved_connection) for _ in range(4)]
    for number, (export, status) in enumerate(
        zip(made, ("done", "pending", "running", "stopped"), strict=True), 1
    ):
        Export.objects.filter(pk=export.pk).update(
            request_id=1_700_000_000 + number * 1_000_000,
            status=status,
            rows_written=10 * number,
            bytes_written=1000 // number,
            last_run_timestamp=number,
        )
    return list(Export.objects.order_by("request_id"))


def content_of(client: Client, params: dict[str, Any], path: str = "") -> str:
    response = client.get(URL + path, params)
    assert response.status_code == 200, params
    return str(response.content.decode())


def shown(client: Client, **params: Any) -> list[int]:
    found = re.findall(r'data-testid="export-row-(\d+)"', content_of(client, params))
    return [int(request_id) for request_id in found]


def link(content: str, testid: str) -> str:
    """The address of the link with this test id."""
    tag = re.search(rf'<a [^>]*data-testid="{testid}"', content)
    assert tag, testid
    return unescape(re.search(r'href="([^"]*)"', tag[0])[1])  # type: ignore[index]  # it has one


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("created", [1, 2, 3, 4]),
        ("-created", [4, 3, 2, 1]),
        ("rows", [1, 2, 3, 4]),
        ("-rows", [4, 3, 2, 1]),
        ("size", [4, 3, 2, 1]),
        ("-size", [1, 2, 3, 4]),
        ("-last_run", [4, 3, 2, 1]),
        ("status", [1, 2, 3, 4]),
        ("nonsense", [4, 3, 2, 1]),
        ("-", [4, 3, 2, 1]),
    ],
)
def test_it_sorts_by_what_the_address_says(
    sort: str, order: list[int], member_client: Client, four: list[Export]
) -> None:
    assert shown(member_client, sort=sort) == [four[number - 1].request_id for number in order]


def test_equals_keep_one_order_in_both_directions(
    member_client: Client, four: list[Export]
) -> None:
    Export.objects.update(rows_written=5)
    assert shown(member_client, sort="rows") == shown(member_client, sort="-rows")[::-1]


def test_a_heading_sorts_turns_around_and_says_so(
    member_client: Client, four: list[Export]
) -> None:
    content = content_of(member_client, {"status": "done", "page": "1"})
    assert 'aria-sort="descending"' in content
    url = link(content, "export-sort-rows")
    assert url == f"{URL}?status=done&sort=-rows"
    content = str(member_client.get(url).content.decode())
    assert content.count("aria-sort=") == 1
    assert link(content, "export-sort-rows").endswith("sort=rows")
    assert link(content, "export-sort-status").endswith("sort=status")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1701000000", [1]),
        (" 1701 000 000 ", [1]),
        ("1701", [1]),
        ("170", [4, 3, 2, 1]),
        ("18", []),
        ("1701000000-1701000005-App Launched-20261121-0-0.json.gz", [1]),
        ("gs://exports/1702000000-1702000005-manifest.json", [2]),
        ("100000000-1703000000-1703000009-0-json.gz", [3]),
        ("https://host.example/100000000/settings/partners/exports/1702000000/", [2]),
        ("http://host.example/100000000/exports/1703000000/?tab=files&q=a/b#top", [3]),
        ("App Launched", []),
        ("1701000000x", []),
        ("-", []),
        ("٣", []),
        ("9" * 400, []),
    ],
)
def test_it_finds_a_request_id_its_beginning_and_the_name_of_a_file(
    text: str, found: list[int], member_client: Client, four: list[Export]
) -> None:
    assert shown(member_client, q=text) == [four[number - 1].request_id for number in found]


def test_filters_are_counted_and_taken_away_one_by_one(
    member_client: Client, member: User, four: list[Export]
) -> None:
    params = {
        "status": "done",
        "created_by": str(member.pk),
        "format": "json",
        "sort": "rows",
        "per_page": "10",
        "page": "1",
    }
    content = content_of(member_client, params)
    assert "1 of 4 exports" in strip_tags(content)
    url = link(content, "export-chip-status")
    assert url == f"{URL}?created_by={member.pk}&format=json&sort=rows&per_page=10"
    assert "4 of 4 exports" in strip_tags(member_client.get(url).content.decode())
    assert link(content, "export-filter-reset") == URL
    assert "Remove the filter Created by: member@example.com" in unescape(content)
    assert '<input type="hidden" name="sort" value="rows">' in content
    content = content_of(member_client, {})
    assert "4 exports" in strip_tags(content)
    assert "export-chip" not in content


@pytest.mark.parametrize(
    "params",
    [
        {"page": "abc"},
        {"page": "-1"},
        {"page": "9" * 30},
        {"per_page": "0"},
        {"per_page": "x" * 100},
        {"sort": "-" * 50},
        {"created_by": "x"},
        {"created_by": "9" * 30},
        {"status": "\0"},
        {"q": "\0"},
        {"exported_from": "0001-01-01", "exported_to": "9999-12-31"},
        {"exported_from": "tomorrow"},
    ],
)
def test_what_cannot_be_read_is_left_out(
    params: dict[str, str], member_client: Client, four: list[Export]
) -> None:
    assert len(shown(member_client, **params)) == 4
    assert "export-chip" not in content_of(member_client, params)
    content_of(member_client, params, "rows/")


def attribute(content: str, name: str) -> str:
    return unescape(re.search(rf'{name}="([^"]*)"', content)[1])  # type: ignore[index]  # it has one


def test_a_filtered_list_goes_on_asking_and_tells_of_what_has_left_it(
    member_client: Client, four: list[Export]
) -> None:
    content = content_of(member_client, {"status": "running"}).partition('id="export-rows"')[2]
    tag, again = attribute(content, "data-live-tag"), attribute(content, "hx-get")
    running = four[2]
    headers = {"If-None-Match": tag, "Live-Rows": f"{running},x,{'9' * 40}"}
    assert member_client.get(again, headers=headers).status_code == 304
    Export.objects.filter(pk=running.pk).update(status="done")
    content = str(member_client.get(again, headers=headers).content.decode())
    assert f'data-live-of="export-{running}" data-live-state="done"' in content
    assert f'data-live-ended="Export {running} done"' in content
    assert "export-row-" not in content
    assert "export-empty-show-all" in content
    headers = {"If-None-Match": attribute(content, "data-live-tag")}
    assert member_client.get(attribute(content, "hx-get"), headers=headers).status_code == 304
    Export.objects.filter(pk=four[0].pk).update(status="running")
    content = str(member_client.get(again, headers=headers).content.decode())
    assert f'data-testid="export-row-{four[0]}"' in content
    assert "data-live-of" not in content


def test_a_filtered_list_that_has_nothing_yet_asks_too(
    member_client: Client, four: list[Export]
) -> None:
    Export.objects.update(status="done")
    content = content_of(member_client, {"status": "running"}).partition('id="export-rows"')[2]
    assert attribute(content, "data-live") == "15"
    assert "export-empty-show-all" in content
    assert 'data-live="' not in content_of(member_client, {}).partition('id="export-rows"')[2]


def test_nobody_hears_of_exports_of_other_accounts(
    member_client: Client, four: list[Export], other_account: Account
) -> None:
    Export.objects.filter(pk=four[0].pk).update(account=other_account)
    response = member_client.get(f"{URL}rows/", headers={"Live-Rows": str(four[0])})
    assert "data-live-of" not in response.content.decode()


@pytest.mark.parametrize("person", ["999999", "0", "member"])
def test_the_rows_that_come_again_are_those_of_the_page(
    person: str, member_client: Client, member: User, four: list[Export]
) -> None:
    params = {"created_by": str(member.pk) if person == "member" else person}
    Export.objects.filter(pk=four[0].pk).update(created_by=None)
    rows = re.compile(r'data-testid="export-row-(\d+)"')
    expected = rows.findall(content_of(member_client, params))
    assert len(expected) == (3 if person == "member" else 4)
    assert rows.findall(content_of(member_client, params, "rows/")) == expected


@pytest.mark.parametrize(
    ("last", "state"), [(None, "idle"), ("stopped", "idle"), ("done", "waiting")]
)
def test_a_recurring_export_says_done_only_after_a_run_that_is_done(
    last: str | None,
    state: str,
    member_client: Client,
    saved_connection: Connection,
    member: User,
) -> None:
    export = export_for_screens(saved_connection, member)
    Export.objects.filter(pk=export.pk).update(frequency="recurring", status="running")
    export.runs.update(status=last) if last else export.runs.all().delete()
    content = content_of(member_client, {}).partition(f'id="export-{export}"')[2]
    assert attribute(content, "data-live-state") == state
    assert ("data-live-ended" in content) == (last == "done")


def test_a_page_behind_the_last_is_the_last(member_client: Client, four: list[Export]) -> None:
    assert len(shown(member_client, page=77)) == 4


def test_rows_that_have_not_changed_are_not_sent_again(
    member_client: Client, four: list[Export]
) -> None:
    content = content_of(member_client, {"sort": "rows"}).partition('id="export-rows"')[2]
    tag = unescape(re.search(r'data-live-tag="([^"]*)"', content)[1])  # type: ignore[index]
    again = unescape(re.search(r'hx-get="([^"]*)"', content)[1])  # type: ignore[index]
    headers = {"If-None-Match": tag}
    response = member_client.get(again, headers=headers)
    assert (response.status_code, response.content) == (304, b"")
    Export.objects.filter(pk=four[2].pk).update(rows_written=31)
    assert member_client.get(again, headers=headers).status_code == 200


def test_a_detail_page_that_has_not_changed_is_not_sent_again(
    member_client: Client, saved_connection: Connection, member: User
) -> None:
    export = export_for_screens(saved_connection, member)
    content = content_of(member_client, {"tab": "runs"}, f"{export}/")
    tag = unescape(re.search(r'data-live-tag="([^"]*)"', content)[1])  # type: ignore[index]
    headers = {"If-None-Match": tag, "HX-Request": "true"}
    url = f"{URL}{export}/?tab=runs"
    assert member_client.get(url, headers=headers).status_code == 304
    export.runs.update(status="running", rows_counted=7)
    assert member_client.get(url, headers=headers).status_code == 200


def test_progress_says_how_fast_it_goes_and_how_long_it_takes(
    member_client: Client, saved_connection: Connection, member: User
) -> None:
    export = export_for_screens(saved_connection, member)
    began = timezone.now() - datetime.timedelta(seconds=100)
    export.runs.update(status="running", rows_counted=10_000, started_at=began)
    run = export.runs.get()
    run.units.create(part=0, rows_counted=10_000, rows_written=1000)
    text = " ".join(strip_tags(content_of(member_client, {})).split())
    assert re.search(r"10 % 1,000 of 10,000 rows · 10 rows/s · about 1[56] min left", text)
    export.runs.update(trouble_code="x")
    text = " ".join(strip_tags(content_of(member_client, {})).split())
    assert "rows/s" not in text
    assert "left" not in text.partition("1,000 of 10,000 rows")[2][:40]


@pytest.fixture
def done(saved_connection: Connection, member: User) -> Export:
    export = export_for_screens(saved_connection, member)
    finish(export)
    run, unit = export.runs.get(), export.runs.get().units.get()
    for number in range(60):
        ExportFile.objects.create(
            export=export,
            run=run,
            unit=unit,
            name=f"{run}-Viewed-20261120-{number}-0.json",
            event_name="Viewed",
            event_day="2026-11-20",
            index=number,
            rows=1000 - number,
            bytes=number,
            crc32c="",
            stored_at=timezone.now(),
        )
    count_files(export)
    return Export.objects.get(pk=export.pk)


def files(client: Client, export: Export, **params: Any) -> list[str]:
    content = content_of(client, {"tab": "files", **params}, f"{export}/")
    return re.findall(r'data-testid="export-file-\d+">\s*<th[^>]*>([^<]*)<', content)


def test_files_are_searched_narrowed_and_sorted(member_client: Client, done: Export) -> None:
    run = done.runs.get()
    charged = f"{run}-Charged-20261121-0-0.json"
    assert len(files(member_client, done)) == 50
    assert len(files(member_client, done, page=2)) == 11
    assert files(member_client, done, event="Charged") == [charged]
    assert files(member_client, done, q="charged", run=run.run_timestamp) == [charged]
    assert files(member_client, done, q="nothing like it") == []
    assert files(member_client, done, sort="-size")[0] == charged
    assert files(member_client, done, sort="rows")[0] == charged
    assert files(member_client, done, sort="-rows")[0].endswith("-Viewed-20261120-0-0.json")
    assert files(member_client, done, sort="name")[0] == charged
    assert files(member_client, done, sort="-day")[0] == charged
    for bad in ({"sort": "x"}, {"page": "abc"}, {"run": "x"}, {"run": "9" * 30}):
        assert len(files(member_client, done, **bad)) == 50
    content = content_of(
        member_client, {"tab": "files", "event": "Viewed", "q": "1120-1"}, f"{done}/"
    )
    assert "11 of 61 files" in strip_tags(content)
    assert link(content, "export-file-chip-q") == f"{URL}{done}/?tab=files&event=Viewed"


def test_only_a_search_ends_before_the_last_file(
    member_client: Client, done: Export, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files_tab, "MOST_FOUND", 50)
    assert len(files(member_client, done, page=2)) == 11
    content = content_of(member_client, {"tab": "files"}, f"{done}/")
    assert "<caption>61 files and the manifest in gs://" in content
    assert "export-manifest-0" not in content
    assert "export-manifest-0" in content_of(member_client, {"tab": "files", "page": 2}, f"{done}/")
    content = content_of(member_client, {"tab": "files", "q": "Viewed"}, f"{done}/")
    assert "<caption>The first 50 of 50+ files in gs://" in content
    assert len(files(member_client, done, run=done.runs.get().run_timestamp, page=2)) == 11


@pytest.mark.parametrize(
    ("params", "chips"),
    [
        ({"q": "\0"}, ["q"]),
        ({"q": "x" * 1025, "event": "\0"}, ["q", "event"]),
        ({"event": "Nothing like it"}, ["event"]),
    ],
)
def test_what_no_file_has_shows_no_manifest_and_can_be_cleared(
    params: dict[str, str], chips: list[str], member_client: Client, done: Export
) -> None:
    content = content_of(member_client, {"tab": "files", **params}, f"{done}/")
    assert "export-manifest-0" not in content
    assert "No files here that fit" in content
    assert link(content, "export-files-all") == f"{URL}{done}/?tab=files"
    assert re.findall(r'data-testid="export-file-chip-(\w+)"', content) == chips


def test_a_manifest_is_of_no_event(member_client: Client, done: Export) -> None:
    params = {"tab": "files", "event": "Charged"}
    assert "export-manifest-0" not in content_of(member_client, params, f"{done}/")
    params = {"tab": "files", "q": " manifest "}
    assert "export-manifest-0" in content_of(member_client, params, f"{done}/")


@pytest.mark.parametrize("path", ["", "rows/"])
def test_a_long_list_takes_as_many_queries_as_a_short_one(
    path: str,
    member_client: Client,
    saved_connection: Connection,
    member: User,
    django_assert_num_queries: Callable[..., Any],
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    params = {"per_page": 40, "status": "pending", "sort": "-rows"}
    for _ in range(3):
        export_for_screens(saved_connection, member)
    content_of(member_client, params, path)  # notes the visit
    with django_assert_max_num_queries(15) as first:
        content_of(member_client, params, path)
    for _ in range(37):
        export_for_screens(saved_connection, member)
    with django_assert_num_queries(len(first)):
        content_of(member_client, params, path)


@pytest.mark.parametrize("tab", ["overview", "runs", "files", "stats"])
def test_no_tab_takes_more_than_fifteen_queries(
    tab: str, member_client: Client, done: Export, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    with django_assert_max_num_queries(15):
        content_of(member_client, {"tab": tab}, f"{done}/")
