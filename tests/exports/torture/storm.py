"""What is different for exports: how they stand, what helps them, what comes too late for them."""

from __future__ import annotations

from typing import Any

from django.db.models import Sum

from exports.models import Export, ExportFile
from exports.runs import WORK_TASK
from exports.services import export_retry
from tests.exports.torture.loading import load
from tests.exports.torture.scenario import Scenario
from tests.exports.torture.stranger import Stranger
from tests.torture.storm import Blow, Hands, Ordeal, Storm, Stuck, state_of
from tests.torture.tally import Tally


class ExportStorm(Storm):
    """One run among its workers."""

    task = WORK_TASK

    def __init__(
        self, scenario: Scenario, export: Export, *, hands: Hands, stranger: Stranger
    ) -> None:
        seed = f"{scenario.seed}-{scenario.number}"
        ordeal = Ordeal(scenario.label, seed, scenario.workers, scenario.bullets, scenario.blows)
        super().__init__(ordeal, hands)
        self._scenario = scenario
        self._export = export
        self._stranger = stranger
        self._rows = scenario.expected.total()

    def is_done(self, tally: Tally) -> bool:
        self._export.refresh_from_db()
        if self._export.trouble_code:
            self._help(tally)
        if self._export.status == Export.Status.STOPPED:
            raise Stuck(self.explain("it was stopped"))
        return self._export.status == Export.Status.DONE

    def progress(self) -> float:
        stored = ExportFile.objects.filter(run__export=self._export, stored_at__isnull=False)
        return int(stored.aggregate(rows=Sum("rows"))["rows"] or 0) / self._rows

    def deal_more(self, blow: Blow) -> None:
        """`load`: more of the same days, for which this run comes too early."""
        if self._export.status == Export.Status.RUNNING:
            load(self._export.account, self._scenario.late)

    def facts(self) -> dict[str, Any]:
        run = self._export.runs.get()
        return {
            "export": [self._export.status, self._export.trouble_code],
            "trouble": self._export.trouble_message,
            "run": state_of(run),
            "units": [state_of(unit) for unit in run.units.all()],
            "announced": list(run.files.filter(stored_at=None).values_list("name", flat=True)),
        }

    def _help(self, tally: Tally) -> None:
        """What a person would do about the trouble that is shown. Raises Stuck if there is none."""
        code = self._export.trouble_code
        if code == "name_taken" and self._scenario.intruder:
            # Perhaps said again by a worker that had asked before it went.
            self._stranger.goes()
        # Six workers in a row died of the same step: it now waits for an hour, or for a word.
        elif code != "internal_error":
            raise Stuck(self.explain("it is in trouble"))
        tally.blows[f"helped after {code}"] += 1
        assert self._export.created_by
        export_retry(export=self._export, actor=self._export.created_by)
