"""How the benchmark reads back what contenders wrote."""

from __future__ import annotations

from pathlib import Path

from bench.records import plain, read_back

XML = "<root>\n<Event><ts>1</ts><eventProps><entry><key>A b</key><value>2.0</value></entry>"


def test_it_finds_rows_and_the_first_and_last_record_over_several_files(tmp_path: Path) -> None:
    one, two = tmp_path / "one.json", tmp_path / "two.json"
    one.write_text('Charged\n{"ts":1}\n{"ts":2}\n')
    two.write_text('{"ts":3,"profile":null}\n')
    assert read_back("json", [one, two]) == {"rows": 3, "first": {"ts": 1.0}, "last": {"ts": 3.0}}


def test_a_record_is_the_same_in_csv_and_xml_whatever_the_spelling(tmp_path: Path) -> None:
    csv, xml = tmp_path / "one.csv", tmp_path / "one.xml"
    csv.write_text('ts,"eventProps.A b",empty\n1,2,\n')
    xml.write_text(f"{XML}</eventProps></Event>\n</root>")
    assert read_back("csv", [csv])["last"] == {"ts": 1.0, "eventProps.A b": 2.0}
    assert read_back("xml", [xml])["last"] == {"ts": 1.0, "eventProps": {"A b": 2.0}}


def test_nothing_and_null_are_plainly_the_same() -> None:
    assert plain({"a": None, "b": {}, "c": {"d": []}, "e": True, "f": "1.50"}) == {
        "e": "true",
        "f": 1.5,
    }
