"""The Storage Read API: rights, expiry and faults, then the emulator's bytes as they are."""

from __future__ import annotations

import contextlib
import datetime
import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent import futures
from dataclasses import dataclass, replace
from typing import Any

import grpc

from clevertap_partners.sandbox.gateway.bigquery import wire
from clevertap_partners.sandbox.gateway.bigquery.access import Access, note
from clevertap_partners.sandbox.gateway.bigquery.emulator import Emulator
from clevertap_partners.sandbox.gateway.body import Body
from clevertap_partners.sandbox.gateway.faults import Faults
from clevertap_partners.sandbox.gateway.journal import Journal
from clevertap_partners.sandbox.gateway.messages import GoogleError, Request
from clevertap_partners.sandbox.gateway.state import Fault, Store

HOST = "127.0.0.1"
SERVICE = "google.cloud.bigquery.storage.v1.BigQueryRead"
SESSION_LIFETIME_S = 6 * 3600.0
DEFAULT_STREAMS = 4
THREADS = 24
# Sessions that are remembered; the emulator itself keeps fewer.
MAX_SESSIONS = 2000
_OPTIONS = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
_TABLE = re.compile(r"projects/([^/]+)/datasets/([^/]+)/tables/([^/]+)")
# Fields of CreateReadSessionRequest, ReadSession, ReadRowsRequest and SplitReadStreamRequest.
_PARENT, _SESSION, _MAX_STREAMS = 1, 2, 3
_NAME, _EXPIRES, _TABLE_FIELD = 1, 2, 6
_CODES = {
    400: grpc.StatusCode.INVALID_ARGUMENT,
    401: grpc.StatusCode.UNAUTHENTICATED,
    403: grpc.StatusCode.PERMISSION_DENIED,
    404: grpc.StatusCode.NOT_FOUND,
    409: grpc.StatusCode.ABORTED,
    412: grpc.StatusCode.FAILED_PRECONDITION,
    429: grpc.StatusCode.RESOURCE_EXHAUSTED,
    499: grpc.StatusCode.CANCELLED,
    500: grpc.StatusCode.INTERNAL,
    503: grpc.StatusCode.UNAVAILABLE,
    504: grpc.StatusCode.DEADLINE_EXCEEDED,
}
_STATUSES = {code: status for status, code in _CODES.items()}


@dataclass(frozen=True)
class Session:
    owner: str
    project: str
    expires: float


class Refused(Exception):
    """Ends a call with a status of gRPC."""

    def __init__(self, code: grpc.StatusCode, details: str) -> None:
        super().__init__(details)
        self.code = code
        self.details = details


