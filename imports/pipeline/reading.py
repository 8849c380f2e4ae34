"""[pure] What reading a column gives: values, and which rows are wrong and why."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True)
class Wrong:
    """Rows that fail for one reason: true where they do, never null."""

    code: str
    rows: pa.BooleanArray


@dataclass(frozen=True)
class Read:
    """A column's values, null where there is none or where the row is wrong."""

    values: pa.Array
    wrong: tuple[Wrong, ...] = ()

    def refusing(self, code: str, rows: pa.BooleanArray) -> Read:
        """Those rows are wrong as well; a null in `rows` means that nothing is."""
        if not pc.any(rows).as_py():
            return self
        rows = pc.fill_null(rows, False)
        values = pc.if_else(rows, pa.scalar(None, self.values.type), self.values)
        return Read(values, (*self.wrong, Wrong(code, rows)))

    def with_values(self, values: pa.Array) -> Read:
        return Read(values, self.wrong)


def all_of(rows: int, value: object, kind: pa.DataType) -> pa.Array:
    return pa.repeat(pa.scalar(value, kind), rows)
