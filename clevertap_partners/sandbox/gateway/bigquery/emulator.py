"""The emulator behind the gateway: started when it is first needed, called over HTTP."""

from __future__ import annotations

import http.client
import json
import threading
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from clevertap_partners.sandbox import processes
from clevertap_partners.sandbox.gateway.messages import GoogleError

TIMEOUT_S = 600.0
_WATCH_S = 0.5

Json = dict[str, Any]


class Emulator:
    """Its process belongs to a thread that lives as long: a leash counts threads as parents."""

    def __init__(self, folder: Path, *, ended: Callable[[str], None]) -> None:
        self._folder = folder
        self._ended = ended
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()
        self._stop = threading.Event()
        self._problem = ""
        self._port = 0
        self.grpc_port = 0

    @property
    def is_started(self) -> bool:
        return self._thread is not None

    def start(self) -> None:
        """Begin to start it, unless that was done before."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, daemon=True)
                self._thread.start()

    def wait(self) -> None:
        """Until it answers. Raises GoogleError when it does not come up."""
        self.start()
        self._ready.wait(processes.START_LIMIT_S + 5)
        if self._problem or not self._port:
            text = f"The sandbox's BigQuery has a problem: {self._problem or 'it did not start.'}"
            raise GoogleError(503, text, reason="backendError")

    def close(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(processes.STOP_LIMIT_S * 2)

    def call(self, method: str, path: str, asked: Json | None = None) -> tuple[int, Json]:
        """Status and JSON of a call below /bigquery/v2/projects/."""
        self.wait()
        connection = http.client.HTTPConnection(processes.HOST, self._port, timeout=TIMEOUT_S)
        body = None if asked is None else json.dumps(asked).encode()
        headers = {"Content-Type": "application/json"}
        try:
            connection.request(method, f"/bigquery/v2/projects/{path}", body, headers)
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            text_for_people = "The sandbox's BigQuery does not answer."
            raise GoogleError(503, text_for_people, reason="backendError") from error
        finally:
            connection.close()
        return answer.status, json.loads(text or b"{}")

    def expect(self, method: str, path: str, asked: Json | None = None) -> Json:
        """The answer of a call that has no reason to fail."""
        status, answer = self.call(method, path, asked)
        if status >= 300:
            said = answer.get("error", {}).get("message", "")
            text = f"The sandbox's BigQuery has a problem: {method} {path} gave {status}. {said}"
            raise GoogleError(503, text, reason="backendError")
        return answer

    def _serve(self) -> None:
        self.grpc_port = processes.free_port()
        try:
            service = processes.start_bigquery(folder=self._folder, grpc_port=self.grpc_port)
        except (processes.CouldNotStart, OSError) as error:
            self._problem = str(error)
            self._ready.set()
            return
        self._port = service.port
        self._ready.set()
        while service.is_running() and not self._stop.wait(_WATCH_S):
            pass
        if not self._stop.is_set():
            self._problem = "it ended."
            self._ended(f"The BigQuery emulator ended. Its log is {service.log}.")
        service.stop()


def table_path(project: str, dataset: str, table: str = "") -> str:
    """The path below /bigquery/v2/projects/ of a table, or of all of a dataset."""
    parts = [project, "datasets", dataset, "tables", *([table] if table else [])]
    return "/".join(urllib.parse.quote(part, safe="") for part in parts)
