"""Scripted faults: the first rule that matches a call decides what goes wrong with it.

reject            answer `status`, or the named `answer` of answers.py, instead of doing anything
fail_after_write  do it, then answer `status`, or with `cut` nothing at all
hold              do it only after release, or after `seconds`
slow              pass `bytes_per_second` of the body, in or out
cut               close the connection after `after_bytes` of the body, in or out

The Storage Read API knows them too (bigquery/reading.py): there, all but fail_after_write come
after `after_messages` messages of a stream, and a status is that of gRPC which stands for it. A
query that runs is the operation bq.job.run: what goes wrong with it is the error of the job.
"""

from __future__ import annotations

import re
import secrets
import threading
import urllib.parse
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, fields
from typing import Any

from clevertap_partners.sandbox.gateway.answers import ANSWERS
from clevertap_partners.sandbox.gateway.bigquery.answers import BIGQUERY_ANSWERS
from clevertap_partners.sandbox.gateway.body import Pace
from clevertap_partners.sandbox.gateway.messages import (
    CutConnection,
    GoogleError,
    Request,
    Response,
)
from clevertap_partners.sandbox.gateway.state import Fault, Store

ACTIONS = ("reject", "fail_after_write", "hold", "slow", "cut")
MAX_HOLD_S = 600.0
_ALL_ANSWERS = ANSWERS | BIGQUERY_ANSWERS
_SETTABLE = {field.name for field in fields(Fault)} - {"id"}


class Faults:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._released: defaultdict[str, threading.Event] = defaultdict(threading.Event)

    def add(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Add a rule at the end of the list. Raises 400 for a rule that could never work."""
        asked = _named(asked)
        problem = _problem(asked)
        if problem:
            raise GoogleError(400, problem, reason="invalid")
        fault = Fault(id=secrets.token_hex(6), **asked)
        with self._store.change() as state:
            state.faults.append(fault)
        return asdict(fault)

    def listing(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self._store.state.faults]

    def remove(self, fault_id: str) -> None:
        with self._store.change() as state:
            state.faults = [fault for fault in state.faults if fault.id != fault_id]
        self.release(fault_id)

    def clear(self) -> None:
        """Forget the rules and let go whatever they hold."""
        with self._store.change() as state:
            state.faults.clear()
        for event in list(self._released.values()):
            event.set()

    def release(self, fault_id: str) -> None:
        self._released[fault_id].set()

    def apply(self, request: Request, handle: Callable[[Request], Response]) -> Response:
        """Handle the request, with the fault that is due for it, if any."""
        fault = self.take(request)
        if fault is None:
            return handle(request)
        if fault.action == "reject":
            return _answer(fault, request)
        if fault.action == "hold":
            self.hold(fault)
        pace = _pace(fault)
        request.body.pace = pace
        response = handle(request)
        if fault.action == "fail_after_write":
            return _fail(fault, request, response)
        response.pace = pace
        return response

    def hold(self, fault: Fault) -> None:
        """Wait until the fault is released, or its time is over."""
        self._released[fault.id].wait(min(fault.seconds, MAX_HOLD_S))

    def take(self, request: Request) -> Fault | None:
        """The fault that is due for this call, counted as given."""
        if not self._store.state.faults:
            return None
        with self._store.change() as state:
            fault = next((rule for rule in state.faults if _matches(rule, request)), None)
            if fault is not None and fault.times is not None:
                fault.times -= 1
                state.faults = [rule for rule in state.faults if rule.times != 0]
            return fault


def _matches(fault: Fault, request: Request) -> bool:
    target = f"{request.path}?{urllib.parse.urlencode(request.query)}"
    return (
        fault.method in {"", request.method}
        and fault.operation in {"", request.operation}
        and re.search(fault.path, urllib.parse.unquote(target)) is not None
    )


def _pace(fault: Fault) -> Pace:
    if fault.action == "slow":
        return Pace(bytes_per_second=fault.bytes_per_second)
    if fault.action == "cut":
        return Pace(cut_after=fault.after_bytes)
    return Pace()


def _named(asked: dict[str, Any]) -> dict[str, Any]:
    """A fault that names an answer goes to the calls which can get it, until it is cleared."""
    answer = _ALL_ANSWERS.get(str(asked.get("answer", "")))
    if answer is None:
        return asked
    path = answer.path(str(asked.get("bucket", "")))
    return {"action": "reject", "times": None, "path": path, "status": answer.status} | asked


def _answer(fault: Fault, request: Request) -> Response:
    if fault.answer:
        return _ALL_ANSWERS[fault.answer].response(request)
    text = fault.message or "A scripted fault of the sandbox."
    error = GoogleError(fault.status, text, reason=fault.reason, headers=fault.headers)
    return error.response()


def _fail(fault: Fault, request: Request, response: Response) -> Response:
    if response.stream is not None:
        response.stream.close()
    if fault.cut:
        raise CutConnection
    return _answer(fault, request)


def _problem(asked: dict[str, Any]) -> str:
    unknown = sorted(set(asked) - _SETTABLE)
    if unknown:
        return f"A fault has no {', '.join(unknown)}."
    if asked.get("answer", "") not in {"", *_ALL_ANSWERS}:
        return f"There is no answer {asked['answer']}. There are {', '.join(_ALL_ANSWERS)}."
    if asked.get("action") not in ACTIONS:
        return f"A fault's action is one of {', '.join(ACTIONS)}."
    if asked["action"] == "slow" and not asked.get("bytes_per_second"):
        return "A slow fault needs bytes_per_second."
    try:
        re.compile(asked.get("path", ""))
    except re.error as error:
        return f"The path is not a regular expression: {error}."
    return ""
