"""What is read about how people sign in."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import F, QuerySet
from django.utils import timezone

from clevertap_partners.accounts.security.models import PersonSession, SecondFactor

SETUP_PATIENCE = datetime.timedelta(minutes=15)
PAUSES_TOLD = datetime.timedelta(days=30)


def session_list(*, user: User) -> QuerySet[PersonSession]:
    """Where the person is signed in, the last seen first."""
    return PersonSession.objects.filter(user=user, expire_date__gt=timezone.now()).order_by(
        F("last_seen_at").desc(nulls_last=True), "-signed_in_at"
    )


def factor_of(user: Any) -> SecondFactor | None:
    """The second factor that is on; None when the password is enough."""
    return SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).first()


def setups(user: User, session: str) -> QuerySet[SecondFactor]:
    """The second factor that is being set up in this session, if that began just now."""
    lately = timezone.now() - SETUP_PATIENCE
    return SecondFactor.objects.filter(
        user=user, confirmed_at=None, setup_session=session, created_at__gt=lately
    )


def wrong_codes_at(factor: SecondFactor) -> datetime.datetime | None:
    """When there were too many lately, so that the person can say whether it was them."""
    at = factor.paused_at
    return at if at is not None and timezone.now() - at < PAUSES_TOLD else None


def recovery_codes_left(factor: SecondFactor) -> int:
    return factor.recovery_codes.filter(used_at=None).count()
