"""A failure that only the customer can mend: three letters, a stop, or an all-clear."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from typing import Any

import pytest
import time_machine
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from clevertap_partners.accounts.models import Account, Membership, Role
from clevertap_partners.core.errors import (
    PartnersError,
    PermanentError,
    Remedy,
    TransientError,
    Turn,
)
from clevertap_partners.core.trouble import trouble
from clevertap_partners.mail import services as outbox
from clevertap_partners.mail.models import Mail
from clevertap_partners.mail.sending import mails_send
from exports import services
from exports.escalation import incidents_tick
from exports.incidents import incident_close, incident_note
from exports.models import Export, ExportUnit, Incident
from exports.services import export_stop
from integrations.models import Connection
from tests.mailbox import Mailbox

START = datetime.datetime(2026, 3, 2, 9, 0, tzinfo=datetime.UTC)
HOUR, DAY = datetime.timedelta(hours=1), datetime.timedelta(days=1)
FAILED, STILL, STOPPED = "needs you", "still fails and stops soon", "has been stopped"
RECOVERED = "works again"


@pytest.fixture(autouse=True)
def _nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rings go nowhere: these tests say themselves when a worker comes by."""
    monkeypatch.setattr(outbox, "ring", lambda *_, **__: None)
    monkeypatch.setattr(outbox, "waiting", lambda queue: 0)
    monkeypatch.setattr(services.queue, "ring", lambda *_, **__: None)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def export(
    clock: time_machine.Traveller,
    make_export: Callable[..., Export],
    saved_connection: Connection,
    settings: LazySettings,
) -> Export:
    settings.PARTNERS_BASE_URL = "https://partners.example"
    return make_export(saved_connection)


def problem(**changes: Any) -> PermanentError:
    words = {
        "code": "permission_missing",
        "fix": "Give it the role Storage Object Creator:\ngcloud storage buckets add-iam-policy",
        "remedy": Remedy.CONNECTION,
        "help_url": "https://cloud.google.com/storage/docs/access-control",
    }
    return PermanentError("The account may not write to the bucket.", **{**words, **changes})


def fail(export: Export, error: PartnersError | None = None) -> Incident | None:
    """As a run does: the export says what is wrong, the incident hears of it."""
    error = error or problem()
    Export.objects.filter(pk=export.pk).update(**trouble(error))
    return incident_note(export=export, error=error)


def recover(export: Export) -> None:
    Export.objects.filter(pk=export.pk).update(**trouble())
    incident_close(export=export, outcome=Incident.Outcome.RECOVERED)


def try_again() -> None:
    """The hourly attempt of what is in trouble, which meets the same."""
    failing = Incident.objects.filter(closed_at=None, export__trouble_turn=Turn.CUSTOMER)
    for incident in failing.filter(export__status__in=Export.OPEN):
        names = ("code", "fix", "help_url")
        words = {name: getattr(incident, name) for name in names}
        same = PermanentError(incident.message, remedy=Remedy(incident.remedy), **words)
        fail(incident.export, same)


def pass_time(clock: time_machine.Traveller, time: datetime.timedelta) -> None:
    """Hour by hour, with the attempts, the ticks and a worker that sends what is due."""
    until = datetime.datetime.now(datetime.UTC) + time
    while datetime.datetime.now(datetime.UTC) < until:
        clock.shift(min(HOUR, until - datetime.datetime.now(datetime.UTC)))
        try_again()
        incidents_tick()
        mails_send()


def endings(mailbox: Mailbox) -> list[str]:
    return [subject.partition(" to Warehouse ")[2] for subject in mailbox.subjects()]


def body(letter: EmailMessage, kind: str = "plain") -> str:
    return letter.get_body((kind,)).get_content().replace("\r\n", "\n")


