"""What workers call. Arguments are ids; the rows hold the rest."""

from __future__ import annotations


def run_upkeep(account_id: int) -> None:
    # Delta and Arrow load here, in the job, not in whoever only rings.
    from clevertap_partners.eventstore.upkeep_work import upkeep_run  # noqa: PLC0415

    upkeep_run(account_id=account_id)
