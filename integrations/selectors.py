"""Reads of connections, partners and tests. None of them reads a secret."""

from __future__ import annotations

import datetime
import uuid
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.utils import timezone

from clevertap_partners.accounts.models import Account
from integrations.models import Connection, CredentialTest
from integrations.partners.base import Partner
from integrations.partners.registry import all_partners, get_partner


@dataclass(frozen=True)
class PartnerCard:
    """A partner as one account sees it."""

    partner: Partner
    connections: int
    is_on: bool

    @property
    def key(self) -> str:
        return self.partner.key

    @property
    def label(self) -> str:
        return self.partner.label

    @property
    def can_export(self) -> bool:
        """Whether the account may send data there; it may still lack a connection."""
        return self.partner.can_export and self.is_on

    @property
    def can_import(self) -> bool:
        """Whether the account may take data from there; it may still lack a connection."""
        return self.partner.can_import and self.is_on

    @property
    def is_integrated(self) -> bool:
        return self.connections > 0


def connection_list(*, account: Account, partner: str | None = None) -> QuerySet[Connection]:
    """The saved connections of the account, by nickname."""
    found = Connection.objects.defer("config").filter(account=account)
    return found if partner is None else found.filter(partner=partner)


def partner_cards(*, account: Account, search: str = "") -> list[PartnerCard]:
    """The partners whose words contain every word of the search."""
    saved = list(connection_list(account=account).values_list("partner", flat=True))
    return [
        PartnerCard(partner, saved.count(partner.key), partner.feature.is_on(account))
        for partner in all_partners()
        if matches(partner, search)
    ]


def exporting_partner(*, account: Account, key: str | None) -> PartnerCard | None:
    """The partner with this key, or the first one, if data can be sent there at all."""
    cards = [card for card in partner_cards(account=account) if card.partner.can_export]
    return next((card for card in cards if key in {None, card.key}), None)


def importing_partners(*, account: Account) -> list[PartnerCard]:
    """The partners that give data; the account may lack the feature or a connection."""
    return [card for card in partner_cards(account=account) if card.partner.can_import]


def connections_that_import(*, account: Account) -> QuerySet[Connection]:
    """The connections of the account that data can be imported through, by nickname."""
    keys = [card.key for card in importing_partners(account=account) if card.can_import]
    return connection_list(account=account).filter(partner__in=keys).select_related("created_by")


def people_who_connected(*, account: Account) -> QuerySet[User]:
    made = connections_that_import(account=account)
    return User.objects.filter(pk__in=made.values("created_by")).order_by(
        "first_name", "last_name", "username"
    )


def partner_label(key: str) -> str:
    return get_partner(key).label


def partner_url_name(key: str) -> str:
    return get_partner(key).url_name


def partner_short_label(key: str) -> str:
    return get_partner(key).short_label


def matches(partner: Partner, search: str) -> bool:
    text = " ".join(map(str, (partner.label, partner.blurb, *partner.tags))).lower()
    return all(word in text for word in search.lower().split())


def nickname_taken(*, account: Account, nickname: str, besides: Connection | None = None) -> bool:
    found = connection_list(account=account).filter(nickname__iexact=nickname)
    return (found.exclude(pk=besides.pk) if besides else found).exists()


def batch_tests(*, account: Account, batch: uuid.UUID) -> list[CredentialTest]:
    """The tests of one press of the button, in the order of the blocks."""
    found = CredentialTest.objects.defer("config").filter(account=account, batch=batch)
    return list(found.select_related("connection").defer("connection__config").order_by("position"))


def tests_to_ring() -> list[int]:
    """Tests that nobody carries out: never begun, or their worker is gone."""
    now = timezone.now()
    begun = Q(status=CredentialTest.Status.RUNNING, lease_until__lt=now)
    # A fresh one has just been rung.
    forgotten = Q(
        status=CredentialTest.Status.PENDING, created_at__lt=now - datetime.timedelta(seconds=5)
    )
    return list(CredentialTest.objects.filter(begun | forgotten).values_list("pk", flat=True)[:100])


def connections_to_test(*, before: datetime.datetime) -> QuerySet[Connection]:
    """Connections whose last test, of whatever outcome, is older; none of them under test now."""
    open_tests = CredentialTest.objects.filter(
        status__in=[CredentialTest.Status.PENDING, CredentialTest.Status.RUNNING],
        connection__isnull=False,
    )
    return (
        Connection.objects.defer("config")
        .filter(Q(last_tested_at=None) | Q(last_tested_at__lt=before))
        .exclude(pk__in=open_tests.values("connection_id"))
        .select_related("account")
        .order_by("pk")
    )
