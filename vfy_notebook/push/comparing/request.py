"""What a user asks of a plan."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from vfy_notebook.edits.cells.values import cell_shown
from vfy_notebook.edits.fields import Access, access_of
from vfy_notebook.errors import ArgumentError

ON_CONFLICT = ("refuse", "skip", "overwrite")
NEAR_TWINS = ("refuse", "create")


@dataclass(frozen=True)
class PlanRequest:
    """The options of `project.plan_push`, checked.

    Attributes:
        columns: The columns that are meant; None is all that differ.
        new_keys: Metadata keys that may come into being; None is any.
        retype: Columns whose change of type is meant.
        near_twins: Whether customers may be created whose `source_id` almost is another's.
        create_missing: Whether customers may be created.
        on_conflict: What to do about cells that someone else changed.
        max_records: Most customers a request.
        max_calls: Calls that planning may take; None is 100.
    """

    columns: tuple[str, ...] | None = None
    new_keys: frozenset[str] | None = frozenset()
    retype: frozenset[str] = frozenset()
    near_twins: str = "refuse"
    create_missing: bool = False
    on_conflict: str = "refuse"
    max_records: int = 100
    max_calls: int | None = None

    @classmethod
    def checked(
        cls,
        *,
        columns: Iterable[str] | None,
        new_keys: Iterable[str] | bool,
        retype: Iterable[str],
        near_twins: str,
        create_missing: bool,
        on_conflict: str,
        max_records: int,
        max_calls: int | None,
    ) -> PlanRequest:
        """The request of these arguments.

        Raises:
            ArgumentError: One of them cannot be.
        """
        check_among("on_conflict", on_conflict, ON_CONFLICT)
        check_among("near_twins", near_twins, NEAR_TWINS)
        check_count("max_records", max_records)
        if max_calls is not None:
            check_count("max_calls", max_calls)
        meant = None if columns is None else names_in("columns", columns)
        if meant == ():
            message = "columns=[] means no column at all: leave it out to push all that differ."
            raise ArgumentError(message)
        kept = names_in("retype", retype)
        for argument, names in (("columns", meant or ()), ("retype", kept)):
            for name in names:
                if access_of(name) is Access.READ_ONLY:
                    message = f"{argument}={cell_shown(list(names))}: {name!r} cannot be written."
                    raise ArgumentError(message)
        any_key = new_keys is True
        keys = () if isinstance(new_keys, bool) else names_in("new_keys", new_keys)
        return cls(
            columns=meant,
            new_keys=None if any_key else frozenset(keys),
            retype=frozenset(kept),
            near_twins=near_twins,
            create_missing=create_missing,
            on_conflict=on_conflict,
            max_records=max_records,
            max_calls=max_calls,
        )


def check_among(argument: str, value: Any, allowed: tuple[str, ...]) -> None:
    """Refuse what is none of the words allowed.

    Raises:
        ArgumentError: It is none.
    """
    if value not in allowed:
        message = f"{argument}={cell_shown(value)} is not one of {', '.join(map(repr, allowed))}."
        raise ArgumentError(message)


def check_count(argument: str, value: Any) -> None:
    """Refuse what is no positive whole number.

    Raises:
        ArgumentError: It is none.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        message = f"{argument}={cell_shown(value)}: give a whole number from 1 up."
        raise ArgumentError(message)


def names_in(argument: str, names: Iterable[str]) -> tuple[str, ...]:
    """Names given as a list, each once.

    Raises:
        ArgumentError: It is a single text, or not all of them are text.
    """
    if isinstance(names, str):
        message = f"{argument}={cell_shown(names)}: give a list, [{cell_shown(names)}]."
        raise ArgumentError(message)
    told: list[Any] = list(names) if isinstance(names, Iterable) else [names]
    if not all(isinstance(name, str) for name in told):
        message = f"{argument}={cell_shown(names)}: give a list of names."
        raise ArgumentError(message)
    return tuple(dict.fromkeys(told))
