"""Rows of nobody who is known: what their labels are instead of ids, and the way out of that."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vfy_notebook.edits.cells.values import cell_shown
from vfy_notebook.edits.problems import messages
from vfy_notebook.edits.problems.problems import Problem, blocking
from vfy_notebook.frames.identities.id_places import SOURCE_ID, IdPlace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

#: An id of Voucherify's among other signs, and the same as pandas is told it.
_ID = re.compile(r"cust_\w+")
_EXTRACT = r".str.extract(r'(cust_\w+)', expand=False)"

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")

_FETCHED_SOURCE_IDS = f"customers[{SOURCE_ID!r}].dropna()"

#: How a frame with a column `email` gets a column `customer_id`.
LOOKED_UP = ".merge(customers.reset_index()[['email', 'customer_id']], on='email')"


def unknown_rows(
    labels: Sequence[str],
    place: IdPlace,
    columns: Collection[object],
    *,
    all_are: bool,
    knows: Callable[[str], bool],
    source_ids: Collection[str],
    ids: Callable[[], Iterable[str]],
) -> list[Problem]:
    """Problems of rows that are no customer's, one for each thing that their labels are instead.

    Args:
        labels: The rows, as they are called.
        place: Where the frame calls them so.
        columns: The columns of the frame.
        all_are: Whether no other row is a customer's either.
        knows: Whether this is the id of a customer who is remembered.
        source_ids: All that are remembered.
        ids: Gives all customers' ids that are remembered.
    """
    kind = "no_customers" if all_are else "unknown_customer"
    dressed: list[str] = []
    of_users: list[str] = []
    spaced: list[str] = []
    emails: list[str] = []
    others: list[str] = []
    for label in labels:
        inside = _ID.search(label)
        if inside and inside[0] != label and knows(inside[0]):
            dressed.append(label)
        elif label in source_ids:
            of_users.append(label)
        elif label.strip() in source_ids:
            spaced.append(label)
        elif _EMAIL.fullmatch(label):
            emails.append(label)
        else:
            others.append(label)
    found = [
        _dressed(kind, dressed, place, _EXTRACT) if dressed else None,
        _source_ids(kind, of_users, place, columns) if of_users else None,
        _dressed(kind, spaced, place, ".str.strip()") if spaced else None,
        _emails(kind, emails, place, columns) if emails else None,
    ]
    told = [each for each in found if each is not None]
    for known, code in ((ids, "customers.index"), (lambda: source_ids, _FETCHED_SOURCE_IDS)):
        meant = _in_another_case(others, known())
        if meant:
            told.append(_another_case(kind, meant, place, code))
            others = [label for label in others if label not in meant]
    if others:
        told.append(
            messages.no_customers(others)
            if all_are and not told
            else messages.unknown_customers(others)
        )
    return told


def _dressed(kind: str, labels: list[str], place: IdPlace, method: str) -> Problem:
    id_there = _ID.search(labels[0]) if method == _EXTRACT else None
    meant = labels[0].strip() if id_there is None else id_there[0]
    return blocking(
        kind,
        "With an id of a customer between blanks or other signs that are no part of it",
        labels,
        example=f"{cell_shown(labels[0])}, where {cell_shown(meant)} is a customer's",
        way_out=_first(place, f"Take them off: {place.expression} = {place.expression}{method}."),
    )


def _in_another_case(labels: Sequence[str], known: Iterable[str]) -> dict[str, str]:
    """Label → the id that it would be if only case did not count."""
    there = {each.lower(): each for each in known} if labels else {}
    return {label: there[label.lower()] for label in labels if label.lower() in there}


def _another_case(kind: str, meant: Mapping[str, str], place: IdPlace, ids: str) -> Problem:
    label, known = next(iter(meant.items()))
    as_fetched = f".str.lower().map({{each.lower(): each for each in {ids}}})"
    return blocking(
        kind,
        "With an id of a customer in capital or small letters that are not its own",
        list(meant),
        example=f"{cell_shown(label)}, where {cell_shown(known)} is a customer's",
        way_out=_first(
            place,
            "Case counts in ids: take them as they were fetched, "
            f"{place.expression} = {place.expression}{as_fetched}.",
        ),
    )


def _source_ids(
    kind: str, labels: list[str], place: IdPlace, columns: Collection[object]
) -> Problem:
    if place.level is None:
        code = f"edited.rename(columns={{{place.name!r}: {SOURCE_ID!r}}})"
        if SOURCE_ID in columns:
            code = f"edited.drop(columns={place.name!r})"
    else:
        code = f"edited.rename_axis({SOURCE_ID!r})"
        if SOURCE_ID in columns:
            code = "edited.reset_index(drop=True)"
    return blocking(
        kind,
        "Called by their source_id where a customer_id belongs",
        labels,
        way_out=_first(place, f"Say that it is one: {code}."),
    )


def _emails(kind: str, labels: list[str], place: IdPlace, columns: Collection[object]) -> Problem:
    return blocking(
        kind,
        "Called by e-mail addresses, which are no ids: several customers may have one",
        labels,
        way_out=_first(
            place, f"Look the ids up in what you have fetched: {_by_email(place, columns)}."
        ),
    )


def _by_email(place: IdPlace, columns: Collection[object]) -> str:
    if place.level is None:
        code = f"edited.rename(columns={{{place.name!r}: 'email'}})"
        if "email" in columns:
            code = f"edited.drop(columns={place.name!r})"
    else:
        code = "edited.rename_axis('email').reset_index()"
        if "email" in columns:
            code = "edited.reset_index(drop=True)"
    return code + LOOKED_UP


def _first(place: IdPlace, way_out: str) -> str:
    """The way out; of an index of several levels, the one before it."""
    if place.level is None or place.only_level:
        return way_out
    return "Make columns of the index first: edited.reset_index()."
