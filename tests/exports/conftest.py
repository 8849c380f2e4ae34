"""An account with a lake, a bucket in the sandbox and a connection to it."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.utils import timezone

from clevertap_partners.accounts.models import Account
from clevertap_partners.eventstore.lake import events_uri
from clevertap_partners.eventstore.models import EventType
from exports.models import Export
from exports.services import export_create
from exports.spec import ExportSpec
from integrations.models import Connection
from tests.connections import CREATE_AND_READ, connect
from tests.lakes import DAY, write_lake
from tests.services import Sandbox


@pytest.fixture(autouse=True)
def _own_lake(tmp_path: Path, settings: LazySettings) -> None:
    settings.LAKE_URL = str(tmp_path / "lake")
    settings.SCRATCH_DIR = tmp_path / "scratch"


@pytest.fixture
def load(account: Account) -> Callable[..., None]:
    """Put events into the account's lake."""

    def put(
        records: Iterable[dict[str, Any]], *, to: Account = account, name: str = "load"
    ) -> None:
        write_lake(Path(events_uri(to.account_id)), records, load=name)

    return put


@pytest.fixture
def event_types(account: Account) -> list[str]:
    names = ["App Launched", "Product Viewed", "कार्ट / 🛒"]
    for name in names:
        EventType.objects.create(account=account, name=name, first_day=DAY, last_day=DAY)
    return names


@pytest.fixture
def connection(account: Account, sandbox: Sandbox) -> Connection:
    """To a bucket named `exports`, with an account that may create objects and read them."""
    sandbox.create_bucket("exports")
    key = sandbox.create_service_account(buckets=["exports"], role=CREATE_AND_READ)
    return connect(account, key, "exports")


@pytest.fixture
def saved_connection(account: Account) -> Connection:
    """A connection for screens; nothing ever speaks to its bucket."""
    return Connection.objects.create(
        account=account,
        partner="google-cloud",
        nickname="Warehouse",
        target="exports",
        key_added_at=timezone.now(),
    )


@pytest.fixture
def make_recurring(make_export: Callable[..., Export]) -> Callable[..., Export]:
    """Recurring exports of all user properties, from now on."""

    def make(connection: Connection, **changes: Any) -> Export:
        fields = {
            "type": "all_user_properties",
            "frequency": "recurring",
            "range_kind": "",
            "first_day": None,
            "last_day": None,
            "interval_hours": 24,
            "starts_at": timezone.now(),
        }
        return make_export(connection, **{**fields, **changes})

    return make


@pytest.fixture
def recurring(make_recurring: Callable[..., Export], saved_connection: Connection) -> Export:
    """A recurring export of all user properties that goes on."""
    return make_recurring(saved_connection)


def spec_for(connection: Connection, **changes: Any) -> ExportSpec:
    """All events of DAY as JSON."""
    fields = {
        "connection_id": connection.pk,
        "type": "all_events",
        "frequency": "once",
        "range_kind": "specific_day",
        "first_day": DAY - datetime.timedelta(days=2),
        "last_day": DAY,
        "format": "json",
    }
    return ExportSpec(**{**fields, **changes})


@pytest.fixture
def make_export(account: Account, member: User) -> Callable[..., Export]:
    def make(connection: Connection, *, of: Account = account, **changes: Any) -> Export:
        spec = spec_for(connection, **changes)
        return export_create(account=of, connection=connection, spec=spec, actor=member)

    return make
