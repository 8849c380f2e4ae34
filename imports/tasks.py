"""Where RQ comes in. No arguments: what there is to do is in the database."""

from __future__ import annotations


def work() -> None:
    """Answer a ring."""
    # The engine and the warehouse's client load here, in the job, not in whoever only rings.
    from imports import work as worker  # noqa: PLC0415

    worker.work()
