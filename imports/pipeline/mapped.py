"""[pure] What has become of a batch."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from clevertap_partners.eventstore.survey import Survey
from imports.pipeline.failed import Failures


@dataclass(frozen=True)
class Mapped:
    """Rows for the lake, rows that failed, and {code: {column: rows}} of all reasons.

    `survey` tells what the good rows are for the catalogue; of profiles there is nothing to tell.
    """

    good: pa.Table
    failed: pa.Table
    failures: Failures
    survey: Survey


def together(one: Mapped, other: Mapped) -> Mapped:
    """Of two batches, one after the other."""
    failures = {code: dict(columns) for code, columns in one.failures.items()}
    for code, columns in other.failures.items():
        mine = failures.setdefault(code, {})
        for column, count in columns.items():
            mine[column] = mine.get(column, 0) + count
    survey = Survey()
    survey.add(one.survey)
    survey.add(other.survey)
    return Mapped(
        good=pa.concat_tables([one.good, other.good]),
        failed=pa.concat_tables([one.failed, other.failed]),
        failures=failures,
        survey=survey,
    )
