"""Everything that changes webhooks, except sending, which is `sending.py`."""

from __future__ import annotations

import datetime
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from clevertap_partners.accounts.features import Feature
from clevertap_partners.accounts.models import Account
from clevertap_partners.accounts.services import audit_record
from clevertap_partners.core.changes import Changes, differences
from clevertap_partners.core.english import in_english
from clevertap_partners.core.errors import PermanentError
from clevertap_partners.core.lease import free
from clevertap_partners.core.marking import gettext_noop
from clevertap_partners.core.queue import ring
from clevertap_partners.webhooks.letters import say_paused
from clevertap_partners.webhooks.models import Delivery, Endpoint, Kind
from clevertap_partners.webhooks.signing import secret_new

log = structlog.get_logger(__name__)

FEATURE = Feature.GOOGLE_CLOUD_EXPORT
TASK = "clevertap_partners.webhooks.tasks.send_delivery"
# One of their own: receivers that hang shall not hold up people who wait for an answer.
QUEUE = "alerts"
TIMEOUT_S = 60

MAX_ENDPOINTS = 10
# How many alerts may wait for one webhook. The log holds more, so that it can say what was dropped.
WAITING_MAX = 500
KEPT = 1_000
KEPT_FOR = datetime.timedelta(days=30)

DISABLED = gettext_noop("Not sent: the webhook was disabled.")
PAUSED = gettext_noop("Not sent: the webhook was paused.")
NOT_ACTIVE_FIX = gettext_noop("Resume or enable the webhook, then redeliver.")
DROPPED = gettext_noop("Not sent: more than {count} alerts waited for this webhook.").format(
    count=WAITING_MAX
)

HOST = gettext_noop("Host")
STATUS = gettext_noop("Status")


@dataclass(frozen=True)
class EndpointSpec:
    """What the form asks for. `kinds` are values of models.ALERTS."""

    name: str
    url: str
    kinds: tuple[str, ...]


@transaction.atomic
def endpoint_create(
    *, account: Account, spec: EndpointSpec, actor: User, ip: str | None = None
) -> tuple[Endpoint, str]:
    """The new webhook and its secret, which is shown this once.

    Raises PermanentError `too_many_webhooks` or `webhook_exists`.
    """
    Account.objects.select_for_update().get(pk=account.pk)
    if account.webhooks.count() >= MAX_ENDPOINTS:
        raise PermanentError(
            gettext_noop("An account has at most {count} webhooks.").format(count=MAX_ENDPOINTS),
            code="too_many_webhooks",
            fix=gettext_noop("Delete one that is no longer needed."),
        )
    secret = secret_new()
    endpoint = Endpoint(account=account, secret=secret, created_by=actor)
    _write(endpoint, spec)
    _audit(endpoint, actor, gettext_noop("webhook added"), ip, differences({}, said(endpoint)))
    return endpoint, secret


@transaction.atomic
def endpoint_update(
    *, endpoint: Endpoint, spec: EndpointSpec, actor: User, ip: str | None = None
) -> None:
    """Raises PermanentError `webhook_exists`. What has failed so far no longer counts."""
    before, address = said(endpoint), endpoint.url
    _write(endpoint, spec)
    Endpoint.objects.filter(pk=endpoint.pk).update(failing_since=None, failures=0)
    changes = differences(before, said(endpoint))
    if address != endpoint.url:
        now = gettext_noop("{host}, another path").format(host=endpoint.host)
        changes.setdefault(HOST, [endpoint.host, now])
    _audit(endpoint, actor, gettext_noop("webhook changed"), ip, changes)


def _write(endpoint: Endpoint, spec: EndpointSpec) -> None:
    endpoint.name, endpoint.url, endpoint.kinds = spec.name, spec.url, list(spec.kinds)
    changed = None if endpoint.pk is None else ["name", "url", "kinds", "updated_at"]
    try:
        with transaction.atomic():
            endpoint.save(update_fields=changed)
    except IntegrityError as error:
        raise PermanentError(
            gettext_noop("This account has a webhook with this address already."),
            code="webhook_exists",
            fix=gettext_noop("Change that one, or use another address."),
        ) from error


