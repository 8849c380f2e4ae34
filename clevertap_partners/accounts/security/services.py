"""Everything that changes how a person signs in, noted in the Activity of their accounts."""

from __future__ import annotations

import datetime
import hashlib
from enum import Enum
from typing import cast

import structlog
from django.conf import settings
from django.contrib.auth import authenticate, logout, update_session_auth_hash
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from clevertap_partners.accounts.models import Membership
from clevertap_partners.accounts.security import totp
from clevertap_partners.accounts.security.models import PersonSession, RecoveryCode, SecondFactor
from clevertap_partners.accounts.security.selectors import factor_of, setups
from clevertap_partners.accounts.security.session_store import SessionStore, hash_of
from clevertap_partners.accounts.services import audit_record
from clevertap_partners.core.address import address_of
from clevertap_partners.core.changes import Changes
from clevertap_partners.core.marking import gettext_noop

log = structlog.get_logger(__name__)

SEEN_NOTED_EVERY = datetime.timedelta(minutes=1)
RENEWED_EVERY = datetime.timedelta(days=1)
RECOVERY_CODES = 10
# Wrong codes in a row, and how long none of the app is taken then. A guesser who has the password
# gets 20 codes on the first day and 5 on each after it. Three codes are good at any time
# (`totp.DRIFT`): each guess is right by 3 in a million, a year of them by less than 0.6 in 100.
CODE_FAILURES = 5
CODE_PAUSES = tuple(datetime.timedelta(minutes=minutes) for minutes in (15, 60, 240, 1440))


class FactorIsOn(Exception):  # noqa: N818  (says what is the case)
    """It is set up already, and is not replaced by setting up another."""


class Answer(Enum):
    """What became of a code."""

    ACCEPTED = "accepted"
    RECOVERED = "recovered"  # accepted, and it was a recovery code: one less
    WRONG = "wrong"
    PAUSED = "paused"

    @property
    def is_good(self) -> bool:
        return self in {Answer.ACCEPTED, Answer.RECOVERED}


# -- sessions -------------------------------------------------------------------------------------
def session_note(*, request: HttpRequest) -> None:
    """Remember once a minute that the person was here; renew what is used, end what is too old."""
    row = cast(SessionStore, request.session).row
    if row is None:
        return
    now = timezone.now()
    if now - row.signed_in_at >= settings.SESSION_MAX_AGE:
        logout(request)
        return
    is_old_news = row.last_seen_at is None or now - row.last_seen_at >= SEEN_NOTED_EVERY
    if is_old_news and not _note_seen(row, request, now):
        logout(request)
        return
    age = datetime.timedelta(seconds=settings.SESSION_COOKIE_AGE)
    if row.expire_date - now < age - RENEWED_EVERY:
        request.session.modified = True


def _note_seen(row: PersonSession, request: HttpRequest, now: datetime.datetime) -> bool:
    """False when somebody has ended the session since it was read."""
    row.last_seen_at, row.ip_address = now, address_of(request)
    row.user_agent = request.headers.get("User-Agent", "")[:300]
    noted = PersonSession.objects.filter(pk=row.pk).update(
        last_seen_at=row.last_seen_at, ip_address=row.ip_address, user_agent=row.user_agent
    )
    return noted > 0


@transaction.atomic
def session_end(*, session: PersonSession, actor: User, ip: str | None = None) -> None:
    """Whoever is signed in there has to sign in again."""
    if session.user is not None:
        person_note(user=session.user, action=gettext_noop("session ended"), actor=actor, ip=ip)
    session.delete()


@transaction.atomic
def sessions_end_others(*, request: HttpRequest) -> int:
    """Everywhere but here; how many."""
    user = cast(User, request.user)
    ended = _end_others(request)
    if ended:
        person_note(user=user, action=gettext_noop("other sessions ended"), ip=address_of(request))
    return ended


def _end_others(request: HttpRequest) -> int:
    here = hash_of(request.session.session_key or "")
    others = PersonSession.objects.filter(user=cast(User, request.user))
    return others.exclude(session_key=here).delete()[0]


def sessions_tick() -> None:
    """Delete what has expired. Looks first: a look disturbs nobody who writes."""
    if PersonSession.objects.filter(expire_date__lt=timezone.now()).exists():
        SessionStore.clear_expired()


# -- password -------------------------------------------------------------------------------------
def password_is(*, request: HttpRequest, password: str) -> bool:
    """Whether it is the password of who is signed in. Counts as a sign-in does against guessing."""
    user = cast(User, request.user)
    return authenticate(request, username=user.get_username(), password=password) is not None


@transaction.atomic
def password_change(*, request: HttpRequest, password: str) -> None:
    """A new password; every other session ends, here the person stays."""
    user = cast(User, request.user)
    user.set_password(password)
    user.save(update_fields=["password"])
    update_session_auth_hash(request, user)
    _end_others(request)
    # Whoever knew the old password may have begun it.
    setup_drop(user=user)
    SecondFactor.objects.filter(user=user).update(paused_at=None)
    person_note(user=user, action=gettext_noop("password changed"), ip=address_of(request))


# -- second factor --------------------------------------------------------------------------------
@transaction.atomic
def factor_begin(*, user: User, session: str = "") -> SecondFactor:
    """A new secret to set up, in this session only; it asks nobody until a code has confirmed it.

    Raises FactorIsOn.
    """
    # One at a time, or two could both find none.
    User.objects.select_for_update().get(pk=user.pk)
    if factor_of(user) is not None:
        raise FactorIsOn
    SecondFactor.objects.filter(user=user).delete()
    return SecondFactor.objects.create(user=user, secret=totp.new_secret(), setup_session=session)


