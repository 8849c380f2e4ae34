from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from clevertap_partners.accounts.models import Account
from tests.imports.factories import make_batch, make_connection, make_import, make_run

pytestmark = pytest.mark.django_db


def test_an_operator_looks_at_imports_but_changes_none(account: Account, client: Client) -> None:
    client.force_login(User.objects.create_superuser("operator"))
    run = make_run(make_import(make_connection(account), nickname="Orders"))
    batch = make_batch(run)
    for model, pk in (
        ("import", run.parent.pk),
        ("importrun", run.pk),
        ("importunit", batch.unit.pk),
        ("importbatch", batch.pk),
    ):
        page = client.get(f"/admin/imports/{model}/")
        assert "Orders" in page.content.decode(), model
        assert client.get(f"/admin/imports/{model}/{pk}/change/").status_code == 200
        assert client.post(f"/admin/imports/{model}/{pk}/delete/").status_code == 403
        assert client.get(f"/admin/imports/{model}/add/").status_code == 403
