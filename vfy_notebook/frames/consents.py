"""Consents as a DataFrame, and the changes that a DataFrame of consents asks for."""

from __future__ import annotations

import difflib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd

from vfy_notebook.errors import ArgumentError
from vfy_notebook.frames.arrays import to_arrow, to_pandas
from vfy_notebook.frames.identities.id_places import SOURCE_ID
from vfy_notebook.frames.identities.named_rows import named_rows
from vfy_notebook.frames.identities.words import flag_of, is_missing
from vfy_notebook.frames.schema import Kind
from vfy_notebook.shown_text import first_few

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from vfy_notebook.api.models import ConsentBook

#: The column, and the field of a request, that withdraws everything at once.
UNSUBSCRIBED = "unsubscribed"

_NAMED = 3


def consents_frame(book: ConsentBook) -> pd.DataFrame:
    """One row per consent, indexed by `consent_id`, in the API's order.

    `group` names the groups that a consent belongs to, joined by commas.
    """
    consents = book.consents.data
    groups: dict[str, list[str]] = {}
    for group in book.groups.data:
        for consent_id in group.consents:
            groups.setdefault(consent_id, []).append(group.name or group.id)
    columns: dict[str, tuple[Kind, list[Any]]] = {
        "name": (Kind.TEXT, [c.name for c in consents]),
        "description": (Kind.TEXT, [c.description for c in consents]),
        "category": (Kind.TEXT, [c.category for c in consents]),
        "group": (Kind.TEXT, [", ".join(groups.get(c.id, ())) or None for c in consents]),
        "created_at": (Kind.TIME, [c.created_at for c in consents]),
        "updated_at": (Kind.TIME, [c.updated_at for c in consents]),
    }
    return pd.DataFrame(
        {
            name: to_pandas(kind, [to_arrow(name, kind, values)])
            for name, (kind, values) in columns.items()
        },
        index=pd.Index([c.id for c in consents], dtype="str", name="consent_id"),
    )


@dataclass(frozen=True)
class Consent:
    """A consent in a few words; empty where nothing is told."""

    id: str
    name: str = ""
    description: str = ""
    group: str = ""

    @property
    def label(self) -> str:
        """Its name, or its id if it has none."""
        return self.name or self.id


def consents_of(frame: pd.DataFrame) -> list[Consent]:
    """The rows of `fetch_consents`, those of a group together."""
    columns = [frame[name].fillna("") for name in ("name", "description", "group")]
    consents = [
        Consent(str(consent_id), *map(str, told))
        for consent_id, *told in zip(frame.index, *columns, strict=True)
    ]
    groups = list(dict.fromkeys(consent.group for consent in consents))
    return sorted(consents, key=lambda consent: groups.index(consent.group))


@dataclass(frozen=True)
class ConsentChange:
    """What is to be sent for one customer; empty where every cell is missing."""

    customer: str
    values: Mapping[str, bool]


def consent_changes(frame: object, names: Mapping[str, str | None]) -> list[ConsentChange]:
    """What a frame of consents asks for, row by row.

    Args:
        frame: Customers by `customer_id` or `source_id`, in the index or in a column. The other
            columns: consent ids and `unsubscribed`, whose cells are flags, also as 0 and 1 or as
            words.
        names: The project's consents, id → name.

    Raises:
        ArgumentError: Something in the frame cannot be sent; the message says what and where.
    """
    if not isinstance(frame, pd.DataFrame):
        message = (
            f"{type(frame).__name__} is no DataFrame: give one boolean column per consent id, "
            "indexed by customer."
        )
        raise ArgumentError(message)
    rows = named_rows(frame, keep_empty=True)
    customers = _each_once(rows.refs)
    asked = rows.frame.drop(columns=[SOURCE_ID], errors="ignore")
    _check_columns(asked.columns, names)
    columns = {str(name): _flags(asked[name]) for name in asked.columns}
    changes = []
    for position, customer in enumerate(customers):
        values = {
            name: flag for name, flags in columns.items() if (flag := flags[position]) is not None
        }
        changes.append(ConsentChange(customer, _without_overruled(customer, values)))
    return changes


def choices_frame(customers: Sequence[str], choices: Mapping[str, bool]) -> pd.DataFrame:
    """The same choices for all customers, as `push_consents` takes them.

    >>> choices_frame(["cust_1", "cust_2"], {"cnst_1": True})["cnst_1"].to_dict()
    {'cust_1': True, 'cust_2': True}
    """
    return pd.DataFrame(
        {
            name: pd.array([value] * len(customers), dtype="boolean")
            for name, value in choices.items()
        },
        index=pd.Index(list(customers), dtype="str", name="customer_id"),
    )


