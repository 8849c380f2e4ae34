"""Anything that JSON can say goes through the store and a file of any format, and comes back."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from exports.pipeline.encode import FORMATS
from tests.exports.pipeline.awkward import Upload, person
from tests.exports.pipeline.comparing import assert_same_events, assert_same_people
from tests.exports.pipeline.expected import kept
from tests.exports.pipeline.exporting import EventLake, ProfileLake
from tests.lakes import event

texts = st.text(max_size=12) | st.text(
    "<>&'\"\\,|[]{}=+-@\r\n\t \x00\x07\x85\ufffe\ud800", max_size=8
)
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | numbers | st.integers(-(2**70), 2**70) | texts
keys = st.sampled_from(["a", "b", "A", "k", "ä/~.|", ""]) | st.text(max_size=6)


def _objects(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(keys, values, max_size=3).filter(_keeps_its_keys)


def _keeps_its_keys(value: dict[str, Any]) -> bool:
    """The store refuses keys that cleaning makes alike; XML can not tell some others apart."""
    plain = {kept(key).replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd") for key in value}
    return len(plain) == len(value)


values = st.recursive(scalars, lambda of: st.lists(of, max_size=3) | _objects(of), max_leaves=8)
items = st.lists(_objects(values) | st.none(), max_size=3)
names = st.sampled_from(["p", "q", "P", "x/y~z", 'na"me, <1>']) | st.text(min_size=1, max_size=8)
properties = st.dictionaries(names, values | items, max_size=5).filter(_keeps_its_keys)
event_names = st.sampled_from(["Seen", "Seen/2", "sa\rw"])
optional_texts = st.none() | texts
contexts = st.fixed_dictionaries(
    {"controlGroupName": optional_texts, "identity": st.just("u-1") | texts.filter(bool)},
    optional={
        "profile": st.fixed_dictionaries(
            {"email": optional_texts, "phone": optional_texts, "name": optional_texts},
            optional={"all_identities": st.lists(texts, max_size=3)},
        ),
        "deviceInfo": st.fixed_dictionaries(
            {"model": optional_texts, "dpi": st.none() | st.integers(0, 999) | st.just(1.5)}
        ),
    },
)
bounded = settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    # Shrinking would take minutes; the message names the difference anyway.
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@st.composite
def loads_of_events(draw: st.DrawFn) -> list[Upload]:
    rows = draw(
        st.lists(st.tuples(event_names, properties, properties, contexts), min_size=1, max_size=12)
    )
    return [
        event(name, at=n, record_id=f"r{n:03}", evtData=data, sessionProps=session, **context)
        for n, (name, data, session, context) in enumerate(rows)
    ]


@bounded
@given(uploads=loads_of_events(), strings=st.booleans(), compress=st.booleans())
def test_any_events_come_back_from_every_format(
    uploads: list[Upload], strings: bool, compress: bool
) -> None:
    options = {"values_as_strings": strings, "identifiers": ("identity", "email", "phone")}
    with tempfile.TemporaryDirectory() as folder:
        lake = EventLake(Path(folder), uploads)
        for format_key in FORMATS:
            files = lake.export(format_key, max_bytes=2_000, compress=compress, **options)
            assert_same_events(format_key, files, uploads, **options)


people = st.lists(st.tuples(st.sampled_from("abcde"), properties), min_size=1, max_size=8)


@bounded
@given(loads=st.lists(people, min_size=1, max_size=2))
def test_any_people_come_back_from_every_format(loads: list[list[tuple[str, Any]]]) -> None:
    uploads = [
        [person(identity, at=n, profileData=data) for n, (identity, data) in enumerate(load)]
        for load in loads
    ]
    with tempfile.TemporaryDirectory() as folder:
        lake = ProfileLake(Path(folder), *uploads)
        for format_key in FORMATS:
            assert_same_people(format_key, lake.export(format_key, max_bytes=3_000), uploads)
