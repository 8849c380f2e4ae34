"""Puts demo events into an account's lake, through the same writer and catalogue as any others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from clevertap_partners.accounts.models import Account
from clevertap_partners.eventstore.catalogue import catalogue_catch_up, catalogue_update
from clevertap_partners.eventstore.demo.generate import DemoPlan, demo_batches, demo_profiles
from clevertap_partners.eventstore.lake import events_uri, profiles_uri
from clevertap_partners.eventstore.profiles import ProfileWriter
from clevertap_partners.eventstore.survey import survey
from clevertap_partners.eventstore.writer import EventWriter

# Grows whenever the same plan would give other people than before: those there are merged again.
PEOPLE_BATCH = 2


@dataclass(frozen=True)
class DemoSummary:
    """How many events and profiles were added; none when they were there already."""

    events: int
    profiles: int


def demo_load(
    *, account: Account, plan: DemoPlan, progressed: Callable[[int], None]
) -> DemoSummary:
    """Load the plan's events and people. The same plan lands once, also when it was interrupted."""
    catalogue_catch_up(account=account)
    writer = EventWriter(events_uri(account.pk))
    landed = writer.landed(app_id=plan.app_id) or 0
    events = 0
    for number, rows in demo_batches(plan, wanted=lambda batch: batch > landed):
        version = writer.write(rows, app_id=plan.app_id, batch=number)
        if version is not None:
            catalogue_update(account=account, found=survey(rows), version=version)
            events += rows.num_rows
        progressed(events)
    people = ProfileWriter(profiles_uri(account.pk))
    merged = people.merge(demo_profiles(plan), app_id=plan.app_id, batch=PEOPLE_BATCH)
    return DemoSummary(events=events, profiles=merged or 0)
