"""The wizard's pages before a real dataset, up to the first run."""

from __future__ import annotations

import pytest
from django.test import Client

from clevertap_partners.accounts.models import Account
from imports.models import Import
from tests.connections import connect_dataset
from tests.imports.views.asking import send
from tests.services import BigQuery

pytestmark = [pytest.mark.services, pytest.mark.django_db]

BASE = "/100000000/settings/partners/imports/"


def test_the_steps_read_a_dataset_of_bigquery(
    member_client: Client, account: Account, bigquery: BigQuery
) -> None:
    dataset = bigquery.create_dataset("shop", location="EU")
    key = bigquery.create_account(datasets=[dataset])
    bigquery.run_sql("CREATE TABLE people (user_id STRING, plan STRING, updated_at TIMESTAMP)")
    bigquery.run_sql("INSERT INTO people VALUES ('u-1', 'gold', TIMESTAMP '2026-11-01')")
    bigquery.run_sql("INSERT INTO people VALUES ('nan', 'gold', TIMESTAMP '2026-11-01')")
    connection = connect_dataset(account, key, "shop")
    tables = member_client.get(f"{BASE}new/tables/", {"connection": connection.pk})
    assert 'data-testid="import-table-people"' in tables.content.decode()
    sent = {
        "nickname": "People",
        "connection": str(connection.pk),
        "source": "sql",
        "sql": "SELECT * FORM people",
    }
    page = member_client.post(f"{BASE}new/", {**sent, "next": "1"}).content.decode()
    assert 'data-testid="import-sql-error"' in page
    sent |= {"source": "table", "table": "people"}
    preview = member_client.post(
        f"{BASE}new/", {**sent, "preview": "1"}, headers={"HX-Request": "true"}
    )
    assert "gold" in preview.content.decode()
    to_map = member_client.post(f"{BASE}new/", {**sent, "next": "1"}).url
    member_client.post(to_map, {"switch": "profiles"})
    answers = {
        "identity_column": "user_id",
        "cursor": "timestamp:updated_at",
        "include_1": "1",
        "name_1": "Plan",
        "type_1": "string",
    }
    page = send(member_client, to_map, {**answers, "dry_run": "1"}).content.decode()
    assert "<dt>Success</dt><dd>1</dd>" in page
    assert "stands for a missing value and is no identity" in page
    to_schedule = send(member_client, to_map, {**answers, "next": "1"}).url
    member_client.post(to_schedule, {"frequency": "manual", "when": "later", "next": "1"})
    assert Import.objects.get().status == "ready"
