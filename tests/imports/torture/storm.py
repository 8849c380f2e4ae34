"""What is different for imports: how a run stands, what helps it, sessions that expire."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Sum

from imports.models import ImportBatch, ImportRun
from imports.runs import WORK_TASK
from imports.services import import_retry
from tests.torture.storm import Blow, Hands, Ordeal, Storm, Stuck, state_of
from tests.torture.tally import Tally


class ImportStorm(Storm):
    """One run among its workers."""

    task = WORK_TASK

    def __init__(self, ordeal: Ordeal, run: ImportRun, *, rows: int, hands: Hands) -> None:
        super().__init__(ordeal, hands)
        self._run = run
        self._rows = rows

    def is_done(self, tally: Tally) -> bool:
        # Whoever dies between the claim and its answer leaves the row as it was.
        self._run.refresh_from_db()
        if self._run.trouble_code:
            self._help(tally)
        if self._run.status == ImportRun.Status.STOPPED:
            raise Stuck(self.explain("it was stopped"))
        return self._run.status == ImportRun.Status.DONE

    def progress(self) -> float:
        batches = ImportBatch.objects.filter(unit__run=self._run, unit__is_tail=False)
        read = batches.aggregate(rows=Sum(F("end_row") - F("first_row")))["rows"]
        return int(read or 0) / max(self._rows, 1)

    def deal_more(self, blow: Blow) -> None:
        """`expire`: whatever is being read has to be read anew."""
        self._sandbox.console.expire_read_sessions()

    def facts(self) -> dict[str, Any]:
        run = self._run
        return {
            "import": [run.parent.status, run.parent.trouble_code],
            "trouble": run.trouble_message,
            "run": [*state_of(run), run.generation, run.rows_expected],
            "units": [[*state_of(unit), unit.position] for unit in run.units.all()],
            "people": run.people_parts,
        }

    def _help(self, tally: Tally) -> None:
        """What a person would do about the trouble that is shown. Raises Stuck if there is none."""
        code = self._run.trouble_code
        # Six workers in a row died of the same step: it now waits for an hour, or for a word.
        if code != "internal_error":
            raise Stuck(self.explain("it is in trouble"))
        tally.blows[f"helped after {code}"] += 1
        assert self._run.created_by
        import_retry(item=self._run.parent, actor=self._run.created_by)
