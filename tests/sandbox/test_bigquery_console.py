"""BigQuery in the console: a newcomer's key, datasets, tables, roles."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.services import BigQuery

pytestmark = [pytest.mark.services, pytest.mark.django_db]
EMAIL = "importer@partners-sandbox.iam.gserviceaccount.com"


@pytest.fixture
def shop(bigquery: BigQuery) -> BigQuery:
    bigquery.create_dataset("shop")
    bigquery.run_sql(
        "CREATE TABLE people AS SELECT 1 AS id, '<b>Ada</b>' AS name, ['a', 'b'] AS tags, "
        "STRUCT(2 AS x) AS place UNION ALL SELECT 2, NULL, [], NULL"
    )
    return bigquery


@pytest.fixture
def person(client: Client) -> Client:
    client.force_login(User.objects.create_user("newcomer"))
    return client


def page(person: Client, view: str, *args: str) -> str:
    response = person.get(reverse(view, args=args))
    assert response.status_code == 200
    return response.content.decode()


def post(person: Client, view: str, *args: str, **data: Any) -> Any:
    return person.post(reverse(view, args=args), data)


def test_the_newcomers_way_ends_with_rows(shop: BigQuery, person: Client) -> None:
    """What is filled in and ticked already makes a key that an import can use."""
    shown = page(person, "sandbox_bigquery")
    (name,) = re.findall(r'<input[^>]*name="key-name"[^>]*value="([^"]+)"', shown) or re.findall(
        r'<input[^>]*value="([^"]+)"[^>]*name="key-name"', shown
    )
    ticked = re.findall(r'<input[^>]*name="key-datasets"[^>]*value="([^"]+)"[^>]*checked', shown)
    assert (name, ticked) == ("importer", ["shop"])
    made = post(person, "sandbox_import_key_create", **{"key-name": name, "key-datasets": ticked})
    key = json.loads(made.getvalue())
    assert key["client_email"] == EMAIL
    rows = shop.client(key).query("SELECT id FROM shop.people").result()
    assert rows.total_rows == 2
    assert 'value="importer-2"' in page(person, "sandbox_bigquery")


def test_a_dataset_shows_its_tables(shop: BigQuery, person: Client) -> None:
    shown = page(person, "sandbox_dataset", "shop")
    row = shown.split('data-testid="sandbox-table-row-people"')[1].split("</tr>")[0]
    assert re.findall(r'<td class="num">([^<]+)</td>', row)[0] == "2"


def test_a_table_shows_its_columns_and_first_rows(shop: BigQuery, person: Client) -> None:
    shown = page(person, "sandbox_table", "shop", "people")
    assert "&lt;b&gt;Ada&lt;/b&gt;" in shown
    assert "STRING, repeated" in shown
    assert "RECORD (x INTEGER)" in shown
    assert shown.count('data-testid="sandbox-preview-row-') == 2
    assert "NULL" in shown


def test_a_button_gives_a_role_and_takes_it_away(shop: BigQuery, person: Client) -> None:
    key = shop.create_account(roles=())
    for role in ("roles/bigquery.jobUser", "roles/bigquery.dataViewer"):
        asked = {"email": EMAIL, "role": role}
        assert post(person, "sandbox_dataset_role", "shop", **asked).status_code == 302
    assert shop.client(key).query("SELECT id FROM shop.people").result().total_rows == 2
    (account,) = shop.sandbox.console.accounts()
    assert account["project_roles"] == ["roles/bigquery.jobUser"]
    assert account["datasets"] == {"partners-sandbox:shop": ["roles/bigquery.dataViewer"]}
    held = re.findall(
        r'aria-pressed="true" data-testid="sandbox-role-', page(person, "sandbox_dataset", "shop")
    )
    assert len(held) == 2
    post(person, "sandbox_dataset_role", "shop", email=EMAIL, role="roles/bigquery.jobUser")
    assert shop.sandbox.console.accounts()[0]["project_roles"] == []
    assert "roles/bigquery.dataViewer" in page(person, "sandbox_account", EMAIL)


def test_a_dataset_is_made_and_deleted(shop: BigQuery, person: Client) -> None:
    asked = {"dataset-name": "mine", "dataset-location": "US"}
    made = post(person, "sandbox_dataset_create", **asked)
    assert made["Location"] == reverse("sandbox_dataset", args=["mine"])
    again = post(person, "sandbox_dataset_create", **asked)
    assert "exists already" in again.content.decode()
    assert "Delete dataset" in page(person, "sandbox_dataset_delete", "mine")
    post(person, "sandbox_dataset_delete", "mine")
    assert [one["name"] for one in shop.sandbox.console.datasets()] == ["shop"]


def test_a_table_is_dropped(shop: BigQuery, person: Client) -> None:
    assert "Drop table" in page(person, "sandbox_table_drop", "shop", "people")
    post(person, "sandbox_table_drop", "shop", "people")
    assert shop.tables() == []


@pytest.mark.parametrize(
    ("view", "names"),
    [
        ("sandbox_dataset", ["nothing"]),
        ("sandbox_dataset_delete", ["nothing"]),
        ("sandbox_table", ["nothing", "people"]),
        ("sandbox_table", ["shop", "nothing"]),
        ("sandbox_table_drop", ["shop", "nothing"]),
    ],
)
def test_what_is_not_there_is_not_found(
    shop: BigQuery, person: Client, view: str, names: list[str]
) -> None:
    assert person.get(reverse(view, args=names)).status_code == 404


def test_it_wants_somebody_who_is_signed_in(shop: BigQuery, client: Client) -> None:
    assert client.get(reverse("sandbox_bigquery")).status_code == 302
    assert post(client, "sandbox_dataset_delete", "shop").status_code == 302
    assert shop.tables()