@transaction.atomic
def factor_confirm(
    *, user: User, code: str, session: str = "", ip: str | None = None
) -> list[str] | None:
    """Switch it on by a first code. The recovery codes, this once; None when the code is wrong.

    Raises SecondFactor.DoesNotExist when none is being set up in this session.
    """
    factor = setups(user, session).select_for_update().get()
    if not _take_app_code(factor, code):
        return None
    factor.confirmed_at, factor.setup_session = timezone.now(), ""
    factor.save()
    person_note(user=user, action=gettext_noop("second factor on"), ip=ip)
    return _new_recovery_codes(factor)


@transaction.atomic
def recovery_codes_renew(*, user: User, ip: str | None = None) -> list[str]:
    """Ten new ones, this once; the old ones are worth nothing any more."""
    factor = SecondFactor.objects.select_for_update().get(user=user, confirmed_at__isnull=False)
    person_note(user=user, action=gettext_noop("recovery codes renewed"), ip=ip)
    return _new_recovery_codes(factor)


@transaction.atomic
def factor_use(*, user: User, code: str, ip: str | None = None) -> Answer:
    """Take a code of the app or a recovery code, each once.

    After some wrong ones none of the app is taken for a while; a recovery code always is, as nobody
    guesses 80 bits. Raises SecondFactor.DoesNotExist when it is not on.
    """
    factor = SecondFactor.objects.select_for_update().get(user=user, confirmed_at__isnull=False)
    answer = _judge(factor, code)
    if answer is Answer.PAUSED:
        return answer
    if answer.is_good:
        factor.failures, factor.pauses, factor.paused_until = 0, 0, None
    else:
        factor.failures += 1
    if factor.failures >= CODE_FAILURES:
        answer = Answer.PAUSED
        _pause(factor)
        person_note(user=user, action=gettext_noop("second factor paused"), ip=ip)
    factor.save()
    if answer is Answer.RECOVERED:
        person_note(user=user, action=gettext_noop("recovery code used"), ip=ip)
    return answer


def _pause(factor: SecondFactor) -> None:
    now, longest = timezone.now(), len(CODE_PAUSES) - 1
    factor.paused_at = now
    factor.paused_until = now + CODE_PAUSES[min(factor.pauses, longest)]
    factor.failures, factor.pauses = 0, min(factor.pauses + 1, longest)


@transaction.atomic
def pause_lift(*, user: User, actor: User, ip: str | None = None) -> None:
    """Wrong codes are forgotten: an operator knows that they were the person's own."""
    SecondFactor.objects.filter(user=user).update(
        failures=0, pauses=0, paused_until=None, paused_at=None
    )
    person_note(user=user, action=gettext_noop("sign-in pause lifted"), actor=actor, ip=ip)


def setup_drop(*, user: User) -> None:
    """What was begun and not confirmed is worth nothing any more."""
    SecondFactor.objects.filter(user=user, confirmed_at=None).delete()


@transaction.atomic
def factor_end(*, user: User, actor: User, ip: str | None = None) -> bool:
    """The password is enough again. False when it was off."""
    factors = SecondFactor.objects.filter(user=user)
    was_on = factors.filter(confirmed_at__isnull=False).exists()
    factors.delete()
    if was_on:
        is_own = actor == user
        action = (
            gettext_noop("second factor off") if is_own else gettext_noop("second factor reset")
        )
        person_note(user=user, action=action, actor=actor, ip=ip)
    return was_on


def _judge(factor: SecondFactor, code: str) -> Answer:
    unused = RecoveryCode.objects.filter(factor=factor, code_hash=_hash(code), used_at=None)
    if unused.update(used_at=timezone.now()):
        return Answer.RECOVERED
    if factor.paused_until is not None and factor.paused_until > timezone.now():
        return Answer.PAUSED
    return Answer.ACCEPTED if _take_app_code(factor, code) else Answer.WRONG


def _take_app_code(factor: SecondFactor, code: str) -> bool:
    """Whether it is a code of now that was not used yet; then it is used. The caller saves."""
    now = timezone.now().timestamp()
    step = totp.matching_step(factor.secret, totp.plain(code), now=now)
    if step is None or step <= factor.last_step:
        return False
    factor.last_step = step
    return True


def _new_recovery_codes(factor: SecondFactor) -> list[str]:
    codes = [totp.new_recovery_code() for _ in range(RECOVERY_CODES)]
    factor.recovery_codes.all().delete()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(factor=factor, code_hash=_hash(code)) for code in codes
    )
    return codes


def _hash(code: str) -> str:
    # 80 random bits: nobody guesses them back from a plain hash.
    return hashlib.sha256(totp.plain(code).encode()).hexdigest()


# -- notes ----------------------------------------------------------------------------------------
def person_note(
    *,
    user: User,
    action: str,
    actor: User | None = None,
    ip: str | None = None,
    changes: Changes | None = None,
) -> None:
    """In the Activity of each account of the person, and in the log for who has none."""
    for membership in Membership.objects.filter(user=user).select_related("account"):
        audit_record(
            account=membership.account,
            actor=actor or user,
            action=action,
            subject=user.get_username(),
            ip=ip,
            changes=changes,
        )
    log.info("sign_in_changed", change=action, user=user.pk, by=(actor or user).pk)
