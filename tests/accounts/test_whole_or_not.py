"""A change and its entry in the Activity: both are kept, or neither is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clevertap_partners.accounts.models import Account, AuditEntry
from exports import services as exports
from integrations import rotation
from integrations import services as integrations
from integrations.models import Connection
from tests.accounts.world import World

pytestmark = pytest.mark.django_db

Break = Callable[[Any, str], None]


@pytest.fixture
def breaks(monkeypatch: pytest.MonkeyPatch) -> Break:
    """Makes one step of a service fail, as a full disk would."""

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("The disk is full.")

    return lambda module, name: monkeypatch.setattr(module, name, fails)


@pytest.fixture
def world(account: Account, member: User) -> World:
    return World(account, member)


def test_no_connection_is_renamed_without_its_entry(world: World, breaks: Break) -> None:
    saved = world.connection()
    breaks(integrations, "audit_record")
    with pytest.raises(RuntimeError):
        integrations.connection_rename(connection=saved, nickname="Other", actor=world.person)
    assert Connection.objects.get().nickname == "Warehouse"


def test_no_connection_is_saved_without_its_entry(world: World, breaks: Break) -> None:
    breaks(integrations, "audit_record")
    with pytest.raises(RuntimeError):
        world.connection()
    assert not Connection.objects.exists()


def test_there_is_no_entry_of_an_export_that_was_not_tried_again(
    world: World, breaks: Break
) -> None:
    export = world.export()
    breaks(exports, "runs_revive")
    with pytest.raises(RuntimeError):
        exports.export_retry(export=export, actor=world.person)
    assert not AuditEntry.objects.filter(action="export retried").exists()


def stored() -> str:
    with database.cursor() as cursor:
        cursor.execute("SELECT config FROM integrations_connection")
        return str(cursor.fetchone()[0])


def test_no_secret_is_encrypted_anew_without_its_entry(
    world: World, breaks: Break, settings: LazySettings
) -> None:
    world.connection()
    before = stored()
    old = settings.PARTNERS_SECRET_KEYS
    settings.PARTNERS_SECRET_KEYS = ["bmV3LWtleS1uZXcta2V5LW5ldy1rZXktbmV3LWtleSE=", *old]
    breaks(rotation, "audit_record")
    with pytest.raises(RuntimeError):
        rotation.rotate_all(batch=10)
    assert stored() == before


def test_batches_of_one_rotation_make_one_entry(world: World, settings: LazySettings) -> None:
    second = world.connection()
    second.pk, second.nickname, second._state.adding = None, "Second", True
    second.save()
    old = settings.PARTNERS_SECRET_KEYS
    settings.PARTNERS_SECRET_KEYS = ["bmV3LWtleS1uZXcta2V5LW5ldy1rZXktbmV3LWtleSE=", *old]
    rotation.rotate_all(batch=1)
    assert AuditEntry.objects.get(action="secrets encrypted anew").subject == "2 secrets"


def test_a_download_asks_for_no_more_entries_than_it_sends(admin_client_: Client) -> None:
    with CaptureQueriesContext(database) as queries:
        answer = admin_client_.get("/100000000/settings/partners/activity.csv")
        assert answer.getvalue().startswith(b"When,")
    assert any("LIMIT 100001" in query["sql"] for query in queries)
