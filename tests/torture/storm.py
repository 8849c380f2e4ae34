"""Carries one piece of work through its troubles, until it is done or has taken too long."""

from __future__ import annotations

import json
import random
import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis import Redis

from tests.services import Sandbox
from tests.torture.crew import Crew
from tests.torture.magazine import Bullet, Magazine
from tests.torture.tally import Tally

LIMIT_S = 90.0
LOOK_EVERY_S = 0.08
# Longer than a lease: whoever comes back has been replaced.
PAUSE_S = 1.8
DOUBLES = 4
# Workers that end by themselves: the queue may be taken from under them, but not again and again.
MAY_LEAVE = 10


@dataclass(frozen=True)
class Blow:
    """Something that happens once this part of the rows is through."""

    at: float
    kind: str
    fault: Mapping[str, Any]


@dataclass(frozen=True)
class Ordeal:
    """What befalls one piece of work: `label` says which, `seed` decides whom the blows hit."""

    label: str
    seed: str
    workers: int
    bullets: Sequence[Bullet]
    blows: Sequence[Blow]


@dataclass(frozen=True)
class Hands:
    """What a storm lays its hands on."""

    crew: Crew
    sandbox: Sandbox
    queue: Redis


class Stuck(AssertionError):
    """The work came to no end, or to a wrong one; the message says what waits."""


class Storm(ABC):
    """One piece of work among its workers."""

    # What rings a worker.
    task: str

    def __init__(self, ordeal: Ordeal, hands: Hands) -> None:
        self._ordeal = ordeal
        self._crew = hands.crew
        self._sandbox = hands.sandbox
        self._queue = hands.queue
        self._chance = random.Random(f"{ordeal.seed}-storm")  # noqa: S311  (no secret hangs on it)
        self._blows = list(ordeal.blows)
        self._workers: set[int] = set()
        self._paused: dict[int, float] = {}
        self._killed = self._left = self._faults = 0

    @abstractmethod
    def is_done(self, tally: Tally) -> bool:
        """Look how it stands, and do what a person would do about trouble. May raise Stuck."""

    @abstractmethod
    def progress(self) -> float:
        """Which part of the rows is through."""

    @abstractmethod
    def deal_more(self, blow: Blow) -> None:
        """A blow that only this work knows."""

    @abstractmethod
    def facts(self) -> dict[str, Any]:
        """How the work stands, for whoever looks into why it is stuck."""

    def carry_out(self, folder: Path, tally: Tally) -> None:
        """Until the work is done and every worker at rest. Raises Stuck."""
        magazine = Magazine(folder, self._ordeal.bullets)
        deadline = time.monotonic() + LIMIT_S
        try:
            while not self.is_done(tally):
                self._check(deadline)
                self._staff(folder)
                self._strike(tally)
                self._wake()
                time.sleep(LOOK_EVERY_S)
            self._rest(deadline)
        finally:
            self._count(magazine, tally)
            self._sandbox.console.clear_faults()
            self._clear_away()

    def explain(self, what: str) -> str:
        facts = self.facts() | {
            "faults left": self._sandbox.console.faults(),
            "jobs waiting": self._queue.llen("rq:queue:default"),
            "workers": sorted(self._workers),
            "paused": sorted(self._paused),
        }
        told = json.dumps(facts, default=str, indent=1)
        self._crew.ask_where(self._workers)
        time.sleep(LOOK_EVERY_S)
        return f"{self._ordeal.label}: {what}\n{told}\n{self._crew.log_tail()}"

    def _count(self, magazine: Magazine, tally: Tally) -> None:
        unused = sum(fault["times"] or 0 for fault in self._sandbox.console.faults())
        tally.faults += self._faults - unused
        fired = magazine.fired()
        tally.add_kills([*fired, *["from outside"] * max(0, self._killed - len(fired))])

    def _check(self, deadline: float) -> None:
        self._count_ended()
        if self._left > MAY_LEAVE:
            raise Stuck(self.explain("its workers leave"))
        if not self._crew.has_scheduler():
            raise Stuck(self.explain("the scheduler has ended"))
        if time.monotonic() > deadline:
            raise Stuck(self.explain(f"it has not ended within {LIMIT_S:.0f} s"))

    def _count_ended(self) -> None:
        for worker, code in self._crew.ended():
            self._workers.discard(worker)
            self._paused.pop(worker, None)
            self._killed += code == -signal.SIGKILL
            self._left += code != -signal.SIGKILL

    def _staff(self, folder: Path) -> None:
        while len(self._workers) < self._ordeal.workers:
            self._workers.add(self._crew.start_worker(folder, self._ordeal.bullets))

    def _strike(self, tally: Tally) -> None:
        while self._blows and self._blows[0].at <= self.progress():
            blow = self._blows.pop(0)
            tally.blows[blow.kind] += 1
            self._deal(blow)

    def _deal(self, blow: Blow) -> None:
        victim = self._chance.choice(sorted(self._workers))
        match blow.kind:
            case "kill":
                self._crew.kill(victim)
            case "pause":
                if self._crew.pause(victim):
                    self._paused[victim] = time.monotonic() + PAUSE_S
            case "flush":
                self._queue.flushall()
            case "double":
                self._double()
            case "fault":
                self._sandbox.add_fault(**blow.fault)
                self._faults += blow.fault["times"]
            case _:
                self.deal_more(blow)

    def _double(self) -> None:
        """Deliver every job again, those under way too, and ring without reason."""
        from rq import Queue  # noqa: PLC0415  (warns where settings are not ready)

        waiting = self._queue.lrange("rq:queue:default", 0, -1)
        under_way = [one.split(b":")[0] for one in self._queue.zrange("rq:wip:default", 0, -1)]
        for job in [*waiting, *under_way]:
            self._queue.rpush("rq:queue:default", job)
        for _ in range(DOUBLES):
            Queue("default", connection=self._queue).enqueue(self.task, result_ttl=0)

    def _wake(self, *, all_of_them: bool = False) -> None:
        for worker, until in list(self._paused.items()):
            if all_of_them or time.monotonic() > until:
                self._crew.resume(worker)
                self._paused.pop(worker)

    def _rest(self, deadline: float) -> None:
        """Let everybody finish what they are at, those who were thought dead above all."""
        self._wake(all_of_them=True)
        self._crew.send_home(self._workers)
        while self._workers:
            if time.monotonic() > deadline:
                raise Stuck(self.explain("a worker does not come to rest"))
            time.sleep(LOOK_EVERY_S)
            self._count_ended()

    def _clear_away(self) -> None:
        """Nobody of this work is left for what comes next."""
        while self._workers:
            for worker in self._workers:
                self._crew.kill(worker)
            time.sleep(LOOK_EVERY_S)
            self._count_ended()
        self._queue.flushall()


def state_of(row: Any) -> list[Any]:
    """How a leased row stands."""
    return [str(row), row.status, row.fence, row.lease_until, row.attempts, row.next_attempt_at]
