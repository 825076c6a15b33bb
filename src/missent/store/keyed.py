"""Own reading rows by key as quickly as the driver can: a view is a dozen such reads, for every message.

A statement is put into words once for each database and number of keys (rounded up to a power of two,
the last key repeated), and then goes to the driver as it is. Values come back as the driver gives
them: a time is a number of microseconds.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from missent.store.database import portions

_Worded = tuple[str, Sequence[str] | None]


class Keyed:
    """One SELECT with ``column IN (keys)``, ready to run."""

    def __init__(
        self, query: sa.Select[Any], *columns: sa.Column[Any], **given: sa.ColumnElement[Any]
    ) -> None:
        """Prepare `query`, limited to keys of `columns`; `given` are columns with one value a read."""
        self._query = query
        self._columns = columns
        self._given = given
        self._worded: dict[tuple[str, int], _Worded] = {}

    def rows(
        self, connection: sa.Connection, keys: Collection[Any], **given: object
    ) -> list[sa.Row[Any]]:
        """Read the rows of these keys, a row perhaps twice; a key of several columns is a tuple."""
        found: list[sa.Row[Any]] = []
        for portion in portions(keys):
            size = 1 << (len(portion) - 1).bit_length()
            values = list(portion) + [portion[-1]] * (size - len(portion))
            text, order = self._words(connection, size)
            named = {
                f"k{at}_{part}": v for at, key in enumerate(values) for part, v in self._of(key)
            }
            named.update(given)
            parameters = named if order is None else tuple(named[name] for name in order)
            found += connection.exec_driver_sql(text, parameters).all()
        return found

    def _of(self, key: Any) -> Sequence[tuple[int, Any]]:
        return tuple(enumerate(key)) if self._columns[1:] else ((0, key),)

    def _words(self, connection: sa.Connection, size: int) -> _Worded:
        name = connection.dialect.name, size
        worded = self._worded.get(name)
        if worded is None:
            compiled = self._limited(size).compile(dialect=connection.dialect)
            worded = self._worded[name] = str(compiled), compiled.positiontup
        return worded

    def _limited(self, size: int) -> sa.Select[Any]:
        """Limit the query: by IN, or, since SQLite would scan for pairs, by a join with their list."""
        fixed = [
            column == sa.bindparam(name, type_=column.type) for name, column in self._given.items()
        ]
        binds = [
            tuple(
                sa.bindparam(f"k{at}_{part}", type_=c.type) for part, c in enumerate(self._columns)
            )
            for at in range(size)
        ]
        if not self._columns[1:]:
            return self._query.where(self._columns[0].in_([key for (key,) in binds]), *fixed)
        named = [sa.column(f"part{at}", c.type) for at, c in enumerate(self._columns)]
        listed = sa.values(*named, name="keys").data(binds).cte("keys")
        same = [column == listed.c[f"part{at}"] for at, column in enumerate(self._columns)]
        return self._query.where(*same, *fixed)
