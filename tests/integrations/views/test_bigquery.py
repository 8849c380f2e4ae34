"""The BigQuery drawer: a database is connected by its form, tried, tested and saved."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from integrations.models import Connection, CredentialTest
from integrations.partners.bigquery.config import config_from_text
from integrations.partners.bigquery.partner import endpoints

URL = "/100000000/settings/partners/bigquery/"
ADD = f"{URL}?blocks=1"
LIST = "/100000000/settings/partners/"


@pytest.fixture(autouse=True)
def _feature(account):
    account.bigquery_import = True
    account.save()


@pytest.fixture
def typed(key_text):
    return {
        "connection_name": "Shop",
        "project_id": "partners-sandbox",
        "dataset_id": "shop",
        "key_tab": "text",
        "service_account_key": key_text,
    }


@pytest.fixture
def sandbox_typed(typed, bigquery):
    shop = bigquery.create_dataset("shop")
    bigquery.run_sql("CREATE TABLE users AS SELECT 1 AS id, 'Ada' AS name")
    key = bigquery.create_account(datasets=[shop])
    return typed | {"service_account_key": json.dumps(key)}


def test_the_card_tells_what_it_is_for_and_leads_to_the_drawer(member_client):
    page = member_client.get(LIST).content.decode()

    assert 'data-testid="partner-card-bigquery"' in page
    assert f'href="{URL}"' in page


@pytest.mark.parametrize("asked", ["9" * 5000, "٣", "²", "-1", ""])
def test_a_number_of_blocks_that_is_none_is_as_good_as_nothing(member_client, asked):
    assert member_client.get(URL, {"blocks": asked}).status_code == 200
    more = member_client.get(URL, {"add": asked}, headers={"HX-Request": "true"})
    assert more.status_code == 200


def test_the_form_opens_by_a_link_of_its_own(member_client):
    closed = member_client.get(URL).content.decode()
    opened = member_client.get(ADD).content.decode()

    assert 'data-testid="bigquery-add"' in closed
    assert "bq-name" not in closed
    for testid in ("bq-name", "bq-project", "bq-dataset", "bq-key-file", "bq-key-text"):
        assert f'data-testid="{testid}"' in opened
    for testid in ("bq-tab-file", "bq-tab-text", "bq-test", "bq-save"):
        assert f'data-testid="{testid}"' in opened


@pytest.mark.services
def test_a_database_that_works_is_saved(member_client, sandbox_typed, run_tests, account):
    waiting = member_client.post(URL, sandbox_typed)
    run_tests()
    done = member_client.get(waiting.url, follow=True)

    saved = Connection.objects.get()
    assert (saved.partner, saved.nickname, saved.target) == (
        "bigquery",
        "Shop",
        "partners-sandbox.shop",
    )
    assert saved.account == account
    assert "Credentials Saved" in done.content.decode()
    assert 'data-testid="partner-tag-bigquery"' in done.content.decode()
    assert config_from_text(saved.config, endpoints()).dataset_id == "shop"


@pytest.mark.services
def test_the_key_may_be_a_file_and_gives_the_project_where_none_is_typed(
    member_client, sandbox_typed, run_tests
):
    file = SimpleUploadedFile("key.json", sandbox_typed["service_account_key"].encode())
    form = sandbox_typed | {"key_tab": "file", "project_id": "", "service_account_key": ""}

    member_client.post(URL, form | {"service_account_key_file": file})
    run_tests()

    assert Connection.objects.get().target == "partners-sandbox.shop"


@pytest.mark.services
def test_testing_saves_nothing_and_keeps_no_secret(member_client, sandbox_typed, run_tests):
    waiting = member_client.post(URL, sandbox_typed | {"action": "test"})
    run_tests()
    page = member_client.get(waiting.url).content.decode()

    assert not Connection.objects.exists()
    test = CredentialTest.objects.get()
    assert (test.status, test.config) == ("passed", "")
    assert "Nothing is saved yet" in page
    assert 'value="Shop"' in page
    assert 'data-testid="bq-save"' in page


def test_with_htmx_a_test_leaves_the_form_alone(member_client, typed):
    response = member_client.post(URL, typed | {"action": "test"}, headers={"HX-Request": "true"})

    assert response["HX-Retarget"] == "#trial"
    assert 'hx-trigger="every 1s"' in response.content.decode()
    assert "bq-name" not in response.content.decode()


@pytest.mark.services
def test_a_dataset_that_is_missing_is_told_beside_its_field(
    member_client, sandbox_typed, run_tests
):
    waiting = member_client.post(URL, sandbox_typed | {"dataset_id": "shopp"})
    run_tests()
    page = member_client.get(waiting.url).content.decode()

    assert not Connection.objects.exists()
    assert 'data-testid="bq-dataset-error"' in page
    assert "There is no dataset shopp in the project partners-sandbox." in page
    assert sandbox_typed["service_account_key"][100:200] not in page


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"connection_name": ""}, "Give the connection a name."),
        ({"dataset_id": ""}, "Enter the id of the dataset."),
        ({"dataset_id": "partners-sandbox.shop"}, "Did you mean shop?"),
        ({"project_id": "123456789"}, "This is a project number"),
        ({"project_id": "My Project"}, "has no capital letters"),
        ({"service_account_key": ""}, "Paste the service account key, or choose its file."),
        ({"service_account_key": "{"}, "The key is not JSON"),
        ({"key_tab": "file"}, "Choose the key file, or paste the key on the other tab."),
    ],
)
def test_bad_input_is_told_beside_its_field_and_what_was_typed_stays(
    member_client, typed, change, words
):
    page = member_client.post(URL, typed | change).content.decode()

    assert words in page
    assert not CredentialTest.objects.exists()
    assert "PRIVATE KEY-----\\n" not in page
    if "connection_name" not in change:
        assert 'value="Shop"' in page


def test_a_name_that_a_bucket_has_is_taken(member_client, typed, account, connection_of, key_file):
    connection_of(account, key_file, nickname="shop")

    page = member_client.post(URL, typed).content.decode()

    assert "Another connection of this account has this name." in page


def test_without_the_feature_every_address_refuses(member_client, account, database, typed):
    account.bigquery_import = False
    account.save()
    one = f"{LIST}connections/{database.pk}"

    for url in (URL, f"{one}/rename/", f"{one}/replace-key/", f"{one}/delete/"):
        assert member_client.get(url).status_code == 403
    assert member_client.post(URL, typed).status_code == 403
    assert member_client.post(f"{one}/test/").status_code == 403
    assert member_client.get(f"{LIST}imports/connections/").status_code == 403


def test_a_viewer_sees_databases_and_may_change_nothing(viewer_client, database, typed):
    page = viewer_client.get(URL).content.decode()

    assert "partners-sandbox.shop" in page
    assert "bigquery-add" not in page
    assert viewer_client.post(URL, typed).status_code == 403


@pytest.mark.services
def test_a_new_key_takes_the_place_of_the_old_one(
    member_client, sandbox_typed, database, run_tests
):
    old = database.key_id
    member_client.post(
        f"{LIST}connections/{database.pk}/replace-key/",
        {"key_tab": "text", "service_account_key": sandbox_typed["service_account_key"]},
    )
    run_tests()

    database.refresh_from_db()
    assert database.key_id != old
    assert database.target == "partners-sandbox.shop"


def test_deleting_speaks_of_imports_and_the_dataset(member_client, database):
    page = member_client.get(f"{LIST}connections/{database.pk}/delete/").content.decode()

    assert "No import uses it." in page
    assert "The dataset partners-sandbox.shop and the tables in it stay as they are." in page


def test_renaming_speaks_of_the_database(member_client, database):
    url = f"{LIST}connections/{database.pk}/rename/"
    response = member_client.post(url, {"nickname": "Store"}, follow=True)

    assert "The database is now called Store." in response.content.decode()
