"""[pure] Rows as Arrow through the Storage Read API: fast, and in several streams at once."""

from __future__ import annotations

import base64
import datetime
import time
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
from google.api_core.exceptions import OutOfRange
from google.cloud.bigquery_storage_v1 import types

from clevertap_partners.core.errors import TransientError
from clevertap_partners.core.faults import error
from integrations.partners.bigquery import faults
from integrations.partners.bigquery.client import Asker, Reader
from integrations.partners.bigquery.columns import arrow_schema, conform, fields_of
from integrations.partners.bigquery.errors import VENDOR_ERRORS, translate
from integrations.warehouse import QueryResult, ReadSession, ReadStream

VIA = "storage"
OPEN_TIMEOUT_S = 60
# How long one call reads a stream; then another goes on. So a stream that has fallen silent is
# noticed, however long the whole takes.
CALL_S = 120
RESUMES = 5
PAUSE_S = 0.5


class StorageReads:
    """Opens sessions on tables of results, and reads their streams."""

    def __init__(self, reader: Reader, asker: Asker, project_id: str) -> None:
        self._reader = reader
        self._asker = asker
        self._project_id = project_id

    def open_session(self, result: QueryResult, *, max_streams: int) -> ReadSession:
        """Raises PermanentError `read_session_forbidden`, without which REST still works."""
        session = self._asker.ask(lambda: self._open(result, max_streams))
        schema = base64.b64encode(session.arrow_schema.serialized_schema).decode()
        streams = tuple(
            ReadStream(
                {
                    "via": VIA,
                    "stream": stream.name,
                    "schema": schema,
                    "fields": result.reference["fields"],
                },
                result.rows if len(session.streams) == 1 else None,
            )
            for stream in session.streams
        )
        return ReadSession(VIA, streams, in_utc(session.expire_time))

    def _open(self, result: QueryResult, max_streams: int) -> types.ReadSession:
        self._reader.sign_in()
        options = types.ReadSession.TableReadOptions(
            arrow_serialization_options=types.ArrowSerializationOptions(
                buffer_compression=types.ArrowSerializationOptions.CompressionCodec.LZ4_FRAME
            )
        )
        return self._reader.client.create_read_session(
            parent=f"projects/{self._project_id}",
            read_session=types.ReadSession(
                table=result.reference["table"],
                data_format=types.DataFormat.ARROW,
                read_options=options,
            ),
            max_stream_count=max_streams,
            retry=None,
            timeout=OPEN_TIMEOUT_S,
        )

    def read(self, reference: dict[str, Any], *, offset: int) -> Iterator[pa.RecordBatch]:
        failures = 0
        while True:
            try:
                for batch in self._one_call(reference, offset):
                    offset += batch.num_rows
                    failures = 0
                    yield batch
            except TransientError as failure:
                failures += 1
                if failures > RESUMES or failure.code == faults.SESSION_EXPIRED.code:
                    raise
                time.sleep(PAUSE_S * 2**failures)
            else:
                return

    def _one_call(self, reference: dict[str, Any], offset: int) -> Iterator[pa.RecordBatch]:
        wanted = arrow_schema(fields_of(reference["fields"]))
        sent_as = pa.ipc.read_schema(pa.py_buffer(base64.b64decode(reference["schema"])))
        call: Any = None
        try:
            self._reader.sign_in()
            call = self._reader.client.read_rows(
                read_stream=reference["stream"], offset=offset, retry=None, timeout=CALL_S
            )
            for message in call:
                if message.row_count:
                    yield decoded(message, sent_as, wanted)
        except OutOfRange:
            return  # to go on after the last row is no mistake
        except VENDOR_ERRORS as vendor:
            raise translate(vendor, self._asker.target) from vendor
        finally:
            if call is not None:
                call.cancel()


def decoded(message: types.ReadRowsResponse, sent_as: pa.Schema, wanted: pa.Schema) -> Any:
    try:
        body = pa.py_buffer(message.arrow_record_batch.serialized_record_batch)
        batch = conform(pa.ipc.read_record_batch(body, sent_as), wanted)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as broken:
        raise error(faults.ANSWER_BROKEN) from broken
    if batch.num_rows != message.row_count:
        raise error(faults.ANSWER_BROKEN)
    return batch


def in_utc(moment: datetime.datetime) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(moment.timestamp(), datetime.UTC)
