"""The row is the truth: whoever carries out a test, and however often, it ends once."""

from __future__ import annotations

import datetime
import json

import pytest
from django.db import connection as database
from django.utils import timezone

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.lease import claim
from integrations import selectors, testing
from integrations.models import Connection, CredentialTest
from integrations.partners.gcs.forms import config_text
from integrations.partners.google.keys import parse_key
from integrations.services import connection_store_key
from integrations.testing import credential_test_run

Purpose, Status = CredentialTest.Purpose, CredentialTest.Status


@pytest.fixture
def rung(monkeypatch):
    """What the queue was given."""
    calls = []
    monkeypatch.setattr(
        testing, "ring", lambda task, *args, **options: calls.append((task, args, options["queue"]))
    )
    monkeypatch.setattr(testing, "waiting", lambda queue: 0, raising=False)
    return calls


@pytest.fixture
def key_file(sandbox):
    sandbox.create_bucket("exports")
    return sandbox.create_service_account(buckets=["exports"])


@pytest.fixture
def start(account, member, key_file, endpoint_urls, rung):
    def begin(nickname="Main bucket"):
        key = parse_key(json.dumps(key_file), endpoint_urls)
        wish = testing.Wish(
            Purpose.ADD, "google-cloud", nickname, "exports", config_text("exports", key)
        )
        batch = testing.connection_test_start(account=account, wishes=[wish], actor=member)
        return CredentialTest.objects.get(batch=batch)

    return begin


@pytest.fixture
def endpoint_urls(sandbox):
    return [f"{sandbox.url}/token"]


def stored_text(model, pk):
    """What the database holds, undecrypted."""
    with database.cursor() as cursor:
        cursor.execute(f"SELECT config FROM {model._meta.db_table} WHERE id = %s", [pk])
        return cursor.fetchone()[0]


pytestmark = pytest.mark.services


def test_a_job_holds_an_id_and_nothing_else(start, rung):
    test = start()

    assert rung == [("integrations.tasks.run_credential_test", (test.pk,), "high")]


def test_a_draft_is_encrypted_and_forgotten_when_its_test_is_over(start, key_file):
    test = start()
    draft = stored_text(CredentialTest, test.pk)
    credential_test_run(test_id=test.pk)

    assert draft.startswith("gAAAA")
    assert "PRIVATE" not in draft
    assert stored_text(CredentialTest, test.pk) == ""
    assert stored_text(Connection, Connection.objects.get().pk).startswith("gAAAA")


def test_a_draft_that_fails_is_forgotten_too(start, sandbox, key_file):
    test = start()
    sandbox.grant("exports", key_file["client_email"])
    credential_test_run(test_id=test.pk)

    test.refresh_from_db()
    assert (test.status, test.config) == (Status.FAILED, "")
    assert not Connection.objects.exists()


def test_a_test_carried_out_twice_saves_once(start):
    test = start()
    credential_test_run(test_id=test.pk)
    credential_test_run(test_id=test.pk)

    assert Connection.objects.count() == 1
    test.refresh_from_db()
    assert (test.status, test.fence) == (Status.PASSED, 1)


def test_a_test_that_another_worker_has_is_left_alone(start):
    test = start()
    claim(test)

    credential_test_run(test_id=test.pk)

    assert not Connection.objects.exists()


def test_an_abandoned_test_is_rung_again_and_finished(start, rung):
    test = start()
    claim(test)
    past = timezone.now() - datetime.timedelta(seconds=1)
    CredentialTest.objects.update(lease_until=past, status=Status.RUNNING)
    rung.clear()

    testing.ring_waiting_tests()
    credential_test_run(test_id=test.pk)

    assert [args for _, args, _ in rung] == [(test.pk,)]
    assert Connection.objects.count() == 1


def test_a_ring_that_nobody_heard_is_repeated(start, rung):
    test = start()
    CredentialTest.objects.update(created_at=timezone.now() - datetime.timedelta(seconds=10))
    rung.clear()

    testing.ring_waiting_tests()

    assert [args for _, args, _ in rung] == [(test.pk,)]


def test_a_worker_that_lost_its_claim_saves_nothing(start, monkeypatch):
    test = start()
    real = testing.finish

    def late(test, lease, verdict):
        CredentialTest.objects.filter(pk=test.pk).update(fence=9)
        real(test, lease, verdict)

    monkeypatch.setattr(testing, "finish", late)
    credential_test_run(test_id=test.pk)

    assert not Connection.objects.exists()


