"""[pure] Everything that can go wrong with a BigQuery dataset, down one page.

`errors.py` says which answer of Google is which of these; keys and signing in are in
`google/faults.py`. Named places that every fault may use: {project_id}, {dataset_id},
{client_email}.
"""

from __future__ import annotations

from functools import partial

from clevertap_partners.core.errors import Remedy, Turn
from clevertap_partners.core.faults import Fault
from integrations.partners.google.faults import GOOGLE, NOTHING

_DOCS = f"{GOOGLE}/bigquery/docs"
_GRANT_ON_PROJECT = (
    "gcloud projects add-iam-policy-binding {project_id} "
    "--member=serviceAccount:{client_email} --role="
)
GRANT_JOB_USER = f"{_GRANT_ON_PROJECT}roles/bigquery.jobUser"
GRANT_READ_SESSION = f"{_GRANT_ON_PROJECT}roles/bigquery.readSessionUser"
GRANT_DATA_VIEWER = (
    "bq add-iam-policy-binding --member=serviceAccount:{client_email} "
    "--role=roles/bigquery.dataViewer {project_id}:{dataset_id}"
)
_GIVE_DATA_VIEWER = f"Give it the role BigQuery Data Viewer on the dataset:\n{GRANT_DATA_VIEWER}"

# -- what was typed, before anybody is called ------------------------------------------------------

_typed = partial(Fault, section="Project and dataset, before anybody is called")

PROJECT_ID_INVALID = _typed(
    "project_id_invalid",
    happened="No project has such an id. {what_is_wrong}",
    fix="Use the id as the list of projects in the Google Cloud console shows it.",
    remedy=Remedy.CONNECTION,
    help_url=f"{GOOGLE}/resource-manager/docs/creating-managing-projects",
)
DATASET_ID_INVALID = _typed(
    "dataset_id_invalid",
    happened="No dataset has such an id: it holds letters, digits and underscores only.{hint}",
    fix="Enter the dataset's id alone, without its project.",
    remedy=Remedy.CONNECTION,
    help_url=f"{_DOCS}/datasets",
)

# -- the SQL of an import --------------------------------------------------------------------------

_sql = partial(Fault, section="The table or SQL of an import", remedy=Remedy.IMPORT)

SQL_INVALID = _sql(
    "sql_invalid",
    happened="BigQuery does not understand the query: {words}",
    fix="Correct the query at the place that it names.",
    help_url=f"{GOOGLE}/bigquery/docs/reference/standard-sql/query-syntax",
)
PARTITION_FILTER = _sql(
    "partition_filter_needed",
    happened="The owner of the table lets nobody read it without a condition on the column by "
    "which it is partitioned: {words}",
    fix="Import by SQL, with a WHERE on that column.",
    help_url=f"{_DOCS}/querying-partitioned-tables",
)
SQL_NOT_ONE_SELECT = _sql(
    "sql_not_one_select",
    happened="An import takes one SELECT statement; this is {kind}.",
    fix="Write a single SELECT, which may begin with WITH, and nothing that changes data.",
    help_url=f"{GOOGLE}/bigquery/docs/reference/standard-sql/query-syntax",
)
SQL_OUTSIDE_DATASET = _sql(
    "sql_outside_dataset",
    happened="The query reads {tables}, which is outside the dataset {project_id}.{dataset_id} of "
    "this connection.",
    fix="Read tables of the connection's dataset only, or connect the other dataset as well.",
)
DUPLICATE_COLUMNS = _sql(
    "duplicate_columns",
    happened="More than one column of the result is called {columns}.",
    fix="Give each column a name of its own with AS.",
)
COLUMNS_UNNAMED = _sql(
    "columns_unnamed",
    happened="A column of the result has no name.",
    fix="Give each column a name of its own with AS.",
)
COLUMNS_MISSING = _sql(
    "columns_missing",
    happened="The source has no column {columns} any more.",
    fix="Map the columns that it has now, or bring the old one back.",
)
BYTES_CAP = _sql(
    "bytes_cap",
    happened="The query would read more bytes than this account may ({needed} are more than "
    "{allowed}), so it was not run.",
    fix="Read fewer columns or fewer partitions, or ask our support to raise the limit.",
    help_url=f"{_DOCS}/best-practices-costs",
)
TABLE_NOT_FOUND = _sql(
    "table_not_found",
    happened="There is no table {table} any more, or there never was.",
    fix="Look which tables the dataset has:\nbq ls {project_id}:{dataset_id}",
    help_url=f"{_DOCS}/tables",
)
TOO_LARGE_TO_RETURN = _sql(
    "response_too_large",
    happened="The result is too large for BigQuery to return it.",
    fix="Read fewer rows or columns.",
    help_url=f"{_DOCS}/error-messages",
)
RESOURCES_EXCEEDED = _sql(
    "resources_exceeded",
    happened="The query needs more memory or time than BigQuery gives to one query.",
    fix="Simplify it: fewer joins and groupings, no ORDER BY without LIMIT.",
    help_url=f"{_DOCS}/error-messages",
)
JOB_STOPPED = _sql(
    "job_stopped",
    happened="Somebody cancelled the query in BigQuery before it was done.",
    fix="Run the import again.",
    help_url=f"{_DOCS}/managing-jobs",
)

