"""An account with the beta switched on, a connection, and a dataset in memory behind it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from clevertap_partners.accounts.models import Account
from imports.drafts import draft_create
from imports.models import Import
from integrations.models import Connection
from tests.fakes.warehouse import COLUMNS_AS_JSON, FakeWarehouse, shop_dataset


@pytest.fixture
def account(account: Account) -> Account:
    account.bigquery_import = True
    account.time_zone = "Europe/Berlin"
    account.save()
    return account


@pytest.fixture
def connection(account: Account) -> Connection:
    return Connection.objects.create(
        account=account,
        partner="bigquery",
        nickname="Shop data",
        client_email="reader@shop.iam.gserviceaccount.com",
        project_id="shop",
        key_added_at=timezone.now(),
    )


@pytest.fixture
def warehouse(monkeypatch: pytest.MonkeyPatch) -> FakeWarehouse:
    fake = shop_dataset()
    monkeypatch.setattr(
        "imports.wizard_warehouse.connection_open_warehouse", lambda *, connection: fake
    )
    return fake


@pytest.fixture
def draft(account: Account, connection: Connection, member: User, warehouse: object) -> Import:
    """A draft whose source is chosen: the next step is Map."""
    values = {
        "nickname": "People",
        "connection": connection,
        "source": "table",
        "table": "users",
        "columns": COLUMNS_AS_JSON,
    }
    return draft_create(account=account, actor=member, values=values)
