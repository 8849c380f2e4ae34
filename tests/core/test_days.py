from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from clevertap_partners.core.days import FIRST_DAY, LAST_DAY, begin_of, day_field, end_of

ZONES = [ZoneInfo("Pacific/Kiritimati"), ZoneInfo("Pacific/Pago_Pago"), ZoneInfo("Asia/Kolkata")]


@pytest.mark.parametrize("zone", ZONES)
def test_every_day_that_can_be_chosen_begins_and_ends_on_every_clock(zone: ZoneInfo) -> None:
    for text in (str(FIRST_DAY), str(LAST_DAY)):
        day = day_field("Day").clean(text)
        for at in (begin_of(day, zone), end_of(day, zone)):
            assert at.astimezone(datetime.UTC).tzinfo is datetime.UTC


@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31", "nonsense"])
def test_a_day_that_some_clock_does_not_have_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        day_field("Day").clean(text)


def test_a_day_ends_where_the_next_begins() -> None:
    day = datetime.date(2026, 10, 25)
    zone = ZoneInfo("Europe/Berlin")  # this one has 25 hours
    assert end_of(day, zone) == begin_of(datetime.date(2026, 10, 26), zone)
    assert begin_of(day, zone).astimezone(datetime.UTC).hour == 22


@pytest.mark.parametrize("language", ["en", "hi"])
def test_a_typed_date_names_its_day_first_in_every_language(language: str) -> None:
    with translation.override(language):
        assert day_field("From").clean("03/11/2026") == datetime.date(2026, 11, 3)