class Reading(grpc.GenericRpcHandler):  # type: ignore[misc]  # gRPC has no types
    def __init__(
        self, store: Store, access: Access, emulator: Emulator, faults: Faults, journal: Journal
    ) -> None:
        self._store = store
        self._access = access
        self._emulator = emulator
        self._faults = faults
        self._journal = journal
        self._sessions: dict[str, Session] = {}
        self._server: Any = None
        self._channel: Any = None
        self._lock = threading.Lock()
        self.port = 0

    def start(self, port: int) -> None:
        """Listen on this port, or on a free one for 0. Safe to repeat."""
        with self._lock:
            if self._server is not None:
                return
            server = grpc.server(futures.ThreadPoolExecutor(THREADS), options=_OPTIONS)
            server.add_generic_rpc_handlers([self])
            # Official clients send their token only where the connection counts as safe.
            safe = grpc.local_server_credentials(grpc.LocalConnectionType.LOCAL_TCP)
            self.port = server.add_secure_port(f"{HOST}:{port}", safe)
            if not self.port:
                raise OSError(f"Port {port} is taken.")
            server.start()
            self._server = server

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop(0.5).wait()

    def expire(self) -> None:
        """Every session is over, as six hours after it was opened."""
        now = self._store.now()
        for name, session in list(self._sessions.items()):
            self._sessions[name] = replace(session, expires=min(session.expires, now))

    def forget(self) -> None:
        self._sessions.clear()

    def service(self, details: Any) -> Any:
        """How a method is handled; messages stay bytes."""
        unary, stream = grpc.unary_unary_rpc_method_handler, grpc.unary_stream_rpc_method_handler
        known = {
            f"/{SERVICE}/CreateReadSession": lambda: unary(self._create),
            f"/{SERVICE}/ReadRows": lambda: stream(self._read),
            f"/{SERVICE}/SplitReadStream": lambda: unary(self._split),
        }
        found = known.get(details.method)
        return found() if found else None

    def _create(self, message: bytes, context: Any) -> bytes:
        table = wire.text_of(message, _SESSION, _TABLE_FIELD)
        request = self._request("bq.session.create", table, context)
        return self._unary(request, context, lambda: self._create_session(request, message, table))

    def _split(self, message: bytes, context: Any) -> bytes:
        stream = wire.text_of(message, _NAME)
        request = self._request("bq.session.split", stream, context)

        def split() -> bytes:
            self._check_stream(request, stream)
            return self._upstream("SplitReadStream", message)

        return self._unary(request, context, split)

    def _unary(self, request: Request, context: Any, answer: Callable[[], bytes]) -> bytes:
        status = 0
        try:
            self._authenticate(request)
            fault = self._faults.take(request)
            _before(fault, self._faults)
            done = answer()
            if fault is not None and fault.action == "fail_after_write":
                raise _scripted(fault)
            status = 200
        except Refused as refused:
            status = _STATUSES.get(refused.code, 500)
            context.abort(refused.code, refused.details)
        finally:
            self._journal.add(request, status=status, now=self._store.now())
        return done

    def _read(self, message: bytes, context: Any) -> Iterator[bytes]:
        stream, status = wire.text_of(message, _NAME), 0
        request = self._request("bq.read", stream, context)
        request.query = {"offset": str(wire.number_of(message, 2))}
        try:
            self._authenticate(request)
            fault = self._faults.take(request)
            self._check_stream(request, stream)
            yield from self._messages(message, fault)
            status = 200
        except Refused as refused:
            status = _STATUSES.get(refused.code, 500)
            context.abort(refused.code, refused.details)
        finally:
            self._journal.add(request, status=status, now=self._store.now())

    def _messages(self, message: bytes, fault: Fault | None) -> Iterator[bytes]:
        """What the emulator sends; a fault comes after so many messages."""
        call = self._method("ReadRows", stream=True)(message)
        left = fault.after_messages if fault is not None else -1
        try:
            if left == 0:
                _before(fault, self._faults)
            for sent in call:
                yield sent
                left -= 1
                if fault is not None and fault.action == "slow":
                    time.sleep(len(sent) / fault.bytes_per_second)
                elif left == 0:
                    _before(fault, self._faults)
        except grpc.RpcError as error:
            raise _passed_on(error) from error
        finally:
            _let_run_out(call)

    def _create_session(self, request: Request, message: bytes, table: str) -> bytes:
        project = wire.text_of(message, _PARENT).removeprefix("projects/")
        self._check_table(request, project, table)
        if not wire.number_of(message, _MAX_STREAMS):
            message += wire.number_field(_MAX_STREAMS, DEFAULT_STREAMS)
        created = self._upstream("CreateReadSession", message)
        expires = self._store.now() + SESSION_LIFETIME_S
        name = wire.text_of(created, _NAME)
        self._sessions[name] = Session(request.caller, project, expires)
        for oldest in list(self._sessions)[:-MAX_SESSIONS]:
            self._sessions.pop(oldest, None)
        return created + wire.message_field(_EXPIRES, wire.timestamp(expires))

    def _check_table(self, request: Request, project: str, table: str) -> None:
        permission = "bigquery.readsessions.create"
        note(request, permission)
        if permission not in self._access.on_project(request.caller, project):
            text = f"the user does not have '{permission}' permission for 'projects/{project}'"
            raise Refused(grpc.StatusCode.PERMISSION_DENIED, f"request failed: {text}")
        found = _TABLE.fullmatch(table)
        if found is None:
            text = f"request failed: invalid table reference '{table}'"
            raise Refused(grpc.StatusCode.INVALID_ARGUMENT, text)
        self._check_data(request, *found.groups())

    def _check_data(self, request: Request, project: str, dataset: str, table: str) -> None:
        permission, name = "bigquery.tables.getData", f"{project}:{dataset}.{table}"
        note(request, permission)
        known = self._store.state.datasets.get(f"{project}:{dataset}")
        if known is None:
            text = f"request failed: Not found: Dataset {project}:{dataset}"
            raise Refused(grpc.StatusCode.NOT_FOUND, text)
        if permission not in self._access.on_dataset(request.caller, known):
            text = f"Permission {permission} denied on table {name} (or it may not exist)."
            refused = f"request failed: Access Denied: Table {name}: {text}"
            raise Refused(grpc.StatusCode.PERMISSION_DENIED, refused)

    def _check_stream(self, request: Request, stream: str) -> None:
        session = self._sessions.get(stream.rpartition("/streams/")[0])
        if session is None:
            text = f"there was an error operating on '{stream}': session expired or unknown"
            raise Refused(grpc.StatusCode.FAILED_PRECONDITION, text)
        permission = "bigquery.readsessions.getData"
        note(request, permission)
        if permission not in self._access.on_project(request.caller, session.project):
            text = (
                f"request failed: the user does not have '{permission}' permission for '{stream}'"
            )
            raise Refused(grpc.StatusCode.PERMISSION_DENIED, text)
        if session.expires <= self._store.now():
            moment = datetime.datetime.fromtimestamp(session.expires, datetime.UTC)
            text = f"there was an error operating on '{stream}': session expired at "
            raise Refused(
                grpc.StatusCode.FAILED_PRECONDITION, text + f"{moment:%Y-%m-%dT%H:%M:%SZ}"
            )

    def _request(self, operation: str, resource: str, context: Any) -> Request:
        """The call as the journal and the faults know calls."""
        headers = {str(key).lower(): str(value) for key, value in context.invocation_metadata()}
        method = operation.rpartition(".")[2].upper()
        return Request(method, f"/{resource}", {}, "", headers, Body.empty(), operation=operation)

    def _authenticate(self, request: Request) -> None:
        try:
            self._access.authenticate(request)
        except GoogleError as error:
            raise Refused(grpc.StatusCode.UNAUTHENTICATED, error.message) from error

    def _upstream(self, method: str, message: bytes) -> bytes:
        try:
            return bytes(self._method(method)(message, timeout=600))
        except grpc.RpcError as error:
            raise _passed_on(error) from error

    def _method(self, name: str, *, stream: bool = False) -> Any:
        try:
            self._emulator.wait()
        except GoogleError as error:
            raise Refused(grpc.StatusCode.UNAVAILABLE, error.message) from error
        with self._lock:
            if self._channel is None:
                target = f"{HOST}:{self._emulator.grpc_port}"
                self._channel = grpc.insecure_channel(target, options=_OPTIONS)
        path = f"/{SERVICE}/{name}"
        return self._channel.unary_stream(path) if stream else self._channel.unary_unary(path)