# -- the project and the dataset, and what their owner decides -------------------------------------

_owner = partial(Fault, section="The project and the dataset, and what their owner decides")

PROJECT_NOT_FOUND = _owner(
    "project_not_found",
    happened="There is no project {project_id}, or {client_email} may not know of it.",
    fix="Enter the id exactly as the list of projects shows it:\n"
    "gcloud projects describe {project_id}",
    remedy=Remedy.CONNECTION,
    help_url=f"{GOOGLE}/resource-manager/docs/creating-managing-projects",
)
DATASET_NOT_FOUND = _owner(
    "dataset_not_found",
    happened="There is no dataset {dataset_id} in the project {project_id}.",
    fix="Enter the id exactly as the project's list shows it:\nbq ls --project_id={project_id}",
    remedy=Remedy.CONNECTION,
    help_url=f"{_DOCS}/listing-datasets",
)
OTHER_LOCATION = _owner(
    "dataset_moved",
    happened="The dataset {dataset_id} is not in the location in which we look for it.",
    fix="It may have been made anew elsewhere. Test the connection, then run the import again.",
    remedy=Remedy.CONNECTION,
    help_url=f"{_DOCS}/locations",
)
MAY_NOT_RUN_JOBS = _owner(
    "permission_missing",
    happened="{client_email} lacks the permission bigquery.jobs.create on the project "
    "{project_id}.",
    fix=f"Give it the role BigQuery Job User on the project:\n{GRANT_JOB_USER}",
    remedy=Remedy.CONNECTION,
    help_url=f"{_DOCS}/access-control",
)
MAY_NOT_SEE_DATASET = _owner(
    "permission_missing",
    happened="{client_email} lacks the permission bigquery.datasets.get on the dataset "
    "{project_id}.{dataset_id}.",
    fix=_GIVE_DATA_VIEWER,
    remedy=Remedy.CONNECTION,
    help_url=f"{_DOCS}/access-control",
)
MAY_NOT_READ_DATA = _owner(
    "permission_missing",
    happened="{client_email} lacks the permission bigquery.tables.getData on {table}, or there is "
    "no such table.",
    fix=_GIVE_DATA_VIEWER,
    remedy=Remedy.CONNECTION,
    help_url=f"{_DOCS}/access-control",
)
MAY_NOT_OPEN_SESSION = _owner(
    "read_session_forbidden",
    happened="{client_email} lacks the permission bigquery.readsessions.create on the project "
    "{project_id}.",
    fix="Imports work without it, but slower. To speed them up, give it the role BigQuery Read "
    f"Session User:\n{GRANT_READ_SESSION}",
    remedy=Remedy.CONNECTION,
    help_url=f"{_DOCS}/reference/storage",
)
MAY_NOT_ELSE = _owner(
    "permission_missing",
    happened="{client_email} lacks the permission {permission} in {project_id}.",
    fix=_GIVE_DATA_VIEWER,
    remedy=Remedy.CONNECTION,
    help_url=f"{_DOCS}/access-control",
)
ACCESS_DENIED = _owner(
    "permission_missing",
    happened="{client_email} may not do this in the project {project_id}.",
    fix=f"Give it the roles BigQuery Job User and, on the dataset, BigQuery Data Viewer:\n"
    f"{GRANT_JOB_USER}",
    remedy=Remedy.CONNECTION,
    help_url=f"{_DOCS}/access-control",
)
ROW_ACCESS = _owner(
    "row_access_policy",
    happened="A row access policy or a policy tag of {dataset_id} keeps {client_email} from "
    "reading this.",
    fix="Give it the role BigQuery Filtered Data Viewer on the policy, or Fine-Grained Reader on "
    "the tag, or leave that column out.",
    help_url=f"{_DOCS}/managing-row-level-security",
)
BILLING_OFF = _owner(
    "billing_off",
    happened="Billing is off for the project {project_id}, and the sandbox of BigQuery does not "
    "allow this.",
    fix="Link the project to an open billing account under Billing in the Google Cloud console:\n"
    "gcloud billing projects describe {project_id}",
    help_url=f"{GOOGLE}/billing/docs/how-to/modify-project",
)
PROJECT_UNAVAILABLE = _owner(
    "project_unavailable",
    happened="The project {project_id} is suspended, was deleted, or its billing account is "
    "closed.",
    fix="Look how the project stands, and restore it or have Google lift the suspension:\n"
    "gcloud projects describe {project_id}",
    help_url=f"{GOOGLE}/resource-manager/docs/creating-managing-projects",
)
API_DISABLED = _owner(
    "api_disabled",
    happened="The BigQuery API is off in the project {project_id}.",
    fix="Switch it on:\ngcloud services enable bigquery.googleapis.com "
    "bigquerystorage.googleapis.com --project={project_id}",
    help_url=f"{GOOGLE}/apis/docs/getting-started",
)
ORGANISATION_POLICY = _owner(
    "organisation_policy",
    happened="A policy of your Google Cloud organisation forbids reading {dataset_id} from here"
    "{constraint}.",
    fix="Ask the organisation's administrator to allow it for {client_email}, or to exempt the "
    "project {project_id} from the policy.",
    help_url=f"{GOOGLE}/resource-manager/docs/organization-policy/overview",
)
SERVICE_PERIMETER = _owner(
    "service_perimeter",
    happened="{project_id} lies inside a service perimeter (VPC Service Controls) that keeps us "
    "out.",
    fix="Ask the organisation's administrator for an ingress rule for {client_email} and our "
    "addresses, which the setup guide lists{identifier}.",
    help_url=f"{GOOGLE}/vpc-service-controls/docs/retrieve-troubleshoot-errors",
)
KMS_KEY_UNUSABLE = _owner(
    "kms_key_unusable",
    happened="The Cloud KMS key that encrypts {dataset_id} cannot be used: it is disabled, "
    "destroyed, gone, or BigQuery's service agent may not use it.",
    fix="Enable the key again, or give the agent the role Cloud KMS CryptoKey Encrypter/Decrypter. "
    "This shows which key it is:\nbq show {project_id}:{dataset_id}",
    help_url=f"{_DOCS}/customer-managed-encryption",
)
DAILY_QUOTA = _owner(
    "daily_quota",
    happened="The project {project_id} has used up what its owner lets it query in a day.",
    fix="Raise the custom quota (Query usage per day) under IAM & Admin, Quotas, or wait until "
    "midnight Pacific time.",
    help_url=f"{_DOCS}/custom-quotas",
)
REQUEST_REFUSED = _owner(
    "request_refused",
    happened="Google refused a request for {project_id}.{dataset_id} in a way that we do not "
    "foresee (status {status}{reason}).",
    fix="This is ours to look into, and we try again every hour. You may test the connection. If "
    "the test passes, tell our support the time and the dataset.",
    turn=Turn.US,
    help_url=f"{_DOCS}/error-messages",
)

