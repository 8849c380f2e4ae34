"""The HTTP server: reads requests, sends answers, and puts the parts of the gateway together."""

from __future__ import annotations

import email.utils
import functools
import http.server
import sys
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

from clevertap_partners.sandbox.gateway import tokens
from clevertap_partners.sandbox.gateway.admin import PREFIX, Admin
from clevertap_partners.sandbox.gateway.bigquery.offered import BigQuery
from clevertap_partners.sandbox.gateway.body import Body, BodyTooLarge, ClientGone
from clevertap_partners.sandbox.gateway.buckets import Buckets
from clevertap_partners.sandbox.gateway.faults import Faults
from clevertap_partners.sandbox.gateway.hooks import Hooks
from clevertap_partners.sandbox.gateway.journal import Journal
from clevertap_partners.sandbox.gateway.messages import (
    CutConnection,
    GoogleError,
    Request,
    Response,
)
from clevertap_partners.sandbox.gateway.objects import Objects
from clevertap_partners.sandbox.gateway.routes import Routes
from clevertap_partners.sandbox.gateway.state import Store
from clevertap_partners.sandbox.gateway.uploads import Uploads
from clevertap_partners.sandbox.gateway.upstream import Upstream

HOST = "127.0.0.1"


class Gateway:
    """Everything behind the server; `answer` is the whole of what it does."""

    def __init__(
        self,
        *,
        state_file: Path,
        upstream_url: str,
        public_url: str,
        grpc_port: int = 0,
        ended: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.store = Store(state_file)
        self.journal = Journal()
        self.faults = Faults(self.store)
        upstream = Upstream(upstream_url)
        for name in self.store.state.buckets:
            upstream.ensure_bucket(name)
        self.objects = Objects(self.store, upstream, public_url=public_url)
        self.uploads = Uploads(self.objects, state_file.parent / "uploads")
        hooks = Hooks()
        self.bigquery = BigQuery(
            self.store,
            self.faults,
            self.journal,
            folder=state_file.parent / "bigquery",
            grpc_port=grpc_port,
            ended=ended,
        )
        self.routes = Routes(
            token=functools.partial(tokens.token, store=self.store, public_url=public_url),
            buckets=Buckets(self.store, public_url=public_url),
            objects=self.objects,
            uploads=self.uploads,
            hooks=hooks,
            more=self.bigquery.routes(),
        )
        self.admin = Admin(self.objects, self.faults, self.journal, hooks, self.bigquery)

    def close(self) -> None:
        self.bigquery.close()
        self.uploads.close()

    def answer(self, request: Request) -> Response:
        """Raises CutConnection or ClientGone where there is nobody to answer."""
        if request.path.startswith(PREFIX):
            return guarded(self.admin.answer, request)
        handler, names = self.routes.find(request)
        status = 0
        try:
            response = self.faults.apply(request, lambda asked: guarded(handler, asked, *names))
            status = response.status
            return response
        finally:
            self.journal.add(request, status=status, now=self.store.now())


def guarded(handler: Any, request: Request, *names: str) -> Response:
    """The handler's answer, or its refusal in Google's shape."""
    try:
        return cast(Response, handler(request, *names))
    except GoogleError as error:
        return error.response()
    except BodyTooLarge:
        text = "The sandbox takes bodies of up to 200 MB."
        return GoogleError(413, text, reason="uploadTooLarge").response()


class Server(http.server.ThreadingHTTPServer):
    """One thread a connection, on this machine only."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, gateway: Gateway) -> None:
        super().__init__((HOST, port), Handler)
        self.gateway = gateway

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say what went wrong, unless it is a client that went away: workers may be killed here."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "PartnersSandbox"
    sys_version = ""
    disable_nagle_algorithm = True
    timeout = 120
    server: Server

    def serve(self) -> None:
        request = self._request()
        try:
            response = self.server.gateway.answer(request)
            self._finish_body(request)
            self._send(response)
        except (ClientGone, CutConnection, ConnectionError, TimeoutError):
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = serve

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The Date header goes by the sandbox's clock: clients compare theirs with it."""
        now = self.server.gateway.store.now() if timestamp is None else timestamp
        return email.utils.formatdate(now, usegmt=True)

    def log_message(self, format: str, *args: object) -> None:
        """The journal has the calls; the terminal stays quiet."""

    def _request(self) -> Request:
        parts = urllib.parse.urlsplit(self.path)
        headers = {key.lower(): value for key, value in self.headers.items()}
        chunked = "chunked" in headers.get("transfer-encoding", "").lower()
        length = headers.get("content-length", "0")
        if not length.isdigit():
            length = "0"
            self.close_connection = True
        return Request(
            method=self.command,
            path=parts.path,
            query=dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True)),
            raw_query=parts.query,
            headers=headers,
            body=Body(cast(BinaryIO, self.rfile), length=None if chunked else int(length)),
        )

    def _finish_body(self, request: Request) -> None:
        """A body that nobody read stands before the next request: take it off, or close."""
        if request.body.finished:
            return
        if request.body.started:
            self.close_connection = True
            return
        try:
            request.body.drain()
        except BodyTooLarge:
            self.close_connection = True

    def _send(self, response: Response) -> None:
        length = response.length if response.stream else len(response.body)
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if response.status not in {204, 304}:
            self.send_header("Content-Length", str(length))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if response.status not in {204, 304}:
            self._send_body(response)

    def _send_body(self, response: Response) -> None:
        done = 0
        for block in _blocks(response):
            passed = response.pace.apply(block, done)
            self.wfile.write(passed)
            done += len(passed)
            if len(passed) < len(block):
                raise CutConnection


def _blocks(response: Response) -> Any:
    if response.stream is None:
        yield response.body
        return
    try:
        while block := response.stream.read(response.pace.block):
            yield block
    finally:
        response.stream.close()
