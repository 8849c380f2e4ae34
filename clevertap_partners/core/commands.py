"""Management commands whose changes the audit log tells by their name."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from clevertap_partners.core.origin import COMMAND, acting


class NotedCommand(BaseCommand):
    """A command that changes something of an account."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        with acting(COMMAND, command=type(self).__module__.rpartition(".")[2]):
            return super().execute(*args, **options)
