"""manage.py make_demo_data --account ID: a year of made-up events for an account."""

from __future__ import annotations

import datetime
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.translation import gettext_noop

from clevertap_partners.core.commands import NotedCommand
from clevertap_partners.core.errors import PartnersError
from clevertap_partners.eventstore.demo.generate import DemoPlan
from clevertap_partners.eventstore.demo.load import demo_load
from clevertap_partners.eventstore.management.commands.load_events import find_account, note_load
from clevertap_partners.eventstore.models import LakeState

MAX_EVENTS = 100_000_000
MAX_DAYS = 3_650


class Command(NotedCommand):
    help = (
        "Fill an account with made-up events and people. The same arguments always make the same "
        "events, and making them twice adds nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--account", type=int, required=True, help="the account's id")
        parser.add_argument("--events", type=_up_to(MAX_EVENTS), default=1_000_000)
        parser.add_argument("--days", type=_up_to(MAX_DAYS), default=365)
        parser.add_argument("--seed", type=int, default=7)
        parser.add_argument(
            "--until",
            type=datetime.date.fromisoformat,
            help="events end before this day, YYYY-MM-DD (default: today, account time)",
        )
        parser.add_argument(
            "--unless-loaded",
            action="store_true",
            help="do nothing when the account has events already",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        account = find_account(options["account"])
        if options["unless_loaded"] and LakeState.objects.filter(account=account, rows__gt=0):
            self.stdout.write("The account has events already; nothing was added.")
            return
        plan = DemoPlan(
            events=options["events"],
            days=options["days"],
            seed=options["seed"],
            until=options["until"] or timezone.now().astimezone(account.zone).date(),
            zone=account.zone,
        )
        try:
            summary = demo_load(account=account, plan=plan, progressed=self._show_progress)
        except PartnersError as error:
            raise CommandError(f"The demo data is not complete: {error} {error.fix}") from error
        counts = (summary.events, summary.profiles)
        note_load(account, gettext_noop("demo data made"), f"seed {plan.seed}", counts)
        self.stdout.write(
            f"Added {summary.events:,} events and {summary.profiles:,} profiles to {account}."
            if summary.events or summary.profiles
            else f"{account} has this demo data already; nothing was added."
        )

    def _show_progress(self, events: int) -> None:
        self.stdout.write(f"{events:,} events added …")


def _up_to(limit: int) -> Any:
    def whole_number(text: str) -> int:
        if not text.isdecimal() or not 1 <= int(text) <= limit:
            raise ArgumentTypeError(f"must be a whole number from 1 to {limit:,}")
        return int(text)

    return whole_number
