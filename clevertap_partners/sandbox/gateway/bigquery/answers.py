"""Answers of BigQuery by name, with the statuses, reasons and words that Google gives.

https://cloud.google.com/bigquery/docs/error-messages has statuses and reasons.
"""

from __future__ import annotations

from clevertap_partners.sandbox.gateway.named import Answer

# Patterns of the calls that can get an answer: every call, those that start a job, a job's result.
ANY = r"^/bigquery/v2/"
STARTS = r"^/bigquery/v2/projects/[^/]+/(jobs|queries)\?"
RESULTS = r"^/bigquery/v2/projects/[^/]+/queries/"


def _answer(title: str, status: int, reason: str, message: str, calls: str = STARTS) -> Answer:
    return Answer(title, status, reason, message, calls=calls)


BIGQUERY_ANSWERS: dict[str, Answer] = {
    "bq_invalid_query": _answer(
        "Query is not valid",
        400,
        "invalidQuery",
        'Syntax error: Unexpected identifier "SELEC" at [1:1]',
    ),
    "bq_invalid": _answer("Request is not valid", 400, "invalid", "Required parameter is missing"),
    "bq_resources_exceeded": _answer(
        "Query needs too much",
        400,
        "resourcesExceeded",
        "Resources exceeded during query execution: The query could not be executed in the "
        "allotted memory.",
        RESULTS,
    ),
    "bq_bytes_billed": _answer(
        "More bytes than the query may read",
        400,
        "bytesBilledLimitExceeded",
        "Query exceeded limit for bytes billed: 1000000. 10485760 or higher required.",
    ),
    "bq_auth_error": _answer(
        "Token is not accepted",
        401,
        "authError",
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login "
        "cookie or other valid authentication credential.",
        ANY,
    ),
    "bq_access_denied": _answer(
        "Access denied",
        403,
        "accessDenied",
        "Access Denied: Project demo: User does not have bigquery.jobs.create permission in "
        "project demo.",
    ),
    "bq_account_disabled": _answer(
        "Billing account is disabled",
        403,
        "accountDisabled",
        "The billing account for the owning project is disabled in state absent",
        ANY,
    ),
    "bq_billing_not_enabled": _answer(
        "Billing is off",
        403,
        "billingNotEnabled",
        "Access Denied: BigQuery BigQuery: Billing has not been enabled for this project. Enable "
        "billing at https://console.cloud.google.com/billing.",
        ANY,
    ),
    "bq_blocked": _answer(
        "Blocked by Google",
        403,
        "blocked",
        "BigQuery has temporarily denylisted the operation you attempted to perform.",
        ANY,
    ),
    "bq_api_disabled": _answer(
        "BigQuery API is off",
        403,
        "accessNotConfigured",
        "BigQuery API has not been used in project 100000000000 before or it is disabled. Enable "
        "it by visiting https://console.developers.google.com/apis/api/bigquery.googleapis.com, "
        "then retry.",
        ANY,
    ),
    "bq_quota_exceeded": _answer(
        "Quota is used up",
        403,
        "quotaExceeded",
        "Quota exceeded: Your project exceeded quota for free query bytes scanned.",
    ),
    "bq_custom_quota_exceeded": _answer(
        "The project's own daily limit is used up",
        403,
        "quotaExceeded",
        "Custom quota exceeded: Your usage exceeded the custom quota for QueryUsagePerDay, which "
        "is set by your administrator.",
    ),
    "bq_rate_limit": _answer(
        "Rate limit",
        403,
        "rateLimitExceeded",
        "Exceeded rate limits: too many concurrent queries for this project_and_region.",
    ),
    "bq_response_too_large": _answer(
        "Answer is too large",
        403,
        "responseTooLarge",
        "Response too large to return. Consider specifying a destination table in your job "
        "configuration.",
        RESULTS,
    ),
    "bq_organisation_policy": _answer(
        "Service perimeter (VPC Service Controls)",
        403,
        "accessDenied",
        "VPC Service Controls: Request is prohibited by organization's policy. "
        "vpcServiceControlsUniqueIdentifier: Xk3sandbox0WbT2-vpc_identifier.",
        ANY,
    ),
    "bq_policy_violation": _answer(
        "Organisation policy",
        403,
        "policyViolation",
        "Operation denied by org policy: constraints/gcp.restrictServiceUsage",
        ANY,
    ),
    "bq_not_found": _answer(
        "Dataset does not exist",
        404,
        "notFound",
        "Not found: Dataset demo:shop was not found in location US",
    ),
    "bq_duplicate": _answer(
        "Job exists already", 409, "duplicate", "Already Exists: Job demo:US.job"
    ),
    "bq_stopped": _answer(
        "Job was cancelled", 400, "stopped", "Job execution was cancelled: User requested", RESULTS
    ),
    "bq_job_backend_error": _answer(
        "Job failed by Google's trouble",
        400,
        "jobBackendError",
        "The job encountered an error during execution. Retrying the job may solve the problem.",
        RESULTS,
    ),
    "bq_internal_error": _answer(
        "Internal error",
        500,
        "internalError",
        "An internal error occurred and the request could not be completed.",
        ANY,
    ),
    "bq_backend_error": _answer(
        "Backend error",
        500,
        "backendError",
        "Error encountered during execution. Retrying may solve the problem.",
        ANY,
    ),
    "bq_unavailable": _answer("Unavailable", 503, "backendError", "Backend Error", ANY),
    "bq_bad_gateway": Answer("Bad gateway", 502, form="html", calls=ANY),
    "bq_portal": Answer("A page in Google's place, with status 200", 200, form="html", calls=ANY),
    "bq_portal_403": Answer("A page of a proxy: forbidden", 403, form="html", calls=ANY),
}
