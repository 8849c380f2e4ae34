"""What operators do from the command line."""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from clevertap_partners.accounts.models import AuditEntry
from exports.models import Export, ExportRun
from integrations.models import Connection
from tests.states import finish

pytestmark = pytest.mark.django_db

Make = Callable[..., Export]


def call(*words: str) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


@pytest.fixture
def export(make_export: Make, saved_connection: Connection) -> Export:
    return make_export(saved_connection)


def in_trouble(export: Export) -> ExportRun:
    later = timezone.now() + datetime.timedelta(hours=1)
    export.runs.update(
        trouble_code="key_deleted",
        trouble_message="The key was deleted.",
        trouble_turn="customer",
        next_attempt_at=later,
    )
    return export.runs.get()


def test_nothing_is_stuck_when_all_is_well(export: Export) -> None:
    assert call("stuck_runs") == "No run is stuck.\n"


def test_a_run_in_trouble_is_listed_with_its_reason_and_whose_turn_it_is(
    export: Export, capsys: pytest.CaptureFixture[str]
) -> None:
    run = in_trouble(export)
    with pytest.raises(SystemExit) as ended:
        call_command("stuck_runs")
    assert ended.value.code == 1
    told = capsys.readouterr().out
    assert str(run) in told
    assert "key_deleted (turn: customer): The key was deleted." in told
    assert "next attempt" in told


def test_a_run_that_writes_nothing_for_hours_is_listed(
    export: Export, capsys: pytest.CaptureFixture[str]
) -> None:
    later = timezone.now() + datetime.timedelta(hours=2)
    with time_machine.travel(later):
        with pytest.raises(SystemExit):
            call_command("stuck_runs")
        assert str(export.runs.get()) in capsys.readouterr().out
        assert call("stuck_runs", "--hours", "3") == "No run is stuck.\n"


def test_a_finished_run_is_not_stuck(export: Export) -> None:
    finish(export)
    with time_machine.travel(timezone.now() + datetime.timedelta(days=9)):
        assert call("stuck_runs") == "No run is stuck.\n"


def test_a_run_is_tried_again(export: Export) -> None:
    run = in_trouble(export)
    assert f"Run {run} is tried again" in call("retry_run", str(run))
    run.refresh_from_db()
    assert (run.trouble_code, run.next_attempt_at) == ("", None)
    assert AuditEntry.objects.get(action="export retried").actor is None


@pytest.mark.parametrize("name", ["nothing", "1-2", "1-x", ""])
def test_a_run_that_there_is_not_is_said(name: str, export: Export) -> None:
    with pytest.raises(CommandError, match="There is no run"):
        call("retry_run", name)


def test_a_run_that_has_ended_is_left(export: Export) -> None:
    finish(export)
    with pytest.raises(CommandError, match="nothing to do"):
        call("retry_run", str(export.runs.get()))


def test_an_export_is_stopped_with_a_reason_for_the_customer(export: Export) -> None:
    told = call("stop_export", str(export), "--reason", "The bucket is being moved.")
    assert "stopped and never runs again" in told
    export.refresh_from_db()
    assert (export.status, export.stop_reason) == ("stopped", "The bucket is being moved.")
    with pytest.raises(CommandError, match="had ended already"):
        call("stop_export", str(export))


def test_an_export_that_there_is_not_is_said() -> None:
    with pytest.raises(CommandError, match="There is no export 7"):
        call("stop_export", "7")
