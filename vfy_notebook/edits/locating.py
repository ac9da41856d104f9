"""Which customer each row of a frame is about, wherever the frame says it.

A frame that was merged, grouped, or read from a file names its customers in a column, in one of
several levels of its index, or by `source_id` only, perhaps as numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from vfy_notebook.edits.cells.values import cell_shown
from vfy_notebook.edits.checks.unknown_rows import LOOKED_UP
from vfy_notebook.edits.fields import Access, access_of
from vfy_notebook.edits.problems.problems import Problem, blocking
from vfy_notebook.errors import PlanError
from vfy_notebook.frames.identities.id_places import (
    SOURCE_ID,
    IdPlace,
    id_text,
    is_whole_number,
    nameless_places,
    places_named,
    without_places,
)
from vfy_notebook.frames.schema import INDEX

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

#: What a spreadsheet shows of a long id of digits.
_SCIENTIFIC = re.compile(r"\d(\.\d+)?[eE]\+?\d+")


_MOST_DIGITS = 4_000

#: What columns of ids are called elsewhere, in small letters and without other signs.
_NAMED_OTHERWISE = {
    **dict.fromkeys(("customerid", "custid", "customer", "voucherifyid"), INDEX),
    **dict.fromkeys(("sourceid", "source", "externalid"), SOURCE_ID),
}

#: The kind of problem of customers that are in several rows: then nobody knows which is meant.
DOUBLED = "doubled_customer"

_INDEX_ITSELF = IdPlace(INDEX, 0)

#: So many ids of a place are asked about, whether they are known.
_ASKED = 200


@dataclass(frozen=True)
class Located:
    """A frame's rows by customer.

    Attributes:
        frame: Indexed by `customer_id`, each once. A row that may be a new customer is called by
            its `source_id`.
        problems: What stands in the way of the rows that are left out.
        by_source_id: Whether the frame has no `customer_id`, so that `source_id` tells them.
        place: Where the given frame calls its customers.
    """

    frame: pd.DataFrame
    problems: tuple[Problem, ...] = ()
    by_source_id: bool = False
    place: IdPlace = _INDEX_ITSELF


def locate(
    frame: pd.DataFrame,
    is_known: Callable[[str], bool],
    source_ids: Callable[[Collection[str]], Mapping[str, str]],
) -> Located:
    """Find the customers of a frame.

    By `customer_id` where the frame has that, in the index or in a column: then a row without one
    is not looked for by its `source_id`. Else by `source_id`.

    Args:
        frame: The frame. Its columns are each there once.
        is_known: Whether this is the id of a customer that is known.
        source_ids: Gives all known customers' ids by `source_id`, and those of the given ones
            that it can find out. It is called where it is needed.

    Raises:
        PlanError: The frame names no customers, or names them twice and differently.
    """
    if _is_plain(frame):
        return Located(frame)
    by_id = places_named(frame, INDEX) or _places_with(frame, is_known)
    if by_id:
        return _by_customer_id(frame, by_id)
    by_source = places_named(frame, SOURCE_ID)
    if by_source:
        return _by_source_id(frame, by_source, source_ids)
    if len(frame) and all(isinstance(label, str) for label in frame.index):
        return _by_customer_id(frame, [IdPlace(frame.index.name, 0)])
    raise PlanError(_no_customers(frame))


def _is_plain(frame: pd.DataFrame) -> bool:
    """Whether a frame is indexed as `fetch_customers` does, so that there is nothing to do."""
    index = frame.index
    return (
        index.name == INDEX
        and not isinstance(index, pd.MultiIndex)
        and isinstance(index.dtype, pd.StringDtype)
        and index.is_unique
        and not index.hasnans
        and "" not in index
        and len(places_named(frame, INDEX)) == 1
    )


def _places_with(frame: pd.DataFrame, is_known: Callable[[str], bool]) -> list[IdPlace]:
    """The first place without a telling name that holds ids of known customers."""
    for place in nameless_places(frame):
        texts = [value for value in place.values(frame) if isinstance(value, str)]
        if any(map(is_known, texts[:_ASKED])):
            return [place]
    return []


def _no_customers(frame: pd.DataFrame) -> str:
    shown = ", ".join(map(cell_shown, frame.index[:3].tolist()))
    return (
        f"The frame names no customers: its index ({shown}{' …' * (len(frame) > 3)}) holds no "
        f"customer_id, and it has no column customer_id or source_id. {_where_they_may_be(frame)}"
    )


def _where_they_may_be(frame: pd.DataFrame) -> str:
    """The way out for a frame that names no customers."""
    for name in frame.columns:
        told = (
            _NAMED_OTHERWISE.get(re.sub(r"[\W_]+", "", name).lower()) if type(name) is str else None
        )
        if told is not None:
            return f"Its column {name!r} may be one: edited.rename(columns={{{name!r}: {told!r}}})."
    if "email" in frame.columns:
        return (
            "E-mail addresses are no ids, as several customers may have one; look the ids up in "
            f"what you have fetched: edited{LOOKED_UP}."
        )
    return (
        "merge() drops the index: start from customers.reset_index(), whose column customer_id "
        "stays."
    )


# -- by Voucherify's own id ----------------------------------------------------------------------


def _by_customer_id(frame: pd.DataFrame, places: Sequence[IdPlace]) -> Located:
    ids = _combined(frame, places)
    texts: list[str | None] = [None] * len(frame)
    for place in places_named(frame, SOURCE_ID):
        told = map(id_text, place.values(frame))
        texts = [one or other for one, other in zip(texts, told, strict=True)]
    labels = [one or other for one, other in zip(ids, texts, strict=True)]
    return _sorted_out(frame, places, labels)


def _combined(frame: pd.DataFrame, places: Sequence[IdPlace]) -> list[str | None]:
    """The ids of several places, which must not contradict each other."""
    first, *others = ([id_text(value) for value in place.values(frame)] for place in places)
    for place, other in zip(places[1:], others, strict=True):
        apart = [
            str(number)
            for number, (one, two) in enumerate(zip(first, other, strict=True), 1)
            if one is not None and two is not None and one != two
        ]
        if apart:
            message = (
                f"{places[0].expression} and {place.expression} name different customers in "
                f"{len(apart):,} row{'s' * (len(apart) != 1)} (the first is row {apart[0]}): keep "
                "one of them, such as by edited.reset_index(drop=True) or edited.drop(columns=…)."
            )
            raise PlanError(message)
        first = [one or two for one, two in zip(first, other, strict=True)]
    return first


# -- by the user's own id --------------------------------------------------------------------------


def _by_source_id(
    frame: pd.DataFrame,
    places: Sequence[IdPlace],
    find: Callable[[Collection[str]], Mapping[str, str]],
) -> Located:
    values = places[0].values(frame)
    source_ids = find([text for text in map(id_text, values) if text is not None])
    found = _SourceIds(source_ids)
    resolved = [found.resolve(value) for value in values]
    unclear = [str(value) for value, text in zip(values, resolved, strict=True) if text is _UNCLEAR]
    texts = [None if text is _UNCLEAR else text for text in resolved]
    ids = [source_ids.get(text, text) if text is not None else None for text in texts]
    is_clear = np.array([text is not _UNCLEAR for text in resolved], dtype=bool)
    out = frame.assign(**{SOURCE_ID: pd.array(texts, dtype="str")})[is_clear]
    kept = [each for each, clear in zip(ids, is_clear.tolist(), strict=True) if clear]
    others = [place for place in places if place.name != SOURCE_ID]
    located = _sorted_out(out, places, kept, drop=others)
    told = (_unclear_ids(unclear, places[0]),) if unclear else ()
    return Located(located.frame, (*told, *located.problems), by_source_id=True, place=places[0])


_UNCLEAR: Any = object()


class _SourceIds:
    """The known source_ids, also as the numbers that a file makes of them."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self._known = known
        self._by_number: dict[int, list[str]] | None = None

    def resolve(self, value: Any) -> Any:
        """The source_id that a value stands for, `_UNCLEAR`, or None."""
        text = id_text(value)
        if text is None:
            return None
        from_number = is_whole_number(value)
        if not from_number and text in self._known:
            return text
        digits = text.strip().removesuffix(".0")
        if not _is_number(digits):
            return _UNCLEAR if _SCIENTIFIC.fullmatch(digits) else text
        same = self._numbers().get(int(digits), [])
        if len(same) == 1:
            return same[0]
        if not same and text == digits and not (from_number and self._some_are_padded()):
            return text
        return _UNCLEAR

    def _numbers(self) -> dict[int, list[str]]:
        if self._by_number is None:
            self._by_number = {}
            for text in self._known:
                if _is_number(text):
                    self._by_number.setdefault(int(text), []).append(text)
        return self._by_number

    def _some_are_padded(self) -> bool:
        return any(text != str(n) for n, same in self._numbers().items() for text in same)


