"""[pure] What every commit to the lake has in common: its time, and that it deletes nothing."""

from __future__ import annotations

import datetime
import time
from collections.abc import Mapping
from typing import Any

from deltalake import CommitProperties, PostCommitHookProperties, Transaction

# delta-rs would delete old commits after some of ours. They go with the vacuum, which knows what
# is still needed of them.
KEEP_LOGS = PostCommitHookProperties(cleanup_expired_logs=False)


def commit_properties(
    *, transactions: list[Transaction] | None = None, tries: int | None = None, **facts: Any
) -> CommitProperties:
    """Properties that say when, by this machine's clock in milliseconds, and the facts.

    `tries`: how many further versions to try when another commit was first; delta-rs' choice when
    it is None.
    """
    return CommitProperties(
        custom_metadata={"committed_at": int(time.time() * 1000), **facts},
        max_commit_retries=tries,
        app_transactions=transactions,
    )


def written_at(info: Mapping[str, Any]) -> datetime.datetime:
    """When a commit was written, by its `commitInfo`: our own stamp, else that of delta-rs."""
    milliseconds = info.get("committed_at") or info.get("timestamp") or 0
    return datetime.datetime.fromtimestamp(int(milliseconds) / 1000, datetime.UTC)
