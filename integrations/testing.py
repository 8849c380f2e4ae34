"""Credential tests: begun by a person or daily, carried out by a worker, saved step by step.

The row is the truth. A worker claims it; if it dies, `ring_waiting_tests` gives it to another. A
draft's secret is in the row only until the test is over.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from clevertap_partners.accounts.models import Account
from clevertap_partners.core.errors import (
    LeaseLost,
    PartnersError,
    PermanentError,
    TransientError,
)
from clevertap_partners.core.faults import error
from clevertap_partners.core.lease import Heartbeat, Lease, claim
from clevertap_partners.core.queue import ring, waiting
from integrations import faults, selectors
from integrations.models import Connection, CredentialTest
from integrations.partners.base import Probe
from integrations.partners.checking import CheckResult, Outcome, run_steps
from integrations.partners.registry import get_partner
from integrations.services import (
    Draft,
    connection_note_result,
    connection_save,
    connection_store_key,
)

log = structlog.get_logger(__name__)

TASK = "integrations.tasks.run_credential_test"
TIMEOUT_S = 300
# A test is over in seconds: whatever kills three workers over one is a fault of ours.
ATTEMPTS = 3
DAILY = datetime.timedelta(days=1)
DAILY_AT_ONCE = 50


@dataclass(frozen=True)
class Wish:
    """What somebody wants tested. `config_text` is the secret; empty for a saved connection."""

    purpose: CredentialTest.Purpose
    partner: str
    nickname: str
    target: str
    config_text: str = field(default="", repr=False)
    connection: Connection | None = None
    position: int = 0


@transaction.atomic
def connection_test_start(
    *, account: Account, wishes: Sequence[Wish], actor: User | None, ip: str | None = None
) -> uuid.UUID:
    """Begin the tests of one press of a button. Returns the batch that they belong to."""
    batch = uuid.uuid4()
    for wish in wishes:
        test = CredentialTest.objects.create(
            account=account,
            batch=batch,
            partner=wish.partner,
            position=wish.position,
            purpose=wish.purpose,
            connection=wish.connection,
            nickname=wish.nickname,
            target=wish.target,
            config=wish.config_text,
            created_by=actor,
            ip_address=ip,
        )
        ring(TASK, test.pk, queue="high", timeout_s=TIMEOUT_S)
    return batch


def retest(connection: Connection) -> Wish:
    return Wish(
        purpose=CredentialTest.Purpose.RETEST,
        partner=connection.partner,
        nickname=connection.nickname,
        target=connection.target,
        connection=connection,
    )


def credential_test_run(*, test_id: int) -> None:
    """Carry out one test, unless another worker does or has done. May be called twice."""
    test = (
        CredentialTest.objects.defer("config")
        .select_related("account", "connection", "created_by")
        .defer("connection__config")
        .filter(pk=test_id)
        .first()
    )
    if test is None or test.is_finished:
        return
    lease = claim(test)
    if lease is None:
        return
    try:
        with Heartbeat(lease) as heartbeat:
            finish(test, lease, carry_out(test, lease, heartbeat))
    except LeaseLost:
        log.warning("credential_test_lost", test_id=test_id)


@dataclass
class Verdict:
    """How a test went. `config_text` is the secret to keep, which the test may have completed."""

    steps: list[dict[str, Any]] = field(default_factory=list)
    problem: dict[str, str] = field(default_factory=dict)
    may_pass_later: bool = False
    config_text: str = field(default="", repr=False)

    @property
    def passed(self) -> bool:
        return not self.problem and all(step["outcome"] != Outcome.FAILED for step in self.steps)

    @property
    def message(self) -> str:
        failed = next((each for each in self.steps if each["outcome"] == Outcome.FAILED), None)
        return str(failed["sentence"] if failed else self.problem.get("message", ""))


def carry_out(test: CredentialTest, lease: Lease, heartbeat: Heartbeat) -> Verdict:
    verdict = Verdict()
    try:
        refuse_hopeless(test, lease)
        probe = get_partner(test.partner).probe(secret_of(test))
    except PartnersError as problem:
        verdict.problem = problem_of(problem)
        verdict.may_pass_later = isinstance(problem, TransientError)
        return verdict
    with closing(probe):
        lease.update(status=CredentialTest.Status.RUNNING, steps=titles(probe))
        for result in run_steps(probe.steps()):
            heartbeat.check()
            note_step(verdict, result)
            lease.update(steps=[*verdict.steps, *titles(probe)[len(verdict.steps) :]])
        if verdict.passed:
            verdict.config_text = probe.config_text()
    return verdict


def refuse_hopeless(test: CredentialTest, lease: Lease) -> None:
    feature = get_partner(test.partner).feature
    if not feature.is_on(test.account):
        raise PermanentError(feature.missing_message, code="feature_missing")
    if lease.fence > ATTEMPTS:
        raise error(faults.TEST_INTERRUPTED)


def secret_of(test: CredentialTest) -> str:
    """Raises PermanentError `secret_unreadable`."""
    if test.purpose == CredentialTest.Purpose.RETEST and test.connection is not None:
        return str(test.connection.config)
    return str(test.config)


def titles(probe: Probe) -> list[dict[str, Any]]:
    """The steps that are still to come, so that the screen shows them from the start."""
    return [{"title": step.title, "outcome": "waiting", "sentence": ""} for step in probe.steps()]


def note_step(verdict: Verdict, result: CheckResult) -> None:
    verdict.steps.append(result.as_dict())
    verdict.may_pass_later = verdict.may_pass_later or result.may_pass_later


def finish(test: CredentialTest, lease: Lease, verdict: Verdict) -> None:
    """Save what passed, keep the outcome, forget the secret: all or nothing."""
    with transaction.atomic():
        if verdict.passed:
            test.connection = keep(test, verdict)
        if test.connection is not None and test.purpose != CredentialTest.Purpose.ADD:
            note_result(test, verdict)
        status = CredentialTest.Status.PASSED if verdict.passed else CredentialTest.Status.FAILED
        lease.release(
            status=status,
            steps=verdict.steps,
            problem=verdict.problem,
            connection=test.connection,
            config="",
            finished_at=timezone.now(),
        )
    log.info("credential_test_finished", test_id=test.pk, status=str(status))


def keep(test: CredentialTest, verdict: Verdict) -> Connection | None:
    """The connection as it is after a test that passed. A problem turns the verdict."""
    if test.purpose == CredentialTest.Purpose.ADD:
        return add(test, verdict)
    if test.connection is not None and test.purpose == CredentialTest.Purpose.REPLACE_KEY:
        connection_store_key(
            connection=test.connection,
            config_text=verdict.config_text,
            actor=test.created_by,
            ip=test.ip_address,
        )
    return test.connection


def add(test: CredentialTest, verdict: Verdict) -> Connection | None:
    draft = Draft(test.account, test.partner, test.nickname, verdict.config_text, verdict.steps)
    try:
        return connection_save(draft=draft, actor=test.created_by, ip=test.ip_address)
    except PermanentError as problem:
        verdict.problem = problem_of(problem)
        return None


def note_result(test: CredentialTest, verdict: Verdict) -> None:
    if test.purpose == CredentialTest.Purpose.REPLACE_KEY and not verdict.passed:
        return  # the old key stays, and this test says nothing about it
    if test.connection is not None and has_its_key_still(test.connection):
        connection_note_result(
            connection=test.connection,
            ok=None if verdict.may_pass_later else verdict.passed,
            message=verdict.message,
            steps=verdict.steps,
        )


def has_its_key_still(connection: Connection) -> bool:
    """False when the key was replaced while the one before it, as read then, was tested."""
    saved = Connection.objects.select_for_update().filter(pk=connection.pk)
    return connection.key_id in saved.values_list("key_id", flat=True)


def problem_of(problem: PartnersError) -> dict[str, str]:
    return {"message": problem.message, "fix": problem.fix, "code": problem.code}


def connection_test_after_refusal(*, connection: Connection) -> None:
    """Find out why a run met 401 or 403. One test at a time."""
    open_test = connection.tests.exclude(
        status__in=[CredentialTest.Status.PASSED, CredentialTest.Status.FAILED]
    )
    if not open_test.exists():
        connection_test_start(account=connection.account, wishes=[retest(connection)], actor=None)


def connections_test_daily() -> None:
    """A scheduler tick: test what has not been tested for a day, some at a time."""
    due = selectors.connections_to_test(before=timezone.now() - DAILY)[:DAILY_AT_ONCE]
    for connection in due:
        connection_test_start(account=connection.account, wishes=[retest(connection)], actor=None)


def ring_waiting_tests() -> None:
    """A scheduler tick: ring again for tests that nobody carries out, once all rings were heard."""
    if waiting("high"):
        return
    for test_id in selectors.tests_to_ring():
        ring(TASK, test_id, queue="high", timeout_s=TIMEOUT_S)
