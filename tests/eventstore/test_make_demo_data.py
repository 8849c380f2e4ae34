from __future__ import annotations

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from clevertap_partners.accounts.models import Account
from clevertap_partners.eventstore.jsontext import clean, dump, parse
from clevertap_partners.eventstore.lake import events_uri, profiles_uri
from clevertap_partners.eventstore.models import LakeState
from tests.eventstore.support import stored_rows, unsorted_files

UNTIL = "2026-11-21"


def make(account: Account, *options: str, events: int = 20_000) -> None:
    call_command(
        "make_demo_data",
        *("--account", str(account.pk), "--until", UNTIL, "--days=60", "--events", str(events)),
        *options,
    )


def in_order(account: Account) -> list[dict[str, Any]]:
    return sorted(stored_rows(events_uri(account.pk)), key=lambda row: row["record_id"])


def test_it_makes_the_same_events_for_the_same_arguments(
    account: Account, other_account: Account
) -> None:
    make(account)
    make(other_account)
    assert in_order(account) == in_order(other_account)


def test_another_seed_makes_other_events(account: Account, other_account: Account) -> None:
    make(account, events=500)
    make(other_account, "--seed=8", events=500)
    props = [{row["event_props"] for row in in_order(one)} for one in (account, other_account)]
    assert props[0] != props[1]


def test_it_lands_once(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        make(account, events=2_000)
    assert "nothing was added" in capsys.readouterr().out
    assert len(in_order(account)) == 2_000
    assert LakeState.objects.get().rows == 2_000


def test_two_plans_in_one_account_share_no_record_id(account: Account) -> None:
    make(account, events=500)
    make(account, events=700)
    assert len({row["record_id"] for row in in_order(account)}) == 1_200


def test_its_texts_are_canonical(account: Account) -> None:
    make(account)
    rows = in_order(account)[::10]
    columns = ("profile", "device_info", "event_props", "session_props")
    texts = [row[name] for row in rows for name in columns if row[name] is not None]
    assert [text for text in texts if dump(clean(parse(text.encode())[0])) != text] == []


def test_it_is_the_account_everybody_hopes_for(account: Account) -> None:
    make(account)
    rows = in_order(account)
    assert unsorted_files(events_uri(account.pk)) == []
    assert len({row["event_name"] for row in rows}) == 16
    assert len({row["event_day"] for row in rows}) == 60
    assert any('"Items":[{"product_id"' in row["event_props"] for row in rows)
    assert any(row["session_props"] for row in rows)
    assert any(row["identity"] is None for row in rows)
    late = [row for row in rows if (row["captured_at"] - row["event_time"]).days >= 1]
    assert 100 < len(late) < 800
    assert max(row["captured_at"] for row in rows).date().isoformat() < UNTIL
    people = stored_rows(profiles_uri(account.pk))
    assert len(people) > 400
    assert all(f'["{one["identity"]}",' in one["all_identities"] for one in people)
    assert {one["platform"] for one in people} == {"Android", "iOS", "Web"}


def test_it_goes_by_the_accounts_clock(account: Account) -> None:
    Account.objects.filter(pk=account.pk).update(time_zone="America/St_Johns")
    account.refresh_from_db()
    make(account, events=2_000)
    for row in in_order(account):
        local = row["event_time"].astimezone(account.zone)
        assert int(local.strftime("%Y%m%d%H%M%S")) == row["ts"]
        assert local.date() == row["event_day"]


def test_it_can_leave_an_account_with_events_alone(account: Account) -> None:
    make(account, events=500)
    make(account, "--unless-loaded", "--seed=9", events=500)
    assert len(in_order(account)) == 500


@pytest.mark.parametrize("option", ["--events=0", "--events=many", "--days=-1", "--until=soon"])
def test_it_refuses_numbers_that_make_no_sense(account: Account, option: str) -> None:
    with pytest.raises(CommandError, match="must be a whole number|invalid"):
        call_command("make_demo_data", "--account", str(account.pk), option)
