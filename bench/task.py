"""What a contender is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Task:
    """Export the lake into `folder`, which is empty. `bucket` is a file that says where, or none.

    `keep` is for checks: Partners then keeps its files, which it otherwise forgets when written.
    """

    lake: Path
    folder: Path
    bucket: Path | None = None
    keep: bool = False


# Returns the files that it wrote, in order.
Contender = Callable[[Task], list[Path]]
