"""[pure] Event names out of a column: few different ones, so each is judged once a batch."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from imports import row_faults as faults
from imports.names import event_name_fault
from imports.pipeline.columns import read_texts
from imports.pipeline.reading import Read

Admit = Callable[[set[str]], set[str]]


class EventNames:
    """Knows which names the account has room for, and asks once for each name that it has."""

    def __init__(self, admit: Admit) -> None:
        self._admit = admit
        self._admitted: set[str] = set()

    def read(self, column: pa.Array) -> Read:
        """Names of a plain column; whether there is room for them is another question."""
        found = read_texts(column).refusing(faults.EVENT_NAME_NULL, pc.is_null(column))
        codes: dict[str, list[str]] = {}
        for name in pc.unique(found.values).to_pylist():
            code = name is not None and event_name_fault(name)
            if code:
                codes.setdefault(code, []).append(name)
        for code, names in codes.items():
            found = found.refusing(code, pc.is_in(found.values, pa.array(names, pa.string())))
        return found

    def without_room(self, names: pa.StringArray) -> pa.BooleanArray | None:
        """Which rows' names the account has no room for; None when it has room for all."""
        refused = self._refused({name for name in pc.unique(names).to_pylist() if name is not None})
        return pc.is_in(names, pa.array(sorted(refused), pa.string())) if refused else None

    def has_room(self, name: str) -> bool:
        return not self._refused({name})

    def _refused(self, names: set[str]) -> set[str]:
        unknown = names - self._admitted
        if unknown:
            self._admitted |= self._admit(unknown) & unknown
        return unknown - self._admitted
