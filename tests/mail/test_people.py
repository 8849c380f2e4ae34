"""Letters of an account go to its members: to others of them when the one they were for is away."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.contrib.auth.models import User

from clevertap_partners.accounts.models import Account, Membership, Role
from clevertap_partners.mail import services
from clevertap_partners.mail.models import Mail
from clevertap_partners.mail.sending import mails_send
from clevertap_partners.mail.services import mail_send, mail_try_again
from tests.mail.test_rendering import words
from tests.mailbox import Mailbox

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)
NO_MAILBOX = "550 5.1.1 no such mailbox"


@pytest.fixture(autouse=True)
def _nobody_hears(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "ring", lambda *_, **__: None)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime.datetime(2026, 3, 2, tzinfo=datetime.UTC), tick=False) as at:
        yield at


def write(account: Account, *people: User) -> Mail:
    return mail_send(
        key="letter:1",
        account=account,
        recipients=[person.username for person in people],
        template="export_failed",
        context=words(),
    )


def sent_to(mailbox: Mailbox) -> list[str]:
    return sorted(str(letter["To"]) for letter in mailbox.letters())


def body(mailbox: Mailbox, kind: str) -> str:
    part = mailbox.letters()[-1].get_body((kind,))
    assert part is not None
    return str(part.get_content())


def now_of(mail: Mail) -> Mail:
    mail.refresh_from_db()
    return mail


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.levelname == "ERROR"]


def test_what_the_recipients_mailbox_refuses_goes_to_the_admins_who_read_why(
    mailbox: Mailbox, account: Account, member: User, admin_user_: User, viewer: User
) -> None:
    mailbox.server.to_recipient[member.username] = NO_MAILBOX
    mail = write(account, member)
    mails_send()
    assert sent_to(mailbox) == [admin_user_.username]
    for kind in ("plain", "html"):
        shown = " ".join(body(mailbox, kind).split())
        assert "you are an Admin of the account, and this letter could not be delivered" in shown
        assert "you created this export" not in shown
        assert "The bucket is gone." in shown
    assert now_of(mail).state == "sent"
    assert mail.given_up_at is None
    mails_send()
    assert len(mailbox.letters()) == 1


def test_a_letter_that_somebody_has_goes_to_nobody_else(
    mailbox: Mailbox, account: Account, member: User, viewer: User, admin_user_: User
) -> None:
    mailbox.server.to_recipient[member.username] = NO_MAILBOX
    mail = write(account, member, viewer)
    mails_send()
    assert sent_to(mailbox) == [viewer.username]
    assert now_of(mail).state == "sent"


def test_a_letter_that_nobody_gets_says_so_to_operators_and_names_no_address(
    mailbox: Mailbox,
    account: Account,
    member: User,
    admin_user_: User,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for person in (member, admin_user_):
        mailbox.server.to_recipient[person.username] = NO_MAILBOX
    mail = write(account, member)
    mails_send()
    assert (mailbox.letters(), now_of(mail).state) == ([], "given_up")
    [error] = errors(caplog)
    assert "mail_reached_nobody" in error
    assert "letter:1" in error
    assert "@" not in error + mail.last_error


def test_a_letter_to_nobody_is_told_to_operators(
    account: Account, caplog: pytest.LogCaptureFixture
) -> None:
    assert write(account).state == "given_up"
    [error] = errors(caplog)
    assert "mail_reached_nobody" in error


def test_admins_are_not_asked_in_vain_while_the_server_is_down(
    mailbox: Mailbox,
    account: Account,
    member: User,
    admin_user_: User,
    clock: time_machine.Traveller,
) -> None:
    mailbox.down()
    mail = write(account, member)
    clock.shift(3 * DAY)
    mails_send()
    assert (now_of(mail).state, mail.recipients) == ("given_up", [member.username])


def test_admins_have_days_of_their_own(
    mailbox: Mailbox,
    account: Account,
    member: User,
    admin_user_: User,
    clock: time_machine.Traveller,
) -> None:
    """The creator's mailbox asked us to wait for three days; that of the Admin asks so once."""
    for person in (member, admin_user_):
        mailbox.server.to_recipient[person.username] = "451 later"
    mail = write(account, member)
    clock.shift(3 * DAY)
    mails_send()
    assert (now_of(mail).state, mail.left) == ("waiting", [admin_user_.username])
    mailbox.server.to_recipient.clear()
    clock.shift(DAY)
    mails_send()
    assert sent_to(mailbox) == [admin_user_.username]


def leaves(person: User) -> None:
    Membership.objects.filter(user=person).delete()


def is_locked_out(person: User) -> None:
    User.objects.filter(pk=person.pk).update(is_active=False)


@pytest.mark.parametrize("goes", [leaves, is_locked_out, User.delete])
def test_who_has_left_meanwhile_gets_nothing_and_the_admins_do(
    mailbox: Mailbox,
    account: Account,
    member: User,
    admin_user_: User,
    goes: Callable[[User], object],
) -> None:
    write(account, member)
    goes(member)
    mails_send()
    assert sent_to(mailbox) == [admin_user_.username]


def test_who_has_left_is_passed_over_among_others(
    mailbox: Mailbox, account: Account, member: User, viewer: User
) -> None:
    mail = write(account, member, viewer)
    leaves(viewer)
    mails_send()
    assert sent_to(mailbox) == [member.username]
    assert now_of(mail).state == "sent"


def test_a_member_of_another_account_has_left_this_one(
    mailbox: Mailbox, account: Account, outsider: User
) -> None:
    mail = write(account, outsider)
    mails_send()
    assert (mailbox.letters(), now_of(mail).state) == ([], "given_up")
    assert "has left" in mail.last_error


def test_a_letter_that_reached_nobody_can_be_sent_to_who_is_there_now(
    mailbox: Mailbox, account: Account, member: User, clock: time_machine.Traveller
) -> None:
    mail = write(account)
    why = "you are the only one"
    assert not mail_try_again(key=mail.key, recipients=[], why=why)
    clock.shift(5 * DAY)
    assert mail_try_again(key=mail.key, recipients=[member.username], why=why)
    assert now_of(mail).state == "waiting"
    mails_send()
    assert sent_to(mailbox) == [member.username]
    assert why in body(mailbox, "plain")
    assert not mail_try_again(key=mail.key, recipients=[member.username], why=why)
    assert now_of(mail).state == "sent"


def test_an_admin_whose_e_mail_differs_from_their_name_is_known_by_it(
    mailbox: Mailbox, account: Account, member: User
) -> None:
    User.objects.filter(pk=member.pk).update(email="ann@elsewhere.example")
    mail_send(
        key="k",
        account=account,
        recipients=["ann@elsewhere.example"],
        template="export_failed",
        context=words(),
    )
    Membership.objects.filter(user=member).update(role=Role.VIEWER)
    mails_send()
    assert sent_to(mailbox) == ["ann@elsewhere.example"]
