"""The second step of the wizard: what becomes of each column."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from imports.models import Import
from tests.fakes.warehouse import FakeWarehouse
from tests.imports.views.asking import check, hidden_on, seen_on, send

BASE = "/100000000/settings/partners/imports/"


def url_of(item: Import, step: str = "map/") -> str:
    return f"{BASE}{item.pk}/{step}"


@pytest.fixture
def of_events(member_client: Client, draft: Import) -> Import:
    """The draft, as events, with the mapping that is suggested."""
    member_client.post(url_of(draft), {"switch": "events"})
    draft.refresh_from_db()
    return draft


def answers(**changes: str) -> dict[str, str]:
    """What the page sends: the plan and the visits of each row become properties."""
    return {
        "identity_column": "user_id",
        "identity_as": "identity",
        "cursor": "timestamp:updated_at",
        "created_on_column": "created_at",
        "created_on_format": "native",
        "event_name_from": "fixed",
        "event_name": "Signed Up",
        "include_3": "1",
        "name_3": "Plan",
        "type_3": "string",
        "include_4": "1",
        "name_4": "visits",
        "type_4": "integer",
        **changes,
    }


def test_it_asks_first_what_the_rows_are(member_client: Client, draft: Import) -> None:
    page = member_client.get(url_of(draft)).content.decode()
    assert 'data-testid="import-kind-events"' in page
    assert 'data-testid="import-identity-column"' not in page
    refused = member_client.post(url_of(draft), {"next": "1"}).content.decode()
    assert "Say first what each row is." in refused


def test_it_suggests_a_mapping_for_the_kind(member_client: Client, of_events: Import) -> None:
    assert of_events.kind == "events"
    assert of_events.mapping["identity_column"] == "user_id"
    assert of_events.mapping["cursor_column"] == "updated_at"
    page = member_client.get(url_of(of_events)).content.decode()
    assert 'value="user_id" selected' in page
    assert 'name="include_3" value="1" checked' in page


def test_a_column_that_cannot_be_mapped_says_why(member_client: Client, of_events: Import) -> None:
    page = member_client.get(url_of(of_events)).content.decode()
    assert 'data-testid="import-why-not-address"' in page
    assert 'data-testid="import-why-not-tags"' in page
    assert 'data-testid="import-include-address"' not in page
    check(member_client, url_of(of_events), answers(include_5="1", name_5="Address"))
    of_events.refresh_from_db()
    columns = [each["column"] for each in of_events.mapping["properties"]]
    assert columns == ["plan", "visits"]


def test_it_goes_on_to_the_schedule_with_what_was_chosen(
    member_client: Client, of_events: Import
) -> None:
    response = send(member_client, url_of(of_events), answers(next="1"))
    assert response.url == url_of(of_events, "schedule/")
    of_events.refresh_from_db()
    mapping = of_events.mapping
    assert mapping["event_name"] == "Signed Up"
    assert (mapping["cursor_column"], mapping["cursor_kind"]) == ("updated_at", "timestamp")
    assert (mapping["created_on_column"], mapping["created_on_format"]) == ("created_at", "native")
    assert mapping["properties"] == [
        {"column": "plan", "name": "Plan", "type": "string", "format": ""},
        {"column": "visits", "name": "visits", "type": "integer", "format": ""},
    ]


def test_a_broken_rule_shows_at_its_place_and_keeps_what_was_entered(
    member_client: Client, of_events: Import
) -> None:
    sent = answers(name_3="Plan.Name", event_name="", next="1")
    page = send(member_client, url_of(of_events), sent).content.decode()
    assert 'data-testid="import-name-plan-error"' in page
    assert 'data-testid="import-event-name-error"' in page
    assert 'value="Plan.Name"' in page
    of_events.refresh_from_db()
    assert of_events.mapping["properties"][0]["name"] == "Plan.Name"
    # The next step waits for it.
    assert member_client.get(url_of(of_events, "schedule/")).url == url_of(of_events)


def test_a_check_keeps_the_mapping_and_counts_what_is_to_mend(
    member_client: Client, of_events: Import
) -> None:
    text = check(member_client, url_of(of_events), answers())
    assert "The mapping is complete: 2 properties." in text
    text = check(member_client, url_of(of_events), answers(identity_column="", event_name=""))
    assert "2 things to mend before the next step" in text
    assert 'href="#id_identity_column"' in text
    of_events.refresh_from_db()
    assert of_events.mapping["identity_column"] == ""


def test_switching_an_untouched_suggestion_asks_nothing(
    member_client: Client, of_events: Import
) -> None:
    response = send(
        member_client, url_of(of_events), {**suggested(of_events), "switch": "profiles"}
    )
    assert response.url == url_of(of_events)
    of_events.refresh_from_db()
    assert of_events.kind == "profiles"


def test_switching_asks_before_it_clears_a_mapping(
    member_client: Client, of_events: Import
) -> None:
    response = send(member_client, url_of(of_events), answers(switch="profiles"))
    assert response.url == url_of(of_events, "map/switch/?to=profiles")
    assert "2 properties, is cleared" in member_client.get(response.url).content.decode()
    of_events.refresh_from_db()
    assert of_events.kind == "events"
    member_client.post(response.url)
    of_events.refresh_from_db()
    assert of_events.kind == "profiles"
    assert "event_name" in of_events.mapping and not of_events.mapping["event_name"]


def test_the_page_behind_the_question_does_not_answer_it(
    member_client: Client, of_events: Import
) -> None:
    check(member_client, url_of(of_events), answers())
    page = member_client.get(url_of(of_events, "map/switch/?to=profiles")).content.decode()
    assert f'hx-post="{url_of(of_events)}"' in page
    assert page.count("map/switch/?to=profiles") == 1


def test_a_switch_can_be_undone_until_next(member_client: Client, of_events: Import) -> None:
    check(member_client, url_of(of_events), answers())
    member_client.post(url_of(of_events, "map/switch/?to=profiles"))
    assert (
        'data-testid="import-switch-undo"' in member_client.get(url_of(of_events)).content.decode()
    )
    member_client.post(url_of(of_events), {"undo": "1"})
    of_events.refresh_from_db()
    assert of_events.kind == "events"
    assert of_events.mapping["event_name"] == "Signed Up"
    member_client.post(url_of(of_events, "map/switch/?to=profiles"))
    send(member_client, url_of(of_events), answers(next="1"))
    page = member_client.get(url_of(of_events)).content.decode()
    assert 'data-testid="import-switch-undo"' not in page


def test_a_dry_run_shows_each_row_and_writes_nothing(
    member_client: Client, of_events: Import, warehouse: FakeWarehouse
) -> None:
    response = send(
        member_client, url_of(of_events), answers(dry_run="1"), headers={"HX-Request": "true"}
    )
    page = response.content.decode()
    assert "<dt>Rows tried</dt><dd>60</dd>" in page
    assert warehouse.asked == ["sample at random"]
    assert not of_events.runs.exists()


def test_a_dry_run_waits_for_a_mapping(
    member_client: Client, of_events: Import, warehouse: FakeWarehouse
) -> None:
    sent = answers(dry_run="1", identity_column="")
    page = send(member_client, url_of(of_events), sent).content.decode()
    assert "Complete the mapping first" in page
    assert not warehouse.asked


def test_a_source_of_many_columns_can_be_sent(member_client: Client, of_events: Import) -> None:
    count = 600
    of_events.columns = [
        {"name": f"c{number}", "type": "STRING", "is_repeated": False} for number in range(count)
    ]
    of_events.save()
    sent: dict[str, Any] = answers(identity_column="c0", cursor="", created_on_column="", save="1")
    for number in range(count):
        sent |= {
            f"include_{number}": "1",
            f"name_{number}": f"c{number}",
            f"type_{number}": "string",
            f"format_{number}": "",
        }
    assert send(member_client, url_of(of_events), sent).status_code == 302
    of_events.refresh_from_db()
    assert len(of_events.mapping["properties"]) == count


def suggested(item: Import) -> dict[str, str]:
    """What the page sends when nobody has touched the suggestion."""
    mapping = item.mapping
    sent = {
        "identity_column": mapping["identity_column"],
        "identity_as": mapping["identity_as"],
        "cursor": f"{mapping['cursor_kind']}:{mapping['cursor_column']}",
        "created_on_column": mapping["created_on_column"],
        "created_on_format": mapping["created_on_format"],
        "event_name_from": "column" if mapping["event_name_column"] else "fixed",
        "event_name": mapping["event_name"],
        "event_name_column": mapping["event_name_column"],
    }
    numbers = {column["name"]: number for number, column in enumerate(item.columns)}
    for each in mapping["properties"]:
        number = numbers[each["column"]]
        sent |= {
            f"include_{number}": "1",
            f"name_{number}": each["name"],
            f"type_{number}": each["type"],
            f"format_{number}": each["format"],
        }
    return sent


def moved_to(item: Import, *names: str) -> None:
    """The source has these columns of texts now."""
    item.columns = [{"name": name, "type": "STRING", "is_repeated": False} for name in names]
    item.save()


@pytest.mark.parametrize("button", ["next", "save", "finish", "back", "dry_run", "switch"])
def test_a_page_of_other_columns_is_not_kept(
    button: str, member_client: Client, of_events: Import
) -> None:
    page = member_client.get(url_of(of_events)).content.decode()
    moved_to(of_events, "user_id", "email", "phone", "city")
    of_events.refresh_from_db()
    before = of_events.mapping
    sent = answers(shape=hidden_on(page, "shape"), include_1="1", name_1="Mobile", **{button: "1"})
    response = member_client.post(url_of(of_events), sent)
    assert response.url == url_of(of_events)
    assert "has changed since this page was opened" in member_client.get(response.url).text
    of_events.refresh_from_db()
    assert of_events.mapping == before


def test_a_check_of_other_columns_keeps_nothing_and_says_so(
    member_client: Client, of_events: Import
) -> None:
    page = member_client.get(url_of(of_events)).content.decode()
    moved_to(of_events, "user_id", "email", "phone", "city")
    sent = answers(shape=hidden_on(page, "shape"), check="1")
    sent["seen"] = seen_on(member_client, url_of(of_events))
    text = member_client.post(url_of(of_events), sent).content.decode()
    assert 'data-testid="import-outdated"' in text
    assert 'id="seen"' not in text
    of_events.refresh_from_db()
    assert of_events.mapping["event_name"] == ""


def test_a_page_of_the_other_kind_is_not_kept(member_client: Client, of_events: Import) -> None:
    page = member_client.get(url_of(of_events)).content.decode()
    member_client.post(url_of(of_events, "map/switch/?to=profiles"))
    sent = answers(shape=hidden_on(page, "shape"), next="1")
    assert member_client.post(url_of(of_events), sent).url == url_of(of_events)
    of_events.refresh_from_db()
    assert of_events.mapping["kind"] == of_events.kind == "profiles"
    assert "Plan" not in [each["name"] for each in of_events.mapping["properties"]]


def test_mapped_columns_that_are_gone_stay_until_somebody_decides(
    member_client: Client, of_events: Import
) -> None:
    send(member_client, url_of(of_events), answers(next="1"))
    moved_to(of_events, "user_id", "visits")
    page = member_client.get(url_of(of_events)).content.decode()
    assert '<option value="timestamp:updated_at" selected>updated_at (gone)' in page
    assert '<option value="created_at" selected' in page
    assert 'data-testid="import-keep-gone-plan"' in page
    kept = answers(gone="plan", include_1="1", name_1="visits", type_1="integer")
    assert "things to mend" in check(member_client, url_of(of_events), kept)
    of_events.refresh_from_db()
    assert of_events.mapping["cursor_column"] == "updated_at"
    assert {each["column"] for each in of_events.mapping["properties"]} == {"plan", "visits"}
    refused = send(member_client, url_of(of_events), {**kept, "next": "1"})
    assert "There is no column “plan”" in refused.content.decode()


def test_somebody_decides_about_columns_that_are_gone(
    member_client: Client, of_events: Import
) -> None:
    send(member_client, url_of(of_events), answers(next="1"))
    moved_to(of_events, "user_id", "visits")
    sent = answers(cursor="", created_on_column="", include_1="1", name_1="v", type_1="string")
    response = send(member_client, url_of(of_events), {**sent, "next": "1"})
    assert response.url == url_of(of_events, "schedule/")
    of_events.refresh_from_db()
    assert [each["column"] for each in of_events.mapping["properties"]] == ["visits"]


def test_opening_the_page_keeps_nothing(
    member_client: Client, admin_client_: Client, of_events: Import
) -> None:
    before = of_events.updated_at, of_events.updated_by, of_events.mapping
    check(admin_client_, url_of(of_events), answers(look="1"))
    of_events.refresh_from_db()
    assert (of_events.updated_at, of_events.updated_by, of_events.mapping) == before


def test_who_changes_nothing_has_not_edited(
    member_client: Client, admin_client_: Client, of_events: Import
) -> None:
    check(admin_client_, url_of(of_events), suggested(of_events))
    before = of_events.updated_at, of_events.updated_by
    of_events.refresh_from_db()
    assert (of_events.updated_at, of_events.updated_by) == before


def test_back_keeps_what_was_chosen(member_client: Client, of_events: Import) -> None:
    response = send(member_client, url_of(of_events), answers(back="1"))
    assert response.url == url_of(of_events, "configure/")
    of_events.refresh_from_db()
    assert of_events.mapping["event_name"] == "Signed Up"
