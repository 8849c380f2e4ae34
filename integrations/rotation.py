"""Key rotation: every stored secret, of every table that has one, encrypted with the first key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from django.db.models.functions import Cast
from django.utils.translation import gettext_noop

from clevertap_partners.accounts.models import Account, AuditEntry
from clevertap_partners.accounts.services import audit_record
from clevertap_partners.core.crypto import KeyRing
from clevertap_partners.core.errors import PermanentError
from clevertap_partners.core.fields import EncryptedTextField, key_ring


@dataclass
class Count:
    """What a rotation did. `unreadable` names rows, never contents."""

    rotated: int = 0
    current: int = 0
    unreadable: list[str] = field(default_factory=list)
    # How many of each account, and the entry that says so; secrets of people are theirs alone.
    of_accounts: Counter[int] = field(default_factory=Counter)
    entries: dict[int, AuditEntry] = field(default_factory=dict, repr=False)


def rotate_all(*, batch: int) -> Count:
    count = Count()
    for model, name in secret_fields():
        rotate_field(model, name, batch, count)
    return count


def secret_fields() -> Iterator[tuple[type[models.Model], str]]:
    """Found by their type, so that a new table cannot be forgotten."""
    for model in apps.get_models():
        for each in model._meta.get_fields():
            if isinstance(each, EncryptedTextField):
                yield model, each.name


def rotate_field(model: type[models.Model], name: str, batch: int, count: Count) -> None:
    ids = model._default_manager.exclude(**{name: ""}).order_by("pk").values_list("pk", flat=True)
    for some in in_batches(list(ids), batch):
        before = Counter(count.of_accounts)
        with transaction.atomic():
            for pk in some:
                rotate_row(model, name, pk, count)
            note_rotated(set(count.of_accounts - before), count)


def note_rotated(accounts: set[int], count: Count) -> None:
    """One entry for each account, that counts on: with the secrets of a batch, or not at all."""
    for account in Account.objects.filter(pk__in=accounts):
        secrets = f"{count.of_accounts[account.pk]} secrets"
        if entry := count.entries.get(account.pk):
            entry.subject = secrets
            entry.save(update_fields=["subject"])
        else:
            count.entries[account.pk] = audit_record(
                account=account,
                actor=None,
                action=gettext_noop("secrets encrypted anew"),
                subject=secrets,
            )


def in_batches(ids: list[Any], batch: int) -> Iterator[list[Any]]:
    for start in range(0, len(ids), batch):
        yield ids[start : start + batch]


def rotate_row(model: type[models.Model], name: str, pk: Any, count: Count) -> None:
    """Replace the stored text, unless somebody has replaced it meanwhile."""
    # As text, because the field itself decrypts what it reads.
    rows = model._default_manager.annotate(stored=Cast(name, models.TextField())).filter(pk=pk)
    stored = rows.values_list("stored", flat=True).first()
    if not stored:
        return
    if is_current(stored):
        count.current += 1
        return
    try:
        secret = key_ring().decrypt(stored)
    except PermanentError:
        count.unreadable.append(f"{model._meta.label} {pk}")
        return
    if rows.filter(stored=stored).update(**{name: secret}):
        count.rotated += 1
        if hasattr(model, "account_id"):
            count.of_accounts.update(rows.values_list("account_id", flat=True))


def is_current(stored: str) -> bool:
    try:
        KeyRing(settings.PARTNERS_SECRET_KEYS[:1]).decrypt(stored)
    except PermanentError:
        return False
    return True
