"""Carries one run through its troubles, until it is done or has taken too long."""

from __future__ import annotations

import json
import random
import signal
import time
from pathlib import Path
from typing import Any

from django.db.models import Sum
from redis import Redis

from exports.models import Export, ExportFile
from exports.runs import WORK_TASK
from exports.services import export_retry
from tests.exports.torture.crew import Crew
from tests.exports.torture.loading import load
from tests.exports.torture.points import Magazine
from tests.exports.torture.scenario import Blow, Scenario
from tests.exports.torture.stranger import Stranger
from tests.exports.torture.tally import Tally
from tests.services import Sandbox

LIMIT_S = 90.0
LOOK_EVERY_S = 0.08
# Longer than a lease: whoever comes back has been replaced.
PAUSE_S = 1.8
DOUBLES = 4
# Workers that end by themselves: the queue may be taken from under them, but not again and again.
MAY_LEAVE = 10


class Stuck(AssertionError):
    """The run came to no end, or to a wrong one; the message says what waits."""


class Storm:
    """One run among its workers."""

    def __init__(
        self,
        scenario: Scenario,
        export: Export,
        *,
        crew: Crew,
        sandbox: Sandbox,
        queue: Redis,
        stranger: Stranger,
    ) -> None:
        self._scenario = scenario
        self._export = export
        self._crew = crew
        self._sandbox = sandbox
        self._queue = queue
        self._stranger = stranger
        self._chance = random.Random(f"{scenario.seed}-{scenario.number}-storm")  # noqa: S311
        self._rows = scenario.expected.total()
        self._blows = list(scenario.blows)
        self._workers: set[int] = set()
        self._paused: dict[int, float] = {}
        self._killed = self._left = self._faults = 0

    def carry_out(self, folder: Path, tally: Tally) -> None:
        """Until the export is done and every worker at rest. Raises Stuck."""
        magazine = Magazine(folder, self._scenario.bullets)
        deadline = time.monotonic() + LIMIT_S
        try:
            while not self._is_done(tally):
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

    def _count(self, magazine: Magazine, tally: Tally) -> None:
        unused = sum(fault["times"] or 0 for fault in self._sandbox.console.faults())
        tally.faults += self._faults - unused
        fired = magazine.fired()
        tally.add_kills([*fired, *["from outside"] * max(0, self._killed - len(fired))])

    def _is_done(self, tally: Tally) -> bool:
        self._export.refresh_from_db()
        if self._export.trouble_code:
            self._help(tally)
        if self._export.status == Export.Status.STOPPED:
            raise Stuck(self._explain("it was stopped"))
        return self._export.status == Export.Status.DONE

    def _help(self, tally: Tally) -> None:
        """What a person would do about the trouble that is shown. Raises Stuck if there is none."""
        code = self._export.trouble_code
        if code == "name_taken" and self._scenario.intruder:
            # Perhaps said again by a worker that had asked before it went.
            self._stranger.goes()
        # Six workers in a row died of the same step: it now waits for an hour, or for a word.
        elif code != "internal_error":
            raise Stuck(self._explain("it is in trouble"))
        tally.blows[f"helped after {code}"] += 1
        assert self._export.created_by
        export_retry(export=self._export, actor=self._export.created_by)

    def _check(self, deadline: float) -> None:
        self._count_ended()
        if self._left > MAY_LEAVE:
            raise Stuck(self._explain("its workers leave"))
        if not self._crew.has_scheduler():
            raise Stuck(self._explain("the scheduler has ended"))
        if time.monotonic() > deadline:
            raise Stuck(self._explain(f"it has not ended within {LIMIT_S:.0f} s"))

    def _count_ended(self) -> None:
        for worker, code in self._crew.ended():
            self._workers.discard(worker)
            self._paused.pop(worker, None)
            self._killed += code == -signal.SIGKILL
            self._left += code != -signal.SIGKILL

    def _staff(self, folder: Path) -> None:
        while len(self._workers) < self._scenario.workers:
            self._workers.add(self._crew.start_worker(folder, self._scenario.bullets))

    def _strike(self, tally: Tally) -> None:
        while self._blows and self._blows[0].at <= self._progress():
            blow = self._blows.pop(0)
            tally.blows[blow.kind] += 1
            self._deal(blow)

    def _progress(self) -> float:
        stored = ExportFile.objects.filter(run__export=self._export, stored_at__isnull=False)
        return int(stored.aggregate(rows=Sum("rows"))["rows"] or 0) / self._rows

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
            case "load":
                self._load()
            case "fault":
                self._sandbox.add_fault(**blow.fault)
                self._faults += blow.fault["times"]

    def _double(self) -> None:
        """Deliver every job again, those under way too, and ring without reason."""
        from rq import Queue  # noqa: PLC0415  (warns where settings are not ready)

        waiting = self._queue.lrange("rq:queue:default", 0, -1)
        under_way = [one.split(b":")[0] for one in self._queue.zrange("rq:wip:default", 0, -1)]
        for job in [*waiting, *under_way]:
            self._queue.rpush("rq:queue:default", job)
        for _ in range(DOUBLES):
            Queue("default", connection=self._queue).enqueue(WORK_TASK, result_ttl=0)

    def _load(self) -> None:
        """More of the same days, for which this run comes too early."""
        if self._export.status == Export.Status.RUNNING:
            load(self._export.account, self._scenario.late)

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
                raise Stuck(self._explain("a worker does not come to rest"))
            time.sleep(LOOK_EVERY_S)
            self._count_ended()

    def _clear_away(self) -> None:
        """Nobody of this run is left for the next one."""
        while self._workers:
            for worker in self._workers:
                self._crew.kill(worker)
            time.sleep(LOOK_EVERY_S)
            self._count_ended()
        self._queue.flushall()

    def _explain(self, what: str) -> str:
        run = self._export.runs.get()
        facts: dict[str, Any] = {
            "export": [self._export.status, self._export.trouble_code],
            "trouble": self._export.trouble_message,
            "run": _state(run),
            "units": [_state(unit) for unit in run.units.all()],
            "announced": list(run.files.filter(stored_at=None).values_list("name", flat=True)),
            "faults left": self._sandbox.console.faults(),
            "jobs waiting": self._queue.llen("rq:queue:default"),
            "workers": sorted(self._workers),
            "paused": sorted(self._paused),
        }
        told = json.dumps(facts, default=str, indent=1)
        return f"{self._scenario.label}: {what}\n{told}\n{self._crew.log_tail()}"


def _state(row: Any) -> list[Any]:
    return [str(row), row.status, row.fence, row.lease_until, row.attempts, row.next_attempt_at]
