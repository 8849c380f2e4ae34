"""[pure] Keeps a process that imports small: what is free goes back to the system.

Arrow's own allocators, and glibc's with large blocks in its heap, keep what was used once. A worker
reads for minutes and has other work afterwards.
"""

from __future__ import annotations

import ctypes
from functools import cache

import pyarrow as pa

# Blocks of this size are the system's own: freed is gone. glibc would raise its limit as it runs.
LARGE_BLOCK = 1_000_000
_M_MMAP_THRESHOLD = -3


@cache
def keep_small() -> None:
    """From now on, in this process."""
    pa.set_memory_pool(pa.system_memory_pool())
    # Not every C library has it.
    if mallopt := getattr(_libc(), "mallopt", None):
        mallopt(_M_MMAP_THRESHOLD, LARGE_BLOCK)


def give_back() -> None:
    """What is free, also between blocks that are not."""
    pa.default_memory_pool().release_unused()
    if trim := getattr(_libc(), "malloc_trim", None):
        trim(0)


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None)