def test_a_test_that_kills_its_workers_ends(start):
    test = start()
    past = timezone.now() - datetime.timedelta(seconds=1)
    CredentialTest.objects.update(fence=3, lease_until=past, status=Status.RUNNING)

    credential_test_run(test_id=test.pk)

    test.refresh_from_db()
    assert (test.status, test.problem["code"]) == (Status.FAILED, "test_interrupted")
    assert test.config == ""


def test_a_nickname_taken_while_the_test_ran_is_told_beside_its_field(start):
    first, second = start(), start()
    credential_test_run(test_id=first.pk)
    credential_test_run(test_id=second.pk)

    second.refresh_from_db()
    assert (second.status, second.problem["code"]) == (Status.FAILED, "nickname_taken")
    assert Connection.objects.count() == 1


def test_a_plan_that_ended_while_it_waited_stops_the_job(start, account, sandbox):
    test = start()
    Account.objects.update(plan=Account.Plan.ESSENTIALS)
    sandbox.console.clear_journal()
    credential_test_run(test_id=test.pk)

    test.refresh_from_db()
    assert test.problem["code"] == "feature_missing"
    assert sandbox.operations() == []


def test_a_test_that_is_gone_is_no_error(db):
    credential_test_run(test_id=12345)
    assert not CredentialTest.objects.exists()


def test_connections_are_tested_daily_one_test_at_a_time(account, key_file, connection_of, rung):
    connection = connection_of(account, key_file)
    testing.connections_test_daily()
    fresh = CredentialTest.objects.count()
    Connection.objects.update(last_tested_at=timezone.now() - datetime.timedelta(days=2))
    testing.connections_test_daily()
    testing.connections_test_daily()

    assert fresh == 0
    test = CredentialTest.objects.get()
    assert (test.connection_id, test.purpose, test.created_by) == (
        connection.pk,
        Purpose.RETEST,
        None,
    )
    credential_test_run(test_id=test.pk)
    connection.refresh_from_db()
    assert timezone.now() - connection.last_tested_at < datetime.timedelta(minutes=1)


def test_a_run_that_was_refused_has_its_connection_tested_once(
    account, key_file, connection_of, rung
):
    connection = connection_of(account, key_file)

    testing.connection_test_after_refusal(connection=connection)
    testing.connection_test_after_refusal(connection=connection)

    assert CredentialTest.objects.count() == 1


def test_a_key_ring_that_lost_its_key_is_told(account, key_file, connection_of, rung, settings):
    connection = connection_of(account, key_file)
    settings.PARTNERS_SECRET_KEYS = ["A" * 43 + "="]
    wish = testing.retest(selectors.connection_list(account=account).get())
    batch = testing.connection_test_start(account=account, wishes=[wish], actor=None)
    test = CredentialTest.objects.defer("config").get(batch=batch)

    credential_test_run(test_id=test.pk)

    assert CredentialTest.objects.defer("config").get().problem["code"] == "secret_unreadable"
    connection = selectors.connection_list(account=account).get()
    assert "cannot be decrypted" in connection.failure_message


def test_no_log_line_holds_a_secret(start, key_file, caplog):
    with caplog.at_level("DEBUG"):
        credential_test_run(test_id=start().pk)

    assert "credential_test_finished" in caplog.text
    assert key_file["private_key"].split("\n")[4] not in caplog.text


def test_while_rings_wait_no_more_are_added(start, rung, monkeypatch):
    start()
    CredentialTest.objects.update(created_at=timezone.now() - datetime.timedelta(seconds=10))
    rung.clear()
    monkeypatch.setattr(testing, "waiting", lambda queue: 3)

    testing.ring_waiting_tests()

    assert rung == []


def test_a_test_of_the_old_key_says_nothing_of_the_new_one(
    account, sandbox, key_file, connection_of, monkeypatch, rung
):
    connection = connection_of(account, sandbox.create_service_account("without-rights"))
    batch = testing.connection_test_start(
        account=account, wishes=[testing.retest(connection)], actor=None
    )
    real = testing.finish

    def late(test, lease, verdict):
        saved = Connection.objects.get(pk=connection.pk)
        text = config_text("exports", parse_key(json.dumps(key_file), [key_file["token_uri"]]))
        connection_store_key(connection=saved, config_text=text, actor=None)
        real(test, lease, verdict)

    monkeypatch.setattr(testing, "finish", late)
    test = CredentialTest.objects.get(batch=batch)
    credential_test_run(test_id=test.pk)

    test.refresh_from_db()
    connection.refresh_from_db()
    assert test.status == Status.FAILED
    assert connection.failing_since is None
