"""The gateway's /_sandbox/ interface as Python: for the console page, for tests."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from typing import Any, cast

TIMEOUT_S = 20.0
# Deleting every object of a full sandbox takes a while.
RESET_TIMEOUT_S = 120.0
SQL_TIMEOUT_S = 600.0
OBJECT_CREATOR = "roles/storage.objectCreator"
JOB_USER = "roles/bigquery.jobUser"
DATA_VIEWER = "roles/bigquery.dataViewer"
READ_SESSION_USER = "roles/bigquery.readSessionUser"
# The project of accounts, buckets and datasets where no other is named.
PROJECT = "partners-sandbox"

Json = dict[str, Any]


class SandboxRefused(Exception):
    """The gateway said no; the message is for people."""

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


class SandboxDown(Exception):
    """Nothing answers at the gateway's address."""


class SandboxClient:
    """Every method raises SandboxRefused or SandboxDown."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    # -- service accounts -------------------------------------------------------------------------
    def accounts(self) -> list[Json]:
        return cast(list[Json], self._call("GET", "accounts")["accounts"])

    def create_account(
        self,
        name: str,
        *,
        buckets: Sequence[str] = (),
        role: str = OBJECT_CREATOR,
        project_id: str = "",
        project_roles: Sequence[str] = (),
        datasets: Sequence[str] = (),
    ) -> Json:
        """{"account": …, "key": the JSON key file, given this once}.

        `project_roles` are rights on its whole project; it may view the data of `datasets`, which
        are ids like project:dataset.
        """
        asked = {
            "name": name,
            "buckets": list(buckets),
            "role": role,
            "project_id": project_id,
            "project_roles": list(project_roles),
            "datasets": list(datasets),
        }
        return self._call("POST", "accounts", asked)

    def disable_account(self, email: str) -> None:
        self._call("POST", f"accounts/{_quoted(email)}/disable")

    def enable_account(self, email: str) -> None:
        self._call("POST", f"accounts/{_quoted(email)}/enable")

    def delete_account(self, email: str) -> None:
        self._call("DELETE", f"accounts/{_quoted(email)}")

    def add_key(self, email: str) -> Json:
        """{"account": …, "key": the JSON key file, given this once}."""
        return self._call("POST", f"accounts/{_quoted(email)}/keys")

    def delete_key(self, email: str, key_id: str) -> None:
        self._call("DELETE", f"accounts/{_quoted(email)}/keys/{_quoted(key_id)}")

    def disable_key(self, email: str, key_id: str) -> None:
        self._call("POST", f"accounts/{_quoted(email)}/keys/{_quoted(key_id)}/disable")

    def enable_key(self, email: str, key_id: str) -> None:
        self._call("POST", f"accounts/{_quoted(email)}/keys/{_quoted(key_id)}/enable")

    def sign_out(self, email: str) -> None:
        """All its tokens are over, so that the next call has to fetch one with the key."""
        self._call("POST", f"accounts/{_quoted(email)}/sign_out")

    # -- buckets ----------------------------------------------------------------------------------
    def buckets(self) -> list[Json]:
        return cast(list[Json], self._call("GET", "buckets")["buckets"])

    def create_bucket(
        self,
        name: str,
        *,
        location: str = "",
        retention_s: int = 0,
        requester_pays: bool = False,
        grant_to: Sequence[str] = (),
        role: str = OBJECT_CREATOR,
    ) -> Json:
        asked = {
            "name": name,
            "location": location,
            "retention_s": retention_s,
            "requester_pays": requester_pays,
            "grant_to": list(grant_to),
            "role": role,
        }
        return self._call("POST", "buckets", asked)

    def set_retention(self, bucket: str, seconds: int) -> None:
        self._call("PATCH", f"buckets/{_quoted(bucket)}", {"retention_s": seconds})

    def lock_retention(self, bucket: str) -> None:
        self._call("POST", f"buckets/{_quoted(bucket)}/lock")

    def set_requester_pays(self, bucket: str, on: bool) -> None:
        self._call("PATCH", f"buckets/{_quoted(bucket)}", {"requester_pays": on})

    def delete_bucket(self, bucket: str) -> None:
        """Refused while it holds objects."""
        self._call("DELETE", f"buckets/{_quoted(bucket)}")

    def empty_bucket(self, bucket: str) -> Json:
        """{"deleted": n, "kept": n}: what retention holds back stays."""
        return self._call("DELETE", f"buckets/{_quoted(bucket)}/objects")

    def grant(self, bucket: str, email: str, roles: Sequence[str]) -> None:
        """Set, not add: roles or single permissions; an empty list takes all rights away."""
        asked = {"email": email, "roles": list(roles)}
        self._call("PUT", f"buckets/{_quoted(bucket)}/grants", asked)

    def hold(self, bucket: str, name: str, hold: str) -> None:
        """Put a "temporary" or "event-based" hold on an object; "" takes it off."""
        self._call("PUT", f"buckets/{_quoted(bucket)}/holds", {"object": name, "hold": hold})

    # -- objects ----------------------------------------------------------------------------------
    def objects(
        self, bucket: str, *, search: str = "", prefix: str = "", page: int = 1, per_page: int = 100
    ) -> Json:
        """{"objects": a page of resources, "total": n, "bytes": n}."""
        asked = {"search": search, "prefix": prefix, "page": page, "per_page": per_page}
        query = urllib.parse.urlencode(asked)
        return self._call("GET", f"buckets/{_quoted(bucket)}/objects?{query}")

    def object(self, bucket: str, name: str) -> Json:
        return self._call("GET", f"buckets/{_quoted(bucket)}/objects/{_quoted(name)}")

    def download(self, bucket: str, name: str) -> http.client.HTTPResponse:
        """The content as a stream to read and close."""
        return self._open("GET", f"buckets/{_quoted(bucket)}/objects/{_quoted(name)}?alt=media")

    # -- BigQuery ---------------------------------------------------------------------------------
    def start_bigquery(self) -> str:
        """Wait until it runs; the address of its Storage Read API, host:port."""
        return str(self._call("POST", "bigquery/start", timeout=RESET_TIMEOUT_S)["grpc_address"])

    def expire_read_sessions(self) -> None:
        """Those that are open are over, as six hours after they were opened."""
        self._call("POST", "bigquery/expire")

    def datasets(self) -> list[Json]:
        return cast(list[Json], self._call("GET", "datasets")["datasets"])

    def create_dataset(
        self,
        name: str,
        *,
        location: str = "",
        project_id: str = PROJECT,
        grant_to: Sequence[str] = (),
        roles: Sequence[str] = (),
    ) -> Json:
        """`grant_to` are accounts that get these roles on it."""
        asked = {
            "name": name,
            "location": location,
            "project_id": project_id,
            "grant_to": list(grant_to),
            "roles": list(roles),
        }
        return self._call("POST", "datasets", asked, timeout=RESET_TIMEOUT_S)

    def delete_dataset(self, name: str, *, project_id: str = PROJECT) -> None:
        """With all its tables."""
        self._call("DELETE", _dataset(project_id, name))

    def grant_project(self, email: str, roles: Sequence[str], *, project_id: str = PROJECT) -> None:
        """Set, not add: roles or single permissions; an empty list takes all rights away."""
        asked = {"email": email, "roles": list(roles)}
        self._call("PUT", f"projects/{_quoted(project_id)}/grants", asked)

    def grant_dataset(
        self, name: str, email: str, roles: Sequence[str], *, project_id: str = PROJECT
    ) -> None:
        """The same on one dataset."""
        asked = {"email": email, "roles": list(roles)}
        self._call("PUT", f"{_dataset(project_id, name)}/grants", asked)

    def tables(self, dataset: str, *, project_id: str = PROJECT) -> list[Json]:
        """Name, kind, rows, bytes, created and schema of each."""
        path = f"{_dataset(project_id, dataset)}/tables"
        return cast(list[Json], self._call("GET", path, timeout=RESET_TIMEOUT_S)["tables"])

    def table(self, dataset: str, table: str, *, project_id: str = PROJECT) -> Json:
        """The same of one, and its first rows as `preview`."""
        path = f"{_dataset(project_id, dataset)}/tables/{_quoted(table)}"
        return self._call("GET", path, timeout=RESET_TIMEOUT_S)

    def drop_table(self, dataset: str, table: str, *, project_id: str = PROJECT) -> None:
        self._call("DELETE", f"{_dataset(project_id, dataset)}/tables/{_quoted(table)}")

    def run_sql(self, sql: str, *, dataset: str = "", project_id: str = PROJECT) -> Json:
        """Run SQL with every right: {"columns", "rows", "changed_rows"}."""
        asked = {"sql": sql, "dataset": dataset, "project_id": project_id}
        return self._call("POST", "bigquery/sql", asked, timeout=SQL_TIMEOUT_S)

    # -- faults, journal, clock -------------------------------------------------------------------
    def add_fault(self, **rule: Any) -> str:
        """Add a fault (fields as in gateway.state.Fault); its id, for `release_fault`."""
        return str(self._call("POST", "faults", rule)["id"])

    def let_google_answer(self, answer: str, *, bucket: str = "", times: int | None = None) -> str:
        """Give a named answer (gateway/answers.py) to uploads or sign-ins; the fault's id."""
        return self.add_fault(answer=answer, bucket=bucket, times=times)

    def remove_fault(self, fault_id: str) -> None:
        self._call("DELETE", f"faults/{_quoted(fault_id)}")

    def faults(self) -> list[Json]:
        return cast(list[Json], self._call("GET", "faults")["faults"])

    def release_fault(self, fault_id: str) -> None:
        self._call("POST", f"faults/{_quoted(fault_id)}/release")

    def clear_faults(self) -> None:
        self._call("DELETE", "faults")

    def journal(self) -> list[Json]:
        """The last 5,000 calls: method, path, operation, status, caller, permissions, changes."""
        return cast(list[Json], self._call("GET", "journal")["entries"])

    def clear_journal(self) -> None:
        self._call("DELETE", "journal")

    def hooks(self) -> Json:
        """{"answer": how the next webhook is answered, "received": newest first}."""
        return self._call("GET", "hooks")

    def answer_hooks_with(self, answer: str) -> None:
        """One of the keys of gateway/hooks.py's ANSWERS."""
        self._call("PUT", "hooks", {"answer": answer})

    def forget_hooks(self) -> None:
        self._call("DELETE", "hooks")

    def set_clock_skew(self, seconds: float) -> None:
        self._call("PUT", "clock", {"skew_s": seconds})

    def reset(self) -> None:
        self._call("POST", "reset", timeout=RESET_TIMEOUT_S)

    def _call(
        self, method: str, path: str, asked: Json | None = None, *, timeout: float = TIMEOUT_S
    ) -> Json:
        with self._open(method, path, asked, timeout=timeout) as answer:
            return cast(Json, json.load(answer))

    def _open(
        self, method: str, path: str, asked: Json | None = None, *, timeout: float = TIMEOUT_S
    ) -> http.client.HTTPResponse:
        request = urllib.request.Request(  # noqa: S310  (our own http address)
            f"{self.url}/_sandbox/{path}",
            method=method,
            data=None if asked is None else json.dumps(asked).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            opened = urllib.request.urlopen(request, timeout=timeout)  # noqa: S310
        except urllib.error.HTTPError as error:
            raise _refusal(error) from error
        except OSError as error:
            raise SandboxDown(f"Nothing answers at {self.url}.") from error
        return cast(http.client.HTTPResponse, opened)


def _refusal(error: urllib.error.HTTPError) -> SandboxRefused:
    with error:
        try:
            message = json.load(error)["error"]["message"]
        except (ValueError, KeyError, TypeError):
            message = f"The sandbox answered {error.code}."
    return SandboxRefused(message, status=error.code)


def _dataset(project_id: str, name: str) -> str:
    return f"datasets/{_quoted(project_id)}/{_quoted(name)}"


def _quoted(text: str) -> str:
    return urllib.parse.quote(text, safe="")