def _let_run_out(call: Any) -> None:
    """Take what is left of a read that nobody wants any more, and throw it away.

    The emulator loses a thread for each read that is cancelled before its end, and has six: after
    that every read waits (bqemulator with gRPC's aio server, seen with six of them).
    """
    if not call.done():
        threading.Thread(target=_throw_away, args=(call,), daemon=True).start()


def _throw_away(call: Any) -> None:
    with contextlib.suppress(grpc.RpcError):
        for _ in call:
            pass


def _before(fault: Fault | None, faults: Faults) -> None:
    """What a fault does before, or between, the messages."""
    if fault is None or fault.action in {"slow", "fail_after_write"}:
        return
    if fault.action == "hold":
        faults.hold(fault)
        return
    raise _scripted(fault)


def _scripted(fault: Fault) -> Refused:
    text = fault.message or "A scripted fault of the sandbox."
    if fault.action == "cut" or fault.cut:
        return Refused(grpc.StatusCode.UNAVAILABLE, "Socket closed")
    return Refused(_CODES.get(fault.status, grpc.StatusCode.UNKNOWN), text)


def _passed_on(error: Any) -> Refused:
    """A refusal of the emulator, which speaks of DuckDB when a table is not there."""
    code, details = error.code(), str(error.details())
    if details.startswith("Table read failed"):
        return Refused(grpc.StatusCode.NOT_FOUND, "request failed: Not found: Table")
    if details.startswith(("Stream not found", "Session not found")):
        text = "there was an error operating on the stream: session expired"
        return Refused(grpc.StatusCode.FAILED_PRECONDITION, text)
    return Refused(code, details)
