"""Sends what was written down. The row is the truth: a ring may be lost, doubled or too late.

At least once: a worker that dies after the receiver has answered leaves a delivery that another
one sends again, with the same event id.
"""

from __future__ import annotations

import datetime
import time
from dataclasses import dataclass

import structlog
from django.db import transaction
from django.utils import timezone

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.errors import LeaseLost, PartnersError
from clevertap_partners.core.lease import Heartbeat, Lease, claim
from clevertap_partners.core.marking import gettext_noop
from clevertap_partners.core.queue import waiting
from clevertap_partners.webhooks import selectors, sender
from clevertap_partners.webhooks.addresses import addresses_of
from clevertap_partners.webhooks.models import Delivery, Endpoint, Kind
from clevertap_partners.webhooks.retries import ATTEMPTS, delay_s
from clevertap_partners.webhooks.services import (
    FEATURE,
    QUEUE,
    endpoint_pause,
    ring_delivery,
    why_not_sent,
)
from clevertap_partners.webhooks.signing import HEADER, signature

log = structlog.get_logger(__name__)

# A webhook that took nothing for so long, in at least so many attempts, is paused.
PAUSE_AFTER = datetime.timedelta(hours=24)
PAUSE_AFTER_FAILURES = 8
GONE = 410


@dataclass(frozen=True)
class Outcome:
    """How an attempt went; `error` is empty when the receiver took the alert."""

    status: int | None = None
    error: str = ""
    fix: str = ""
    excerpt: str = ""
    retry_after_s: float = 0
    duration_ms: int | None = None
    is_hopeless: bool = False


def delivery_send(*, delivery_id: int) -> None:
    """Make one attempt, unless it is not due or another worker makes it. May be called twice."""
    due = Delivery.objects.select_related("endpoint__account").filter(selectors.due())
    delivery = due.defer("endpoint__secret").filter(pk=delivery_id).first()
    lease = None if delivery is None else claim_turn(delivery)
    if delivery is None or lease is None:
        return
    try:
        if not is_still_due(delivery):
            lease.release()
            return
        with Heartbeat(lease):
            outcome = attempt(delivery, lease)
            note(delivery, lease, outcome)
    except LeaseLost:
        log.warning("webhook_delivery_lost", delivery_id=delivery_id)
        return
    except (Endpoint.DoesNotExist, Delivery.DoesNotExist):
        return  # deleted meanwhile
    ring_next(delivery.endpoint.account_id)


def claim_turn(delivery: Delivery) -> Lease | None:
    """One at a time for an account: receivers that hang hold up one worker, whatever waits."""
    with transaction.atomic():
        accounts = Account.objects.filter(pk=delivery.endpoint.account_id)
        list(accounts.select_for_update(no_key=True).values_list("pk"))
        return None if selectors.is_busy(delivery=delivery) else claim(delivery)


def is_still_due(delivery: Delivery) -> bool:
    """Another worker may have sent it, and given it back, between our look and our claim."""
    delivery.refresh_from_db(fields=["attempts", "next_attempt_at"])
    return delivery.next_attempt_at is not None and delivery.next_attempt_at <= timezone.now()


def attempt(delivery: Delivery, lease: Lease) -> Outcome:
    if not FEATURE.is_on(delivery.endpoint.account):
        return Outcome(error=FEATURE.missing_message, is_hopeless=True)
    if delivery.kind != Kind.TEST and (reason := why_not_sent(delivery.endpoint)):
        return Outcome(error=reason, is_hopeless=True)
    if delivery.attempts >= ATTEMPTS:
        return Outcome(
            error=gettext_noop("Sending it was interrupted too often."), is_hopeless=True
        )
    note_attempt(delivery, lease)
    started = time.monotonic()
    try:
        answer = send(delivery)
    except PartnersError as error:
        return Outcome(error=error.message, fix=error.fix, duration_ms=_ms_since(started))
    return judged(answer, _ms_since(started))


def note_attempt(delivery: Delivery, lease: Lease) -> None:
    """Before it is sent, so that an attempt that kills its worker counts and is waited after."""
    now = timezone.now()
    delivery.attempts += 1
    wait = datetime.timedelta(seconds=delay_s(attempts=delivery.attempts))
    lease.update(attempts=delivery.attempts, attempted_at=now, next_attempt_at=now + wait)
    Endpoint.objects.filter(pk=delivery.endpoint_id).update(attempted_at=now)


def send(delivery: Delivery) -> sender.Answer:
    """Raises PartnersError. The address is looked up and checked anew each time."""
    began = time.monotonic()
    target = selectors.target_of(delivery.endpoint.url)
    body = delivery.payload.encode()
    addresses = addresses_of(target)
    headers = headers_for(delivery, body)
    return sender.post(target, addresses=addresses, headers=headers, body=body, began=began)


