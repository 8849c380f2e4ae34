"""`python -m bench.alone <format> <way> …`: one contender, alone in its process, on one core."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from dataclasses import replace
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Any

# Before the engines start their threads; those of Rust and Arrow would count the cores themselves.
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
os.environ.update({"POLARS_MAX_THREADS": "1", "RAYON_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"})


class NoPandas(MetaPathFinder):
    """Developers have it, workers have not; Arrow and Google's client load it where it is."""

    def find_spec(self, name: str, path: object, target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(name)


sys.meta_path.insert(0, NoPandas())

from bench.contenders import contender  # noqa: E402
from bench.records import read_back  # noqa: E402
from bench.task import Contender, Task  # noqa: E402


def main() -> None:
    options = json.loads(sys.argv[1])
    run = contender(options["format"], options["way"])
    bucket = options.get("bucket")
    with tempfile.TemporaryDirectory(dir=options["folder"]) as folder:
        task = Task(
            lake=Path(options["lake"]),
            folder=Path(folder),
            bucket=Path(bucket) if bucket else None,
            keep=options.get("keep", False),
        )
        warm_up(run, replace(task, lake=Path(options["small_lake"])))
        outcome = timed(run, task, options["format"])
    print(json.dumps(outcome))


def warm_up(run: Contender, task: Task) -> None:
    """Once on a small lake: what a tool loads on first use is not what is measured."""
    folder = task.folder / "warm-up"
    folder.mkdir()
    run(replace(task, folder=folder))
    shutil.rmtree(folder)


def timed(run: Contender, task: Task, file_format: str) -> dict[str, Any]:
    started, worked = time.perf_counter(), time.process_time()
    files = run(task)
    outcome: dict[str, Any] = {
        "seconds": time.perf_counter() - started,
        "processor_s": time.process_time() - worked,
        "peak_rss_mb": peak_rss_mb(),
    }
    if files:
        outcome["files"] = len(files)
        outcome["bytes"] = sum(file.stat().st_size for file in files)
        outcome.update(read_back(file_format, files))
    return outcome


def peak_rss_mb() -> float:
    """The kernel's high-water mark; getrusage's is carried over from the parent process."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()
