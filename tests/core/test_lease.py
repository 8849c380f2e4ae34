from __future__ import annotations

import datetime

import pytest
from django.db import connection
from django.utils import timezone

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.lease import Heartbeat, claim
from integrations.models import CredentialTest

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_heartbeat_finds_back_to_a_database_that_was_away(account: Account) -> None:
    test = CredentialTest.objects.create(account=account, partner="google-cloud")
    lease = claim(test)
    assert lease is not None
    CredentialTest.objects.update(lease_until=timezone.now())
    connection.connection.close()
    heartbeat = Heartbeat(lease)
    try:
        heartbeat._renew()
        heartbeat._renew()
    finally:
        connection.close()
    test.refresh_from_db()
    assert test.lease_until is not None
    assert test.lease_until > timezone.now() + datetime.timedelta(seconds=10)


def test_a_row_that_was_read_while_another_held_it_is_not_claimed_after_its_release(
    account: Account,
) -> None:
    test = CredentialTest.objects.create(account=account, partner="google-cloud")
    lease = claim(test)
    assert lease is not None
    seen = CredentialTest.objects.get(pk=test.pk)
    lease.release()
    assert claim(seen) is None
    assert claim(CredentialTest.objects.get(pk=test.pk)) is not None


def test_a_beat_after_the_release_does_not_take_the_row_again(account: Account) -> None:
    test = CredentialTest.objects.create(account=account, partner="google-cloud")
    lease = claim(test)
    assert lease is not None
    lease.release()
    Heartbeat(lease)._renew()
    test.refresh_from_db()
    assert test.lease_until is None
