"""The journal's SQLite file: readable by its owner only, safe against crashes, erased for good.

One file holds the journals of many projects, told apart by `site` (the API's address and the
application ID). It holds customers' data and no credentials.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

from vfy_notebook.errors import JournalError
from vfy_notebook.locks import FileLock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

_VERSION = 1

_TABLES = """
CREATE TABLE pushes (
  push_id TEXT PRIMARY KEY,
  site TEXT NOT NULL,
  made_at REAL NOT NULL,
  kind TEXT NOT NULL,
  is_open INTEGER NOT NULL,
  facts TEXT NOT NULL
);
CREATE TABLE batches (
  push_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  route TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  intent_ms INTEGER,
  action_id TEXT,
  found_again INTEGER NOT NULL DEFAULT 0,
  ended_as TEXT,
  PRIMARY KEY (push_id, number)
) WITHOUT ROWID;
CREATE TABLE rows (
  push_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  batch INTEGER,
  customer_id TEXT,
  source_id TEXT,
  since_ms INTEGER,
  created_ms INTEGER,
  cells TEXT NOT NULL,
  outcome TEXT,
  reason TEXT,
  learnt TEXT,
  now_id TEXT,
  updated_ms INTEGER,
  read_ms INTEGER,
  PRIMARY KEY (push_id, position)
) WITHOUT ROWID;
CREATE INDEX rows_by_batch ON rows (push_id, batch);
CREATE TABLE consents (
  number INTEGER PRIMARY KEY,
  site TEXT NOT NULL,
  customer TEXT NOT NULL,
  sent_at REAL NOT NULL,
  consents TEXT NOT NULL,
  outcome TEXT NOT NULL
);
CREATE INDEX consents_by_customer ON consents (site, customer);
"""


class JournalFile:
    """An open journal file.

    Args:
        path: Where it lies; it and its folder are made if they are not there.
    """

    #: Called as `on_step(name, "before" | "after")` around each transaction that writes.
    #: Tests set it to kill the process at every step; nothing else does.
    on_step: Callable[[str, str], None] | None = None

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _make_private(path)
            # Autocommit: transactions are opened and closed by `step` alone.
            self._db = sqlite3.connect(path, isolation_level=None, timeout=30)
            self._prepare()
        except (OSError, sqlite3.Error) as error:
            message = (
                f"The push journal at {path} cannot be used ({error}): move the file away, or "
                "give another place with connect(journal=...). Nothing was sent."
            )
            raise JournalError(message) from None

    def _prepare(self) -> None:
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
            self._db.execute(f"PRAGMA {pragma}")
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version == 0:
            with self.step("make tables"):
                (version,) = self._db.execute("PRAGMA user_version").fetchone()
                if version == 0:  # no other process was faster
                    for statement in _TABLES.split(";\n"):
                        self._db.execute(statement)
                    self._db.execute(f"PRAGMA user_version = {_VERSION}")
        elif version != _VERSION:
            message = f"it is of version {version}, this package reads version {_VERSION}"
            raise sqlite3.DatabaseError(message)

    @contextmanager
    def step(self, name: str) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it is written, or nothing is.

        Raises:
            JournalError: It could not be written.
        """
        self._hook(name, "before")
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            message = f"The push journal at {self.path} cannot be written ({error})."
            raise JournalError(message) from None
        self._hook(name, "after")

    def _hook(self, name: str, when: str) -> None:
        hook = type(self).on_step
        if hook is not None:
            hook(name, when)

    def read(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """All rows of a query."""
        try:
            cursor = self._db.execute(sql, values)
            cursor.row_factory = sqlite3.Row
            return cursor.fetchall()
        except sqlite3.Error as error:
            message = f"The push journal at {self.path} cannot be read ({error})."
            raise JournalError(message) from None

    def shrink(self) -> None:
        """Leave no byte of what was deleted in the file, nor in the log beside it."""
        try:
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._db.execute("VACUUM")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as error:
            message = (
                f"The push journal at {self.path} could not be rewritten ({error}), so deleted "
                "data may still be in it: close other notebooks that use it and try again."
            )
            raise JournalError(message) from None

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _make_private(path: Path) -> None:
    """See to it that nobody but the owner can read the file, before anything is in it."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        path.chmod(0o600)


class RunLock:
    """Held while a push runs, so that no second process runs it too; ends with the process."""

    def __init__(self, journal: Path, push_id: str) -> None:
        self._lock = FileLock(journal.with_name(f"{journal.name}.{push_id}.lock"))
        self._push_id = push_id

    def __enter__(self) -> Self:
        if not self._lock.take():
            message = (
                f"Push {self._push_id} is running in another process: wait for it to end, or "
                "stop it, before resuming."
            )
            raise JournalError(message)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lock.let_go()
