"""[pure] Makes few files of the profiles table's many small ones. Their order does not matter."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
from deltalake import DeltaTable, WriterProperties
from deltalake.exceptions import CommitFailedError, TableNotFoundError

from clevertap_partners.core.faults import error
from clevertap_partners.eventstore import faults
from clevertap_partners.eventstore.committing import KEEP_LOGS, commit_properties

# A file is read in one go by one worker: large enough to be few, small enough to share the work.
TARGET_BYTES = 32_000_000
SMALL_BYTES = TARGET_BYTES // 2
# So many small files are worth a commit: when there is time, and when they become too many.
WORTH, TOO_MANY = 4, 16
# The engine holds the row group that it writes.
ROW_GROUP_ROWS = 50_000


@dataclass(frozen=True)
class Joined:
    """How many files a compaction took away and put in their place, and the bytes it read."""

    removed: int
    added: int
    bytes: int


def small_files(table_uri: str) -> list[int]:
    """The sizes of the newest version's small files; none when there is no table."""
    try:
        actions = pa.table(DeltaTable(table_uri).get_add_actions(flatten=True))
    except TableNotFoundError:
        return []
    sizes = actions.column("size_bytes").to_pylist()
    return [size for size in sizes if size < SMALL_BYTES]


def is_worth_it(small: list[int], *, thorough: bool) -> bool:
    return len(small) >= (WORTH if thorough else TOO_MANY)


def compact_profiles(table_uri: str) -> Joined:
    """Join small files in one commit, which changes no row and by which nothing arrives.

    Raises TransientError `lake_busy` when profiles of these files were changed meanwhile.
    """
    try:
        done = DeltaTable(table_uri).optimize.compact(
            target_size=TARGET_BYTES,
            max_concurrent_tasks=1,
            writer_properties=WriterProperties(
                compression="ZSTD", max_row_group_size=ROW_GROUP_ROWS
            ),
            commit_properties=commit_properties(tries=0, upkeep="compaction"),
            post_commithook_properties=KEEP_LOGS,
        )
    except CommitFailedError as conflict:
        raise error(faults.LAKE_BUSY) from conflict
    removed, added = int(done["numFilesRemoved"]), int(done["numFilesAdded"])
    # Files that it joins come as text in the figures; what it wrote is about what it read.
    return Joined(removed, added, sum(small_files(table_uri)))
