"""Encrypt every stored secret with the first key of PARTNERS_SECRET_KEYS."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from clevertap_partners.core.commands import NotedCommand
from integrations.rotation import rotate_all


class Command(NotedCommand):
    help = (
        "Encrypts every stored secret with the first key of PARTNERS_SECRET_KEYS. Put the new key "
        "first, run this, then remove the old one. Safe to repeat and to interrupt."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--batch", type=int, default=200, help="rows per transaction")

    def handle(self, *args: Any, batch: int, **options: Any) -> None:
        if batch < 1:
            raise CommandError("--batch must be at least 1.")
        count = rotate_all(batch=batch)
        self.stdout.write(
            f"{count.rotated} secrets encrypted with the first key, {count.current} already were."
        )
        if count.unreadable:
            raise CommandError(
                f"{len(count.unreadable)} secrets cannot be read with any key of "
                f"PARTNERS_SECRET_KEYS and were left as they are: {', '.join(count.unreadable)}. "
                "Put the key they were encrypted with back into the list, and run this again. "
                "Do not remove any key before that."
            )
