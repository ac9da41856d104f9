"""New customers whose source_id is another one's but for its form: near twins.

`Ann@x.com` beside `ann@x.com`, a blank at the end, `é` as one sign or as two, a zero-width space:
the API takes each for a customer of its own, and what was bought by one is not known of the other.
No call puts them together again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vfy_notebook.edits.checks.look_alike import look_alike, without_form
from vfy_notebook.edits.problems.problems import Problem, note, who
from vfy_notebook.shown_text import shown_text, spelt_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LONGEST_ID = 48


@dataclass(frozen=True)
class LookedFor:
    """Where near twins were looked for.

    Attributes:
        read: How many customers' source_ids were looked at.
        total: How many customers the project has; None if that is not known.
        calls: API calls that this took.
    """

    read: int
    total: int | None = None
    calls: int = 0


def near_twins(
    new: Mapping[str, str], known: Iterable[str], looked: LookedFor, *, may_create: bool
) -> list[Problem]:
    """Near twins among new customers and those there are, and where they were looked for.

    Args:
        new: Row → the source_id that it would be created with; no two are equal.
        known: The source_ids that were looked at.
        looked: Where they are from.
        may_create: Whether near twins are meant.
    """
    if not new:
        return []
    twins = _twins(new, known)
    problems = [_problem(new, twins, may_create=may_create)] if twins else []
    return [*problems, _where(len(new), looked)]


def _twins(new: Mapping[str, str], known: Iterable[str]) -> dict[str, str]:
    """Row → the source_id that it is a near twin of."""
    first: dict[str, str] = {}
    twins: dict[str, str] = {}
    wanted = {without_form(source_id) for source_id in new.values()}
    for source_id in known:
        form = without_form(source_id)
        if form in wanted:
            first.setdefault(form, source_id)
    for label, source_id in new.items():
        other = first.setdefault(without_form(source_id), source_id)
        if other != source_id:
            twins[label] = other
    return twins


def _problem(new: Mapping[str, str], twins: Mapping[str, str], *, may_create: bool) -> Problem:
    label, other = next(iter(twins.items()))
    one = new[label]
    show = spelt_out if look_alike(one, other) else shown_text
    way_out = (
        "Write these source_ids as they are there, or take the rows out; to create the customers "
        "all the same, give near_twins='create'."
    )
    return Problem(
        "near_twin",
        "With a source_id that differs from another customer's only in case, blanks, Unicode form "
        "or signs that are not seen",
        blocks=not may_create,
        customers=tuple(twins),
        field="source_id",
        example=f"{who(label)}: '{show(one, _LONGEST_ID)}' beside '{show(other, _LONGEST_ID)}'",
        way_out="They are created all the same." if may_create else way_out,
        noun="new row",
    )


def _where(count: int, looked: LookedFor) -> Problem:
    of = "" if looked.total is None else f" of {looked.total:,}"
    calls = "no API call" if not looked.calls else f"{looked.calls:,} API call"
    calls += "s" * (looked.calls > 1)
    missed = looked.total is not None and looked.read < looked.total
    others = "" if not missed else " Those of the other customers were not looked at."
    return note(
        "near_twins_looked_for",
        f"Near twins were looked for among {count:,} new source_id{'s' * (count != 1)} and "
        f"those of {looked.read:,}{of} customers, which took {calls}",
        field="source_id",
        way_out=others.strip(),
    )
