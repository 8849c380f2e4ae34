"""Drafts of imports: kept while somebody fills in the wizard, which can be left at any time."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_noop as _

from clevertap_partners.accounts.models import Account
from clevertap_partners.accounts.services import audit_record
from clevertap_partners.core.changes import Changes, differences
from clevertap_partners.core.errors import PermanentError
from imports.models import Import
from imports.said import settings_said

# What the wizard asks for; `connection` is a Connection, the rest are plain values.
FIELDS = (
    "nickname",
    "connection",
    "source",
    "table",
    "sql",
    "columns",
    "kind",
    "mapping",
    "frequency",
    "schedule",
)
_TOKEN = 40


def draft_create(
    *,
    account: Account,
    actor: User,
    values: dict[str, Any],
    ip: str | None = None,
    token: str = "",
) -> Import:
    """A new draft with these values of FIELDS; a nickname and a connection at least.

    Raises PermanentError where another import of the account has the nickname, or this token.
    """
    item = Import(
        account=account, created_by=actor, updated_by=actor, wizard_token=token[:_TOKEN] or None
    )
    _set(item, values)
    with transaction.atomic():
        _save(item)
        _note(item, _("import draft created"), actor, ip, differences({}, settings_said(item)))
    return item


def draft_begun(*, account: Account, actor: User, token: str) -> Import | None:
    """What this person has begun on the page of this token."""
    if not token or "\0" in token:
        return None
    found = Import.objects.filter(account=account, created_by=actor)
    return found.filter(wizard_token=token[:_TOKEN]).first()


def draft_keep(*, item: Import, actor: User, values: dict[str, Any]) -> bool:
    """Keep these values of FIELDS. False, and nothing is kept, where it is no draft any more.

    Whoever changes nothing has not edited it.
    """
    with transaction.atomic():
        found = Import.objects.select_for_update().filter(pk=item.pk, status=Import.Status.DRAFT)
        kept = found.first()
        if kept is None:
            return False
        _set(item, values)
        if all(getattr(kept, name) == value for name, value in values.items()):
            return True
        before = settings_said(kept)
        _set(kept, values)
        item.updated_by = kept.updated_by = actor
        _save(kept)
        if changes := differences(before, settings_said(kept)):
            _note(kept, _("import draft changed"), actor, None, changes)
    return True


def draft_discard(*, item: Import, actor: User, ip: str | None = None) -> bool:
    """Delete the draft; False where it is none any more."""
    with transaction.atomic():
        count, _by_model = Import.objects.filter(pk=item.pk, status=Import.Status.DRAFT).delete()
        if count:
            _note(
                item, _("import draft discarded"), actor, ip, differences(settings_said(item), {})
            )
    return bool(count)


def nickname_taken(*, account: Account, nickname: str, besides: Import | None = None) -> bool:
    found = Import.objects.filter(account=account, nickname__iexact=nickname)
    return (found.exclude(pk=besides.pk) if besides else found).exists()


def _set(item: Import, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(item, name, value)
    if connection := values.get("connection"):
        item.connection_name = connection.nickname
        item.partner = connection.partner


def _save(item: Import) -> None:
    try:
        with transaction.atomic():
            item.save()
    except IntegrityError as error:
        raise PermanentError(
            _("Another import of this account has this nickname."),
            code="nickname_taken",
            fix=_("Choose another one."),
        ) from error


def _note(item: Import, action: str, actor: User, ip: str | None, changes: Changes) -> None:
    audit_record(
        account=item.account, actor=actor, action=action, subject=str(item), ip=ip, changes=changes
    )
