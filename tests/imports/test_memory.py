"""What an import has used goes back to the system."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.processes import ROOT

# Blocks that are kept lie between those that are let go; the last ones hold the heap's end.
PROGRAM = """
import json
import pathlib
import pyarrow as pa
from imports.memory import give_back, keep_small

def resident() -> int:
    pages = pathlib.Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * 4096 // 1_000_000

keep_small()
before = resident()
blocks = [pa.array([1]).take(pa.nulls(100_000, pa.int64()).fill_null(0)) for _ in range(200)]
filled = resident()
blocks = blocks[9::10]
give_back()
print(json.dumps([pa.default_memory_pool().backend_name, before, filled, resident()]))
"""


def test_what_is_free_between_what_is_not_goes_back() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True
    )
    pool, before, filled, left = json.loads(done.stdout)
    assert pool == "system"
    assert filled - before > 150
    # A tenth is kept.
    assert left - before < (filled - before) / 3
