"""A bucket in the real sandbox: gateway and fake-gcs-server, on another core than the worker's."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.runner import Failed
from clevertap_partners.sandbox import processes
from clevertap_partners.sandbox.client import SandboxClient

BUCKET = "bench"


@contextmanager
def sandbox_bucket(folder: Path) -> Iterator[Path]:
    """A file that says where the empty bucket is, with the key of an account that may create."""
    with tempfile.TemporaryDirectory(dir=folder) as state:
        with other_core():
            service = start(Path(state))
        with processes.stopping(service):
            file = Path(state) / "bench-bucket.json"
            file.write_text(json.dumps(make_bucket(service.url)))
            yield file


def start(folder: Path) -> processes.Service:
    try:
        return processes.start_sandbox(folder=folder)
    except processes.CouldNotStart as error:
        raise Failed(str(error)) from error


def make_bucket(url: str) -> dict[str, Any]:
    console = SandboxClient(url)
    console.create_bucket(BUCKET)
    key = console.create_account("benchmark", buckets=[BUCKET])["key"]
    return {"url": url, "bucket": BUCKET, "key": key}


@contextmanager
def other_core() -> Iterator[None]:
    """What is started meanwhile keeps off the first core, where contenders run."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)
