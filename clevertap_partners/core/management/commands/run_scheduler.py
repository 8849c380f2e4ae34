"""The clock of the system: wakes what is due, again and again, from what the database says."""

from __future__ import annotations

import signal
import threading
import time
from typing import Any

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import OperationalError, close_old_connections
from django.utils.module_loading import import_string

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    """Runs each function of settings.SCHEDULER_TICKS every settings.SCHEDULER_TICK_S seconds.

    A loop of our own rather than jobs that re-enqueue themselves: it must go on when the queue is
    flushed or down, for it is what rings again. Several schedulers at once do no harm.
    """

    help = "Rings for due and abandoned work. Run at least one beside the workers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="Tick once and end.")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        stop = threading.Event()
        if not once:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stop.set())
        self.tick()
        while not once and not stop.wait(settings.SCHEDULER_TICK_S):
            self.tick()

    def tick(self) -> None:
        for path in settings.SCHEDULER_TICKS:
            started = time.monotonic()
            try:
                import_string(path)()
            except OperationalError as error:
                # A database that is away for a moment must not end the clock.
                log.warning("tick_failed", tick=path, error=str(error))
            except Exception:  # noqa: BLE001  (one tick's mistake must not end the others)
                log.exception("tick_broken", tick=path)
            log.debug("tick", tick=path, seconds=round(time.monotonic() - started, 3))
        close_old_connections()
