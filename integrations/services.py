"""Everything that changes connections. Only services and `testing.py` read the secrets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from clevertap_partners.accounts.models import Account
from clevertap_partners.accounts.services import audit_record
from clevertap_partners.core.changes import Changes, differences
from clevertap_partners.core.errors import PermanentError
from clevertap_partners.core.faults import error
from clevertap_partners.core.marking import gettext_noop
from integrations import dependants, faults
from integrations.models import Connection, CredentialTest
from integrations.partners.base import ExportPartner, ImportPartner, Partner, Sink
from integrations.partners.registry import get_partner

if TYPE_CHECKING:
    from integrations.warehouse import Warehouse

NICKNAME = gettext_noop("Nickname")


@dataclass(frozen=True)
class Draft:
    """A connection that passed its test and may be saved."""

    account: Account
    partner: str
    nickname: str
    config_text: str = field(repr=False)
    steps: list[dict[str, object]] = field(default_factory=list)


@transaction.atomic
def connection_save(*, draft: Draft, actor: User | None, ip: str | None = None) -> Connection:
    """Store a tested connection. Raises PermanentError `nickname_taken`."""
    shown = get_partner(draft.partner).show(draft.config_text)
    now = timezone.now()
    try:
        with transaction.atomic():
            connection = Connection.objects.create(
                account=draft.account,
                partner=draft.partner,
                nickname=draft.nickname,
                config=draft.config_text,
                target=shown.target,
                client_email=shown.client_email,
                project_id=shown.project_id,
                key_id=shown.key_id,
                key_added_at=now,
                last_tested_at=now,
                last_test_ok=True,
                last_test_steps=draft.steps,
                created_by=actor,
            )
    except IntegrityError as taken:
        raise error(faults.NICKNAME_TAKEN) from taken
    note(connection, gettext_noop("connection added"), actor, ip, differences({}, said(connection)))
    return connection


def connection_rename(
    *, connection: Connection, nickname: str, actor: User, ip: str | None = None
) -> None:
    """Raises PermanentError `nickname_taken`. Exports follow by themselves: they hold the row."""
    old = connection.nickname
    connection.nickname = nickname
    try:
        with transaction.atomic():
            connection.save(update_fields=["nickname", "updated_at"])
            audit_record(
                account=connection.account,
                actor=actor,
                action=gettext_noop("connection renamed"),
                subject=f"{old} → {nickname}",
                ip=ip,
                changes=differences({NICKNAME: old}, {NICKNAME: nickname}),
            )
    except IntegrityError as taken:
        connection.nickname = old
        raise error(faults.NICKNAME_TAKEN) from taken


@transaction.atomic
def connection_store_key(
    *, connection: Connection, config_text: str, actor: User | None, ip: str | None = None
) -> None:
    """Put a tested key in the place of the old one; what had failed because of it goes on."""
    shown, before = get_partner(connection.partner).show(config_text), said(connection)
    connection.config = config_text
    connection.client_email = shown.client_email
    connection.project_id = shown.project_id
    connection.key_id = shown.key_id
    connection.key_added_at = timezone.now()
    connection.failing_since, connection.failure_message = None, ""
    connection.save(
        update_fields=[
            "config", "client_email", "project_id", "key_id", "key_added_at", "failing_since",
            "failure_message", "updated_at",
        ]
    )  # fmt: skip
    _revive_later(connection)
    changes = differences(before, said(connection))
    note(connection, gettext_noop("connection key replaced"), actor, ip, changes)


def _revive_later(connection: Connection) -> None:
    """Once the connection's row is free: whoever deletes it takes its dependants' rows first."""
    transaction.on_commit(lambda: dependants.revive(connection))


@transaction.atomic
def connection_delete(*, connection: Connection, actor: User, ip: str | None = None) -> None:
    """Stop what uses the connection, then delete it and its secret."""
    dependants.stop(connection, actor)
    CredentialTest.objects.filter(connection=connection).delete()
    note(
        connection, gettext_noop("connection deleted"), actor, ip, differences(said(connection), {})
    )
    connection.delete()


@transaction.atomic
def connection_note_result(
    *, connection: Connection, ok: bool | None, message: str, steps: list[dict[str, object]]
) -> None:
    """Keep the outcome of a test. `ok` is None when it could not be judged, as while Google is
    down: that changes neither a good nor a bad standing. Recovery lets failed work go on."""
    now = timezone.now()
    was_failing = connection.failing_since is not None
    connection.last_tested_at = now
    connection.last_test_steps = steps
    connection.last_test_ok = ok
    if ok:
        connection.failing_since, connection.failure_message = None, ""
    elif ok is False:
        connection.failing_since = connection.failing_since or now
        connection.failure_message = message
    connection.save(
        update_fields=[
            "last_tested_at", "last_test_steps", "last_test_ok", "failing_since",
            "failure_message", "updated_at",
        ]
    )  # fmt: skip
    if ok and was_failing:
        _revive_later(connection)


def connection_open_sink(*, connection: Connection) -> Sink:
    """The bucket, ready for writing. Raises PermanentError when plan, key or key ring forbid it."""
    partner = usable_partner(connection)
    if not isinstance(partner, ExportPartner):
        raise error(faults.CANNOT_EXPORT, partner=partner.label)
    return partner.open_sink(connection.config)


def connection_open_warehouse(*, connection: Connection) -> Warehouse:
    """The dataset, ready for reading. Raises PermanentError as opening a sink does."""
    partner = usable_partner(connection)
    if not isinstance(partner, ImportPartner):
        raise error(faults.CANNOT_IMPORT, partner=partner.label)
    return partner.open_warehouse(connection.config)


def usable_partner(connection: Connection) -> Partner:
    partner = get_partner(connection.partner)
    if not partner.feature.is_on(connection.account):
        raise PermanentError(partner.feature.missing_message, code="feature_missing")
    return partner


def said(connection: Connection) -> dict[str, str]:
    """What a person may see of a connection; of its key just what tells it from another."""
    return {
        NICKNAME: connection.nickname,
        gettext_noop("Partner"): str(get_partner(connection.partner).label),
        gettext_noop("Target"): connection.target,
        gettext_noop("Project"): connection.project_id,
        gettext_noop("Service account"): connection.client_email,
        gettext_noop("Key id"): connection.key_id,
    }


def note(
    connection: Connection,
    action: str,
    actor: User | None,
    ip: str | None,
    changes: Changes,
) -> None:
    audit_record(
        account=connection.account,
        actor=actor,
        action=action,
        subject=f"{connection.nickname} ({connection.target}, key {connection.key_id})",
        ip=ip,
        changes=changes,
    )
