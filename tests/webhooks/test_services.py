"""What is written down for whom, and what is kept."""

from __future__ import annotations

import datetime
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from clevertap_partners.accounts.models import Account, AuditEntry
from clevertap_partners.core.errors import PermanentError
from clevertap_partners.mail import services as mail
from clevertap_partners.run.services import WORKERS
from clevertap_partners.webhooks import services
from clevertap_partners.webhooks.models import Delivery, Endpoint, Kind
from clevertap_partners.webhooks.services import EndpointSpec, alert_announce
from tests.webhooks.conftest import Rung

pytestmark = pytest.mark.django_db
Make = Callable[..., Endpoint]
SPEC = EndpointSpec("Pager", "https://hooks.example.com/s3cret-path", ("end", "failure"))


def announce(account: Account, kind: Kind = Kind.END, number: int = 1) -> int:
    return alert_announce(
        account=account,
        kind=kind,
        event_id=uuid.UUID(int=number),
        subject="1795300000",
        payload={"Status": "Completed", "Bucket": "खाता"},
    )


def test_a_new_webhook_has_a_secret_that_only_the_answer_shows(
    account: Account, admin_user_: User
) -> None:
    endpoint, secret = services.endpoint_create(
        account=account, spec=SPEC, actor=admin_user_, ip="192.0.2.7"
    )
    with database.cursor() as cursor:
        cursor.execute("SELECT secret FROM webhooks_endpoint WHERE id = %s", [endpoint.pk])
        stored = cursor.fetchone()[0]

    assert stored.startswith("gAAAA")
    assert secret not in stored
    assert Endpoint.objects.get().secret == secret
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject, entry.actor) == ("webhook added", "Pager", admin_user_)


def test_the_activity_log_holds_no_path_of_an_address(account: Account, admin_user_: User) -> None:
    unnamed = EndpointSpec("", SPEC.url, SPEC.kinds)
    endpoint, _ = services.endpoint_create(account=account, spec=unnamed, actor=admin_user_)
    services.endpoint_delete(endpoint=endpoint, actor=admin_user_)
    assert {entry.subject for entry in AuditEntry.objects.all()} == {"hooks.example.com"}


def test_an_address_is_taken_once_in_an_account(
    account: Account, other_account: Account, admin_user_: User
) -> None:
    services.endpoint_create(account=account, spec=SPEC, actor=admin_user_)
    services.endpoint_create(account=other_account, spec=SPEC, actor=admin_user_)
    with pytest.raises(PermanentError) as caught:
        services.endpoint_create(account=account, spec=SPEC, actor=admin_user_)
    assert caught.value.code == "webhook_exists"
    assert Endpoint.objects.count() == 2


def test_an_account_has_a_bounded_number_of_webhooks(
    account: Account, admin_user_: User, make_endpoint: Make
) -> None:
    for number in range(services.MAX_ENDPOINTS):
        make_endpoint(f"https://hooks.example.com/{number}")
    with pytest.raises(PermanentError) as caught:
        services.endpoint_create(account=account, spec=SPEC, actor=admin_user_)
    assert caught.value.code == "too_many_webhooks"


def test_an_alert_goes_to_those_who_want_it(
    account: Account, other_account: Account, make_endpoint: Make, rung: Rung
) -> None:
    wants = make_endpoint("https://hooks.example.com/1")
    also = make_endpoint("https://hooks.example.com/2", kinds=["end"])
    make_endpoint("https://hooks.example.com/3", kinds=["start", "failure"])
    make_endpoint("https://hooks.example.com/4", enabled=False)
    make_endpoint("https://hooks.example.com/5", account=other_account)

    assert announce(account) == 2

    deliveries = Delivery.objects.order_by("pk")
    assert [each.endpoint for each in deliveries] == [wants, also]
    assert {each.event_id for each in deliveries} == {uuid.UUID(int=1)}
    assert json.loads(deliveries[0].payload) == {"Status": "Completed", "Bucket": "खाता"}
    assert rung == [(services.TASK, (each.pk,), "alerts") for each in deliveries]


def test_an_alert_announced_again_is_not_sent_again(
    account: Account, make_endpoint: Make, rung: Rung
) -> None:
    make_endpoint()
    assert (announce(account), announce(account)) == (1, 0)
    assert Delivery.objects.count() == len(rung) == 1


def test_an_alert_is_kept_only_if_what_it_tells_is(account: Account, make_endpoint: Make) -> None:
    make_endpoint()
    with pytest.raises(RuntimeError), transaction.atomic():
        announce(account)
        raise RuntimeError
    assert not Delivery.objects.exists()


def test_what_a_paused_webhook_misses_is_in_its_log(
    account: Account, make_endpoint: Make, rung: Rung
) -> None:
    make_endpoint(paused_at=timezone.now())
    announce(account)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.error) == ("given_up", services.PAUSED)
    assert rung == []


def test_disabling_ends_what_waits(
    account: Account, make_endpoint: Make, admin_user_: User
) -> None:
    endpoint = make_endpoint()
    announce(account)
    services.endpoint_disable(endpoint=endpoint, actor=admin_user_)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.error) == ("given_up", services.DISABLED)
    assert announce(account, number=2) == 0


