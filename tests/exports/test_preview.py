"""What the preview shows is what a file would begin with."""

from __future__ import annotations

import csv
import datetime
import io
import json
import threading
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from lxml import etree

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.errors import PermanentError, TransientError
from exports import preview
from exports.pipeline.encode.base import EncodeOptions
from exports.preview import export_preview
from exports.spec import ExportSpec
from tests.lakes import DAY, MIDNIGHT

pytestmark = pytest.mark.django_db


def event(name: str, number: int, *, back: int = 0, **values: Any) -> dict[str, Any]:
    at = MIDNIGHT - back * 86_400 + number
    data = {"n": number, **values}
    return {"type": "event", "identity": f"u-{number}", "evtName": name, "ts": at, "evtData": data}


def person(number: int, **values: Any) -> dict[str, Any]:
    return {"type": "profile", "identity": f"u-{number}", "ts": MIDNIGHT, "profileData": values}


def load(account: Account, folder: Path, *records: dict[str, Any]) -> None:
    file = folder / "records.ndjson"
    file.write_text("\n".join(json.dumps(record) for record in records))
    call_command("load_events", str(file), account=account.pk, stdout=StringIO())


@pytest.fixture
def loaded(account: Account, tmp_path: Path) -> Account:
    """Two events on DAY, the older days with more of them; and people."""
    load(
        account,
        tmp_path,
        *(event("Often", number, Tag="<b>&amp; ü 🛒") for number in range(9)),
        *(event("Seldom", number) for number in range(2)),
        *(event("Before", number, back=1) for number in range(20)),
        *(person(number, Plan="gold", Age=number) for number in range(7)),
    )
    return account


def spec_of(format_key: str = "json", **changes: Any) -> ExportSpec:
    fields = {
        "connection_id": 0,
        "type": "all_events",
        "frequency": "once",
        "range_kind": "date_range",
        "first_day": DAY - datetime.timedelta(days=5),
        "last_day": DAY,
        "format": format_key,
    }
    return ExportSpec(**{**fields, **changes})


def people_spec(format_key: str = "json") -> ExportSpec:
    return spec_of(
        format_key, type="all_user_properties", range_kind="", first_day=None, last_day=None
    )


def test_it_takes_the_most_frequent_event_of_the_newest_day(loaded: Account) -> None:
    found = export_preview(account=loaded, spec=spec_of())
    assert (found.event_name, found.day, found.rows) == ("Often", DAY, 5)
    first, *records = found.text.splitlines()
    assert first == "Often"
    assert [json.loads(record)["eventProps"]["n"] for record in records] == [0, 1, 2, 3, 4]


def test_it_keeps_to_the_events_and_days_that_are_chosen(loaded: Account) -> None:
    selected = spec_of(type="select_events", event_names=("Seldom", "Before"))
    assert export_preview(account=loaded, spec=selected).event_name == "Seldom"
    earlier = spec_of(last_day=DAY - datetime.timedelta(days=1))
    assert export_preview(account=loaded, spec=earlier).event_name == "Before"


@pytest.mark.parametrize("starts_in_days", [-3, 30])
def test_of_a_recurring_export_it_shows_the_newest_events_whenever_it_starts(
    starts_in_days: int, loaded: Account
) -> None:
    with time_machine.travel(DAY + datetime.timedelta(days=2), tick=False):
        first_day = DAY + datetime.timedelta(days=starts_in_days)
        spec = spec_of(frequency="recurring", range_kind="", first_day=first_day, last_day=None)
        found = export_preview(account=loaded, spec=spec)
    assert (found.event_name, found.day) == ("Often", DAY)


def test_it_writes_with_the_chosen_options_but_never_compressed(loaded: Account) -> None:
    options = EncodeOptions(compress=True, event_name_line=False, values_as_strings=True)
    found = export_preview(account=loaded, spec=spec_of(encode=options))
    record = json.loads(found.text.splitlines()[0])
    assert record["eventName"] == "Often"
    assert record["eventProps"] == {"n": "0", "Tag": "<b>&amp; ü 🛒"}


def test_csv_and_xml_are_whole_small_files(loaded: Account) -> None:
    text = export_preview(account=loaded, spec=spec_of("csv")).text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["eventProps.n"] for row in rows] == ["0", "1", "2", "3", "4"]
    assert {row["eventProps.Tag"] for row in rows} == {"<b>&amp; ü 🛒"}
    root = etree.fromstring(export_preview(account=loaded, spec=spec_of("xml")).text.encode())
    assert len(root.findall("Event")) == 5


def test_parquet_is_shown_as_typed_columns(loaded: Account) -> None:
    found = export_preview(account=loaded, spec=spec_of("parquet"))
    columns = {column.name: column for column in found.columns}
    assert columns["ts"].type == "int64"
    assert columns["eventName"].values == ("Often",) * 5
    assert columns["eventProps.Tag"].values[0] == "<b>&amp; ü 🛒"
    assert columns["eventProps.n"].values == ("0", "1", "2", "3", "4")
    assert found.text == ""


def test_people_come_with_their_properties(loaded: Account) -> None:
    found = export_preview(account=loaded, spec=people_spec())
    assert (found.event_name, found.day, found.rows) == ("", None, 5)
    assert json.loads(found.text.splitlines()[3])["Plan"] == "gold"
    header = export_preview(account=loaded, spec=people_spec("csv")).text.splitlines()[0]
    assert header.endswith("Age,Plan")
    columns = export_preview(account=loaded, spec=people_spec("parquet")).columns
    assert {"Age", "Plan"} <= {column.name for column in columns}


@pytest.mark.parametrize("spec", [spec_of(), people_spec()], ids=["events", "people"])
def test_it_refuses_where_there_is_nothing(account: Account, spec: ExportSpec) -> None:
    with pytest.raises(PermanentError, match="nothing to show"):
        export_preview(account=account, spec=spec)


def test_another_accounts_records_do_not_show(loaded: Account, other_account: Account) -> None:
    for spec in (spec_of(), people_spec()):
        with pytest.raises(PermanentError):
            export_preview(account=other_account, spec=spec)


def test_a_large_row_is_cut_between_characters_and_rows_stay_within_the_limit(
    account: Account, tmp_path: Path
) -> None:
    load(account, tmp_path, *(event("Large", number, Text="ü" * 9_000) for number in range(3)))
    found = export_preview(account=account, spec=spec_of())
    assert (found.rows, found.is_cut) == (1, False)
    load(account, tmp_path, event("Larger", 100, Text="ü" * 15_000), event("Larger", 101))
    larger = spec_of(type="select_events", event_names=("Larger",))
    found = export_preview(account=account, spec=larger)
    assert (found.rows, found.is_cut) == (1, True)
    assert 19_990 <= len(found.text.encode()) <= 20_000


def test_what_takes_too_long_is_given_up(loaded: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    let_go = threading.Event()
    monkeypatch.setattr(preview, "TIME_LIMIT_S", 0.05)
    monkeypatch.setattr(preview, "open_encoder", lambda *_: let_go.wait(30))
    with pytest.raises(TransientError, match="took too long"):
        export_preview(account=loaded, spec=spec_of())
    let_go.set()


def test_a_broken_lake_is_no_crash(loaded: Account, settings: Any) -> None:
    for file in Path(settings.LAKE_URL).rglob("*.parquet"):
        file.unlink()
    for spec in (spec_of(), people_spec()):
        with pytest.raises(TransientError, match="could not be made"):
            export_preview(account=loaded, spec=spec)
