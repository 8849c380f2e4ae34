"""The row is the truth: whoever sends, however often, and whatever the receiver does."""

from __future__ import annotations

import contextlib
import datetime
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.db import connection as database
from django.utils import timezone

from clevertap_partners.accounts.models import Account, AuditEntry
from clevertap_partners.core.lease import claim
from clevertap_partners.mail.models import Mail
from clevertap_partners.webhooks import selectors, sending, services
from clevertap_partners.webhooks.addresses import Target
from clevertap_partners.webhooks.models import Delivery, Endpoint, Kind
from clevertap_partners.webhooks.retries import ATTEMPTS
from clevertap_partners.webhooks.signing import is_signed
from clevertap_partners.webhooks.tasks import send_delivery
from tests.webhooks import receivers
from tests.webhooks.conftest import Rung
from tests.webhooks.receivers import Receiver

pytestmark = pytest.mark.django_db
Make = Callable[..., Endpoint]
MINUTE = datetime.timedelta(minutes=1)


def announce(account: Account, number: int = 1) -> None:
    services.alert_announce(
        account=account,
        kind=Kind.END,
        event_id=uuid.UUID(int=number),
        subject="1795300000",
        payload={"Status": "Completed", "Bucket": "खाता"},
    )


@pytest.fixture
def delivery(account: Account, endpoint: Endpoint) -> Delivery:
    announce(account)
    return Delivery.objects.get()


def send(delivery: Delivery) -> Delivery:
    send_delivery(delivery.pk)
    delivery.refresh_from_db()
    return delivery


def tick(rung: Rung) -> None:
    """The scheduler rings, workers hear."""
    rung.clear()
    sending.ring_due_deliveries()
    for _, (delivery_id,), _ in list(rung):
        send_delivery(delivery_id)


@pytest.fixture(autouse=True)
def _quiet_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "waiting", lambda queue: 0)


def test_a_receiver_gets_the_alert_signed(delivery: Delivery, receiver: Receiver) -> None:
    assert send(delivery).state == "delivered"

    (got,) = receiver.got
    assert got.body == delivery.payload.encode()
    assert is_signed(secret="whs_secret", body=got.body, header=got.headers["Partners-Signature"])
    assert got.headers["Partners-Event-Id"] == str(uuid.UUID(int=1))
    assert got.headers["Partners-Event-Kind"] == "end"
    assert got.headers["Partners-Delivery-Attempt"] == "1"
    assert got.headers["Content-Type"] == "application/json"
    assert (delivery.status_code, delivery.excerpt) == (200, "ok")
    assert Endpoint.objects.get().last_delivered_at is not None


def test_a_delivered_alert_is_not_sent_again(delivery: Delivery, receiver: Receiver) -> None:
    send(delivery)
    send(delivery)
    assert len(receiver.got) == 1


def test_an_alert_that_another_worker_sends_is_left_alone(
    delivery: Delivery, receiver: Receiver
) -> None:
    claim(delivery)
    send(delivery)
    assert receiver.got == []


