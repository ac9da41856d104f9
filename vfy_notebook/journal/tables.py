"""The journal's tables. Each row carries a checksum, so that damage is found before it is used.

SQLite finds out that a page is damaged where its structure suffers, but not where a cell does: a
price that lost a digit on a bad disk would be put back by an undo. Triggers write the checksums,
so that no statement can forget them.
"""

from __future__ import annotations

from hashlib import blake2b

#: Changed with every change below: a journal of another version is refused.
VERSION = 3

_COLUMNS = {
    "pushes": (
        "number INTEGER PRIMARY KEY",
        "push_id TEXT NOT NULL UNIQUE",
        "site TEXT NOT NULL",
        "made_at REAL NOT NULL",
        "made_ms INTEGER",
        "kind TEXT NOT NULL",
        "is_open INTEGER NOT NULL",
        "facts TEXT NOT NULL",
    ),
    "batches": (
        "push_id TEXT NOT NULL",
        "number INTEGER NOT NULL",
        "route TEXT NOT NULL",
        "state TEXT NOT NULL",
        "attempts INTEGER NOT NULL DEFAULT 0",
        "intent_ms INTEGER",
        "action_id TEXT",
        "found_again INTEGER NOT NULL DEFAULT 0",
        "ended_as TEXT",
    ),
    "rows": (
        "push_id TEXT NOT NULL",
        "position INTEGER NOT NULL",
        "batch INTEGER",
        "customer_id TEXT",
        "source_id TEXT",
        "since_ms INTEGER",
        "created_ms INTEGER",
        "cells TEXT NOT NULL",
        "outcome TEXT",
        "reason TEXT",
        "learnt TEXT",
        "now_id TEXT",
        "updated_ms INTEGER",
        "read_ms INTEGER",
        "shown TEXT",
    ),
    "consents": (
        "number INTEGER PRIMARY KEY",
        "site TEXT NOT NULL",
        "customer TEXT NOT NULL",
        "sent_at REAL NOT NULL",
        "sent_ms INTEGER",
        "consents TEXT NOT NULL",
        "outcome TEXT NOT NULL",
    ),
    "deletions": (
        "number INTEGER PRIMARY KEY",
        "deletion_id TEXT NOT NULL",
        "site TEXT NOT NULL",
        "customer_id TEXT NOT NULL",
        "source_id TEXT",
        "permanent INTEGER NOT NULL",
    ),
    "receipts": (
        "number INTEGER PRIMARY KEY",
        "site TEXT NOT NULL",
        "customer_digest TEXT NOT NULL",
        "receipt TEXT NOT NULL",
    ),
    "segments": (
        "number INTEGER PRIMARY KEY",
        "site TEXT NOT NULL",
        "made_at REAL NOT NULL",
        "made_ms INTEGER",
        "name TEXT NOT NULL",
        "type TEXT NOT NULL",
        "rule TEXT",
        "members_digest TEXT NOT NULL",
        "known_ids TEXT NOT NULL",
    ),
    "sites": ("site TEXT NOT NULL", "mark TEXT NOT NULL"),
}

#: What names a row; tables that are not named here have a number.
_KEYS = {
    "batches": ("push_id", "number"),
    "rows": ("push_id", "position"),
    "sites": ("site", "mark"),
}

_INDEXES = (
    "CREATE INDEX rows_by_batch ON rows (push_id, batch)",
    "CREATE INDEX consents_by_customer ON consents (site, customer)",
)


def statements() -> list[str]:
    """What makes the tables of an empty journal."""
    made = []
    for table, columns in _COLUMNS.items():
        names = [column.split()[0] for column in columns]
        key = _KEYS.get(table, ("number",))
        primary = [f"PRIMARY KEY ({', '.join(key)})"] if table in _KEYS else []
        parts = ", ".join([*columns, "checksum TEXT", *primary])
        made.append(f"CREATE TABLE {table} ({parts})" + " WITHOUT ROWID" * bool(primary))
        values = ", ".join(f"new.{name}" for name in names)
        same = " AND ".join(f"{name} = new.{name}" for name in key)
        seal = f"UPDATE {table} SET checksum = checksum_of({values}) WHERE {same}"  # noqa: S608
        made += [
            f"CREATE TRIGGER {table}_{event} AFTER {event} ON {table} BEGIN {seal}; END"
            for event in ("INSERT", "UPDATE")
        ]
    return [*made, *_INDEXES]


def checksum_of(*values: object) -> str:
    """The checksum of a row's values, as SQLite gives them to Python."""
    return blake2b(repr(values).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