def headers_for(delivery: Delivery, body: bytes) -> dict[str, str]:
    """Signed anew for each attempt, with the secret of now and the time of now."""
    secret = str(Endpoint.objects.values_list("secret", flat=True).get(pk=delivery.endpoint_id))
    return {
        "Content-Type": "application/json",
        "User-Agent": "Partners-Webhooks/1",
        HEADER: signature(secret=secret, body=body, timestamp=int(time.time())),
        "Partners-Event-Id": str(delivery.event_id),
        "Partners-Event-Kind": delivery.kind,
        "Partners-Delivery-Attempt": str(delivery.attempts),
    }


def judged(answer: sender.Answer, duration_ms: int) -> Outcome:
    error, fix = ("", "") if answer.is_accepted else words_for(answer.status)
    return Outcome(
        status=answer.status,
        error=error,
        fix=fix,
        excerpt=answer.excerpt,
        retry_after_s=answer.retry_after_s,
        duration_ms=duration_ms,
        is_hopeless=answer.status == GONE,
    )


def words_for(status: int) -> tuple[str, str]:
    """What happened, and what to do about it."""
    if status == GONE:
        return (
            gettext_noop("The receiver answered 410: it is gone for good."),
            gettext_noop("Resume this webhook if that was a mistake; else delete it."),
        )
    if 300 <= status < 400:
        return (
            gettext_noop(
                "The receiver answered {status} and sent us elsewhere; redirects are not followed."
            ).format(status=status),
            gettext_noop("Change the webhook's address to where the receiver really is."),
        )
    if status in {401, 403}:
        return (
            gettext_noop("The receiver answered {status}: it does not let us in.").format(
                status=status
            ),
            gettext_noop("Let it take requests by their signature, without a sign-in."),
        )
    if status == 404:
        return (
            gettext_noop("The receiver answered 404: nothing is at this address."),
            gettext_noop("Check the address's path."),
        )
    if status == 429:
        return (
            gettext_noop("The receiver answered 429: it has had too much."),
            gettext_noop("It is tried again later."),
        )
    return gettext_noop("The receiver answered {status}.").format(status=status), gettext_noop(
        "Check the receiver's log at this time."
    )


def note(delivery: Delivery, lease: Lease, outcome: Outcome) -> None:
    """Keep how it went, of the delivery and of the webhook: all or nothing."""
    with transaction.atomic():
        # The webhook first: whoever holds a delivery's row and waits for the webhook's would be
        # waited for by a pause, which takes them in this order.
        endpoint = Endpoint.objects.select_for_update().defer("secret").get(pk=delivery.endpoint_id)
        lease.release(
            status_code=outcome.status,
            error=outcome.error,
            fix=outcome.fix,
            excerpt=outcome.excerpt,
            duration_ms=outcome.duration_ms,
            **next_state(delivery, endpoint, outcome),
        )
        note_on_endpoint(endpoint, delivery, outcome)
    log.info(
        "webhook_attempt",
        delivery_id=delivery.pk,
        account_id=endpoint.account_id,
        host=endpoint.host,
        attempt=delivery.attempts,
        status=outcome.status,
        delivered=not outcome.error,
    )


def next_state(
    delivery: Delivery, endpoint: Endpoint, outcome: Outcome
) -> dict[str, datetime.datetime | None]:
    now = timezone.now()
    if not outcome.error:
        return {"delivered_at": now, "next_attempt_at": None}
    is_last = delivery.attempts >= ATTEMPTS or delivery.kind == Kind.TEST
    if is_last or outcome.is_hopeless or not endpoint.is_active:
        return {"given_up_at": now, "next_attempt_at": None}
    wait = delay_s(attempts=delivery.attempts, retry_after_s=outcome.retry_after_s)
    return {"next_attempt_at": now + datetime.timedelta(seconds=wait)}


def note_on_endpoint(endpoint: Endpoint, delivery: Delivery, outcome: Outcome) -> None:
    now = timezone.now()
    if not outcome.error:
        Endpoint.objects.filter(pk=endpoint.pk).update(
            failing_since=None, failures=0, last_delivered_at=now
        )
        return
    # A test that fails tells who pressed the button; it is no alert that got lost.
    if delivery.kind == Kind.TEST or outcome.duration_ms is None:
        return
    failing_since, failures = endpoint.failing_since or now, endpoint.failures + 1
    Endpoint.objects.filter(pk=endpoint.pk).update(failing_since=failing_since, failures=failures)
    is_lasting = now - failing_since >= PAUSE_AFTER and failures >= PAUSE_AFTER_FAILURES
    if endpoint.is_active and (outcome.status == GONE or is_lasting):
        endpoint_pause(endpoint=endpoint, reason=outcome.error)


def ring_next(account_id: int) -> None:
    """Go on with what waited for its turn in the same account."""
    next_id = selectors.next_due(account_id=account_id)
    if next_id is not None:
        ring_delivery(next_id)


def ring_due_deliveries() -> None:
    """A scheduler tick: ring for what is due and nobody sends, once all rings were heard."""
    if waiting(QUEUE):
        return
    for delivery_id in selectors.deliveries_to_ring():
        ring_delivery(delivery_id)


def _ms_since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