def test_the_story_of_three_letters(
    mailbox: Mailbox, export: Export, clock: time_machine.Traveller, member: User
) -> None:
    fail(export)
    mails_send()
    assert endings(mailbox) == [FAILED]
    pass_time(clock, DAY - HOUR)
    assert endings(mailbox) == [FAILED]
    pass_time(clock, HOUR)
    assert endings(mailbox) == [FAILED, STILL]
    pass_time(clock, DAY - HOUR)
    export.refresh_from_db()
    assert export.is_open
    pass_time(clock, HOUR)
    export.refresh_from_db()
    assert export.status == Export.Status.STOPPED
    assert endings(mailbox) == [FAILED, STILL, STOPPED]
    assert {letter["To"] for letter in mailbox.letters()} == {member.username}
    incident = Incident.objects.get()
    assert (incident.outcome, incident.closed_at) == (Incident.Outcome.STOPPED, START + 2 * DAY)
    assert "may not write to the bucket" in export.stop_reason
    assert "we wrote about it twice" in body(mailbox.letters()[-1])
    pass_time(clock, 5 * DAY)
    assert len(mailbox.letters()) == 3


def test_the_first_two_letters_carry_the_error_the_fix_and_a_link(
    mailbox: Mailbox, export: Export, clock: time_machine.Traveller, saved_connection: Connection
) -> None:
    fail(export)
    mails_send()
    pass_time(clock, DAY)
    link = (
        "https://partners.example/100000000/settings/partners/google-cloud/"
        f"#connection-{saved_connection.pk}"
    )
    for letter in mailbox.letters():
        for kind in ("plain", "html"):
            words = body(letter, kind)
            assert "The account may not write to the bucket." in words
            assert "Give it the role Storage Object Creator:" in words
            assert link in words
            assert "https://cloud.google.com/storage/docs/access-control" in words
            assert str(export.request_id) in words
            assert "Nothing is lost" in words
        assert "\n    gcloud storage buckets add-iam-policy\n" in body(letter)
    first, second = mailbox.letters()
    assert "we write again after Tuesday 3 March, 09:00 (UTC)" in body(first)
    assert "still fails after Wednesday 4 March, 09:00 (UTC), we stop" in body(second)


def test_the_second_letter_has_the_words_of_the_last_failure(
    mailbox: Mailbox, export: Export, clock: time_machine.Traveller
) -> None:
    fail(export)
    fail(export, PermanentError("The bucket is gone.", code="bucket_not_found"))
    mails_send()
    pass_time(clock, DAY)
    first, second = mailbox.letters()
    assert "may not write" in body(first)
    assert "The bucket is gone." in body(second)
    assert Incident.objects.get().code == "bucket_not_found"


def test_recovery_gives_the_all_clear_and_the_next_failure_begins_anew(
    mailbox: Mailbox, export: Export, clock: time_machine.Traveller
) -> None:
    fail(export)
    mails_send()
    pass_time(clock, DAY + 20 * HOUR)
    recover(export)
    mails_send()
    assert endings(mailbox) == [FAILED, STILL, RECOVERED]
    fail(export)
    mails_send()
    pass_time(clock, DAY - HOUR)
    assert endings(mailbox) == [FAILED, STILL, RECOVERED, FAILED]
    pass_time(clock, HOUR)
    assert endings(mailbox)[4:] == [STILL]
    export.refresh_from_db()
    assert export.is_open


@pytest.mark.parametrize(
    "error",
    [
        TransientError("Google is busy.", code="quota"),
        TransientError("Google asks us to wait.", code="quota", turn=Turn.CUSTOMER),
        problem(turn=Turn.US),
        problem(turn=Turn.PARTNER),
    ],
)
def test_what_is_not_the_customers_to_mend_mails_nobody(
    mailbox: Mailbox, export: Export, clock: time_machine.Traveller, error: PartnersError
) -> None:
    assert fail(export, error) is None
    pass_time(clock, 4 * DAY)
    export.refresh_from_db()
    assert (mailbox.letters(), Incident.objects.count(), export.is_open) == ([], 0, True)


def test_nobody_is_stopped_while_the_fault_is_ours(
    mailbox: Mailbox, export: Export, clock: time_machine.Traveller
) -> None:
    fail(export)
    mails_send()
    fail(export, TransientError("Google is busy.", code="quota"))
    pass_time(clock, 5 * DAY)
    export.refresh_from_db()
    assert (endings(mailbox), export.is_open) == ([FAILED], True)


