"""What is kept, and what machines read, is English in whatever language it was asked for."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from clevertap_partners.accounts.models import AuditEntry
from exports.models import Export
from integrations.models import Connection
from tests.exports.answers import answers
from tests.states import finish

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("event_types")]

LIST = "/100000000/settings/partners/exports/"


@pytest.fixture
def hindi_client(member_client: Client) -> Client:
    member_client.cookies[settings.LANGUAGE_COOKIE_NAME] = "hi"
    return member_client


def test_the_log_of_what_somebody_does_is_english(
    hindi_client: Client, saved_connection: Connection
) -> None:
    today = timezone.now().date() - datetime.timedelta(days=1)
    sent = answers(saved_connection, range="specific_day", day=today.isoformat())
    page = hindi_client.post(f"{LIST}new/?partner=google-cloud", sent, follow=True)
    assert '<html lang="hi"' in page.content.decode()
    made = AuditEntry.objects.get(action="export created").changes
    assert made["Type"] == ["", "All events"]
    assert made["Frequency"] == ["", "Once only"]
    assert made["Days"] == ["", f"{today:%-d %b %Y}"]
    hindi_client.post(f"{LIST}{Export.objects.get()}/stop/")
    assert AuditEntry.objects.get(action="export stopped").changes["Status"][1] == "Stopped"


@pytest.mark.parametrize("by", ["day", "event", "run"])
def test_downloads_are_the_same_in_every_language(
    by: str,
    hindi_client: Client,
    saved_connection: Connection,
    make_export: Callable[..., Export],
) -> None:
    export = make_export(saved_connection)
    finish(export)
    url = f"{LIST}{export}/stats.csv?by={by}"
    in_hindi = b"".join(hindi_client.get(url))  # type: ignore[arg-type]  # streamed
    hindi_client.cookies[settings.LANGUAGE_COOKIE_NAME] = settings.LANGUAGE_CODE
    assert in_hindi == b"".join(hindi_client.get(url))  # type: ignore[arg-type]  # streamed
    assert b"Rows" in in_hindi
