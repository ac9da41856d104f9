"""Which sites of a journal are one project: those that share what no other project has.

A site is an address and an application ID. After a key was rotated, or under another spelling of
the address, the same project is another site; its marks tell that it is the same one.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from vfy_notebook.api.keys.addresses import is_loopback
from vfy_notebook.api.keys.project_marks import is_same_project
from vfy_notebook.errors import JournalError

if TYPE_CHECKING:
    from vfy_notebook.api.keys.project_marks import ProjectMarks
    from vfy_notebook.journal.file import JournalFile


class Sites:
    """The sites of a journal, seen from one of them.

    Args:
        file: The journal's file.
        site: The site from which it is used.
        marks: What its project is known by.

    Attributes:
        own: The site from which it is used.
        ours: That one, and all that are the same project; nothing of them is written under
            another's name, so that processes with either key can use the journal at once.
    """

    def __init__(self, file: JournalFile, site: str, marks: ProjectMarks) -> None:
        self._file = file
        self.own = site
        self.ours: tuple[str, ...] = (site,)
        self._marks = marks
        self.learn()

    def learn(self) -> None:
        """Remember what the project is known by, and look which sites are the same one.

        What cannot be remembered or read is for another time: nothing depends on it but what is
        found again.
        """
        known = self._known()
        mine = known.setdefault(self.own, set())
        new = set(self._marks) - mine
        if new:
            with contextlib.suppress(JournalError), self._file.step("marks") as db:
                db.executemany(
                    "INSERT OR IGNORE INTO sites (site, mark) VALUES (?, ?)",
                    [(self.own, mark) for mark in sorted(new)],
                )
            mine |= new
        same = [site for site in sorted(known) if self._is_same(known, site)]
        self.ours = (self.own, *same)

    def are_undecided(self) -> bool:
        """Whether more marks of this project could show that another site is the same one."""
        known = self._known()
        return any(site != self.own and self._is_same(known, site) is None for site in known)

    def _is_same(self, known: dict[str, set[str]], site: str) -> bool | None:
        if site == self.own or _place(site) != _place(self.own):
            return False
        mine = known.get(self.own, ())
        return is_same_project(mine, known[site], is_all=self._marks.are_asked)

    def _known(self) -> dict[str, set[str]]:
        known: dict[str, set[str]] = {}
        with contextlib.suppress(JournalError):
            for row in self._file.read_checked("sites", "true"):
                known.setdefault(row["site"], set()).add(row["mark"])
        return known


def _place(site: str) -> str:
    """Where a site can be the same as another one.

    Servers of tests are made alike, down to their ids; on this machine, each port is one of them.

    >>> _place("http://localhost:80 app") == _place("http://127.0.0.1:80 other-app")
    True
    """
    try:
        parts = urlsplit(site.partition(" ")[0])
        is_here, port = is_loopback(parts.hostname or ""), parts.port
    except ValueError:
        return site
    return f"port {port}" if is_here else "elsewhere"
