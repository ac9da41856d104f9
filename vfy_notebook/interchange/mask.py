"""A frame to be shown: nobody can be told from it, and it is still the same customers."""

from __future__ import annotations

import json
import re
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from vfy_notebook.edits.problems.problems import column_shown
from vfy_notebook.errors import ArgumentError, VfyNotebookWarning
from vfy_notebook.frames.attrs import MASKED, ODD_VALUES
from vfy_notebook.frames.identities.id_places import SOURCE_ID
from vfy_notebook.frames.masking import is_personal, mask_of, may_be_masked
from vfy_notebook.frames.odd_values import odd_values
from vfy_notebook.frames.schema import INDEX
from vfy_notebook.shown_text import first_few

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["mask"]

#: Columns of a table of edits: the field that a row is about, and the cells that hold its values.
_FIELD, _VALUES = "field", ("before", "after")

_EMAIL = re.compile(r"[^\s@\"',;<>]+@[^\s@\"',;<>]+\.[^\s@\"',;<>.]{2,}")
_PHONE = re.compile(r"(?<![\w.])\+\d[\d ()/-]{6,}\d")

_COLUMNS_NAMED = 5


def mask(frame: pd.DataFrame, *, also: Iterable[str] = ()) -> pd.DataFrame:
    """The same rows with personal data masked, for a screen, a talk, a bug report.

    Masked are e-mail addresses, phones, names, addresses and birthdates: the API's columns, also
    as merges, spreadsheets and people rename them (`email_x`, `First name`), and those cells of
    `plan.edits` that are about them. Each filled cell becomes the same few signs, whatever it
    held, so that not even its length shows: `•••`, an e-mail address `•••@•••`, a birthdate
    `••••-••-••`. No masked cell holds anything else than `•`, `@` and `-`. Missing cells stay
    missing and empty ones empty. Ids and everything else are kept, and so is the order.

    A masked cell is no value: `project.plan_push` leaves it alone, `vfy.to_excel` and
    `project.import_csv` refuse it, and a segment is made of the ids, which are there.

    Args:
        frame: Any frame: customers, edits, what you have made of them. It is left as it is.
        also: Further columns to mask, such as `description` or `metadata.contact`.

    Returns:
        A frame of the same shape. The masked columns are texts (`str`); `attrs["vfy_masked"]`
        names them.

    Raises:
        ArgumentError: It is no DataFrame of pandas, `also` names a column that is not there or
            one of ids, or the index holds personal data.

    Warns:
        VfyNotebookWarning: Columns that were kept hold what looks like an e-mail address or a
            phone; the warning names them. Ids may be e-mail addresses too.

    Cost in API calls: none.

    >>> customers = project.fetch_customers(limit=3, progress=False)
    >>> shown = vfy.mask(customers)
    >>> shown.iloc[0][["name", "email"]].to_list(), shown.index.equals(customers.index)
    (['•••', '•••@•••'], True)
    """
    _refuse_others(frame)
    more = _named(also, frame)
    _refuse_index(frame)
    columns = list(frame.columns)
    places = [i for i, name in enumerate(columns) if is_personal(name) or name in more]
    masked = frame.copy()
    for i in places:
        masked.isetitem(i, _masked(frame.iloc[:, i], mask_of(columns[i])))
    names = [columns[i] for i in places]
    names += _mask_edits(masked)
    masked.attrs = _attrs(frame, names)
    _warn_of_what_is_kept(masked, names)
    return masked


def _refuse_others(frame: Any) -> None:
    if not isinstance(frame, pd.DataFrame):
        message = f"{type(frame).__name__} is no DataFrame of pandas."
        raise ArgumentError(message)


def _named(also: Iterable[str], frame: pd.DataFrame) -> set[Any]:
    """The columns to be masked besides."""
    names = [also] if isinstance(also, str) else list(also)
    lacking = [str(name) for name in names if name not in frame.columns]
    if lacking:
        message = f"also={names!r}: the frame has no column {', '.join(lacking)}."
        raise ArgumentError(message)
    ids = [name for name in names if name in (INDEX, SOURCE_ID)]
    if ids:
        message = (
            f"also={names!r}: ids are kept, as they tell the rows apart. To show none, leave "
            f"the column out: frame.drop(columns={ids})."
        )
        raise ArgumentError(message)
    return set(names)


