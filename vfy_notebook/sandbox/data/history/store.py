"""Orders and redemptions in SQLite, ready to serve; read in when first asked for."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal

from vfy_notebook.sandbox.answers import dump
from vfy_notebook.sandbox.data.clock import parse_iso

_TABLE = """
CREATE TABLE history (
  seq INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  customer_id TEXT,
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER,
  body TEXT NOT NULL
);
CREATE UNIQUE INDEX by_history_id ON history (kind, id);
CREATE INDEX by_history_time ON history (kind, created_ms, id);
CREATE INDEX by_history_owner ON history (customer_id);
"""

Kind = Literal["order", "redemption"]

#: A condition in SQL over the table named ``c``, and the values that it names.
Clause = tuple[str, tuple[Any, ...]]

ALL: Clause = ("1", ())


class HistoryStore:
    """All orders and redemptions of the project.

    Args:
        load: Gives them all, with the kind of each, when they are first asked for. A sandbox that
            nobody asks for them starts as quickly as without.
    """

    def __init__(self, load: Callable[[], Iterable[tuple[Kind, dict[str, Any]]]]) -> None:
        self._load = load
        self._filled: sqlite3.Connection | None = None

    def forget(self) -> None:
        """Read all of them in anew when they are next asked for."""
        if self._filled is not None:
            self._filled.close()
        self._filled = None

    @property
    def _db(self) -> sqlite3.Connection:
        if self._filled is None:
            db = sqlite3.connect("", isolation_level=None)
            db.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _TABLE)
            self._filled = db
            db.execute("BEGIN")
            self.put(self._load())
            db.execute("COMMIT")
        return self._filled

    def put(self, objects: Iterable[tuple[Kind, dict[str, Any]]]) -> None:
        """Store objects, each in place of the one with the same id.

        Raises:
            ValueError: If one has no id or no time that can be read.
        """
        self._db.executemany(
            "INSERT OR REPLACE INTO history (kind, id, customer_id, created_ms, updated_ms, body) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (_row(kind, record) for kind, record in objects),
        )

    def get(self, kind: Kind, ref: str) -> dict[str, Any] | None:
        """The object with this id."""
        found = self._db.execute(
            "SELECT body FROM history WHERE kind = ? AND id = ?", (kind, ref)
        ).fetchone()
        return None if found is None else json.loads(found[0])

    def forget_customer(self, customer_id: str) -> None:
        """Remove a customer's orders and redemptions."""
        self._db.execute("DELETE FROM history WHERE customer_id = ?", (customer_id,))

    def of_customer(self, customer_id: str) -> list[tuple[Kind, dict[str, Any]]]:
        """A customer's orders and redemptions, oldest first."""
        found = self._db.execute(
            "SELECT kind, body FROM history WHERE customer_id = ? ORDER BY created_ms, id",
            (customer_id,),
        )
        return [(kind, json.loads(body)) for kind, body in found]

    def count(self, kind: Kind, where: Clause = ALL) -> int:
        """How many match."""
        condition, values = where
        found = self._db.execute(
            f"SELECT count(*) FROM history c WHERE c.kind = ? AND ({condition})",  # noqa: S608
            (kind, *values),
        )
        return int(found.fetchone()[0])

    def texts(
        self, kind: Kind, where: Clause, order: str, limit: int = -1, offset: int = 0
    ) -> Iterator[str]:
        """The JSON texts of those that match, in the SQL order given."""
        condition, values = where
        found = self._db.execute(
            f"SELECT c.body FROM history c WHERE c.kind = ? AND ({condition}) "  # noqa: S608
            f"ORDER BY {order} LIMIT ? OFFSET ?",
            (kind, *values, limit, offset),
        )
        return iter([row[0] for row in found])


def _row(kind: Kind, record: dict[str, Any]) -> tuple[Any, ...]:
    created = record["created_at" if kind == "order" else "date"]
    updated = record.get("updated_at")
    if not isinstance(record["id"], str) or not isinstance(created, str):
        raise ValueError(f"{kind} {record['id']!r} has no id or no time")
    return (
        kind,
        record["id"],
        record.get("customer_id"),
        parse_iso(created),
        None if updated is None else parse_iso(updated),
        dump(record),
    )
