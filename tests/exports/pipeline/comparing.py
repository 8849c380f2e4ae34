"""Reads every file of an export back and compares it with the uploads that it came from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from tests.exports.pipeline.expected import (
    Choices,
    Known,
    Record,
    Written,
    event_record,
    exact,
    kept,
    known_properties,
    person_record,
)
from tests.exports.pipeline.exporting import ExportedFile
from tests.exports.pipeline.readers import FORMAT_CHECKS, SCOPES, Scopes

Upload = dict[str, Any]


def choices_of(options: dict[str, Any]) -> Choices:
    known = {key: options[key] for key in Choices.__annotations__ if key in options}
    return Choices(**known)


def expected_events(
    format_key: str, uploads: Iterable[Upload], choices: Choices
) -> dict[str, list[Any]]:
    """What the files of each event must hold, in order."""
    ordered = sorted(uploads, key=_sort_key)
    check = FORMAT_CHECKS[format_key]
    found = {}
    for name, group in groupby(ordered, key=lambda upload: kept(upload["evtName"])):
        records = [event_record(upload, choices) for upload in group]
        scopes = scopes_of(records)
        found[name] = [check.event(record, scopes, choices) for record in records]
    return found


def _sort_key(upload: Upload) -> tuple[bytes, int, bytes]:
    return kept(upload["evtName"]).encode(), upload["ts"], kept(upload["record_id"]).encode()


def scopes_of(records: Sequence[Record]) -> Scopes:
    return {
        scope: known_properties(record.get(scope, {}) for record in records) for scope in SCOPES
    }


def read_events(format_key: str, files: Iterable[ExportedFile]) -> dict[str, list[Any]]:
    """What the files of each event hold."""
    found: dict[str, list[Any]] = {}
    for file in files:
        rows = FORMAT_CHECKS[format_key].events(file.text)
        assert len(rows) == file.rows > 0
        found.setdefault(file.event_name, []).extend(rows)
    return found


def assert_same_events(
    format_key: str, files: Sequence[ExportedFile], uploads: Iterable[Upload], **options: Any
) -> None:
    expected = expected_events(format_key, uploads, choices_of(options))
    found = read_events(format_key, files)
    assert sorted(found) == sorted(expected)
    for name, records in expected.items():
        assert_same(format_key, found[name], records)


def assert_same(format_key: str, found: Sequence[Any], expected: Sequence[Any]) -> None:
    """Alike to the type of each number; where the format says so, to the order of the keys."""
    assert len(found) == len(expected)
    ordered = FORMAT_CHECKS[format_key].in_order
    for number, (row, record) in enumerate(zip(found, expected, strict=True)):
        differences = list(differing(row, record, in_order=ordered))
        assert not differences, f"record {number}: {differences[:5]}"


def differing(found: Any, expected: Any, *, in_order: bool, path: str = "") -> Iterator[str]:
    """Where two values differ, and how, in words."""
    if isinstance(found, dict) and isinstance(expected, dict):
        if found.keys() != expected.keys():
            yield f"{path}: keys {sorted(found.keys() ^ expected.keys())} on one side only"
        elif in_order and list(found) != list(expected):
            yield f"{path}: order {list(found)} for {list(expected)}"
        for key in found.keys() & expected.keys():
            yield from differing(
                found[key], expected[key], in_order=in_order, path=f"{path}/{key!r}"
            )
    elif isinstance(found, list) and isinstance(expected, list) and len(found) == len(expected):
        for number, (one, other) in enumerate(zip(found, expected, strict=True)):
            yield from differing(one, other, in_order=in_order, path=f"{path}[{number}]")
    elif found != expected or not _same_types(found, expected):
        yield f"{path}: {found!r:.200} for {expected!r:.200}"


def _same_types(found: Any, expected: Any) -> bool:
    """A number's text may be spelt otherwise; -0.0, 0 and False are three things."""
    return isinstance(expected, Written) or exact(_sorted(found)) == exact(_sorted(expected))


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def people_records(loads: Iterable[Iterable[Upload]], choices: Choices) -> dict[str, Record]:
    """What is known of each person after all loads, by identity as it was uploaded."""
    uploads: dict[str, list[Upload]] = {}
    for load in loads:
        for upload in load:
            uploads.setdefault(kept(upload["identity"]), []).append(upload)
    return {identity: person_record(group, choices) for identity, group in uploads.items()}


def known_of_people(records: Iterable[Record]) -> dict[str, Known]:
    groups = ("named", "flags", "properties")
    return known_properties(
        {key: value for group in groups for key, value in record[group].items()}
        for record in records
    )


def expected_people(
    format_key: str, loads: Iterable[Iterable[Upload]], choices: Choices
) -> list[Any]:
    records = people_records(loads, choices)
    known = known_of_people(records.values())
    check = FORMAT_CHECKS[format_key]
    return [check.person(record, known, choices) for record in records.values()]


def read_people(format_key: str, files: Iterable[ExportedFile]) -> list[Any]:
    found = []
    for file in files:
        rows = FORMAT_CHECKS[format_key].people(file.text)
        assert len(rows) == file.rows > 0
        found += rows
    return found


def assert_same_people(
    format_key: str,
    files: Iterable[ExportedFile],
    loads: Iterable[Iterable[Upload]],
    **options: Any,
) -> None:
    """Everybody once. The order of people is the lake's own."""
    expected = sorted(expected_people(format_key, loads, choices_of(options)), key=_by_text)
    found = sorted(read_people(format_key, files), key=_by_text)
    assert_same(format_key, found, expected)


def _by_text(record: Any) -> str:
    return f"{record.get('identity', '')}|{record.get('created')}|{exact(_sorted(record))}"
