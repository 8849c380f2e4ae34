"""[pure] Which answer of BigQuery is which fault. The words are in `faults.py`.

Its reasons are listed at https://cloud.google.com/bigquery/docs/error-messages; the Storage Read
API answers by gRPC, which has statuses and words only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import grpc
from google.api_core import exceptions as api
from google.auth import exceptions as auth

from clevertap_partners.core.errors import PartnersError, TransientError
from clevertap_partners.core.faults import Fault, error, error_as
from clevertap_partners.core.marking import gettext_noop
from integrations.partners.bigquery import faults
from integrations.partners.google import faults as key_faults
from integrations.partners.google.answers import Answer, read_answer
from integrations.partners.google.rules import (
    VENDOR_ERRORS_OF_ANY,
    fault_of_page,
    no_answer,
    rule,
)
from integrations.partners.google.token_errors import translate_refusal
from integrations.warehouse import QueryFailed, SqlInvalid

VENDOR_ERRORS = (*VENDOR_ERRORS_OF_ANY, grpc.RpcError)
_PERMISSION = re.compile(r"\b(?:bigquery|resourcemanager|serviceusage)\.\w+\.\w+")
_TABLE = re.compile(r"[Tt]able:? `?([a-z][\w.-]*(?::[\w-]+)?)[:.](\w+)\.([^\s,`:]+)")
_DATASET = re.compile(r"[Dd]ataset:? `?([a-z][\w.-]*(?::[\w-]+)?)[:.](\w+)")
_PLACE = re.compile(r"\[(\d{1,7}):(\d{1,7})\]")
_WORDS_LENGTH = 400

IN_THE_LOG = gettext_noop("; in the audit log it is {identifier}")


@dataclass(frozen=True)
class Target:
    """Whom the words are about."""

    project_id: str
    dataset_id: str
    client_email: str


# The first rule that fits decides: the particular before the general, a status alone last.
RULES = (
    rule(key_faults.NOT_GOOGLE, 407),
    rule(key_faults.NOT_GOOGLE, 511),
    # What is read, and how much.
    rule(faults.BYTES_CAP, 0, "bytesBilledLimitExceeded"),
    rule(faults.RESOURCES_EXCEEDED, 0, "resourcesExceeded", "billingTierLimitExceeded"),
    rule(faults.TOO_LARGE_TO_RETURN, 0, "responseTooLarge"),
    rule(faults.DUPLICATE_COLUMNS, 400, words=r"^duplicate column names in the result"),
    rule(faults.PARTITION_FILTER, 400, words="without a filter over column"),
    rule(faults.SQL_INVALID, 0, "invalidQuery"),
    rule(faults.JOB_STOPPED, 0, "stopped"),
    # Quotas: one that the owner set lasts for the day, others pass.
    rule(faults.DAILY_QUOTA, 403, words=r"custom quota|quotas? set by (?:your|the) admin"),
    rule(faults.QUOTA, 0, "quotaExceeded", "rateLimitExceeded", "jobRateLimitExceeded"),
    rule(faults.QUOTA, 429),
    # What an organisation decides.
    rule(faults.SERVICE_PERIMETER, 0, "vpcServiceControls", words="^vpc ?service ?controls"),
    rule(faults.SERVICE_PERIMETER, 0, "SECURITY_POLICY_VIOLATED"),
    rule(
        faults.ORGANISATION_POLICY,
        0,
        "orgPolicyConstraintFailed",
        words=r"constraints/\w|violates? an? organi[sz]ation policy",
    ),
    rule(faults.KMS_KEY_UNUSABLE, 0, words=r"\bcloud ?kms\b|cryptoKeys/"),
    # Who pays, and whether the project is there.
    rule(faults.BILLING_OFF, 0, "billingNotEnabled"),
    rule(faults.PROJECT_UNAVAILABLE, 403, "accountDisabled", "CONSUMER_SUSPENDED"),
    rule(
        faults.API_DISABLED,
        403,
        "accessNotConfigured",
        "SERVICE_DISABLED",
        words="has not been used in project|has not enabled bigquery",
    ),
    rule(
        faults.PROJECT_NOT_FOUND,
        0,
        "CONSUMER_INVALID",
        words=r"^not found: project\b|cannot find project|^the project .{1,100} does not exist",
    ),
    rule(faults.API_DISABLED, 400, words="has not enabled bigquery"),
    # Rights.
    rule(key_faults.CREDENTIALS_REFUSED, 401),
    rule(
        faults.REQUEST_REFUSED,
        403,
        "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
        words="insufficient authentication scopes",
    ),
    rule(faults.ROW_ACCESS, 403, words="row(?:-level)? access polic|policy tag|fineGrainedGet"),
    rule(faults.MAY_NOT_RUN_JOBS, 403, words=r"\bbigquery\.jobs\.create\b"),
    rule(faults.MAY_NOT_OPEN_SESSION, 403, words=r"\bbigquery\.readsessions\.\w+"),
    rule(faults.MAY_NOT_SEE_DATASET, 403, words=r"\bbigquery\.datasets\.get\b"),
    rule(
        faults.MAY_NOT_READ_DATA,
        403,
        words=r"\bbigquery\.tables\.getData\b|permission to query table",
    ),
    rule(
        faults.SQL_NOT_ONE_SELECT,
        403,
        words=r"\bbigquery\.(?:tables|routines|models|datasets)\.(?:create|update|delete)",
    ),
    rule(faults.MAY_NOT_ELSE, 403, words=_PERMISSION.pattern),
    rule(faults.ACCESS_DENIED, 403),
    # Absent things. A session is forgotten after six hours, a job's result after a day.
    rule(faults.SESSION_EXPIRED, 0, words=r"session.{0,80}expired|^session not found"),
    rule(faults.SESSION_EXPIRED, 404, words=r"\b(?:sessions|streams)/|\bstream not found"),
    rule(faults.JOB_LOST, 404, words=r"^not found: job\b"),
    rule(faults.TABLE_NOT_FOUND, 404, words=r"^not found: table\b"),
    rule(faults.OTHER_LOCATION, 404, words=r"dataset .{1,1300} not found in location"),
    rule(faults.DATASET_NOT_FOUND, 404, words=r"^not found: dataset\b"),
    rule(faults.REQUEST_REFUSED, 404),
    # Google's own troubles.
    rule(
        faults.GOOGLE_UNAVAILABLE,
        0,
        "backendError",
        "internalError",
        "jobBackendError",
        "jobInternalError",
        "tableUnavailable",
    ),
    rule(faults.GOOGLE_UNAVAILABLE, 408),
    rule(faults.GOOGLE_UNAVAILABLE, 409),
    rule(faults.GOOGLE_UNAVAILABLE, 499),
)


def translate(vendor: Exception, target: Target) -> PartnersError:
    """The failure in our words. Raise it `from` the original."""
    if isinstance(vendor, api.RetryError) and isinstance(vendor.cause, Exception):
        return translate(vendor.cause, target)
    if isinstance(vendor, auth.RefreshError):
        return translate_refusal(vendor, target.client_email, target.project_id)
    answer = answer_of(vendor)
    if answer is None:
        return error(no_answer(vendor, faults.UNREACHABLE))
    return in_our_words(answer, target)


def in_our_words(answer: Answer, target: Target) -> PartnersError:
    fault = fault_of(answer)
    if tables_outside(answer, target) and fault in _MISSING:
        fault = faults.SQL_OUTSIDE_DATASET
    if fault is faults.SQL_INVALID:
        return sql_invalid(answer, target)
    return error(fault, **facts(answer, target))


_MISSING = (
    faults.MAY_NOT_READ_DATA,
    faults.TABLE_NOT_FOUND,
    faults.DATASET_NOT_FOUND,
    faults.OTHER_LOCATION,
)


def answer_of(vendor: Exception) -> Answer | None:
    """None when no answer came at all."""
    answer = read_answer(vendor)
    if answer is not None or not isinstance(vendor, api.GoogleAPICallError):
        return answer
    if vendor.code is None:
        return None
    if vendor.grpc_status_code is not None:
        return grpc_answer(vendor)
    reasons = tuple(str(each["reason"]) for each in vendor.errors if each.get("reason"))
    return Answer(int(vendor.code), reasons, str(vendor.message))


def grpc_answer(vendor: api.GoogleAPICallError) -> Answer:
    reason = getattr(vendor, "reason", None)
    # What no server of Google's says: something between us answered in plain HTTP.
    by_google = "http2 header" not in str(vendor.message)
    status = int(vendor.code or 0)
    return Answer(status, (reason,) if reason else (), str(vendor.message), "", by_google)


def fault_of(answer: Answer) -> Fault:
    if not answer.googles:
        return fault_of_page(answer.status, faults.GOOGLE_UNAVAILABLE)
    for one in RULES:
        if one.fits(answer):
            return one.fault
    return faults.GOOGLE_UNAVAILABLE if answer.status >= 500 else faults.REQUEST_REFUSED


def sql_invalid(answer: Answer, target: Target) -> SqlInvalid:
    """With the place of the mistake, where BigQuery names one."""
    made = error_as(SqlInvalid, faults.SQL_INVALID, **facts(answer, target))
    place = _PLACE.search(answer.message)
    if place:
        made.line, made.column = int(place[1]), int(place[2])
    return made


def job_failure(result: dict[str, str], target: Target) -> PartnersError:
    """Of a job that is over. Its id is spent: what passes, passes with another job."""
    answer = Answer(0, (str(result.get("reason", "")),), str(result.get("message", "")))
    status = next((status for word, status in _STATUSES.items() if word == answer.reason), 400)
    failure = in_our_words(Answer(status, answer.reasons, answer.message), target)
    if failure.code == faults.GOOGLE_UNAVAILABLE.code:
        return error_as(QueryFailed, faults.JOB_FAILED)
    if isinstance(failure, TransientError):
        return QueryFailed(
            failure.message,
            code=failure.code,
            fix=failure.fix,
            turn=failure.turn,
            remedy=failure.remedy,
            help_url=failure.help_url,
        )
    return failure


_STATUSES = {"accessDenied": 403, "notFound": 404, "quotaExceeded": 403, "billingNotEnabled": 403}


def facts(answer: Answer, target: Target) -> dict[str, object]:
    """What the words of any fault may need. Of Google's own text only what is a plain name,
    except what it says of the customer's SQL."""
    permission = _PERMISSION.search(answer.words)
    reason = re.fullmatch(r"[\w.]{1,60}", answer.reason)
    constraint = re.search(r"constraints/[\w.]{1,100}", answer.words)
    identifier = re.search(r"[Ii]dentifier: ([\w-]{1,200})", answer.words)
    table = _TABLE.search(answer.message)
    limit = re.search(r"bytes billed: (\d+)\. (\d+)", answer.message)
    return {
        "project_id": target.project_id,
        "dataset_id": target.dataset_id,
        "client_email": target.client_email,
        "status": answer.status,
        "reason": f", {reason.group()}" if reason else "",
        "permission": permission.group() if permission else "",
        "constraint": f" ({constraint.group()})" if constraint else "",
        "identifier": IN_THE_LOG.format(identifier=identifier.group(1)) if identifier else "",
        "table": ".".join(table.groups())
        if table
        else gettext_noop("a table of {dataset}").format(dataset=target.dataset_id),
        "tables": tables_outside(answer, target),
        "columns": ", ".join(re.findall(r"duplicate\(s\): (.{1,300})", answer.message))
        or gettext_noop("the same"),
        "needed": in_bytes(int(limit[2])) if limit else gettext_noop("the bytes it needs"),
        "allowed": in_bytes(int(limit[1])) if limit else gettext_noop("the limit"),
        "kind": gettext_noop("a statement that changes data"),
        "words": one_line(answer.message),
    }


def tables_outside(answer: Answer, target: Target) -> str:
    """The table or dataset that the answer is about, unless it is of the connection's dataset."""
    found = _TABLE.search(answer.message) or _DATASET.search(answer.message)
    if found is None or found[2].startswith("_"):
        return ""
    inside = found[1].replace(":", ".") == target.project_id.replace(":", ".")
    return "" if inside and found[2] == target.dataset_id else ".".join(found.groups())


def one_line(text: str) -> str:
    first = next(
        (line for line in text.splitlines() if line.strip()), gettext_noop("no more is known")
    )
    return "".join(char if char.isprintable() else " " for char in first)[:_WORDS_LENGTH]


def in_bytes(count: int) -> str:
    for size, unit in ((10**12, "TB"), (10**9, "GB"), (10**6, "MB")):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} bytes"
