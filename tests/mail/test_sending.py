"""Mail leaves through a real SMTP server, once, whatever happens on the way."""

from __future__ import annotations

import datetime
import os
import signal
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import time_machine
from django.conf import LazySettings
from django.db import connection, transaction
from django.utils import timezone

from clevertap_partners.core.lease import Lease, claim
from clevertap_partners.mail import sending, services
from clevertap_partners.mail.models import Mail
from clevertap_partners.mail.sending import ATTEMPTS, mails_send
from clevertap_partners.mail.services import mail_send, mails_tick, mails_withdraw
from tests.mailbox import Mailbox
from tests.processes import environment_for_tests, manage, wait_until

pytestmark = pytest.mark.django_db

START = datetime.datetime(2026, 3, 2, 9, 0, tzinfo=datetime.UTC)
MINUTE, HOUR, DAY = (datetime.timedelta(**{unit: 1}) for unit in ("minutes", "hours", "days"))
WORDS = {
    "request_id": 1_700_000_000,
    "bucket": "Warehouse",
    "since": "Monday 2 March, 09:00 (UTC)",
    "kept": "everything is there.",
    "url": "https://partners.example/1",
    "url_label": "Open",
    "facts": [("Bucket", "Warehouse")],
    "why": "you created it",
}


@pytest.fixture(autouse=True)
def rings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was rung; nobody hears it."""
    heard: list[str] = []
    monkeypatch.setattr(services, "ring", lambda task, **_: heard.append(task))
    monkeypatch.setattr(services, "waiting", lambda queue: 0)
    return heard


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def write(key: str = "letter:1", *people: str, **words: object) -> Mail:
    return mail_send(
        key=key,
        account=None,
        recipients=people or ("ann@example.com",),
        template="export_recovered",
        context={**WORDS, **words},
    )


def test_a_letter_arrives_once_as_text_and_as_html(
    mailbox: Mailbox, settings: LazySettings
) -> None:
    settings.DEFAULT_FROM_EMAIL = "Partners <hello@partners.example>"
    mail = write()
    mails_send()
    mails_send()
    [letter] = mailbox.letters()
    mail.refresh_from_db()
    assert (mail.sent_at is not None, mail.left, mail.last_error) == (True, [], "")
    assert letter["To"] == "ann@example.com"
    assert letter["From"] == "Partners <hello@partners.example>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Message-ID"].endswith("@partners.example>")
    assert letter.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in letter.iter_parts()] == ["text/plain", "text/html"]
    for kind in ("plain", "html"):
        body = letter.get_body((kind,)).get_content()
        assert "https://partners.example/1" in body
        assert "Warehouse" in body


def test_a_letter_is_written_once_however_often_it_is_asked_for(
    mailbox: Mailbox, rings: list[str]
) -> None:
    assert write().pk == write("letter:1", "somebody-else@example.com").pk
    assert len(rings) == 1
    mails_send()
    assert len(mailbox.letters()) == 1


def test_a_letter_goes_with_the_transaction_that_wanted_it(mailbox: Mailbox) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        write()
        1 / 0  # noqa: B018  (what goes wrong after it)
    mails_send()
    assert Mail.objects.count() == len(mailbox.letters()) == 0


def test_a_letter_to_nobody_is_kept_as_given_up(mailbox: Mailbox, rings: list[str]) -> None:
    mail = mail_send(
        key="k", account=None, recipients=[], template="export_recovered", context=WORDS
    )
    assert mail.given_up_at is not None
    assert "nobody" in mail.last_error
    mails_send()
    assert rings == mailbox.letters() == []


def test_each_person_gets_a_copy_of_their_own(mailbox: Mailbox) -> None:
    mail = write("letter:1", "ann@example.com", "bob@example.com", "ann@example.com")
    mails_send()
    assert sorted(letter["To"] for letter in mailbox.letters()) == [
        "ann@example.com",
        "bob@example.com",
    ]
    assert len({letter["Message-ID"] for letter in mailbox.letters()}) == 1
    mail.refresh_from_db()
    assert mail.copies_sent == 2


def test_it_waits_for_a_server_that_is_down_and_sends_when_it_is_up(
    mailbox: Mailbox, clock: time_machine.Traveller
) -> None:
    mailbox.down()
    mail = write()
    mails_send()
    mail.refresh_from_db()
    assert (mail.attempts, mail.state) == (1, Mail.State.WAITING)
    assert "could not be reached" in mail.last_error
    mailbox.up()
    mails_send()
    assert mailbox.letters() == [], "not before the pause is over"
    clock.shift(MINUTE)
    mails_send()
    assert len(mailbox.letters()) == 1


def test_pauses_grow_to_an_hour_and_end_after_three_days(
    mailbox: Mailbox, clock: time_machine.Traveller
) -> None:
    mailbox.down()
    mail = write()
    pauses = []
    while mail.state == Mail.State.WAITING:
        now = timezone.now()
        mails_send()
        mail.refresh_from_db()
        if mail.next_attempt_at:
            pauses.append(mail.next_attempt_at - now)
            clock.move_to(mail.next_attempt_at)
    assert pauses[:4] == [MINUTE, 2 * MINUTE, 4 * MINUTE, 8 * MINUTE]
    assert max(pauses) == pauses[-1] == HOUR
    assert 3 * DAY <= timezone.now() - START <= 3 * DAY + HOUR
    assert mail.sent_at is None
    assert mail.attempts < ATTEMPTS
    assert "could not be reached" in mail.last_error


def test_a_server_that_is_down_is_asked_once_for_all_that_waits(
    mailbox: Mailbox, clock: time_machine.Traveller
) -> None:
    mailbox.down()
    for number in range(5):
        write(f"letter:{number}")
    mails_send()
    mails_send()
    assert sum(Mail.objects.values_list("attempts", flat=True)) == 1
    mailbox.up()
    clock.shift(MINUTE)
    mails_send()
    assert len(mailbox.letters()) == 5


def test_a_refused_recipient_is_given_up_at_once_and_the_others_get_theirs(
    mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    mailbox.server.to_recipient["gone@example.com"] = "550 no such mailbox gone@example.com"
    alone = write("letter:1", "gone@example.com")
    beside = write("letter:2", "gone@example.com", "ann@example.com")
    mails_send()
    alone.refresh_from_db()
    beside.refresh_from_db()
    assert (alone.sent_at, alone.given_up_at is not None, alone.attempts) == (None, True, 1)
    assert "550" in alone.last_error
    assert beside.sent_at is not None
    assert [letter["To"] for letter in mailbox.letters()] == ["ann@example.com"]
    assert "example.com" not in alone.last_error + beside.last_error + caplog.text


def test_a_recipient_who_shall_wait_gets_the_letter_later_and_the_others_no_second_one(
    mailbox: Mailbox, clock: time_machine.Traveller
) -> None:
    mailbox.server.to_recipient["grey@example.com"] = "451 try again later"
    mail = write("letter:1", "grey@example.com", "ann@example.com")
    mails_send()
    mail.refresh_from_db()
    assert (mail.sent_at, mail.left) == (None, ["grey@example.com"])
    del mailbox.server.to_recipient["grey@example.com"]
    clock.shift(MINUTE)
    mails_send()
    mail.refresh_from_db()
    assert mail.sent_at is not None
    assert [letter["To"] for letter in mailbox.letters()] == ["ann@example.com", "grey@example.com"]


@pytest.mark.parametrize(
    "refusal",
    [
        {"to_letter": "554 looks like junk"},
        {"to_letter": "550 5.7.1 not from you"},
        {"to_sender": "550 5.7.1 Sender address rejected"},
        {"to_sender": "530 5.7.0 Authentication required"},
        {"to_sender": "553 this is not your address"},
        {"to_recipient": {"ann@example.com": "554 5.7.1 <ann@example.com>: Relay access denied"}},
        {"to_recipient": {"ann@example.com": "550 5.7.1 Unable to relay"}},
        {"to_recipient": {"ann@example.com": "530 Authentication required"}},
    ],
)
def test_what_the_server_has_against_us_is_tried_again_until_it_is_mended(
    mailbox: Mailbox,
    clock: time_machine.Traveller,
    caplog: pytest.LogCaptureFixture,
    refusal: dict[str, Any],
) -> None:
    usual = vars(mailbox.server).copy()
    vars(mailbox.server).update(refusal)
    mail = write()
    pauses = []
    for _ in range(4):
        mails_send()
        mail.refresh_from_db()
        assert (mail.state, mail.left) == ("waiting", ["ann@example.com"])
        assert mail.next_attempt_at is not None
        pauses.append(mail.next_attempt_at - timezone.now())
        clock.move_to(mail.next_attempt_at)
    assert pauses == [MINUTE, 2 * MINUTE, 4 * MINUTE, 8 * MINUTE]
    assert "refuses our" in mail.last_error
    assert "ann@example.com" not in mail.last_error + caplog.text
    vars(mailbox.server).update(usual)
    mails_send()
    mail.refresh_from_db()
    assert (mail.state, len(mailbox.letters())) == ("sent", 1)


def test_a_server_that_turns_us_away_at_the_door_is_tried_again(
    settings: LazySettings, clock: time_machine.Traveller
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:

        def turn_away() -> None:
            with door.accept()[0] as visitor:
                visitor.sendall(b"554 no service for you\r\n")
                visitor.recv(100)

        thread = threading.Thread(target=turn_away, daemon=True)
        thread.start()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = door.getsockname()
        mail = write()
        mails_send()
        thread.join(10)
    mail.refresh_from_db()
    assert (mail.state, mail.next_attempt_at) == ("waiting", START + MINUTE)
    assert "refuses our" in mail.last_error
    assert "554" in mail.last_error


def test_a_refusal_of_our_relaying_keeps_back_nobody_elses_letters(mailbox: Mailbox) -> None:
    mailbox.server.to_recipient["ann@example.com"] = "554 5.7.1 Relay access denied"
    write("letter:1")
    write("letter:2", "bob@example.com")
    mails_send()
    assert [letter["To"] for letter in mailbox.letters()] == ["bob@example.com"]


def test_an_address_that_cannot_be_written_stops_no_other(mailbox: Mailbox) -> None:
    bad = write("letter:1", "two@at@signs\nBcc: all@example.com")
    write("letter:2")
    mails_send()
    bad.refresh_from_db()
    assert "cannot be written" in bad.last_error
    assert [letter["To"] for letter in mailbox.letters()] == ["ann@example.com"]


def test_a_withdrawn_letter_does_not_go_out(mailbox: Mailbox) -> None:
    mail = write()
    assert mails_withdraw(keys=[mail.key, "unknown"], reason="It is old news.") == 1
    mails_send()
    mail.refresh_from_db()
    assert (mailbox.letters(), mail.last_error) == ([], "It is old news.")


def test_a_letter_that_is_on_its_way_is_not_withdrawn(mailbox: Mailbox) -> None:
    mail = write()
    claim(mail)
    assert mails_withdraw(keys=[mail.key], reason="Too late.") == 0


def test_the_tick_rings_for_what_is_due_only(
    mailbox: Mailbox, rings: list[str], clock: time_machine.Traveller
) -> None:
    mailbox.down()
    write()
    mails_send()
    rings.clear()
    mails_tick()
    assert rings == []
    clock.shift(MINUTE)
    mails_tick()
    assert rings == [services.TASK]


def test_a_letter_that_ends_its_worker_each_time_is_not_tried_for_ever(mailbox: Mailbox) -> None:
    mail = write()
    Mail.objects.update(attempts=ATTEMPTS)
    mails_send()
    mail.refresh_from_db()
    assert mail.given_up_at is not None
    assert mailbox.letters() == []


def test_a_letter_that_somebody_has_ends_as_sent_whatever_happens_to_the_others(
    mailbox: Mailbox,
) -> None:
    mail = write()
    Mail.objects.update(attempts=ATTEMPTS, copies_sent=1)
    mails_send()
    mail.refresh_from_db()
    assert (mail.state, mail.given_up_at) == ("sent", None)


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_one_letter(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have read that it is due before either claims it."""
    both_have_read_it = threading.Barrier(2, timeout=20)
    readers: set[int] = set()

    def claim_together(mail: Mail) -> Lease | None:
        if threading.get_ident() not in readers:
            readers.add(threading.get_ident())
            both_have_read_it.wait()
        return claim(mail)

    def work(_: int) -> None:
        try:
            mails_send()
        finally:
            connection.close()

    monkeypatch.setattr(sending, "claim", claim_together)
    mail = write()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(2)))
    assert len(mailbox.letters()) == 1
    mail.refresh_from_db()
    assert (mail.attempts, mail.sent_at is not None) == (1, True)


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_before_it_could_note_it_sends_the_same_letter_again(
    mailbox: Mailbox,
) -> None:
    mail = write()
    program = "from clevertap_partners.mail.sending import mails_send; mails_send()"
    environment = {
        **environment_for_tests("redis://127.0.0.1:1/0"),
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": str(mailbox.port),
    }
    with manage("shell", "--no-imports", "-c", program, environment=environment) as worker:
        mailbox.server.when_kept = lambda: os.killpg(worker.process.pid, signal.SIGKILL)
        wait_until(mailbox.letters, "the letter arrived")
        worker.process.wait(20)
    mail.refresh_from_db()
    assert (mail.sent_at, mail.worker != "") == (None, True)
    mailbox.server.when_kept = lambda: None
    wait_until(lambda: not Mail.objects.filter(lease_until__gt=timezone.now()), "the lease is over")
    Mail.objects.update(next_attempt_at=timezone.now())
    mails_send()
    first, second = mailbox.letters()
    assert first["Message-ID"] == second["Message-ID"]
    mail.refresh_from_db()
    assert mail.sent_at is not None
