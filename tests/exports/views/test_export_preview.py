from __future__ import annotations

import datetime
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from clevertap_partners.accounts.models import Account
from integrations.models import Connection
from tests.exports.answers import answers

pytestmark = pytest.mark.django_db

URL = "/100000000/settings/partners/exports/preview/?partner=google-cloud"


@pytest.fixture
def events(account: Account, tmp_path: Path) -> None:
    """One event, yesterday, with text that must not be taken for a page."""
    yesterday = int((timezone.now() - datetime.timedelta(days=1)).timestamp())
    file = tmp_path / "events.ndjson"
    data = {"Note": "</pre><script>alert(1)</script>\r\n&amp;"}
    event = {"type": "event", "identity": "u-1", "evtName": "<b>", "ts": yesterday, "evtData": data}
    file.write_text(json.dumps(event))
    call_command("load_events", str(file), account=account.pk, stdout=StringIO())


def content_of(client: Client, connection: Connection, **changes: Any) -> str:
    page = client.post(URL, answers(connection, **changes), headers={"HX-Request": "true"})
    assert page.status_code == 200
    return page.content.decode()


@pytest.mark.usefixtures("events")
def test_it_shows_the_text_of_the_file_and_nothing_of_it_as_html(
    member_client: Client, saved_connection: Connection
) -> None:
    content = content_of(member_client, saved_connection, bucket="")
    assert 'data-testid="export-preview-text">&lt;b&gt;\n{&quot;profile&quot;' in content
    assert "<script>" not in content
    assert "of <strong>&lt;b&gt;</strong> on" in content


@pytest.mark.usefixtures("events")
def test_a_carriage_return_survives_a_copy(
    member_client: Client, saved_connection: Connection
) -> None:
    content = content_of(member_client, saved_connection, format="csv")
    assert "&lt;/script&gt;&#13;\n&amp;amp;" in content


@pytest.mark.usefixtures("events")
def test_parquet_comes_as_a_table_of_columns(
    member_client: Client, saved_connection: Connection
) -> None:
    content = content_of(member_client, saved_connection, format="parquet")
    assert 'data-testid="export-preview-columns"' in content
    assert "eventProps.Note" in content
    assert "timestamp[us, tz=UTC]" in content
    assert "<script>" not in content


def test_it_says_politely_what_stands_in_the_way(
    member_client: Client, saved_connection: Connection
) -> None:
    assert "There is nothing to show." in content_of(member_client, saved_connection)
    missing = content_of(member_client, saved_connection, type="select_events")
    assert "Select at least one event" in missing
    assert 'data-testid="export-preview-trouble"' in missing


@pytest.mark.usefixtures("events")
def test_only_the_button_takes_the_focus(
    member_client: Client, saved_connection: Connection
) -> None:
    assert " autofocus" in content_of(member_client, saved_connection, focus="1")
    assert " autofocus" not in content_of(member_client, saved_connection)


def test_it_is_for_those_who_may_export(
    viewer_client: Client,
    outsider_client: Client,
    member_client: Client,
    account: Account,
    saved_connection: Connection,
) -> None:
    sent = answers(saved_connection)
    assert viewer_client.post(URL, sent).status_code == 403
    assert outsider_client.post(URL, sent).status_code == 404
    account.plan = Account.Plan.ESSENTIALS
    account.save()
    assert member_client.post(URL, sent).status_code == 403
