"""The story of a failure that nobody mends, with nothing left out: bucket, worker, ticks, SMTP."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.conf import LazySettings

from clevertap_partners.mail import services as outbox
from clevertap_partners.mail.sending import mails_send
from exports.escalation import incidents_tick
from exports.models import Export
from exports.recurrence import windows_tick
from exports.work import take_step
from integrations.models import Connection
from tests.exports.conftest import spec_for
from tests.lakes import DAY, event
from tests.mailbox import Mailbox
from tests.services import Sandbox

pytestmark = [pytest.mark.django_db, pytest.mark.services]

START = datetime.datetime(2026, 11, 22, 9, tzinfo=datetime.UTC)
HOUR = datetime.timedelta(hours=1)


@pytest.fixture
def clock(sandbox: Sandbox) -> Iterator[Callable[[int], None]]:
    """Sets the hour since the start, here and in the sandbox."""
    with time_machine.travel(START, tick=True) as traveller:

        def move(hours: int) -> None:
            moment = START + hours * HOUR
            traveller.move_to(moment)
            real = time_machine.escape_hatch.time.time()
            sandbox.console.set_clock_skew(moment.timestamp() - real)

        move(0)
        yield move


def test_three_letters_go_out_in_three_days_and_the_last_says_that_it_was_stopped(
    clock: Callable[[int], None],
    sandbox: Sandbox,
    connection: Connection,
    load: Callable[..., None],
    make_export: Callable[..., Export],
    mailbox: Mailbox,
    settings: LazySettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.PARTNERS_BASE_URL = "https://partners.example"
    monkeypatch.setattr(outbox, "ring", lambda *_, **__: None)
    load([event("A", at=at) for at in range(3)])
    export = make_recurring_events(make_export, connection)
    sandbox.console.disable_account("exporter@partners-sandbox.iam.gserviceaccount.com")
    told: dict[int, str] = {}
    for hour in range(60):
        clock(hour)
        pass_by()
        for subject in mailbox.subjects()[len(told) :]:
            told[hour] = subject.partition(" to Warehouse ")[2]
    export.refresh_from_db()
    assert export.status == Export.Status.STOPPED
    assert list(told.values()) == ["needs you", "still fails and stops soon", "has been stopped"]
    first, second, third = told
    assert first == 0
    assert 24 <= second - first <= 26
    assert 48 <= third - first <= 51
    assert "was deleted or is disabled" in export.stop_reason
    assert sandbox.names("exports") == []


def make_recurring_events(make_export: Callable[..., Export], connection: Connection) -> Export:
    names = ("frequency", "range_kind", "first_day", "last_day", "interval_hours", "starts_at")
    spec: Any = spec_for(
        connection,
        frequency="recurring",
        range_kind="",
        first_day=DAY,
        last_day=None,
        interval_hours=24,
        starts_at=START,
    )
    return make_export(connection, **{name: getattr(spec, name) for name in names})


def pass_by() -> None:
    """The scheduler, and a worker that does what is due."""
    windows_tick()
    while take_step():
        pass
    incidents_tick()
    mails_send()
