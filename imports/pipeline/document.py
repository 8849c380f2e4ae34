"""[pure] Properties become one compact JSON object a row, in their order, nulls left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from clevertap_partners.eventstore.jsontext import dump
from imports.pipeline.reading import all_of
from imports.pipeline.texts import joined
from imports.pipeline.values import Piece

Part: TypeAlias = "pa.StringArray | str"


def objects(named: Sequence[tuple[str, Piece]], rows: int) -> pa.StringArray:
    """The objects; names are unique and clean."""
    parts: list[Part] = []
    # Whether a row's object has an entry already: known of all rows, or row by row.
    begun: pa.BooleanArray | bool = False
    for name, piece in named:
        head = f"{dump(name)}:{piece.before}"
        if piece.texts.null_count:
            # A null makes the whole entry null, which is then left out.
            parts.append(joined(_separator(begun), head, piece.texts, piece.after))
            valid = pc.is_valid(piece.texts)
            begun = begun if begun is True else pc.or_(valid, begun)
        else:
            parts += [_separator(begun), head, piece.texts, piece.after]
            begun = True
    parts.append(_end(begun))
    if not any(isinstance(part, pa.Array) for part in parts):
        return all_of(rows, "{}", pa.string())
    return pc.binary_join_element_wise(
        *_merged(parts), "", null_handling="replace", null_replacement=""
    )


def _separator(begun: pa.BooleanArray | bool) -> Part:
    return _choice(begun, ",", "{")


def _end(begun: pa.BooleanArray | bool) -> Part:
    return _choice(begun, "}", "{}")


def _choice(begun: pa.BooleanArray | bool, yes: str, no: str) -> Part:
    if isinstance(begun, bool):
        return yes if begun else no
    chosen: Part = pc.if_else(begun, yes, no)
    return chosen


def _merged(parts: Sequence[Part]) -> list[Part]:
    """With neighbouring constants in one: every part costs a copy a row."""
    merged: list[Part] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        else:
            merged.append(part)
    return [part for part in merged if not isinstance(part, str) or part]