def _is_number(text: str) -> bool:
    """Whether a text is digits, and not more than Python reads."""
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS


# -- both ----------------------------------------------------------------------------------------


def _sorted_out(
    frame: pd.DataFrame,
    places: Sequence[IdPlace],
    labels: Sequence[str | None],
    *,
    drop: Sequence[IdPlace] | None = None,
) -> Located:
    """The rows of one customer each, and problems of the others."""
    column: pd.Series[Any] = pd.Series(list(labels), dtype=object)
    missing = column.isna().to_numpy()
    doubled = (column.duplicated(keep=False) & column.notna()).to_numpy()
    problems = []
    others = frame.drop(columns=[place.name for place in places if place.level is None])
    # Rows with nothing at all, as spreadsheets and frame.where() have them, are no customers.
    nameless = missing & others.notna().any(axis=1).to_numpy()
    if nameless.any():
        numbers = np.flatnonzero(nameless) + 1
        problems.append(_without_id([str(number) for number in numbers], places[0]))
    if doubled.any():
        problems.append(_doubled(list(dict.fromkeys(column[doubled])), places[0]))
    with_levels = _levels_as_columns(frame)
    kept = ~(missing | doubled)
    rows = with_levels[kept] if not kept.all() else with_levels
    out = without_places(rows, places if drop is None else drop, column[kept].tolist())
    return Located(out, tuple(problems), place=places[0])


