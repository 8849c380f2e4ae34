"""[pure] What a format has to provide, and the options that a person can choose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Protocol

from exports.pipeline.records import Records

if TYPE_CHECKING:
    # For types only: the web server reads formats and options and has no use for the engine.
    import pyarrow as pa

    from clevertap_partners.eventstore.query import Query

IDENTIFIERS = ("identity", "email", "phone")


@dataclass(frozen=True)
class EncodeOptions:
    """How records are written, the same for every file of an export.

    `identifiers`: the first that is not empty fills the identity.
    `values_as_strings`: every property becomes a text; lists and objects their JSON text.
    `compress`: gzip, where the format does not compress by itself.
    `event_name_line`: JSON only; the file starts with the event's name instead of each object.
    `formula_guard`: CSV only; a spreadsheet that opens the file takes no text for a formula.
    """

    identifiers: tuple[str, ...] = ("identity",)
    clevertap_id: bool = False
    values_as_strings: bool = False
    compress: bool = False
    event_name_line: bool = True
    formula_guard: bool = False


@dataclass(frozen=True)
class FormatSpec:
    """A format as data. `encoder` is the dotted path of an Encoder class, imported on use.

    `hint`: who would choose it, in one line. `options`: those of EncodeOptions that only some
    formats have. `needs_schema`: events cannot be written without knowing their properties first.
    `compresses_inside`: its files are compressed as they are, so gzip is not on offer.
    `size_factor`: about how many bytes of a file one byte of an event's JSON text makes.
    """

    key: str
    label: str
    hint: str
    options: frozenset[str]
    extension: str
    content_type: str
    encoder: str
    needs_schema: bool
    compresses_inside: bool
    size_factor: float


class Body(Protocol):
    """The inside of one file while it is written."""

    rows: int
    size: int

    def add(self, rows: pa.RecordBatch) -> int:
        """Write as many of `rows`, from the first on, as the limit allows; say how many.

        A new body takes at least one row, however large: it is then alone in its file.
        """

    def close(self) -> None:
        """Write what comes last; `size` is then the file's. It is within the limit."""


class Encoder(Protocol):
    """A format: expressions that the engine evaluates per row, and the files around them."""

    def __init__(self, options: EncodeOptions, records: Records) -> None: ...

    def queries(self) -> Sequence[Query]:
        """What to ask the lake for, one query after the other; `body` is given what comes back.

        Most formats ask once. One whose expressions grow with the number of properties asks for so
        many events at a time that the engine copes.
        """

    def body(self, file: BinaryIO, *, event_name: str, max_bytes: int) -> Body:
        """A new file; `event_name` is empty for profiles."""