@transaction.atomic
def endpoint_enable(*, endpoint: Endpoint, actor: User, ip: str | None = None) -> None:
    """Send from now on; ends a pause as well. What was missed can be sent again from the log."""
    action = (
        gettext_noop("webhook resumed") if endpoint.enabled else gettext_noop("webhook enabled")
    )
    changes = _status_changes(endpoint, Endpoint.State.ENABLED)
    Endpoint.objects.filter(pk=endpoint.pk).update(
        enabled=True, paused_at=None, pause_reason="", failing_since=None, failures=0
    )
    _audit(endpoint, actor, action, ip, changes)


@transaction.atomic
def endpoint_disable(*, endpoint: Endpoint, actor: User, ip: str | None = None) -> None:
    changes = _status_changes(endpoint, Endpoint.State.DISABLED)
    Endpoint.objects.filter(pk=endpoint.pk).update(enabled=False)
    deliveries_give_up(endpoint=endpoint, reason=DISABLED)
    _audit(endpoint, actor, gettext_noop("webhook disabled"), ip, changes)


@transaction.atomic
def endpoint_rotate(*, endpoint: Endpoint, actor: User, ip: str | None = None) -> str:
    """The new secret, shown this once. The old one signs nothing from now on."""
    secret = secret_new()
    Endpoint.objects.filter(pk=endpoint.pk).update(secret=secret)
    _audit(endpoint, actor, gettext_noop("webhook secret rotated"), ip)
    return secret


@transaction.atomic
def endpoint_delete(*, endpoint: Endpoint, actor: User, ip: str | None = None) -> None:
    _audit(endpoint, actor, gettext_noop("webhook deleted"), ip, differences(said(endpoint), {}))
    endpoint.delete()


@transaction.atomic
def endpoint_pause(*, endpoint: Endpoint, reason: str) -> None:
    """Stop sending by ourselves. Admins get a letter; page and activity log say it too."""
    now = timezone.now()
    changes = _status_changes(endpoint, Endpoint.State.PAUSED)
    Endpoint.objects.filter(pk=endpoint.pk).update(paused_at=now, pause_reason=reason)
    deliveries_give_up(endpoint=endpoint, reason=PAUSED)
    _audit(endpoint, None, gettext_noop("webhook paused"), None, changes)
    say_paused(endpoint, reason=reason, at=now)


def deliveries_give_up(*, endpoint: Endpoint, reason: str) -> None:
    """End what waits. What is being sent this moment ends by itself."""
    _give_up(endpoint.deliveries.filter(free(), next_attempt_at__isnull=False), reason)


def _give_up(waiting: QuerySet[Delivery], reason: str) -> None:
    waiting.update(next_attempt_at=None, given_up_at=timezone.now(), error=reason, fix="")


@transaction.atomic
def alert_announce(
    *,
    account: Account,
    kind: Kind,
    event_id: uuid.UUID,
    subject: str,
    payload: Mapping[str, Any],
) -> int:
    """Write an alert down for each webhook that wants it; sent after the caller's transaction.

    Announcing the same event again changes nothing. Returns how many webhooks it is new to.
    """
    text = json.dumps(dict(payload), ensure_ascii=False)
    endpoints = Endpoint.objects.filter(account=account, enabled=True).defer("secret")
    wanting = [endpoint for endpoint in endpoints if kind in endpoint.kinds]
    return sum(_write_down(each, kind, event_id, subject, text) for each in wanting)


def _write_down(
    endpoint: Endpoint, kind: Kind, event_id: uuid.UUID, subject: str, text: str
) -> bool:
    values = {"kind": kind, "subject": subject, "payload": text} | _first_state(endpoint)
    delivery, is_new = Delivery.objects.get_or_create(
        endpoint=endpoint, event_id=event_id, defaults=values
    )
    if is_new:
        _drop_oldest(endpoint)
        _forget_old(endpoint)
    if is_new and delivery.is_open:
        ring_delivery(delivery.pk)
    return is_new


def _first_state(endpoint: Endpoint) -> dict[str, Any]:
    """A paused webhook gets nothing, but its log says what it missed."""
    now = timezone.now()
    return {"next_attempt_at": now} if endpoint.is_active else {"given_up_at": now, "error": PAUSED}