def test_enabling_ends_a_pause_and_forgets_its_failures(
    make_endpoint: Make, admin_user_: User
) -> None:
    past = timezone.now() - datetime.timedelta(days=2)
    endpoint = make_endpoint(paused_at=past, pause_reason="x", failing_since=past, failures=9)
    services.endpoint_enable(endpoint=endpoint, actor=admin_user_)
    endpoint.refresh_from_db()
    assert (endpoint.state, endpoint.failures, endpoint.pause_reason) == ("enabled", 0, "")
    assert AuditEntry.objects.get().action == "webhook resumed"


def test_a_rotated_secret_takes_the_place_of_the_old_one(
    make_endpoint: Make, admin_user_: User
) -> None:
    endpoint = make_endpoint(secret="whs_old")
    secret = services.endpoint_rotate(endpoint=endpoint, actor=admin_user_)
    assert Endpoint.objects.get().secret == secret != "whs_old"


def test_the_log_keeps_the_newest_and_what_still_waits(
    account: Account, make_endpoint: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "KEPT", 3)
    make_endpoint()
    for number in range(1, 4):
        announce(account, number=number)
    first = Delivery.objects.order_by("pk")[0]
    Delivery.objects.exclude(pk=first.pk).update(next_attempt_at=None, delivered_at=timezone.now())
    for number in range(4, 7):
        announce(account, number=number)
    kept = Delivery.objects.order_by("pk").values_list("event_id", flat=True)
    assert [each.int for each in kept] == [1, 4, 5, 6]


def test_what_waits_for_a_webhook_is_bounded_and_the_log_says_what_was_dropped(
    account: Account, make_endpoint: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "WAITING_MAX", 3)
    make_endpoint()
    for number in range(1, 6):
        announce(account, number=number)
    waiting = Delivery.objects.exclude(next_attempt_at=None).order_by("pk")
    assert [each.event_id.int for each in waiting] == [3, 4, 5]
    dropped = Delivery.objects.filter(next_attempt_at=None).order_by("pk")
    assert [each.event_id.int for each in dropped] == [1, 2]
    assert {each.error for each in dropped} == {services.DROPPED}


def test_the_log_holds_more_than_may_wait() -> None:
    assert services.KEPT > services.WAITING_MAX


def test_alerts_have_a_queue_of_their_own_that_waits_behind_people_and_not_behind_exports() -> None:
    assert services.QUEUE in settings.RQ_QUEUES
    assert services.QUEUE not in {mail.QUEUE, "high", "default"}
    for queues in WORKERS.values():
        assert queues[0] == "high"
    assert ("high",) in WORKERS.values()
    seconds = {queues[1] for queues in WORKERS.values() if len(queues) > 1}
    assert seconds == {"default", services.QUEUE}


@pytest.mark.parametrize(
    ("values", "words"),
    [({"enabled": False}, services.DISABLED), ({"paused_at": timezone.now()}, services.PAUSED)],
)
def test_nothing_is_redelivered_while_nothing_is_sent(
    account: Account,
    make_endpoint: Make,
    admin_user_: User,
    rung: Rung,
    values: dict[str, Any],
    words: str,
) -> None:
    make_endpoint()
    announce(account)
    Delivery.objects.update(next_attempt_at=None, given_up_at=timezone.now())
    Endpoint.objects.update(**values)
    rung.clear()
    with pytest.raises(PermanentError) as caught:
        services.delivery_redeliver(delivery=Delivery.objects.get(), actor=admin_user_)
    assert (caught.value.code, caught.value.message) == ("webhook_not_active", words)
    assert caught.value.fix
    assert (rung, Delivery.objects.get().is_open) == ([], False)


def test_the_log_forgets_what_is_older_than_thirty_days(
    account: Account, make_endpoint: Make
) -> None:
    make_endpoint()
    announce(account)
    old = timezone.now() - datetime.timedelta(days=31)
    Delivery.objects.update(created_at=old, next_attempt_at=None, delivered_at=old)
    announce(account, number=2)
    assert Delivery.objects.get().event_id == uuid.UUID(int=2)


def test_redelivering_keeps_the_event_id_and_leaves_what_is_under_way(
    account: Account, make_endpoint: Make, admin_user_: User, rung: Rung
) -> None:
    make_endpoint()
    announce(account)
    delivery = Delivery.objects.get()
    assert not services.delivery_redeliver(delivery=delivery, actor=admin_user_)
    Delivery.objects.update(next_attempt_at=None, given_up_at=timezone.now(), attempts=8, error="x")
    rung.clear()

    assert services.delivery_redeliver(delivery=delivery, actor=admin_user_)

    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("waiting", 0)
    assert delivery.event_id == uuid.UUID(int=1)
    assert [args for _, args, _ in rung] == [(delivery.pk,)]


@pytest.mark.parametrize(
    ("hour", "text"),
    [
        (0, "05/07/2023 12:50:02 AM"),
        (4, "05/07/2023 4:50:02 AM"),
        (12, "05/07/2023 12:50:02 PM"),
        (16, "05/07/2023 4:50:02 PM"),
    ],
)
def test_times_are_written_as_receivers_know_them(hour: int, text: str) -> None:
    assert services.date_and_time(datetime.datetime(2023, 7, 5, hour, 50, 2)) == text
