"""The credential test against the sandbox: each thing that can be wrong fails its own step."""

from __future__ import annotations

import json

import pytest

from clevertap_partners.core.errors import PermanentError, TransientError
from integrations.partners.checking import CheckStep, Finding, Outcome, run_steps
from integrations.partners.gcs.checks import GcsProbe
from integrations.partners.gcs.config import GoogleEndpoints

pytestmark = pytest.mark.services


@pytest.fixture
def key_file(sandbox, bucket):
    return sandbox.create_service_account(buckets=[bucket])


@pytest.fixture
def run(endpoints):
    """Carry out all the steps on a key file; the results, in order from 1."""

    def carry_out(key_file, bucket="exports", endpoints=endpoints):
        text = json.dumps({"bucket_name": bucket, "key": key_file})
        probe = GcsProbe(text, endpoints)
        results = dict(enumerate(run_steps(probe.steps()), start=1))
        probe.close()
        return results

    return carry_out


def failed(results):
    """The number and the code of the step that failed; all later ones were skipped."""
    numbers = [number for number, each in results.items() if each.outcome is Outcome.FAILED]
    assert len(numbers) == 1
    assert all(
        each.outcome is Outcome.SKIPPED for number, each in results.items() if number > numbers[0]
    )
    return numbers[0], results[numbers[0]].code


def test_every_step_passes_with_the_least_right(sandbox, run, key_file):
    results = run(key_file)

    needed = [each.outcome for number, each in results.items() if number <= 9]
    assert needed == [Outcome.PASSED] * 9
    assert "cannot be seen with these rights" in results[7].sentence
    assert results[10].outcome is Outcome.SKIPPED


def test_it_leaves_nothing_in_the_bucket(sandbox, bucket, run, key_file):
    run(key_file)

    assert sandbox.names(bucket) == []


def test_it_sees_more_with_more_rights_and_reports_what_is_too_much(sandbox, bucket, run, key_file):
    sandbox.grant(bucket, key_file["client_email"], "roles/storage.admin")
    sandbox.console.set_retention(bucket, 30 * 86_400)
    sandbox.console.lock_retention(bucket)

    results = run(key_file)

    assert results[7].sentence == "exports is there."
    assert "delete and overwrite objects" in results[9].sentence
    assert "--role=roles/storage.objectCreator" in results[9].command
    assert "kept for 30 days, locked" in results[10].sentence
    assert "owner of the bucket pays" in results[11].sentence


def test_a_text_without_a_key_fails_the_first_step(endpoints):
    results = dict(enumerate(run_steps(GcsProbe("not json", endpoints).steps()), start=1))

    assert failed(results) == (1, "key_not_json")


@pytest.mark.parametrize(
    ("change", "step", "code"),
    [
        ({"type": "authorized_user"}, 2, "key_kind"),
        ({"client_email": ""}, 2, "key_fields_missing"),
        ({"private_key": "-----BEGIN PRIVATE KEY-----\nMIIE"}, 3, "key_private_key"),
        ({"token_uri": "https://evil.example/token"}, 4, "key_token_address"),
    ],
)
def test_a_wrong_key_fails_before_anybody_is_called(sandbox, run, key_file, change, step, code):
    assert failed(run(key_file | change)) == (step, code)
    assert sandbox.operations() == []


def test_a_token_address_that_is_allowed_no_more_is_not_called(sandbox, run, key_file):
    endpoints = GoogleEndpoints(("https://oauth2.googleapis.com/token",), sandbox.url)

    assert failed(run(key_file, endpoints=endpoints)) == (4, "key_token_address")
    assert sandbox.operations() == []


@pytest.mark.parametrize(
    ("answer", "code", "sentence"),
    [
        ("encryption_enforcement", "encryption_enforcement", "kind of encryption"),
        ("public_access_prevention", "request_refused", "status 412"),
    ],
)
def test_a_condition_of_the_bucket_is_told_and_is_no_taken_name(
    sandbox, run, key_file, answer, code, sentence
):
    sandbox.console.let_google_answer(answer, bucket="exports")

    results = run(key_file)

    assert failed(results) == (8, code)
    assert sentence in results[8].sentence


