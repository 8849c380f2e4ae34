"""Google's words when BigQuery refuses.

https://cloud.google.com/bigquery/docs/error-messages has the reasons.
"""

from __future__ import annotations

from clevertap_partners.sandbox.gateway.messages import GoogleError

# The status that goes with the reason of a failed job when its result is asked for.
STATUSES = {
    "accessDenied": 403,
    "accountDisabled": 403,
    "backendError": 503,
    "billingNotEnabled": 403,
    "blocked": 403,
    "duplicate": 409,
    "forbidden": 403,
    "internalError": 500,
    "jobBackendError": 400,
    "jobInternalError": 400,
    "jobRateLimitExceeded": 400,
    "notFound": 404,
    "notImplemented": 501,
    "policyViolation": 403,
    "quotaExceeded": 403,
    "rateLimitExceeded": 403,
    "responseTooLarge": 403,
    "stopped": 200,
}


def refused(reason: str, message: str) -> GoogleError:
    return GoogleError(STATUSES.get(reason, 400), message, reason=reason)


def invalid_query(message: str) -> GoogleError:
    return refused("invalidQuery", message)


def signed_out() -> GoogleError:
    return GoogleError(
        401,
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login "
        "cookie or other valid authentication credential. See "
        "https://developers.google.com/identity/sign-in/web/devconsole-project.",
        reason="authError",
    )


def project_denied(project: str, permission: str) -> GoogleError:
    text = f"User does not have {permission} permission in project {project}."
    return refused("accessDenied", f"Access Denied: Project {project}: {text}")


def dataset_denied(dataset: str, permission: str) -> GoogleError:
    text = f"Permission {permission} denied on dataset {dataset} (or it may not exist)."
    return refused("accessDenied", f"Access Denied: Dataset {dataset}: {text}")


def table_denied(table: str, permission: str) -> GoogleError:
    text = f"Permission {permission} denied on table {table} (or it may not exist)."
    return refused("accessDenied", f"Access Denied: Table {table}: {text}")


def query_denied(table: str) -> GoogleError:
    text = f"User does not have permission to query table {table}, or perhaps it does not exist."
    return refused("accessDenied", f"Access Denied: Table {table}: {text}")


def job_denied(job: str, permission: str) -> GoogleError:
    text = f"User does not have {permission} permission for job {job}."
    return refused("accessDenied", f"Access Denied: Job {job}: {text}")


def not_found(kind: str, name: str, location: str = "") -> GoogleError:
    where = f" was not found in location {location}" if location else ""
    return refused("notFound", f"Not found: {kind} {name}{where}")