def _levels_as_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """groupby().apply() moves the column of the groups into the index: back with it."""
    if not isinstance(frame.index, pd.MultiIndex):
        return frame
    moved = {
        name: frame.index.get_level_values(level).array
        for level, name in enumerate(frame.index.names)
        if isinstance(name, str)
        and name not in frame.columns
        and access_of(name) is not Access.UNKNOWN
    }
    return frame.assign(**moved)


def _without_id(rows: Sequence[str], place: IdPlace) -> Problem:
    return blocking(
        "no_customer",
        f"Without a {place.name or INDEX}, so that nobody knows whose they are",
        rows,
        way_out=f"Leave them out with edited[{place.expression}.notna()], or fill it in.",
    )


def _doubled(labels: Sequence[str], place: IdPlace) -> Problem:
    return blocking(
        DOUBLED,
        "In more than one row",
        labels,
        noun="customer",
        way_out=f"Keep one row of each, such as by "
        f"edited[~{place.expression}.duplicated(keep='last')].",
    )


def _unclear_ids(values: Sequence[str], place: IdPlace) -> Problem:
    return blocking(
        "unclear_customer",
        f"{place.name} is a number where the project's are not written so",
        values,
        field=SOURCE_ID,
        way_out="Zeros or digits may be lost: read the file with "
        f"pd.read_csv(path, dtype={{{str(place.name)!r}: 'str'}}), or join by customer_id.",
    )
