"""Columns of an export: PostgreSQL's types as the catalogue has them, and what they are in Parquet.

| PostgreSQL | Parquet |
|---|---|
| boolean, smallint, integer, bigint | the same |
| numeric(p, s) up to 76 digits | decimal(p, s) |
| numeric without a precision, real, double precision | double; a share or an average keeps its four places |
| date | date |
| timestamp with time zone | timestamp in microseconds, UTC |
| an array of one of these | list; of anything else a list of text |
| uuid, json, jsonb and anything else | text, as PostgreSQL writes it |
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
import pyarrow as pa
from pyarrow import csv

_NUMERIC: Final = re.compile(r"numeric\((\d+),(\d+)\)")
_MOST_DIGITS: Final = 76
_SHORT_DIGITS: Final = 38
_SCALARS: Final[Mapping[str, Any]] = {
    "boolean": pa.bool_(),
    "smallint": pa.int16(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "real": pa.float64(),
    "double precision": pa.float64(),
    "numeric": pa.float64(),
    "date": pa.date32(),
    "timestamp with time zone": pa.timestamp("us", "UTC"),
    "timestamp without time zone": pa.timestamp("us"),
}
# JSON has no dates and no decimals: what else stands in a list is text.
_IN_LISTS: Final = ("boolean", "smallint", "integer", "bigint", "real", "double precision", "numeric")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an export.

    Attributes:
        name: its name.
        type_name: its type in PostgreSQL.
        element_type_name: for an array, the type of its elements.
    """

    name: str
    type_name: str
    element_type_name: str | None = None

    @property
    def parquet_type(self) -> Any:  # noqa: ANN401 pyarrow has no types
        """Its type in Parquet, as pyarrow has it."""
        if self.element_type_name is not None:
            is_kept = self.element_type_name in _IN_LISTS
            return pa.list_(_SCALARS[self.element_type_name] if is_kept else pa.string())
        if (found := _NUMERIC.fullmatch(self.type_name)) is not None:
            return _decimal(int(found.group(1)), int(found.group(2)))
        return _SCALARS.get(self.type_name, pa.string())

    def as_json(self) -> dict[str, str]:
        """The column in a manifest."""
        return {"name": self.name, "type": self.type_name, "parquet_type": str(self.parquet_type)}


class TableReader:
    """Makes tables of rows that ``COPY … (format csv)`` writes.

    Args:
        columns: in the order of the rows.
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        self.schema = pa.schema([(column.name, column.parquet_type) for column in columns])
        self._lists = [column.name for column in columns if column.element_type_name is not None]
        self._options = {
            "read_options": csv.ReadOptions(column_names=self.schema.names),
            "parse_options": csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
            "convert_options": csv.ConvertOptions(
                column_types={
                    field.name: pa.string() if field.name in self._lists else field.type for field in self.schema
                },
                # A null is nothing, an empty text is "": only PostgreSQL's quotes tell them apart.
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
                true_values=["t"],
                false_values=["f"],
            ),
        }

    def read(self, rows: Iterable[bytes | bytearray | memoryview]) -> Any:  # noqa: ANN401
        """A ``pyarrow.Table`` of some rows, at least one."""
        table = csv.read_csv(pa.BufferReader(b"".join(rows)), **self._options)
        for name in self._lists:
            position = self.schema.get_field_index(name)
            field = self.schema.field(position)
            values = [None if text is None else orjson.loads(text) for text in table.column(position).to_pylist()]
            if field.type.value_type == pa.string():
                values = [None if each is None else [_as_text(one) for one in each] for each in values]
            table = table.set_column(position, field, pa.array(values, type=field.type))
        return table


def _as_text(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else orjson.dumps(value).decode()


def _decimal(precision: int, scale: int) -> Any:  # noqa: ANN401
    if precision > _MOST_DIGITS:
        return pa.float64()
    return pa.decimal128(precision, scale) if precision <= _SHORT_DIGITS else pa.decimal256(precision, scale)
