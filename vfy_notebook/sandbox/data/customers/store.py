"""Customers in SQLite: the JSON text ready to serve, and a column for each thing searched.

The database is a private temporary one: SQLite keeps it in memory while it is small and
lets it spill to an unlinked file when it is not, so that a million customers do not need
their size in memory and nothing is left behind when the process is killed.
"""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from vfy_notebook.sandbox.answers import dump
from vfy_notebook.sandbox.data.clock import parse_iso
from vfy_notebook.sandbox.data.customers.records import Row, to_row

_CACHE_KIB = 192 * 1024
_CHUNK = 2000
_MAX_COUNTS = 10_000

_TABLES = """
CREATE TABLE customers (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  source_id TEXT,
  name TEXT,
  email TEXT,
  city TEXT,
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER,
  body TEXT NOT NULL
);
CREATE TABLE members (
  segment TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (segment, created_ms, id)
) WITHOUT ROWID;
"""

_INSERT = (
    "INSERT INTO customers (id, source_id, name, email, city, created_ms, updated_ms, body) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)

#: Made as soon as there are rows.
_INDEXES = {
    "id": "CREATE UNIQUE INDEX by_id ON customers (id)",
    "source_id": "CREATE UNIQUE INDEX by_source_id ON customers (source_id)",
    "created_ms": "CREATE INDEX by_created ON customers (created_ms, id)",
}
#: Made when first needed, so that a big sandbox starts quickly.
_LAZY_INDEXES = {
    "updated_ms": "CREATE INDEX by_updated ON customers (updated_ms, id)",
    "email": "CREATE INDEX by_email ON customers (email, created_ms, id)",
    "name": "CREATE INDEX by_name ON customers (name, created_ms, id)",
    "city": "CREATE INDEX by_city ON customers (city, created_ms, id)",
}

_SPAN = re.compile(r"c\.created_ms ([<>]=?) \?")


class DuplicateError(ValueError):
    """Two customers cannot share an id or a source_id."""


@dataclass(frozen=True, slots=True)
class Where:
    """Conditions in SQL over the table's columns, and the values they name."""

    conditions: tuple[str, ...] = ()
    values: tuple[Any, ...] = ()
    #: Columns compared, for which an index pays.
    columns: tuple[str, ...] = ()
    #: Only members of this segment, whose members are listed already.
    segment: str | None = None

    def and_(self, condition: str, *values: Any, column: str | None = None) -> Where:
        """These conditions and one more."""
        columns = self.columns if column is None else (*self.columns, column)
        return Where((*self.conditions, condition), (*self.values, *values), columns, self.segment)

    def sql(self) -> str:
        """The ``FROM`` and ``WHERE`` clauses."""
        source = "FROM customers c"
        conditions = self.conditions
        if self.segment is not None:
            # CROSS JOIN pins the order: walk the members, look each customer up.
            source = "FROM members m CROSS JOIN customers c"
            conditions = ("c.seq = m.seq", "m.segment = ?", *conditions)
        return source + (f" WHERE {' AND '.join(conditions)}" if conditions else "")

    def args(self) -> tuple[Any, ...]:
        """The values for `sql`, in its order."""
        return self.values if self.segment is None else (self.segment, *self.values)


class CustomerStore:
    """All customers of the project."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        for pragma in (
            f"cache_size = -{_CACHE_KIB}",
            "journal_mode = MEMORY",
            "synchronous = OFF",
            "locking_mode = EXCLUSIVE",
        ):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.executescript(_TABLES)
        self._lazy: set[str] = set()
        self._counts: dict[Where, int] = {}
        self._times: array[int] | None = None
        self.version = 0
        self._make_indexes()

    # ---- whole content -------------------------------------------------------------

    def load(self, rows: Iterable[Row]) -> int:
        """Replace all customers; gives their number.

        Raises:
            DuplicateError: If two share an id or a source_id; the store is empty then.
        """
        self._empty()
        iterator = iter(rows)
        try:
            with self._transaction():
                while chunk := list(islice(iterator, _CHUNK)):
                    self._db.executemany(_INSERT, chunk)
                self._make_indexes()
        except Exception as error:
            self._empty()
            self._make_indexes()
            if isinstance(error, sqlite3.IntegrityError):
                raise DuplicateError(
                    f"two customers share an id or a source_id ({error})"
                ) from None
            raise
        return self.count(Where())

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def _empty(self) -> None:
        self._db.executescript("DROP TABLE customers; DROP TABLE members;" + _TABLES)
        self._lazy.clear()
        self._changed()

    def _make_indexes(self) -> None:
        for statement in _INDEXES.values():
            self._db.execute(statement)

    def _changed(self) -> None:
        self.version += 1
        self._counts.clear()
        self._times = None

    # ---- one customer --------------------------------------------------------------

    def text(self, ref: str) -> str | None:
        """The JSON text of the customer with this id, else of the one with this source_id."""
        by_id = self._text("id", ref)
        return self._text("source_id", ref) if by_id is None else by_id

    def get(self, ref: str) -> dict[str, Any] | None:
        """The customer with this id, else the one with this source_id."""
        return _decoded(self.text(ref))

    def by_id(self, customer_id: str) -> dict[str, Any] | None:
        """The customer with this id."""
        return _decoded(self._text("id", customer_id))

    def by_source_id(self, source_id: str) -> dict[str, Any] | None:
        """The customer with this source_id."""
        return _decoded(self._text("source_id", source_id))

    def _text(self, column: str, value: str) -> str | None:
        found = self._db.execute(
            f"SELECT body FROM customers WHERE {column} = ?",  # noqa: S608
            (value,),
        ).fetchone()
        return None if found is None else str(found[0])

    def put(self, record: dict[str, Any]) -> None:
        """Store a customer, in place of the one with the same id.

        Raises:
            DuplicateError: If another customer has its source_id.
            ValueError: If it is no customer.
        """
        self.put_many([record])

    def put_many(self, records: Iterable[dict[str, Any]]) -> None:
        """Store customers in one transaction, each in place of the one with the same id."""
        rows = [to_row(record) for record in records]
        try:
            with self._transaction():
                self._db.executemany(
                    f"{_INSERT} ON CONFLICT (id) DO UPDATE SET source_id = excluded.source_id, "
                    "name = excluded.name, email = excluded.email, city = excluded.city, "
                    "created_ms = excluded.created_ms, updated_ms = excluded.updated_ms, "
                    "body = excluded.body",
                    rows,
                )
        except sqlite3.IntegrityError:
            raise DuplicateError("another customer has this source_id") from None
        self._changed()

    def delete(self, customer_id: str) -> bool:
        """Remove the customer with this id; tells whether there was one."""
        gone = self._db.execute("DELETE FROM customers WHERE id = ?", (customer_id,)).rowcount
        self._changed()
        return gone > 0

    # ---- many ----------------------------------------------------------------------

    def count(self, where: Where) -> int:
        """How many customers match; remembered until the next write."""
        known = self._counts.get(where)
        if known is None:
            known = self._count_by_time(where)
            if known is None:
                self._want_indexes(where.columns)
                found = self._db.execute(f"SELECT count(*) {where.sql()}", where.args())
                known = int(found.fetchone()[0])
            if len(self._counts) >= _MAX_COUNTS:
                self._counts.clear()
            self._counts[where] = known
        return known

    def _count_by_time(self, where: Where) -> int | None:
        """The same for spans of creation, which each page of a large listing asks for anew.

        SQLite counts them row by row. Searching all times instead pays from the second count
        between two writes on; None where it does not, or cannot be.
        """
        spans = [_SPAN.fullmatch(condition) for condition in where.conditions]
        if where.segment is not None or not all(spans) or not self._counts:
            return None
        if self._times is None:
            rows = self._db.execute("SELECT created_ms FROM customers ORDER BY created_ms")
            self._times = array("q", (row[0] for row in rows))
        first, end = 0, len(self._times)
        for span, bound_ms in zip(spans, where.values, strict=True):
            sign = span[1] if span else ""
            side = bisect_left if sign in ("<", ">=") else bisect_right
            place = side(self._times, bound_ms)
            first, end = (first, min(end, place)) if sign[0] == "<" else (max(first, place), end)
        return max(end - first, 0)

    def texts(self, where: Where, order: str, limit: int, offset: int = 0) -> list[str]:
        """The JSON texts of the customers that match, in the SQL order given."""
        self._want_indexes((*where.columns, *(n for n in _LAZY_INDEXES if n in order)))
        found = self._db.execute(
            f"SELECT c.body {where.sql()} ORDER BY {order} LIMIT ? OFFSET ?",
            (*where.args(), limit, offset),
        )
        return [row[0] for row in found]

    def each_text(self, where: Where, order: str) -> Iterator[str]:
        """All that match, a chunk at a time; what is written meanwhile does not disturb it.

        The rows' numbers are read first (a few bytes each), their texts as they are needed.
        """
        self._want_indexes((*where.columns, *(n for n in _LAZY_INDEXES if n in order)))
        found = self._db.execute(
            f"SELECT c.seq {where.sql()} ORDER BY {order}",
            where.args(),
        )
        numbers = array("q", (row[0] for row in found))
        for start in range(0, len(numbers), _CHUNK):
            some = numbers[start : start + _CHUNK]
            texts = dict(
                self._db.execute(
                    "SELECT seq, body FROM customers "  # noqa: S608
                    f"WHERE seq IN ({','.join(map(str, some))})"
                ).fetchall()
            )
            for number in some:
                if number in texts:
                    yield texts[number]

    def _want_indexes(self, columns: Iterable[str]) -> None:
        for column in columns:
            if column in _LAZY_INDEXES and column not in self._lazy:
                self._db.execute(_LAZY_INDEXES[column])
                self._lazy.add(column)

    # ---- segments ------------------------------------------------------------------

    def list_members(self, segment: str, condition: str, values: Sequence[Any]) -> None:
        """Work out a segment's members, so that `Where.segment` can name it."""
        with self._transaction():
            self._db.execute("DELETE FROM members WHERE segment = ?", (segment,))
            self._db.execute(
                "INSERT INTO members (segment, created_ms, id, seq) "  # noqa: S608
                f"SELECT ?, c.created_ms, c.id, c.seq FROM customers c WHERE {condition}",
                (segment, *values),
            )

    def check(self, condition: str, values: Sequence[Any]) -> None:
        """Refuse a condition that SQLite cannot prepare.

        Raises:
            ValueError: If it is too large.
        """
        try:
            self._db.execute(
                f"EXPLAIN SELECT 1 FROM customers c WHERE {condition}",  # noqa: S608
                values,
            )
        except sqlite3.Error as error:
            raise ValueError(f"too large: {error}") from None

    def is_member(self, segment: str, customer_id: str) -> bool:
        """Whether a customer is among the members that `list_members` has found."""
        found = self._db.execute(
            "SELECT 1 FROM members m JOIN customers c ON c.id = m.id "
            "WHERE c.id = ? AND m.segment = ? AND m.created_ms = c.created_ms",
            (customer_id, segment),
        )
        return found.fetchone() is not None

    def matches(self, record: Mapping[str, Any], condition: str, values: Sequence[Any]) -> bool:
        """Whether one customer, stored or not, meets a condition."""
        updated_at = record.get("updated_at")
        found = self._db.execute(
            "SELECT 1 FROM (SELECT ? AS id, ? AS created_ms, ? AS updated_ms, ? AS body) c "  # noqa: S608
            f"WHERE {condition}",
            (
                record["id"],
                parse_iso(record["created_at"]),
                None if updated_at is None else parse_iso(updated_at),
                dump(record),
                *values,
            ),
        )
        return found.fetchone() is not None


def _decoded(text: str | None) -> dict[str, Any] | None:
    return None if text is None else json.loads(text)
