from __future__ import annotations

import datetime

import pytest
import time_machine
from django.conf import LazySettings
from django.utils import timezone

from clevertap_partners.core.clock import clock_is_right

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("minutes", "is_right"), [(0, True), (10, False), (-10, False), (0.5, True), (-0.5, True)]
)
def test_a_clock_is_right_when_it_agrees_with_that_of_the_database(
    minutes: float, is_right: bool, settings: LazySettings
) -> None:
    settings.CLOCK_TOLERANCE_S = 60
    with time_machine.travel(timezone.now() + datetime.timedelta(minutes=minutes)):
        assert clock_is_right() is is_right