def _drop_oldest(endpoint: Endpoint) -> None:
    """Bound what waits: what is newest matters most to a receiver that comes back."""
    waiting = endpoint.deliveries.filter(free(), next_attempt_at__isnull=False)
    over = list(waiting.order_by("-pk").values_list("pk", flat=True)[WAITING_MAX:])
    if over:
        _give_up(waiting.filter(pk__in=over), DROPPED)
        log.warning("webhook_alerts_dropped", endpoint_id=endpoint.pk, alerts=len(over))


def _forget_old(endpoint: Endpoint) -> None:
    """Keep the log within bounds; what still waits is never forgotten."""
    over = endpoint.deliveries.filter(next_attempt_at=None)
    over.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()
    oldest_kept = endpoint.deliveries.order_by("-pk").values_list("pk", flat=True)[KEPT - 1 : KEPT]
    for pk in oldest_kept:
        over.filter(pk__lt=pk).delete()


@transaction.atomic
def alert_test(*, endpoint: Endpoint, actor: User, ip: str | None = None) -> Delivery:
    """Send a made-up alert, once, also to a webhook that is paused or disabled."""
    now = timezone.now()
    local = now.astimezone(endpoint.account.zone)
    event_id = uuid.uuid4()
    payload = {
        "Export Request Id": int(now.timestamp()),
        "Partner": "Google Cloud Storage",
        "Type": "Events",
        "Status": "Initiated",
        "Frequency": "One Time",
        "Date and Time": date_and_time(local),
        "Alert": Kind.TEST.value,
        "Event Id": str(event_id),
        "Account Id": endpoint.account_id,
        "Test": True,
    }
    delivery = Delivery.objects.create(
        endpoint=endpoint,
        event_id=event_id,
        kind=Kind.TEST,
        payload=json.dumps(payload),
        next_attempt_at=now,
    )
    _forget_old(endpoint)
    _audit(endpoint, actor, gettext_noop("webhook tested"), ip)
    ring_delivery(delivery.pk)
    return delivery


@transaction.atomic
def delivery_redeliver(*, delivery: Delivery, actor: User, ip: str | None = None) -> bool:
    """Send again what is over, with the same event id. False when it is still under way.

    Raises PermanentError `webhook_not_active`: nothing but a test goes to a webhook that is off.
    """
    if delivery.kind != Kind.TEST and (reason := why_not_sent(delivery.endpoint)):
        raise PermanentError(reason, code="webhook_not_active", fix=NOT_ACTIVE_FIX)
    over = Delivery.objects.filter(pk=delivery.pk, next_attempt_at=None)
    began = over.update(
        attempts=0,
        next_attempt_at=timezone.now(),
        delivered_at=None,
        given_up_at=None,
        status_code=None,
        error="",
        fix="",
        excerpt="",
        duration_ms=None,
    )
    if began:
        _audit(delivery.endpoint, actor, gettext_noop("webhook alert sent again"), ip)
        ring_delivery(delivery.pk)
    return bool(began)


def why_not_sent(endpoint: Endpoint) -> str:
    """Empty while alerts go to this webhook."""
    if endpoint.is_active:
        return ""
    return PAUSED if endpoint.enabled else DISABLED


def ring_delivery(delivery_id: int) -> None:
    ring(TASK, delivery_id, queue=QUEUE, timeout_s=TIMEOUT_S)


def date_and_time(moment: datetime.datetime) -> str:
    """A moment in account time as alerts write it: 25/07/2023 4:50:52 PM."""
    half = "AM" if moment.hour < 12 else "PM"
    return f"{moment:%d/%m/%Y} {moment.hour % 12 or 12}:{moment:%M:%S} {half}"


@in_english()
def said(endpoint: Endpoint) -> dict[str, Any]:
    """What the log may say of a webhook: of its address the host, as the path may be a secret."""
    return {
        gettext_noop("Name"): endpoint.name,
        HOST: endpoint.host,
        gettext_noop("Alerts"): endpoint.kind_labels(),
    }


@in_english()
def _status_changes(endpoint: Endpoint, state: Endpoint.State) -> Changes:
    return differences({STATUS: endpoint.state.label}, {STATUS: state.label})


def _audit(
    endpoint: Endpoint,
    actor: User | None,
    action: str,
    ip: str | None,
    changes: Changes | None = None,
) -> None:
    audit_record(
        account=endpoint.account,
        actor=actor,
        action=action,
        subject=str(endpoint),
        ip=ip,
        changes=changes,
    )
