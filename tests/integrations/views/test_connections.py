"""A saved connection: test, rename, replace key, delete; by members of its account only."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from clevertap_partners.accounts.models import AuditEntry
from integrations import dependants
from integrations.models import Connection, CredentialTest
from integrations.partners.gcs.config import config_from_text
from integrations.partners.gcs.partner import endpoints

NAMES = ("connection_test", "connection_rename", "connection_replace_key", "connection_delete")


@pytest.fixture
def connection(account, key_file, connection_of):
    return connection_of(account, key_file)


@pytest.fixture
def address(connection):
    return lambda name, pk=connection.pk: reverse(name, args=[connection.account_id, pk])


@pytest.fixture
def uses(monkeypatch):
    """Stands for the app that exports: what it was asked to do, in order."""
    done = []
    monkeypatch.setattr(dependants, "_DEPENDANTS", [])
    dependants.register(
        finder=lambda connection: [f"Export 7 to {connection.nickname}"],
        stopper=lambda connection, actor: done.append(("stop", connection.pk, actor.username)),
        reviver=lambda connection: done.append(("revive", connection.pk)),
    )
    return done


@pytest.mark.parametrize("name", NAMES)
def test_nobody_else_may(name, address, viewer_client, outsider_client, client):
    assert viewer_client.post(address(name)).status_code == 403
    assert outsider_client.post(address(name)).status_code == 404
    assert client.post(address(name)).headers["Location"].startswith("/login/")
    assert Connection.objects.exists()
    assert not CredentialTest.objects.exists()


@pytest.mark.parametrize("name", NAMES)
def test_a_connection_of_another_account_is_not_found(
    name, address, member_client, other_account, key_file, connection_of
):
    theirs = connection_of(other_account, key_file)

    assert member_client.post(address(name, theirs.pk)).status_code == 404
    assert Connection.objects.count() == 2


# -- rename ----------------------------------------------------------------------------------------


def test_it_renames(member_client, address, connection):
    response = member_client.post(
        address("connection_rename"), {"nickname": "New name"}, follow=True
    )

    connection.refresh_from_db()
    assert connection.nickname == "New name"
    assert "The bucket is now called New name." in response.content.decode()
    assert AuditEntry.objects.get(action="connection renamed").subject == "Main bucket → New name"


def test_it_may_keep_its_own_name_in_other_letters(member_client, address, connection):
    member_client.post(address("connection_rename"), {"nickname": "MAIN bucket"})

    connection.refresh_from_db()
    assert connection.nickname == "MAIN bucket"


def test_a_taken_name_is_refused_and_kept_in_the_field(
    member_client, address, account, key_file, connection_of
):
    connection_of(account, key_file, nickname="Second")

    response = member_client.post(address("connection_rename"), {"nickname": "second"})

    assert response.status_code == 200
    assert 'value="second"' in response.content.decode()
    assert "has this name" in response.content.decode()


# -- delete ----------------------------------------------------------------------------------------


def test_it_lists_what_uses_the_bucket_before_it_deletes(member_client, address, uses):
    page = member_client.get(address("connection_delete")).content.decode()

    assert "Export 7 to Main bucket" in page
    assert 'data-testid="confirm-ok"' in page
    assert Connection.objects.exists()


def test_deleting_stops_what_uses_it_and_leaves_no_secret(
    member_client, member, address, connection, uses
):
    member_client.post(address("connection_test"))
    pk = connection.pk

    response = member_client.post(address("connection_delete"), follow=True)

    assert uses == [("stop", pk, member.username)]
    assert not Connection.objects.exists()
    assert not CredentialTest.objects.exists()
    assert "Main bucket was deleted" in response.content.decode()


# -- test ------------------------------------------------------------------------------------------


@pytest.fixture
def live(sandbox, account, connection_of):
    """A connection to a real bucket, and the key that it was made with."""
    sandbox.create_bucket("exports")
    key = sandbox.create_service_account(buckets=["exports"])
    return connection_of(account, key), key


def url_of(name, connection):
    return reverse(name, args=[connection.account_id, connection.pk])


@pytest.mark.services
def test_it_tests_again_and_shows_the_steps(member_client, live, run_tests):
    connection, _ = live
    started = member_client.post(url_of("connection_test", connection))
    run_tests()
    page = member_client.get(started.headers["Location"]).content.decode()

    assert "Everything that an export needs works." in page
    assert 'data-testid="check-step-8" data-outcome="passed"' in page
    connection.refresh_from_db()
    assert connection.last_test_ok
    assert connection.last_test_steps[7]["outcome"] == "passed"


@pytest.mark.services
def test_a_failed_test_is_shown_in_the_list_until_it_passes(
    member_client, sandbox, live, run_tests, uses
):
    connection, key = live
    sandbox.console.disable_account(key["client_email"])
    member_client.post(url_of("connection_test", connection))
    run_tests()
    connection.refresh_from_db()
    since = connection.failing_since
    drawer = reverse("google_cloud", args=[connection.account_id])
    failing = member_client.get(drawer).content.decode()
    sandbox.console.enable_account(key["client_email"])
    member_client.post(url_of("connection_test", connection))
    run_tests()
    connection.refresh_from_db()

    assert since is not None
    assert "was deleted or is disabled" in failing
    assert (connection.failing_since, connection.failure_message) == (None, "")
    assert uses == [("revive", connection.pk)]


@pytest.mark.services
def test_a_fault_of_google_changes_no_standing(member_client, sandbox, live, run_tests):
    connection, _ = live
    sandbox.add_fault(operation="token", action="cut", times=50)
    member_client.post(url_of("connection_test", connection))
    run_tests()
    connection.refresh_from_db()

    assert connection.failing_since is None
    assert connection.last_test_ok is None


# -- replace key -----------------------------------------------------------------------------------


@pytest.mark.services
def test_a_new_key_that_passes_takes_the_place_of_the_old(
    member_client, sandbox, live, run_tests, uses
):
    connection, old = live
    Connection.objects.update(failing_since="2026-01-01T00:00Z", failure_message="Key deleted.")
    new = sandbox.console.add_key(old["client_email"])["key"]
    started = member_client.post(
        url_of("connection_replace_key", connection), {"service_account_key-0": json.dumps(new)}
    )
    run_tests()
    page = member_client.get(started.headers["Location"]).content.decode()
    connection.refresh_from_db()

    assert "has taken the place of the old one" in page
    assert connection.key_id == new["private_key_id"]
    assert config_from_text(connection.config, endpoints()).key.private_key == new["private_key"]
    assert (connection.failing_since, connection.failure_message) == (None, "")
    assert uses == [("revive", connection.pk)]


@pytest.mark.services
def test_a_new_key_that_fails_leaves_the_old_one(member_client, sandbox, live, run_tests):
    connection, old = live
    stranger = sandbox.create_service_account("stranger")
    started = member_client.post(
        url_of("connection_replace_key", connection),
        {"service_account_key-0": json.dumps(stranger)},
    )
    run_tests()
    page = member_client.get(started.headers["Location"]).content.decode()
    connection.refresh_from_db()

    assert "so the old one was kept" in page
    assert connection.key_id == old["private_key_id"]
    assert connection.failing_since is None


def test_a_broken_new_key_is_refused_at_the_form(member_client, address):
    response = member_client.post(
        address("connection_replace_key"), {"service_account_key-0": "not json"}
    )

    assert response.status_code == 200
    assert "The key is not JSON" in response.content.decode()
