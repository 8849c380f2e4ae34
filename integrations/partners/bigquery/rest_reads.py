"""[pure] Rows page by page through the REST API, which needs no right of its own. It is slow."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
from google.cloud import bigquery

from clevertap_partners.core.faults import error
from integrations.partners.bigquery import faults
from integrations.partners.bigquery.client import TIMEOUT_S, Asker, get_json
from integrations.partners.bigquery.columns import fields_of
from integrations.partners.bigquery.rest_rows import batch_of
from integrations.warehouse import QueryResult, ReadSession, ReadStream

VIA = "rest"
# Google sends fewer where these are more than about 10 MB.
PAGE_ROWS = 10_000


class RestReads:
    """Results of jobs, and tables. A stream is a range of a result's rows."""

    def __init__(self, client: bigquery.Client, asker: Asker) -> None:
        self._client = client
        self._asker = asker

    def open_session(self, result: QueryResult, *, max_streams: int) -> ReadSession:
        ranges = row_ranges(result.rows, max_streams)
        streams = tuple(
            ReadStream({**result.reference, "via": VIA, "first": first, "end": end}, end - first)
            for first, end in ranges
        )
        return ReadSession(VIA, streams, result.expires_at)

    def read(self, reference: dict[str, Any], *, offset: int) -> Iterator[pa.RecordBatch]:
        path = f"/projects/{reference['project_id']}/queries/{reference['job_id']}"
        params = {"location": reference["location"], "timeoutMs": 0}
        first, end = reference["first"] + offset, reference["end"]
        for batch in self.pages(path, params, reference["fields"], first, end):
            first += batch.num_rows
            yield batch
        if first < end:
            raise error(faults.ANSWER_BROKEN)

    def first_rows(
        self, table: bigquery.TableReference, fields: Sequence[dict[str, Any]], rows: int
    ) -> Iterator[pa.RecordBatch]:
        """Of a table, not of a view. It costs nothing, as no query is run."""
        params = {"selectedFields": ",".join(str(each["name"]) for each in fields)}
        yield from self.pages(f"{table.path}/data", params, fields, 0, rows)

    def pages(
        self,
        path: str,
        params: dict[str, Any],
        fields: Sequence[dict[str, Any]],
        first: int,
        end: int,
    ) -> Iterator[pa.RecordBatch]:
        schema = fields_of(fields)
        while first < end:
            answer = self._page(path, {**params, "startIndex": first}, end - first)
            rows = answer.get("rows", [])
            if not rows:
                return
            try:
                yield batch_of(rows, schema)
            except (pa.ArrowInvalid, LookupError, TypeError, ValueError) as broken:
                raise error(faults.ANSWER_BROKEN) from broken
            first += len(rows)

    def _page(self, path: str, params: dict[str, Any], rows: int) -> dict[str, Any]:
        query = {
            **params,
            "maxResults": min(rows, PAGE_ROWS),
            "formatOptions.useInt64Timestamp": True,
        }
        answer: dict[str, Any] = self._asker.ask(
            lambda: get_json(self._client, path, query, TIMEOUT_S)
        )
        return answer


def row_ranges(rows: int, parts: int) -> list[tuple[int, int]]:
    """Of whole pages, so that no request is for a few rows only."""
    pages = -(-rows // PAGE_ROWS)
    size = -(-pages // max(1, min(parts, pages))) * PAGE_ROWS
    return [(first, min(first + size, rows)) for first in range(0, rows, size)] if rows else []


def readable_until(ended: datetime.datetime) -> datetime.datetime:
    """A result is kept for a day."""
    return ended + datetime.timedelta(hours=24)
