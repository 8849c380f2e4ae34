from __future__ import annotations

import datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client

from clevertap_partners.accounts.models import Account
from clevertap_partners.eventstore.models import EventType
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db

PAGE = "/admin/accounts/account/100000000/change/"


@pytest.fixture
def operator() -> Client:
    return signed_in(User.objects.create_superuser("operator@example.com"))


def test_the_time_zone_can_be_set_until_there_are_events(
    operator: Client, account: Account
) -> None:
    assert 'name="time_zone"' in operator.get(PAGE).content.decode()
    day = datetime.date(2026, 11, 21)
    EventType.objects.create(account=account, name="Seen", first_day=day, last_day=day)
    assert 'name="time_zone"' not in operator.get(PAGE).content.decode()
