"""A fault's words hold the facts; what it says of itself goes into the error."""

from __future__ import annotations

import pytest

from clevertap_partners.core.errors import PermanentError, Remedy, TransientError, Turn
from clevertap_partners.core.faults import Fault, error, error_as

GONE = Fault(
    "gone",
    "Section",
    happened="There is no {bucket}.",
    fix="Make it:\nmake {bucket} for {{you}}",
    remedy=Remedy.CONNECTION,
    help_url="https://help.example",
)


def test_an_error_holds_the_facts():
    made = error(GONE, bucket="a {b}", more="than needed")

    assert type(made) is PermanentError
    assert (made.message, made.fix) == ("There is no a {b}.", "Make it:\nmake a {b} for {you}")
    assert (made.code, made.turn) == ("gone", Turn.CUSTOMER)
    assert (made.remedy, made.help_url) == (Remedy.CONNECTION, "https://help.example")


def test_a_fault_that_is_retried_is_transient():
    made = error(Fault("busy", "Section", happened="Busy.", turn=Turn.PARTNER, retried=True))

    assert type(made) is TransientError
    assert made.turn is Turn.PARTNER


def test_a_missing_fact_is_a_mistake_of_the_caller():
    with pytest.raises(KeyError):
        error(GONE)


def test_it_knows_its_places():
    assert GONE.places == {"bucket"}


def test_an_error_can_have_a_class_of_its_own():
    class Special(PermanentError):
        pass

    assert type(error_as(Special, GONE, bucket="b")) is Special
