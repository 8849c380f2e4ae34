"""The test of a BigQuery connection: each thing that can be wrong stops it at its own step."""

from __future__ import annotations

import json

import pytest
from django.conf import settings

from clevertap_partners.sandbox.client import JOB_USER, PROJECT, READ_SESSION_USER
from integrations.partners.bigquery.checks import BigQueryProbe
from integrations.partners.bigquery.config import BigQueryConfig
from integrations.partners.bigquery.partner import endpoints
from integrations.partners.checking import Outcome, run_steps
from integrations.partners.google.keys import parse_key

pytestmark = pytest.mark.services
VIEWER = "roles/bigquery.dataViewer"
STEPS = 12


@pytest.fixture
def users(bigquery, shop):
    bigquery.run_sql("CREATE TABLE users AS SELECT 1 AS id")


@pytest.fixture
def results(bigquery):
    """The results of all steps, by the title of the step."""

    def make(key_file, *, dataset="shop", project=PROJECT):
        key = parse_key(json.dumps(key_file), settings.GOOGLE_TOKEN_URLS)
        probe = BigQueryProbe(BigQueryConfig(project, dataset, key).as_text(), endpoints())
        try:
            return {each.title: each for each in run_steps(probe.steps())}
        finally:
            probe.close()

    return make


def failed(results):
    return [each for each in results.values() if each.outcome is Outcome.FAILED]


def test_the_roles_of_the_guide_pass_every_step(results, importer, users, bigquery):
    found = results(importer)

    assert len(found) == STEPS
    assert {each.outcome for each in found.values()} == {Outcome.PASSED}
    assert {each.fix for each in found.values()} == {""}
    assert "in the location EU" in found["The dataset exists"].sentence
    assert bigquery.sandbox.permissions() <= {
        "bigquery.jobs.create",
        "bigquery.datasets.get",
        "bigquery.tables.list",
        "bigquery.tables.get",
        "bigquery.tables.getData",
        "bigquery.readsessions.create",
    }


def test_it_runs_no_query(results, importer, users, bigquery):
    results(importer)

    assert "bq.job.run" not in bigquery.sandbox.operations()


def test_without_the_job_role_the_project_answers_and_queries_do_not_run(
    results, importer, users, bigquery
):
    bigquery.grant_project(importer, READ_SESSION_USER)

    found = results(importer)

    [step] = failed(found)
    assert found["The project can be reached"].outcome is Outcome.PASSED
    assert (step.title, step.code) == ("Queries may be run", "permission_missing")
    assert "bigquery.jobs.create" in step.sentence
    assert step.command == (
        f"gcloud projects add-iam-policy-binding {PROJECT} "
        f"--member=serviceAccount:{importer['client_email']} --role=roles/bigquery.jobUser"
    )
    assert found["The dataset exists"].outcome is Outcome.SKIPPED


def test_a_project_that_is_not_there_fails_beside_its_field(results, importer, users):
    [step] = failed(results(importer, project="no-such-project"))

    assert step.field == "project_id"
    assert step.title in {"The project can be reached", "Queries may be run"}


def test_a_dataset_that_is_not_there_fails_beside_its_field(results, importer, users):
    [step] = failed(results(importer, dataset="shopp"))

    assert (step.title, step.field) == ("The dataset exists", "dataset_id")
    assert step.code in {"dataset_not_found", "permission_missing"}


def test_without_the_viewer_role_the_command_gives_it(results, importer, users, bigquery):
    bigquery.grant_dataset("shop", importer, "bigquery.datasets.get", "bigquery.tables.list")

    [step] = failed(results(importer))

    assert (step.title, step.code) == ("The data of its tables may be read", "permission_missing")
    assert step.command == (
        f"bq add-iam-policy-binding --member=serviceAccount:{importer['client_email']} "
        f"--role=roles/bigquery.dataViewer {PROJECT}:shop"
    )


def test_an_empty_dataset_passes_and_is_said(results, importer):
    found = results(importer)

    assert not failed(found)
    assert "has no tables yet" in found["The data of its tables may be read"].sentence
    assert found["Rows may be read fast"].outcome is Outcome.SKIPPED


def test_slow_reads_are_a_note_and_no_failure(results, importer, users, bigquery):
    bigquery.grant_project(importer, JOB_USER)

    found = results(importer)

    step = found["Rows may be read fast"]
    assert not failed(found)
    assert (step.outcome, step.sentence) == (
        Outcome.PASSED,
        "Imports work, but slower: rows are read page by page.",
    )
    assert step.command.endswith("--role=roles/bigquery.readSessionUser")


def test_more_rights_than_needed_are_a_note(results, importer, users, bigquery):
    bigquery.grant_dataset("shop", importer, "roles/bigquery.dataEditor")

    step = results(importer)["No more rights than needed"]

    assert step.outcome is Outcome.PASSED
    assert "change rows" in step.sentence
    assert "roles/bigquery.dataViewer" in step.command


def test_a_key_that_google_does_not_know_fails_before_the_project(
    results, key_file, importer, users
):
    stranger = importer | {"private_key": key_file["private_key"]}

    [step] = failed(results(stranger))

    assert (step.title, step.code) == ("Google grants a token", "key_deleted")
