"""The journal's SQLite file: readable by its owner only, safe against crashes, erased for good.

One file holds the journals of many projects, told apart by `site` (the API's address and the
application ID). It holds customers' data and no credentials.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

from vfy_notebook.errors import JournalError
from vfy_notebook.journal import tables
from vfy_notebook.locks import FileLock
from vfy_notebook.private_files import make_folder, open_or_make
from vfy_notebook.shown_text import first_few, shown_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


#: Seconds that other programs are waited for, and that they are when something is to be erased.
_WAIT_S, _SHRINK_WAIT_S = 30, 5

#: So many damaged rows are named.
_DAMAGED_SHOWN = 5

#: The last lets the tables' own triggers call the function that makes their checksums.
_PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", "trusted_schema = ON")


class JournalFile:
    """An open journal file.

    Args:
        path: Where it lies; it and its folder are made if they are not there.

    Attributes:
        path: The same.
        number: The file system's own number of the file: it stays when the file moves, and a copy
            has another.
    """

    #: Called as `on_step(name, "before" | "after")` around each transaction that writes.
    #: Tests set it to kill the process at every step; nothing else does.
    on_step: Callable[[str, str], None] | None = None

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            make_folder(path.parent)
            handle = open_or_make(path)  # a link is refused, and nobody else can read it
            self.number = os.fstat(handle).st_ino
            os.close(handle)
            # Autocommit: transactions are opened and closed by `step` alone.
            self._db = sqlite3.connect(path, isolation_level=None, timeout=_WAIT_S)
            self._was_in_use = False
            # A damaged text is read all the same: its checksum tells what is wrong with it.
            self._db.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
            self._prepare()
        except (OSError, sqlite3.Error) as error:
            message = (
                f"The push journal at {path} cannot be used ({error}): move the file away, or "
                "give another place with connect(journal=...). Nothing was sent."
            )
            raise JournalError(message) from None

    def _prepare(self) -> None:
        for pragma in _PRAGMAS:
            self._db.execute(f"PRAGMA {pragma}")
        self._db.create_function("checksum_of", -1, tables.checksum_of, deterministic=True)
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version == 0:
            with self.step("make tables"):
                (version,) = self._db.execute("PRAGMA user_version").fetchone()
                if version == 0:  # no other process was faster
                    for statement in tables.statements():
                        self._db.execute(statement)
                    self._db.execute(f"PRAGMA user_version = {tables.VERSION}")
        elif version != tables.VERSION:
            message = f"it is of version {version}, this package reads version {tables.VERSION}"
            raise sqlite3.DatabaseError(message)
        # What was forgotten while another program read it is in the log until now.
        self._wait_for_others(0)
        self._empty_log()
        self._wait_for_others(_WAIT_S)

    @contextmanager
    def step(self, name: str) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it is written, or nothing is.

        Raises:
            JournalError: It could not be written.
        """
        try:
            self._hook(name, "before")
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                # SQLite has taken back some failures itself, such as a full disk.
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
        except (sqlite3.Error, OSError) as error:
            message = (
                f"The push journal at {self.path} cannot be written ({error}): make room on its "
                "disk and see to it that you may write there."
            )
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

    def read_checked(self, table: str, where: str, *values: object) -> list[sqlite3.Row]:
        """Rows of a table whose checksums are right.

        Args:
            table: Its name.
            where: What follows `WHERE`, in SQL.
            *values: The values of the question marks in it.

        Raises:
            JournalError: A row is damaged; the message names it.
        """
        rows = self.read(f"SELECT * FROM {table} WHERE {where}", *values)  # noqa: S608 - our own
        damaged = [row for row in rows if tables.checksum_of(*row[:-1]) != row["checksum"]]
        if damaged:
            message = (
                f"The push journal at {self.path} is damaged in {len(damaged):,} of "
                f"{len(rows):,} {table}: {_named(damaged)}. Nothing of it is used, as it cannot be "
                "told what the disk has changed. Look at the customers with fetch_customers(); a "
                "backup of the file can take its place."
            )
            raise JournalError(message)
        return rows

    def shrink(self) -> None:
        """Leave no byte of what was deleted in the file, nor in the log beside it.

        Raises:
            JournalError: Another program reads the journal, and what it reads cannot be erased.
        """
        # Who was in the way once is not waited for again: there may be thousands to forget.
        self._wait_for_others(0 if self._was_in_use else _SHRINK_WAIT_S)
        try:
            self._db.execute("VACUUM")
            self._was_in_use = not self._empty_log()
        except sqlite3.Error as error:
            self._was_in_use = True
            why = f"could not be rewritten ({error})"
        else:
            why = "is being read by another program"
        finally:
            self._wait_for_others(_WAIT_S)
        if self._was_in_use:
            message = (
                f"The push journal at {self.path} {why}, so deleted data may still be in it or in "
                f"{self.path.name}-wal: close other notebooks and programs that use it. It is "
                "tried again whenever the journal is opened."
            )
            raise JournalError(message)

    def _empty_log(self) -> bool:
        """Bring the log beside the file into it; False if another program is in the way."""
        (is_busy, *_) = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not is_busy

    def _wait_for_others(self, seconds: float) -> None:
        self._db.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _named(damaged: list[sqlite3.Row]) -> str:
    """Damaged rows by what names them, as far as the damage lets it be read."""
    names = ("push_id", "position", "number", "customer_id", "customer")
    there = set(damaged[0].keys())

    def name(row: sqlite3.Row) -> str:
        return ", ".join(f"{each} {row[each]!r}" for each in names if each in there)

    return shown_text(first_few(damaged, _DAMAGED_SHOWN, show=name, between="; "))


class RunLock:
    """Held while something runs, so that no second process runs it too; ends with the process.

    Args:
        journal: The journal's file, beside which the lock lies.
        key: What tells it from the locks of others.
        what: What runs, as the beginning of a sentence.
    """

    def __init__(self, journal: Path, key: str, what: str) -> None:
        self._lock = FileLock(journal.with_name(f"{journal.name}.{key}.lock"))
        self._what = what

    def __enter__(self) -> Self:
        try:
            is_ours = self._lock.take()
        except OSError as error:
            message = (
                f"{self._what} cannot be locked beside the journal ({error}): make room on the "
                "disk and see to it that you may write there. Nothing was sent."
            )
            raise JournalError(message) from None
        if not is_ours:
            message = (
                f"{self._what} is running in another process or thread: wait for it to end, or "
                "stop it, before you try again. Nothing was sent."
            )
            raise JournalError(message)
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.let_go()