def _refuse_index(frame: pd.DataFrame) -> None:
    personal = [str(name) for name in frame.index.names if name is not None and is_personal(name)]
    if personal:
        message = (
            f"The index holds {', '.join(personal)}, and masked rows could not be told apart by "
            "it: make it a column with frame.reset_index() before."
        )
        raise ArgumentError(message)


def _masked(column: pd.Series[Any], sign: str) -> pd.api.extensions.ExtensionArray:
    """One column, its filled cells masked."""
    values = column.to_numpy(dtype=object)
    missing = np.asarray(pd.isna(values), dtype=bool)
    texts = [value if isinstance(value, str) and not value else sign for value in values]
    return pd.array(
        [None if gone else text for text, gone in zip(texts, missing, strict=True)], dtype="str"
    )


def _mask_edits(frame: pd.DataFrame) -> list[str]:
    """Mask the values of a table of edits where they are of a personal column."""
    held = [name for name in _VALUES if name in frame.columns]
    if _FIELD not in frame.columns or not held or not frame.columns.is_unique:
        return []
    about = [is_personal(name) for name in frame[_FIELD]]
    for name in held:
        values = frame[name].to_numpy(dtype=object, copy=True)
        for i, (field, is_about) in enumerate(zip(frame[_FIELD], about, strict=True)):
            value = values[i]
            if is_about and not (pd.api.types.is_scalar(value) and (pd.isna(value) or value == "")):
                values[i] = mask_of(field)
        frame[name] = pd.Series(values, index=frame.index, dtype=object)
    return held


def _attrs(frame: pd.DataFrame, names: list[Any]) -> dict[Any, Any]:
    """The frame's own, with what is masked, and without what its cells could not hold of it."""
    attrs = dict(frame.attrs)
    earlier = [name for name in attrs.get(MASKED) or () if name in frame.columns]
    attrs[MASKED] = list(dict.fromkeys([*earlier, *map(str, names)]))
    odd = {
        customer: {name: raw for name, raw in fields.items() if not _hides(name, names)}
        for customer, fields in odd_values(frame).items()
    }
    if attrs.pop(ODD_VALUES, None) is not None:
        kept = {customer: fields for customer, fields in odd.items() if fields}
        if kept:
            attrs[ODD_VALUES] = json.dumps(kept, separators=(",", ":"))
    return attrs


def _hides(name: str, masked: Iterable[Any]) -> bool:
    """Whether an odd value is of a masked column, or of one that holds such, as `address`."""
    return name in masked or is_personal(name) or may_be_masked(f"{name}.")


def _warn_of_what_is_kept(frame: pd.DataFrame, masked: Iterable[Any]) -> None:
    left = [name for name, texts in _kept_texts(frame, set(masked)) if _tells_somebody(texts)]
    if not left:
        return
    shown = first_few(left, _COLUMNS_NAMED, show=column_shown)
    others = [str(name) for name in left if name not in (INDEX, SOURCE_ID)]
    ids = [str(name) for name in left if name in frame.columns and str(name) not in others]
    ways = [f"mask(frame, also={others[:_COLUMNS_NAMED]})"] if others else []
    ways += [f"frame.drop(columns={ids})"] if ids else []
    ways = ways or ["frame.reset_index(drop=True)"]
    warnings.warn(
        f"Kept, though it holds what looks like e-mail addresses or phones: {shown}. To "
        f"hide it: {' and '.join(ways)}.",
        VfyNotebookWarning,
        stacklevel=3,
    )


def _kept_texts(frame: pd.DataFrame, masked: set[Any]) -> Iterator[tuple[Any, Iterable[str]]]:
    levels = [
        (name, pd.Series(frame.index.get_level_values(i)))
        for i, name in enumerate(frame.index.names)
    ]
    columns = [(name, frame.iloc[:, i]) for i, name in enumerate(frame.columns)]
    for name, cells in [*levels, *columns]:
        if name not in masked and cells.dtype.kind not in "biufcmM":
            distinct = cells if cells.dtype.kind == "O" else cells.unique()
            yield name, (cell if isinstance(cell, str) else str(cell) for cell in distinct)


def _tells_somebody(texts: Iterable[str]) -> bool:
    return any(
        ("@" in text and _EMAIL.search(text)) or ("+" in text and _PHONE.search(text))
        for text in texts
    )