# -- passing faults --------------------------------------------------------------------------------

_passing = partial(Fault, section="Passing faults of BigQuery", retried=True, turn=Turn.US)

UNREACHABLE = _passing(
    "unreachable",
    happened="BigQuery could not be reached, or the connection broke.",
    fix=NOTHING,
)
GOOGLE_UNAVAILABLE = _passing(
    "google_unavailable",
    happened="BigQuery had a problem of its own (status {status}).",
    fix=NOTHING,
    turn=Turn.PARTNER,
    help_url="https://status.cloud.google.com",
)
JOB_FAILED = _passing(
    "job_failed",
    happened="BigQuery gave the query up because of a problem of its own.",
    fix="Nothing to do: we begin it anew.",
    turn=Turn.PARTNER,
    help_url="https://status.cloud.google.com",
)
JOB_LOST = _passing(
    "job_lost",
    happened="BigQuery does not know the query any more that we began.",
    fix="Nothing to do: we begin it anew.",
    turn=Turn.PARTNER,
    help_url=f"{_DOCS}/managing-jobs",
)
QUOTA = _passing(
    "quota",
    happened="BigQuery asks us to slow down: a quota of the project {project_id} is used up.",
    fix="We try again by ourselves. If it stays, raise it under IAM & Admin, Quotas.",
    turn=Turn.CUSTOMER,
    help_url=f"{GOOGLE}/bigquery/quotas",
)
QUERY_SLOW = _passing(
    "query_slow",
    happened="BigQuery has not finished the query within {seconds} seconds, so we stopped it.",
    fix="Try again, or write a query that reads less.",
    turn=Turn.CUSTOMER,
    help_url=f"{_DOCS}/best-practices-performance-overview",
)
SESSION_EXPIRED = _passing(
    "session_expired",
    happened="BigQuery has closed the reading of this result, which it does after some hours.",
    fix="Nothing to do: we read what is left anew.",
    turn=Turn.PARTNER,
    help_url=f"{_DOCS}/reference/storage",
)
ANSWER_BROKEN = _passing(
    "answer_broken",
    happened="What BigQuery sent is not what it said it would send.",
    fix=NOTHING,
    turn=Turn.PARTNER,
)
