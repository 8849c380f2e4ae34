"""What a person is told while no code of their app is taken."""

from __future__ import annotations

import datetime

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clevertap_partners.accounts.security.selectors import factor_of

ROUNDED_UP = datetime.timedelta(seconds=59)


def pause_in_words(user: User) -> str:
    factor = factor_of(user)
    until = (factor.paused_until if factor else None) or timezone.now()
    text = _(
        "There were too many wrong codes. No code of the app is taken until {until} UTC; "
        "a recovery code works meanwhile."
    )
    return text.format(until=date_format(until + ROUNDED_UP, "j M, H:i"))