class Sent(Protocol):
    """A consent as it was sent from here."""

    @property
    def given(self) -> bool:
        """Whether it was given rather than withdrawn."""

    @property
    def sent_at(self) -> datetime:
        """When, in UTC."""


def sent_frame(sent: Mapping[str, Mapping[str, Sent]]) -> pd.DataFrame:
    """What was last sent from here, one row per customer and consent."""
    rows = [
        (customer_id, consent_id, each.given, each.sent_at)
        for customer_id, consents in sent.items()
        for consent_id, each in consents.items()
    ]
    return pd.DataFrame(
        {
            "customer_id": pd.array([row[0] for row in rows], dtype="str"),
            "consent_id": pd.array([row[1] for row in rows], dtype="str"),
            "given": pd.array([row[2] for row in rows], dtype="boolean"),
            "sent_at": pd.DatetimeIndex([row[3] for row in rows], dtype="datetime64[us, UTC]"),
        }
    )


def sent_days(sent: pd.DataFrame) -> list[tuple[str, bool, str]]:
    """The rows of `last_sent_consents` as consent id, whether it was given, and the day in UTC."""
    days = sent["sent_at"].dt.strftime("%Y-%m-%d")
    return [
        (str(consent_id), bool(given), str(day))
        for consent_id, given, day in zip(sent["consent_id"], sent["given"], days, strict=True)
    ]


def _each_once(customers: list[str]) -> list[str]:
    doubled = [each for each, count in Counter(customers).items() if count > 1]
    if doubled:
        message = (
            f"{_some(doubled)} {'stand' if len(doubled) > 1 else 'stands'} in the frame more than "
            "once: keep one row per customer."
        )
        raise ArgumentError(message)
    return customers


def _check_columns(columns: pd.Index[Any], names: Mapping[str, str | None]) -> None:
    doubled = list(dict.fromkeys(columns[columns.duplicated()]))
    if doubled:
        message = f"The column {doubled[0]!r} is there more than once: keep one."
        raise ArgumentError(message)
    unknown = [name for name in columns if name not in names and name != UNSUBSCRIBED]
    if not unknown:
        return
    advice = "; ".join(_advice(name, names) for name in unknown[:_NAMED])
    more = f"; and {len(unknown) - _NAMED} more" if len(unknown) > _NAMED else ""
    message = (
        f"No consent of this project: {advice}{more}. fetch_consents() lists the ids; "
        f"'{UNSUBSCRIBED}' stands for all of them. Nothing was sent."
    )
    raise ArgumentError(message)


def _advice(column: object, names: Mapping[str, str | None]) -> str:
    """A column that is none, with what may have been meant."""
    text = str(column)
    by_name = [consent_id for consent_id, name in names.items() if name == text]
    if by_name:
        return f"{column!r} is a consent's name, its id is {' or '.join(map(repr, by_name))}"
    known = {
        **{(name or "").casefold(): consent_id for consent_id, name in names.items()},
        **{consent_id.casefold(): consent_id for consent_id in names},
        UNSUBSCRIBED: UNSUBSCRIBED,
    }
    near = difflib.get_close_matches(text.casefold(), known, n=1)
    if not near:
        return repr(column)
    meant = known[near[0]]
    name = names.get(meant)
    return f"{column!r} (did you mean {meant!r}{f', {name}' if name else ''}?)"


def _flags(column: pd.Series[Any]) -> list[bool | None]:
    values: list[bool | None] = []
    for customer, value in column.items():
        flag = flag_of(value)
        if flag is None and not is_missing(value):
            message = (
                f"{column.name!r} holds {value!r} for customer {customer!r}: a consent is given "
                "(True, 1, yes), withdrawn (False, 0, no) or left alone (missing). "
                "Nothing was sent."
            )
            raise ArgumentError(message)
        values.append(flag)
    return values


def _without_overruled(customer: str, values: dict[str, bool]) -> dict[str, bool]:
    """Check `unsubscribed`; where it is True, nothing else needs to be sent."""
    if UNSUBSCRIBED not in values:
        return values
    if not values[UNSUBSCRIBED]:
        message = (
            f"'{UNSUBSCRIBED}' is False for customer {customer!r}: only True is allowed, and it "
            "withdraws all consents. Make the cell missing (such as "
            f"frame['{UNSUBSCRIBED}'].replace(False, pd.NA)) and give single consents instead. "
            "Nothing was sent."
        )
        raise ArgumentError(message)
    given = [name for name, value in values.items() if value and name != UNSUBSCRIBED]
    if given:
        message = (
            f"One row unsubscribes customer {customer!r} from everything and also gives "
            f"{_some(given)}: leave one of the two missing. Nothing was sent."
        )
        raise ArgumentError(message)
    return {UNSUBSCRIBED: True}


def _some(values: Iterable[object]) -> str:
    return first_few(values, _NAMED, show=repr)