def test_nobody_is_stopped_unwarned_while_the_mail_server_is_down(
    mailbox: Mailbox, export: Export, clock: time_machine.Traveller
) -> None:
    mailbox.down()
    fail(export)
    pass_time(clock, 2 * DAY)
    export.refresh_from_db()
    assert export.is_open
    mailbox.up()
    pass_time(clock, 2 * HOUR)
    assert endings(mailbox) == [FAILED]
    pass_time(clock, DAY)
    assert endings(mailbox) == [FAILED, STILL]
    export.refresh_from_db()
    assert export.is_open
    pass_time(clock, DAY + HOUR)
    export.refresh_from_db()
    assert (endings(mailbox), export.is_open) == ([FAILED, STILL, STOPPED], False)


def test_a_mail_server_that_stays_down_stops_nobody_and_the_story_begins_when_it_is_back(
    mailbox: Mailbox, export: Export, clock: time_machine.Traveller
) -> None:
    mailbox.down()
    fail(export)
    pass_time(clock, 9 * DAY)
    export.refresh_from_db()
    assert export.is_open
    mailbox.up()
    pass_time(clock, 2 * HOUR)
    assert endings(mailbox) == [FAILED]
    pass_time(clock, 2 * DAY)
    assert endings(mailbox) == [FAILED, STILL, STOPPED]
    assert "we wrote about it twice" in body(mailbox.letters()[-1])


def test_a_failure_that_was_not_met_for_long_is_over(
    mailbox: Mailbox, export: Export, clock: time_machine.Traveller
) -> None:
    """Google was down meanwhile, or what it hit went well for days: its count is not the next's."""
    fail(export)
    mails_send()
    pass_time(clock, DAY + HOUR)
    fail(export, TransientError("Google is busy.", code="google_unavailable"))
    pass_time(clock, 10 * DAY)
    fail(export, problem(code="bucket_not_found"))
    pass_time(clock, HOUR)
    export.refresh_from_db()
    assert (endings(mailbox), export.is_open) == ([FAILED, STILL, FAILED], True)
    assert [each.outcome for each in Incident.objects.order_by("pk")] == ["lapsed", ""]


def test_nobody_is_stopped_while_nothing_is_tried(
    mailbox: Mailbox, export: Export, clock: time_machine.Traveller
) -> None:
    """The workers are away: whether it still fails is not known."""
    fail(export)
    mails_send()
    for _ in range(5):
        clock.shift(DAY)
        incidents_tick()
        mails_send()
    export.refresh_from_db()
    assert (endings(mailbox), export.is_open) == ([FAILED], True)


def test_nobody_is_stopped_while_an_attempt_is_under_way(
    mailbox: Mailbox, export: Export, clock: time_machine.Traveller
) -> None:
    fail(export)
    mails_send()
    pass_time(clock, 2 * DAY - HOUR)
    run = export.runs.get()
    unit = run.units.create(part=0, rows_counted=1)
    clock.shift(HOUR)
    now = datetime.datetime.now(datetime.UTC)
    ExportUnit.objects.update(lease_until=now + HOUR)
    incidents_tick()
    export.refresh_from_db()
    assert export.is_open
    unit.delete()
    incidents_tick()
    export.refresh_from_db()
    assert not export.is_open


def leaves(creator: User) -> None:
    Membership.objects.filter(user=creator).delete()


def is_locked_out(creator: User) -> None:
    User.objects.filter(pk=creator.pk).update(is_active=False)


@pytest.mark.parametrize("goes", [leaves, is_locked_out, User.delete])
def test_when_the_creator_is_gone_the_admins_are_told(
    mailbox: Mailbox,
    export: Export,
    member: User,
    admin_user_: User,
    viewer: User,
    goes: Callable[[User], object],
) -> None:
    goes(member)
    export.refresh_from_db()
    fail(export)
    mails_send()
    [letter] = mailbox.letters()
    assert letter["To"] == admin_user_.username
    assert "you are an Admin" in body(letter)


def test_the_e_mail_of_a_person_goes_before_their_name(
    mailbox: Mailbox, export: Export, member: User
) -> None:
    User.objects.filter(pk=member.pk).update(email="ann@elsewhere.example")
    fail(export)
    mails_send()
    assert [letter["To"] for letter in mailbox.letters()] == ["ann@elsewhere.example"]


def test_an_admin_of_another_account_is_told_nothing(
    mailbox: Mailbox, export: Export, member: User, outsider: User
) -> None:
    leaves(member)
    fail(export)
    mails_send()
    assert mailbox.letters() == []


