from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from clevertap_partners.accounts.models import AuditEntry
from exports.models import Export
from integrations.models import Connection
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> Client:
    return signed_in(User.objects.create_superuser("operator@example.com"))


def test_an_operator_can_have_an_export_tried_again(
    operator: Client, saved_connection: Connection, make_export: Callable[..., Export]
) -> None:
    export = make_export(saved_connection)
    Export.objects.update(trouble_code="x")
    chosen = {"action": "try_again", "_selected_action": export.pk}
    operator.post("/admin/exports/export/", {**chosen, "confirmed": "yes"})
    export.refresh_from_db()
    assert export.trouble_code == ""
    entry = AuditEntry.objects.get(action="export retried")
    assert str(entry.actor) == "operator@example.com"
