"""[pure] What a format has to provide, and the options that a person can choose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Protocol

if TYPE_CHECKING:
    # For types only: the web server reads formats and options and has no use for the engine.
    import pyarrow as pa

IDENTIFIERS = ("identity", "email", "phone")


@dataclass(frozen=True)
class EncodeOptions:
    """How records are written, the same for every file of an export.

    `identifiers`: the first that is not empty fills `profile.identity`.
    `event_name_line`: JSON only; the file starts with the event's name instead of each object.
    """

    identifiers: tuple[str, ...] = ("identity",)
    clevertap_id: bool = False
    event_name_line: bool = True


@dataclass(frozen=True)
class FormatSpec:
    """A format as data. `encoder` is the dotted path of an Encoder class, imported on use."""

    key: str
    label: str
    extension: str
    content_type: str
    encoder: str


class Body(Protocol):
    """The inside of one file while it is written."""

    rows: int
    size: int

    def add(self, rows: pa.RecordBatch) -> int:
        """Write as many of `rows`, from the first on, as the limit allows; say how many.

        A new body takes at least one row, however large: it is then alone in its file.
        """

    def close(self) -> None:
        """Write what comes last. The file is then within the limit."""


class Encoder(Protocol):
    """A format: an expression that the engine evaluates per row, and the files around it."""

    def __init__(self, options: EncodeOptions) -> None: ...

    def projection(self) -> str:
        """SQL select list over the lake's columns; what it names is what `body` is given."""

    def body(self, file: BinaryIO, *, event_name: str, max_bytes: int) -> Body: ...