def test_with_nobody_to_tell_the_story_goes_on(
    mailbox: Mailbox, export: Export, member: User, clock: time_machine.Traveller
) -> None:
    leaves(member)
    fail(export)
    pass_time(clock, 2 * DAY)
    export.refresh_from_db()
    assert (mailbox.letters(), export.status) == ([], Export.Status.STOPPED)


def test_a_warning_that_did_not_go_out_before_the_recovery_never_does(
    mailbox: Mailbox, export: Export, clock: time_machine.Traveller
) -> None:
    mailbox.down()
    fail(export)
    mails_send()
    mailbox.up()
    recover(export)
    pass_time(clock, 2 * HOUR)
    assert endings(mailbox) == [RECOVERED]


def test_closing_without_an_incident_does_nothing(mailbox: Mailbox, export: Export) -> None:
    assert incident_close(export=export, outcome=Incident.Outcome.RECOVERED) is None
    assert Mail.objects.count() == 0


def test_many_schedulers_write_each_letter_once(
    mailbox: Mailbox, export: Export, clock: time_machine.Traveller
) -> None:
    fail(export)
    mails_send()
    pass_time(clock, DAY - HOUR)
    clock.shift(HOUR)
    try_again()
    for _ in range(3):
        incidents_tick()
    mails_send()
    assert endings(mailbox) == [FAILED, STILL]


def test_an_export_stopped_by_a_person_is_followed_no_further(
    mailbox: Mailbox, export: Export, member: User, clock: time_machine.Traveller
) -> None:
    fail(export)
    mails_send()
    export_stop(export=export, actor=member)
    pass_time(clock, 4 * DAY)
    assert endings(mailbox) == [FAILED]
    assert Incident.objects.get().outcome == Incident.Outcome.ENDED


def test_a_hostile_nickname_stays_text(
    mailbox: Mailbox, export: Export, clock: time_machine.Traveller
) -> None:
    name = "<b>x</b>\r\nBcc: all@example.com"
    Connection.objects.update(nickname=name)
    export.refresh_from_db()
    fail(export)
    mails_send()
    [letter] = mailbox.letters()
    assert letter["Bcc"] is None
    assert "<b>x</b> Bcc: all@example.com" in letter["Subject"]
    assert "<b>x" not in body(letter, "html")


def test_the_link_opens_the_drawer_of_the_bucket(
    mailbox: Mailbox, export: Export, saved_connection: Connection, member_client: Client
) -> None:
    fail(export)
    mails_send()
    path = reverse("google_cloud", args=[export.account_id])
    assert f"https://partners.example{path}#" in body(mailbox.letters()[0])
    page = member_client.get(path).content.decode()
    assert f'id="connection-{saved_connection.pk}"' in page


def test_without_a_drawer_the_link_opens_the_export(mailbox: Mailbox, export: Export) -> None:
    fail(export, problem(remedy=Remedy.ELSEWHERE))
    mails_send()
    path = reverse("export_detail", args=[export.account_id, export.request_id])
    assert f"https://partners.example{path}\n" in body(mailbox.letters()[0])


def test_what_the_settings_of_a_recurring_export_cause_is_mended_there(
    mailbox: Mailbox, recurring: Export, settings: LazySettings
) -> None:
    settings.PARTNERS_BASE_URL = "https://partners.example"
    fail(recurring, problem(remedy=Remedy.EXPORT))
    mails_send()
    path = reverse("export_edit", args=[recurring.account_id, recurring.request_id])
    assert f"https://partners.example{path}\n" in body(mailbox.letters()[0])


def test_times_are_those_of_the_account(mailbox: Mailbox, export: Export, account: Account) -> None:
    Account.objects.filter(pk=account.pk).update(time_zone="Asia/Kolkata")
    export = Export.objects.get(pk=export.pk)
    fail(export)
    mails_send()
    assert "Tuesday 3 March, 14:30 (Asia/Kolkata)" in body(mailbox.letters()[0])


def test_every_admin_gets_a_copy(mailbox: Mailbox, export: Export, member: User) -> None:
    leaves(member)
    for name in ("ada", "bea"):
        person = User.objects.create_user(f"{name}@example.com")
        Membership.objects.create(account=export.account, user=person, role=Role.ADMIN)
    fail(export)
    mails_send()
    assert sorted(letter["To"] for letter in mailbox.letters()) == [
        "ada@example.com",
        "bea@example.com",
    ]