@pytest.mark.parametrize("answer", ["portal_401", "portal_403", "portal_404"])
@pytest.mark.parametrize(("calls", "step"), [("^/storage/", 7), ("^/upload/", 8), ("^/token", 6)])
def test_a_page_of_a_proxy_is_ours_to_mend(sandbox, run, key_file, answer, calls, step):
    sandbox.add_fault(answer=answer, path=calls)

    results = run(key_file)

    assert failed(results) == (step, "unreachable")
    assert results[step].may_pass_later


def test_a_wrong_clock_is_ours_to_mend(sandbox, run, key_file):
    sandbox.console.set_clock_skew(3600)

    results = run(key_file)

    assert failed(results) == (5, "clock_skew")
    assert results[5].may_pass_later
    assert "60 minutes apart" in results[5].sentence


def test_a_deleted_key_fails_the_token(sandbox, run, key_file):
    sandbox.console.delete_key(key_file["client_email"], key_file["private_key_id"])

    results = run(key_file)

    assert failed(results) == (6, "key_deleted")
    assert results[6].field == "service_account_key"
    assert results[6].command.startswith("gcloud iam service-accounts keys create")
    assert results[6].help_url == "https://cloud.google.com/iam/docs/keys-create-delete"


@pytest.mark.parametrize("how", ["disable_account", "delete_account"])
def test_a_disabled_or_deleted_account_fails_the_token(sandbox, run, key_file, how):
    getattr(sandbox.console, how)(key_file["client_email"])

    assert failed(run(key_file)) == (6, "account_not_found")


def test_a_bucket_that_is_not_there_fails_its_step(sandbox, run, key_file):
    results = run(key_file, bucket="exporst")

    number, code = failed(results)
    assert (number, code) == (7, "bucket_not_found")
    assert results[number].field == "bucket_name"


def test_a_bucket_of_somebody_else_fails_to_take_objects(sandbox, run, key_file):
    sandbox.create_bucket("theirs")

    results = run(key_file, bucket="theirs")

    assert failed(results) == (8, "permission_missing")
    assert "belongs to somebody else" in results[8].sentence
    assert results[8].command.startswith(
        "gcloud storage buckets add-iam-policy-binding gs://theirs"
    )


def test_rights_to_read_alone_are_not_enough(sandbox, bucket, run, key_file):
    sandbox.grant(bucket, key_file["client_email"], "roles/storage.objectViewer")

    assert failed(run(key_file)) == (8, "permission_missing")


def test_a_bucket_whose_requester_pays_is_billed_to_the_project_of_the_key(
    sandbox, bucket, endpoints, key_file
):
    sandbox.console.set_requester_pays(bucket, True)
    probe = GcsProbe(json.dumps({"bucket_name": bucket, "key": key_file}), endpoints)

    results = list(run_steps(probe.steps()))

    assert results[7].outcome is Outcome.PASSED
    assert f"billed to {key_file['project_id']}" in results[10].sentence
    assert json.loads(probe.config_text())["user_project"] == key_file["project_id"]


def test_a_fault_of_google_is_not_held_against_the_key(sandbox, run, key_file):
    sandbox.add_fault(operation="token", action="cut", times=20)

    results = run(key_file)

    number, code = failed(results)
    assert (number, code) == (5, "unreachable")
    assert results[number].may_pass_later


def test_nothing_after_a_failure_is_even_tried():
    tried = []

    def fine():
        tried.append("fine")
        return Finding("Fine.")

    def broken():
        raise RuntimeError("must not be reached")

    def refuse():
        raise PermanentError("No.", code="no", fix="Do this:\ngcloud do this")

    results = list(
        run_steps([CheckStep("a", fine), CheckStep("b", refuse), CheckStep("c", broken)])
    )

    assert [each.outcome for each in results] == ["passed", "failed", "skipped"]
    assert (results[1].fix, results[1].command) == ("Do this:", "gcloud do this")


def test_a_report_that_cannot_be_made_fails_nothing():
    def refuse():
        raise TransientError("No.", code="no")

    results = list(run_steps([CheckStep("a", refuse, report_only=True)]))

    assert results[0].outcome is Outcome.SKIPPED


def test_its_repr_holds_no_secret(endpoints, key_file):
    assert "PRIVATE" not in repr(GcsProbe(json.dumps(key_file), endpoints))