def test_an_alert_that_another_worker_sent_between_look_and_claim_is_left_alone(
    delivery: Delivery, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(*, delivery: Delivery) -> bool:
        Delivery.objects.update(next_attempt_at=None, delivered_at=timezone.now(), attempts=1)
        return False

    monkeypatch.setattr(sending.selectors, "is_busy", meanwhile)
    assert send(delivery).attempts == 1
    assert receiver.got == []
    assert delivery.lease_until is None


def test_a_worker_that_died_after_the_answer_leaves_an_alert_that_is_sent_again(
    delivery: Delivery, receiver: Receiver, rung: Rung, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(sending, "note", die)
        send_delivery(delivery.pk)
    Delivery.objects.update(next_attempt_at=timezone.now())
    tick(rung)
    assert len(receiver.got) == 1  # its lease still stands
    Delivery.objects.update(lease_until=timezone.now() - MINUTE)
    tick(rung)

    ids = {got.headers["Partners-Event-Id"] for got in receiver.got}
    numbers = [got.headers["Partners-Delivery-Attempt"] for got in receiver.got]
    assert (len(ids), numbers) == (1, ["1", "2"])
    delivery.refresh_from_db()
    assert delivery.state == "delivered"


def test_an_alert_that_kills_its_workers_is_paused_for_as_one_that_fails(
    delivery: Delivery, receiver: Receiver, rung: Rung, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Killed

    monkeypatch.setattr(sending.sender, "post", die)
    pauses = []
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(4):
            rung.clear()
            sending.ring_due_deliveries()
            assert len(rung) == 1
            with pytest.raises(Killed):
                send_delivery(delivery.pk)
            delivery.refresh_from_db()
            assert delivery.next_attempt_at is not None
            pauses.append((delivery.next_attempt_at - timezone.now()).total_seconds())
            Delivery.objects.update(lease_until=timezone.now())
            clock.shift(datetime.timedelta(seconds=1))
            tick(rung)
            assert rung == []
            clock.move_to(delivery.next_attempt_at)
    usual = (30, 120, 600, 1800)
    assert all(at <= pause <= at * 1.1 for at, pause in zip(usual, pauses, strict=True))
    assert delivery.attempts == 4


def test_a_receiver_that_resets_every_connection_is_tried_again_later_and_noted(
    delivery: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receivers.resetting() as port:
        target = Target("https", "hooks.example.com", port, "/")
        monkeypatch.setattr(sending.selectors, "target_of", lambda url: target)
        monkeypatch.setattr(sending, "addresses_of", lambda target: ["127.0.0.1"])
        send(delivery)
    assert (delivery.state, delivery.attempts, delivery.lease_until) == ("retrying", 1, None)
    assert delivery.next_attempt_at is not None
    assert delivery.next_attempt_at > timezone.now()
    assert (Endpoint.objects.get().failures, Endpoint.objects.get().state) == (1, "failing")


def test_the_look_up_is_part_of_the_limit(
    delivery: Delivery, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[float] = []
    real = sending.sender.post

    def noting(*arguments: Any, began: float, **named: Any) -> object:
        given.append(time.monotonic() - began)
        return real(*arguments, **named)

    def slow(target: Target) -> list[str]:
        time.sleep(0.2)
        return ["127.0.0.1"]

    monkeypatch.setattr(sending, "addresses_of", slow)
    monkeypatch.setattr(sending.sender, "post", noting)
    assert send(delivery).state == "delivered"
    assert given[0] >= 0.2


def test_an_alert_that_kills_its_workers_ends(delivery: Delivery, receiver: Receiver) -> None:
    Delivery.objects.update(attempts=ATTEMPTS, lease_until=timezone.now() - MINUTE)
    assert send(delivery).state == "given_up"
    assert "interrupted" in delivery.error
    assert receiver.got == []


def test_a_worker_that_lost_its_claim_writes_nothing(
    delivery: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = sending.note

    def late(*arguments: object) -> None:
        Delivery.objects.update(fence=9)
        real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(sending, "note", late)
    assert send(delivery).state == "waiting"
    assert Endpoint.objects.get().last_delivered_at is None


def test_a_receiver_that_fails_for_an_hour_gets_the_alert_afterwards(
    delivery: Delivery, receiver: Receiver, rung: Rung
) -> None:
    receiver.answers(500, b"on fire")
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        for _ in range(60):
            tick(rung)
            clock.shift(MINUTE)
        delivery.refresh_from_db()
        assert (delivery.state, delivery.status_code, delivery.excerpt) == (
            "retrying",
            500,
            "on fire",
        )
        assert Endpoint.objects.get().state == "failing"
        receiver.answers(200)
        clock.shift(datetime.timedelta(hours=2, minutes=15))
        tick(rung)
    delivery.refresh_from_db()
    assert delivery.state == "delivered"
    assert 4 <= delivery.attempts == len(receiver.got) <= 6
    assert Endpoint.objects.get().state == "enabled"
    stamps = {got.headers["Partners-Signature"].partition(",")[0] for got in receiver.got}
    assert len(stamps) == len(receiver.got)


def test_an_alert_that_is_never_taken_is_given_up_after_a_day(
    delivery: Delivery, receiver: Receiver, rung: Rung
) -> None:
    receiver.answers(503)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(26 * 12):
            tick(rung)
            clock.shift(5 * MINUTE)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, len(receiver.got)) == ("given_up", 8, 8)
    assert delivery.error == "The receiver answered 503."


def test_a_webhook_that_takes_nothing_for_a_day_is_paused_and_people_are_told(
    account: Account, delivery: Delivery, receiver: Receiver, rung: Rung
) -> None:
    receiver.answers(500)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        tick(rung)
        clock.shift(datetime.timedelta(hours=23))
        announce(account, 2)
        tick(rung)
        Endpoint.objects.update(failures=7)
        assert Endpoint.objects.get().state == "failing"
        clock.shift(datetime.timedelta(hours=2))
        announce(account, 3)
        tick(rung)
        endpoint = Endpoint.objects.get()
        announce(account, 4)
        tick(rung)
    assert (endpoint.state, endpoint.pause_reason) == ("paused", "The receiver answered 500.")
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject, entry.actor) == ("webhook paused", "Pager", None)
    states = Delivery.objects.order_by("pk").values_list("error", flat=True)
    assert services.PAUSED in states
    assert all(each.state == "given_up" for each in Delivery.objects.all())


def test_admins_get_a_letter_about_a_pause_and_nobody_else(
    account: Account, member: User, delivery: Delivery, receiver: Receiver
) -> None:
    receiver.answers(410)
    send(delivery)
    letter = Mail.objects.get()
    assert letter.recipients == ["admin@example.com"]
    assert letter.subject == "The webhook Pager is paused"
    assert "answered 410" in letter.text
    assert f"/{account.pk}/settings/partners/exports/alerts/" in letter.text
    assert "/hooks/" not in letter.text + letter.html


def test_one_failure_long_ago_pauses_nothing(
    account: Account, delivery: Delivery, receiver: Receiver, rung: Rung
) -> None:
    Endpoint.objects.update(failing_since=timezone.now() - datetime.timedelta(days=9), failures=1)
    receiver.answers(500)
    send(delivery)
    assert Endpoint.objects.get().state == "failing"


def test_a_receiver_that_is_gone_is_paused_at_once(
    account: Account, delivery: Delivery, receiver: Receiver
) -> None:
    announce(account, 2)
    receiver.answers(410)
    assert send(delivery).state == "given_up"
    assert Endpoint.objects.get().state == "paused"
    assert {each.state.value for each in Delivery.objects.all()} == {"given_up"}


def test_a_redirect_is_a_failure_in_words_and_nobody_follows_it(
    delivery: Delivery, receiver: Receiver
) -> None:
    receiver.answers(307, Location=f"{receiver.url}/hooks/elsewhere")
    assert send(delivery).state == "retrying"
    assert "redirects are not followed" in delivery.error
    assert len(receiver.got) == 1


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("manners", [receivers.hangs, receivers.drips_headers])
def test_a_receiver_that_hangs_is_left_and_tried_again(
    delivery: Delivery, receiver: Receiver, manners: receivers.Manners
) -> None:
    receiver.manners = manners
    assert send(delivery).state == "retrying"
    assert "gave no answer" in delivery.error
    assert delivery.status_code is None


def test_retry_after_is_heeded(delivery: Delivery, receiver: Receiver) -> None:
    receiver.answers(429, Retry_After="1800")
    send(delivery)
    assert delivery.next_attempt_at is not None
    wait = delivery.next_attempt_at - timezone.now()
    assert datetime.timedelta(minutes=29) < wait < datetime.timedelta(minutes=34)


def test_a_name_that_leads_inside_by_now_is_not_called(
    delivery: Delivery, receiver: Receiver, settings: LazySettings
) -> None:
    settings.SANDBOX = False
    Endpoint.objects.update(url="https://localhost/hooks/alerts")
    assert send(delivery).state == "retrying"
    assert "no way to localhost on the public internet" in delivery.error
    assert receiver.got == []


def test_the_sandbox_receiver_is_not_called_where_there_is_no_sandbox(
    delivery: Delivery, receiver: Receiver, settings: LazySettings
) -> None:
    settings.SANDBOX = False
    assert send(delivery).state == "retrying"
    assert receiver.got == []


def test_a_receiver_gets_one_alert_at_a_time_and_then_the_next(
    account: Account, delivery: Delivery, receiver: Receiver, rung: Rung
) -> None:
    announce(account, 2)
    second = Delivery.objects.get(event_id=uuid.UUID(int=2))
    claim(delivery)
    send(second)
    assert receiver.got == []
    Delivery.objects.filter(pk=delivery.pk).update(lease_until=None)
    rung.clear()
    delivery.refresh_from_db()
    send(delivery)
    assert [args for _, args, _ in rung] == [(second.pk,)]


def test_the_tick_rings_for_each_account_once_and_for_what_waits_longest(
    account: Account, other_account: Account, make_endpoint: Make, receiver: Receiver, rung: Rung
) -> None:
    for name in ("a", "b"):
        make_endpoint(f"{receiver.url}/hooks/{name}")
        make_endpoint(f"{receiver.url}/hooks/{name}", account=other_account)
    for number in (1, 2):
        announce(account, number)
        announce(other_account, number)
    rung.clear()
    sending.ring_due_deliveries()
    found = [Delivery.objects.get(pk=args[0]) for _, args, _ in rung]
    assert {each.endpoint.account for each in found} == {account, other_account}
    assert (len(found), {each.event_id.int for each in found}) == (2, {1})


def test_the_tick_leaves_accounts_alone_that_something_is_sent_for(
    account: Account, make_endpoint: Make, receiver: Receiver, rung: Rung
) -> None:
    for name in ("a", "b"):
        make_endpoint(f"{receiver.url}/hooks/{name}")
    announce(account)
    claim(Delivery.objects.order_by("pk")[0])
    rung.clear()
    sending.ring_due_deliveries()
    assert rung == []


def write_many(endpoint: Endpoint, number: int, since: datetime.timedelta) -> None:
    at = timezone.now() - since
    values = {"endpoint": endpoint, "kind": "end", "payload": "{}", "next_attempt_at": at}
    Delivery.objects.bulk_create(Delivery(**values) for _ in range(number))


def test_a_webhook_with_hundreds_of_alerts_due_starves_nobody(
    other_account: Account, make_endpoint: Make, rung: Rung
) -> None:
    write_many(make_endpoint(), selectors.LOOKED_AT + 100, since=5 * MINUTE)
    other = make_endpoint(account=other_account)
    write_many(other, 1, since=MINUTE)
    sending.ring_due_deliveries()
    assert other.deliveries.get().pk in [args[0] for _, args, _ in rung]


def test_webhooks_of_one_account_take_turns_however_much_waits_for_one(
    account: Account, make_endpoint: Make, receiver: Receiver, rung: Rung
) -> None:
    full = make_endpoint(f"{receiver.url}/hooks/full")
    other = make_endpoint(f"{receiver.url}/hooks/other")
    write_many(full, 20, since=5 * MINUTE)
    write_many(other, 2, since=MINUTE)
    for _ in range(4):
        tick(rung)
    assert [got.path for got in receiver.got] == ["/hooks/full", "/hooks/other"] * 2


def test_a_test_goes_before_what_waits(
    account: Account, make_endpoint: Make, receiver: Receiver, rung: Rung, admin_user_: User
) -> None:
    endpoint = make_endpoint(f"{receiver.url}/hooks/full")
    write_many(endpoint, 5, since=5 * MINUTE)
    test = services.alert_test(endpoint=endpoint, actor=admin_user_)
    rung.clear()
    sending.ring_due_deliveries()
    assert [args for _, args, _ in rung] == [(test.pk,)]


def test_what_was_written_before_a_webhook_was_disabled_is_not_sent_after(
    delivery: Delivery, receiver: Receiver
) -> None:
    """As when somebody redelivers in the moment in which another disables it."""
    Endpoint.objects.update(enabled=False)
    assert send(delivery).state == "given_up"
    assert (delivery.error, receiver.got) == (services.DISABLED, [])


def test_the_tick_is_silent_while_rings_wait(
    delivery: Delivery, rung: Rung, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "waiting", lambda queue: 1)
    rung.clear()
    sending.ring_due_deliveries()
    assert rung == []


def test_a_plan_that_ended_stops_the_job(
    account: Account, delivery: Delivery, receiver: Receiver
) -> None:
    Account.objects.update(plan=Account.Plan.ESSENTIALS)
    assert send(delivery).state == "given_up"
    assert "plans" in delivery.error
    assert receiver.got == []
    assert Endpoint.objects.get().state == "enabled"


def test_a_test_is_sent_once_also_while_paused_and_counts_no_failure(
    endpoint: Endpoint, receiver: Receiver, admin_user_: User
) -> None:
    Endpoint.objects.update(paused_at=timezone.now())
    endpoint.refresh_from_db()
    receiver.answers(500)
    test = services.alert_test(endpoint=endpoint, actor=admin_user_)
    assert send(test).state == "given_up"
    assert (len(receiver.got), Endpoint.objects.get().failures) == (1, 0)


def test_a_secret_that_cannot_be_read_is_told(
    delivery: Delivery, receiver: Receiver, settings: LazySettings
) -> None:
    settings.PARTNERS_SECRET_KEYS = ["A" * 43 + "="]
    send_delivery(delivery.pk)
    assert "decrypted" in Delivery.objects.get().error
    assert receiver.got == []


def test_a_delivery_that_is_gone_is_no_error(delivery: Delivery, receiver: Receiver) -> None:
    Delivery.objects.all().delete()
    send_delivery(delivery.pk)
    assert receiver.got == []
    assert not Delivery.objects.exists()


def test_a_webhook_deleted_while_it_is_sent_to_is_no_error(
    delivery: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = sending.send

    def deleting(sent: Delivery) -> object:
        answer = real(sent)
        Endpoint.objects.all().delete()
        return answer

    monkeypatch.setattr(sending, "send", deleting)
    send_delivery(delivery.pk)
    assert not Delivery.objects.exists()


def test_no_log_line_holds_a_secret_or_a_path(
    delivery: Delivery, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        send(delivery)
    assert "webhook_attempt" in caplog.text
    assert "whs_secret" not in caplog.text
    assert "/hooks/" not in caplog.text


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_one_alert_once(delivery: Delivery, receiver: Receiver) -> None:
    begin = threading.Barrier(4)

    def work() -> None:
        begin.wait(10)
        try:
            send_delivery(delivery.pk)
        finally:
            database.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    delivery.refresh_from_db()
    assert (len(receiver.got), delivery.state) == (1, "delivered")


@pytest.mark.django_db(transaction=True)
def test_workers_send_one_alert_at_a_time_for_an_account(
    account: Account, make_endpoint: Make, receiver: Receiver
) -> None:
    """Two receivers, two workers that begin together: one of them finds that it is not its turn."""
    together = threading.Barrier(2)
    both = []

    def waits(handler: receivers.Handler) -> None:
        with contextlib.suppress(threading.BrokenBarrierError):
            together.wait(0.5)
            both.append(handler.path)
        handler.answer(200)

    receiver.manners = waits
    for name in ("a", "b"):
        make_endpoint(f"{receiver.url}/hooks/{name}")
    announce(account)
    begin = threading.Barrier(2)

    def work(delivery_id: int) -> None:
        begin.wait(10)
        try:
            send_delivery(delivery_id)
        finally:
            database.close()

    ids = list(Delivery.objects.values_list("pk", flat=True))
    workers = [threading.Thread(target=work, args=(each,)) for each in ids]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert both == []
    assert Delivery.objects.filter(lease_until=None).count() == 2
