from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest

from clevertap_partners.core.csv_download import csv_download


def downloaded(lines: Iterator[tuple[object, ...]], **options: int) -> list[list[str]]:
    response = csv_download(name="x.csv", header=("A", "B"), lines=lines, **options)
    return list(csv.reader(io.StringIO(response.getvalue().decode(), newline="")))


def test_it_is_a_file_to_save_and_nothing_to_show() -> None:
    response = csv_download(name="a b.csv", header=("A",), lines=[])
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="a b.csv"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_it_has_every_line() -> None:
    found = downloaded(iter((number, None) for number in range(501)))
    assert found[0] == ["A", "B"]
    assert found[1:] == [[str(number), ""] for number in range(501)]


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+x", "-x", "@x", "\n=1", "\t=1", "\r=1", "\uff1d1", "\uff0bx", "\uff0dx", "\uff20x"],
)
def test_a_spreadsheet_takes_no_cell_for_a_formula(text: str) -> None:
    assert downloaded(iter([(text, -5)]))[1] == [f"'{text}", "-5"]


@pytest.mark.parametrize(("there", "lines"), [(2, 2), (3, 3), (4, 4), (9, 4)])
def test_it_says_when_it_was_cut(there: int, lines: int) -> None:
    found = downloaded(iter((number, "") for number in range(there)), most=3)
    assert len(found) == 1 + lines
    assert (found[-1] == ["Cut after 3 lines: there are more."]) == (there > 3)


def test_it_reads_no_further_than_it_must() -> None:
    def endless() -> Iterator[tuple[int]]:
        number = 0
        while True:
            yield (number,)
            number += 1
            assert number < 10

    assert len(downloaded(endless(), most=5)) == 7
