"""[pure] Credential tests: steps in order, each passed, failed or skipped, in words that help."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from clevertap_partners.core.errors import PartnersError, TransientError
from clevertap_partners.core.marking import gettext_noop

NOT_REACHED = gettext_noop("Not reached: an earlier step failed.")
NOT_SEEN = gettext_noop("Could not be seen, and is not needed.")


class Outcome(enum.StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Finding:
    """What a step that did not fail has found. `advice` asks for attention without failing."""

    sentence: str
    advice: str = ""
    command: str = ""
    seen: bool = True


@dataclass(frozen=True)
class CheckResult:
    """One line of the report. `field` is the form field that the failure belongs beside."""

    title: str
    outcome: Outcome
    sentence: str
    fix: str = ""
    command: str = ""
    code: str = ""
    field: str = ""
    may_pass_later: bool = False
    help_url: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class CheckStep:
    """`run` returns what it found or raises a PartnersError. A report-only step never fails."""

    title: str
    run: Callable[[], Finding]
    field: str = ""
    report_only: bool = False


def run_steps(steps: Iterable[CheckStep]) -> Iterator[CheckResult]:
    """Carry out the steps as they are asked for; after a failure the rest is skipped."""
    failed = False
    for step in steps:
        result = not_reached(step) if failed else carry_out(step)
        failed = failed or result.outcome is Outcome.FAILED
        yield result


def not_reached(step: CheckStep) -> CheckResult:
    return CheckResult(step.title, Outcome.SKIPPED, NOT_REACHED)


def carry_out(step: CheckStep) -> CheckResult:
    try:
        finding = step.run()
    except PartnersError as error:
        return unknown(step) if step.report_only else failure(step, error)
    outcome = Outcome.PASSED if finding.seen else Outcome.SKIPPED
    return CheckResult(
        step.title, outcome, finding.sentence, fix=finding.advice, command=finding.command
    )


def unknown(step: CheckStep) -> CheckResult:
    return CheckResult(step.title, Outcome.SKIPPED, NOT_SEEN)


def failure(step: CheckStep, error: PartnersError) -> CheckResult:
    # A fix may carry the exact command on a line of its own.
    fix, _, command = error.fix.partition("\n")
    return CheckResult(
        step.title,
        Outcome.FAILED,
        error.message,
        fix=fix,
        command=command,
        code=error.code,
        field=step.field,
        may_pass_later=isinstance(error, TransientError),
        help_url=error.help_url,
    )
