"""What the sandbox remembers: accounts, buckets, datasets, faults, the clock.

A JSON file, replaced whole.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet


@dataclass
class Key:
    """The public half; the private half leaves in the creating response and is not kept."""

    id: str
    public_pem: str
    created: float
    disabled: bool = False


@dataclass
class ServiceAccount:
    email: str
    name: str
    project_id: str
    client_id: str
    created: float
    disabled: bool = False
    keys: dict[str, Key] = field(default_factory=dict)
    # Bearer tokens that were issued before this moment are over.
    signed_out: float = 0.0


@dataclass
class Bucket:
    """`grants` has roles, or single permissions, by account e-mail; `holds` has "temporary" or
    "event-based" by object name.
    """

    name: str
    location: str
    project_id: str
    created: float
    retention_s: int = 0
    retention_locked: bool = False
    requester_pays: bool = False
    grants: dict[str, list[str]] = field(default_factory=dict)
    holds: dict[str, str] = field(default_factory=dict)


@dataclass
class Dataset:
    """`grants` as a bucket's. A hidden one holds the results of the queries of its `owner`."""

    name: str
    project_id: str
    location: str
    created: float
    grants: dict[str, list[str]] = field(default_factory=dict)
    owner: str = ""

    @property
    def id(self) -> str:
        return f"{self.project_id}:{self.name}"


@dataclass
class Fault:
    """A scripted fault. `times` None means for ever; see faults.py for the actions.

    `answer` names one of answers.py, given to calls about `bucket`, or about any.
    """

    id: str
    action: str
    method: str = ""
    path: str = ""
    operation: str = ""
    times: int | None = 1
    status: int = 503
    reason: str = "backendError"
    message: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    seconds: float = 60.0
    bytes_per_second: int = 0
    after_bytes: int = 0
    answer: str = ""
    bucket: str = ""
    after_messages: int = 0


@dataclass
class State:
    accounts: dict[str, ServiceAccount] = field(default_factory=dict)
    buckets: dict[str, Bucket] = field(default_factory=dict)
    # Datasets by their ids; rights on whole projects by project and e-mail.
    datasets: dict[str, Dataset] = field(default_factory=dict)
    project_grants: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    clock_skew_s: float = 0.0
    # Signs bearer tokens, so that they outlive a restart without being stored.
    token_secret: str = field(default_factory=lambda: Fernet.generate_key().decode(), repr=False)


class Store:
    """The state, changed by one thread at a time and written before the change is answered."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.RLock()
        self.state = parse(json.loads(path.read_text())) if path.exists() else State()

    @contextlib.contextmanager
    def change(self) -> Iterator[State]:
        with self._lock:
            yield self.state
            self._write()

    def reset(self) -> None:
        """Forget everything but the token secret."""
        with self._lock:
            self.state = State(token_secret=self.state.token_secret)
            self._write()

    def now(self) -> float:
        """The time by the sandbox's clock, which may be set wrong on purpose."""
        return time.time() + self.state.clock_skew_s

    def _write(self) -> None:
        fresh = self._path.with_suffix(".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w") as file:
            json.dump(asdict(self.state), file)
        os.replace(fresh, self._path)


def parse(saved: dict[str, Any]) -> State:
    return State(
        accounts={email: _account(value) for email, value in saved["accounts"].items()},
        buckets={name: Bucket(**value) for name, value in saved["buckets"].items()},
        datasets={name: Dataset(**value) for name, value in saved.get("datasets", {}).items()},
        project_grants=saved.get("project_grants", {}),
        faults=[Fault(**value) for value in saved["faults"]],
        clock_skew_s=saved["clock_skew_s"],
        token_secret=saved["token_secret"],
    )


def _account(saved: dict[str, Any]) -> ServiceAccount:
    keys = {key_id: Key(**value) for key_id, value in saved["keys"].items()}
    return ServiceAccount(**{**saved, "keys": keys})
