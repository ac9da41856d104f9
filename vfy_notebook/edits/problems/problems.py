"""What stands in a push's way, or ought to be known before it: one value each.

There is one problem for a column and a kind, however many rows it concerns: a plan shows how many
they are, an example, and the way out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, TypedDict, Unpack

import pandas as pd

from vfy_notebook.frames.arrays import objects
from vfy_notebook.shown_text import first_few, shown_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

#: So many customers are named in a sentence; all of them are in the problem's `customers`.
_NAMED = 5

#: Characters of an id, of a person's name, and of a column's name that are shown.
_LONGEST_ID = 48
_LONGEST_NAME = 32
LONGEST_COLUMN = 64

#: Characters of a sentence about a problem, and how many of them are kept of its end: there the
#: way out stands.
_LONGEST_SENTENCE = 700
_OF_ITS_END = 260

#: Problems beyond these are not written out, whatever room there is.
_MOST_SENTENCES = 60

#: What is mended first, among problems that stop a push: it may be the reason of the others.
_FIRST = ("near_name", "no_customers", "swapped")


@dataclass(frozen=True)
class Problem:
    """Something about a plan that a person has to know.

    Attributes:
        kind: What it is, as one word for programs.
        what: What it is, without a stop at the end.
        blocks: Whether the plan cannot be pushed before it is solved.
        customers: The rows concerned, by `customer_id` (or the frame's label for new ones).
        field: The column concerned, if it is one.
        columns: The columns concerned, if they are several.
        example: One of the cells, and what is the matter with it.
        way_out: What to do, as whole sentences.
        noun: What the rows are called.
    """

    kind: str
    what: str
    blocks: bool
    customers: tuple[str, ...] = ()
    field: str | None = None
    columns: tuple[str, ...] = ()
    example: str = ""
    way_out: str = ""
    noun: str = "row"

    @property
    def count(self) -> int:
        """How many rows it concerns, or columns where it is about no rows."""
        return len(self.customers) or len(self.columns) or 1

    @property
    def message(self) -> str:
        """What it is, to whom, and the way out, as sentences for people."""
        return self.sentence()

    def sentence(self, whois: WhoIs | None = None, *, most: int = _NAMED) -> str:
        """The message as one line, with a person's name beside each id where `whois` knows it.

        Args:
            whois: Gives a customer's name or e-mail.
            most: How many customers are named at most.
        """
        who = ""
        if self.customers:
            who = f": {named(self.customers, noun=self.noun, whois=whois, most=most)}"
        parts = [f"{self.what}{who}."]
        if self.example:
            parts.append(f"Such as {self.example}.")
        if self.way_out:
            parts.append(self.way_out)
        told = shown_text(" ".join(parts))
        if len(told) <= _LONGEST_SENTENCE:
            return told
        return f"{told[: _LONGEST_SENTENCE - _OF_ITS_END]} … {told[-_OF_ITS_END:]}"


class Details(TypedDict, total=False):
    """What may be told of a problem beside its kind and its sentence; see `Problem`."""

    field: str | None
    columns: tuple[str, ...]
    example: str
    way_out: str
    noun: str


def blocking(
    kind: str, what: str, customers: Iterable[str] = (), **details: Unpack[Details]
) -> Problem:
    """A problem that has to be solved before the plan can be pushed."""
    return Problem(kind, what, True, tuple(customers), **details)


def note(
    kind: str, what: str, customers: Iterable[str] = (), **details: Unpack[Details]
) -> Problem:
    """A problem that a plan tells of, and that does not stop it."""
    return Problem(kind, what, False, tuple(customers), **details)


if TYPE_CHECKING:
    #: Gives a customer's name or e-mail by the id that a problem calls it by; None if not known.
    WhoIs = Callable[[str], str | None]


def named(
    customers: Sequence[str],
    *,
    noun: str = "customer",
    whois: WhoIs | None = None,
    most: int = _NAMED,
) -> str:
    """How many there are and which.

    >>> named(["cust_a"], whois={"cust_a": "Ann"}.get)
    '1 customer (cust_a, Ann)'
    >>> named([f"cust_{i}" for i in range(7)], noun="row")
    '7 rows (cust_0, cust_1, cust_2, cust_3, cust_4 and 2 more)'
    """

    def shown(customer: str) -> str:
        return who(customer, whois)

    between = "; " if any(", " in shown(each) for each in customers[:most]) else ", "
    people = first_few(customers, most, show=shown, between=between)
    return f"{len(customers):,} {noun}{'s' * (len(customers) != 1)} ({people})"


def who(customer: str, whois: WhoIs | None = None) -> str:
    """A customer by id, and by name or e-mail where that is known."""
    name = None if whois is None else whois(customer)
    beside = "" if not name else f", {shown_text(name, _LONGEST_NAME)}"
    return shown_text(customer, _LONGEST_ID) + beside


def column_shown(name: object) -> str:
    """A column's name as sentences show it."""
    return shown_text(name, LONGEST_COLUMN)


def grouped(problems: Iterable[Problem]) -> list[Problem]:
    """One problem for each column, kind and way out, what blocks first.

    The first one's example stands for all; the customers of all are kept, each once.
    """
    groups: dict[tuple[object, ...], list[Problem]] = {}
    for each in problems:
        # What is about no rows is told apart by what it says.
        what = "" if each.customers else each.what
        known_as = (each.kind, each.field, each.blocks, each.way_out, each.noun, what)
        groups.setdefault(known_as, []).append(each)
    together = [same[0] if len(same) == 1 else _merged(same) for same in groups.values()]
    return sorted(together, key=lambda each: (not each.blocks, each.kind not in _FIRST))


def _merged(same: Sequence[Problem]) -> Problem:
    customers = dict.fromkeys(label for each in same for label in each.customers)
    return replace(same[0], customers=tuple(customers))


def sentences(
    problems: Sequence[Problem], whois: WhoIs | None, room: int, size: Callable[[str], int]
) -> tuple[list[tuple[Problem, str]], int]:
    """As many problems in sentences as there is room for, and how many were left out.

    Args:
        problems: The problems, in the order in which they are told.
        whois: Gives names.
        room: What the sentences may take together.
        size: What one of them takes.
    """
    if len(problems) <= _MOST_SENTENCES:
        told = [(each, each.sentence(whois)) for each in problems]
        if sum(size(text) for _, text in told) <= room:
            return told, 0
    told = []
    for each in islice(problems, _MOST_SENTENCES):
        text = each.sentence(whois, most=1)
        room -= size(text)
        if room < 0:
            break
        told.append((each, text))
    return told, len(problems) - len(told)


def problems_frame(problems: Iterable[Problem], whois: WhoIs | None = None) -> pd.DataFrame:
    """One row per problem, those that block first; `customers` has them all."""
    told = grouped(problems)
    return pd.DataFrame(
        {
            "blocks": pd.array([p.blocks for p in told], dtype="bool"),
            "kind": pd.array([p.kind for p in told], dtype="str"),
            "field": pd.array([p.field for p in told], dtype="str"),
            "count": pd.array([p.count for p in told], dtype="int64"),
            "customers": pd.Series(objects([list(p.customers) for p in told]), dtype="object"),
            "message": pd.array([p.sentence(whois) for p in told], dtype="str"),
            "example": pd.array([shown_text(p.example) for p in told], dtype="str"),
            "way_out": pd.array([shown_text(p.way_out) for p in told], dtype="str"),
        }
    )
