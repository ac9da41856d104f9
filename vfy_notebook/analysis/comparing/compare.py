"""How a selection of customers differs from the rest."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from vfy_notebook.analysis.comparing.effects import Effect, cliffs_delta, share_difference
from vfy_notebook.analysis.comparing.kinds import NO_VALUE, Measured, Valued, read_kind
from vfy_notebook.analysis.comparing.selection import read_group
from vfy_notebook.analysis.reading.columns import CUSTOMER_ID, customer_ids, pick
from vfy_notebook.errors import ArgumentError
from vfy_notebook.reductions import bring, bring_columns, is_dask

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vfy_notebook.analysis.comparing.kinds import Kind
    from vfy_notebook.analysis.comparing.selection import Flags
    from vfy_notebook.reductions import AnyFrame

__all__ = ["compare"]

_MAX_VALUES = 10
#: Text of which most customers have a value of their own: more values than half of those who
#: have one.
_UNLIKE = 0.5
#: What tells one customer from another, and whole metadata as `save_customers` writes them.
_NOT_COMPARED = frozenset(
    {
        CUSTOMER_ID,
        *("id", "source_id", "object", "name", "email", "phone", "description"),
        *("address.line_1", "address.line_2", "metadata", "metadata_rest"),
    }
)
_COLUMNS = (
    "column",
    "value",
    "measure",
    "group",
    "rest",
    "effect",
    "low",
    "high",
    "group_size",
    "rest_size",
)

Row = dict[str, Any]


def compare(
    customers: AnyFrame,
    group: Any,
    *,
    columns: Iterable[str] | str | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Show how some customers differ from the rest, column by column, most telling first.

    Numbers and dates are compared by their medians, everything else by the share of customers
    who have a value. The effect is on one scale for both, from -1 to 1:

    * for shares, the difference of the shares, with Newcombe's hybrid score interval (1998,
      method 10);
    * for numbers and dates, Cliff's delta: of two customers, one of the group and one of the
      rest, how much oftener the group's has more than less. Its interval is Newcombe's score
      interval (2006, method 5). For a column of 0 and 1 it is the difference of the shares.

    Most telling is the effect whose interval is farthest from 0. Of many rows, one in twenty
    misses 0 by chance (`confidence=0.95`). What made the group comes first, of course: leave it
    out with `columns`. A difference is no cause. Makes no API calls.

    Args:
        customers: As `fetch_customers` gives them or DuckDB reads them from a saved folder; or
            any frame with a row per customer, such as a table of `rfm` joined to it.
        group: Who is compared with the rest: flags (a Series, an array or a list, such as
            `table["group"] == "at risk"`; a missing one is no), the name of a column of flags,
            customers' ids, or a frame that holds the customers meant.
        columns: What to compare. None: all columns but ids, names and ways to reach somebody,
            those in which all customers are alike, and text of which most customers have a value
            of their own.
        confidence: Of the intervals.

    Returns:
        A row for each number or date, and for each of the ten most frequent values of any other
        column (of flags, `true`; of two values, the one that the group has more of; of a list,
        its elements), and one for `no value` where some customers have none. `column`, `value`
        (NA for medians), `measure` (`share` or `median`), `group` and `rest` (shares from 0 to
        1, or medians in the column's own unit), `effect`, `low`, `high`, `group_size` and
        `rest_size` (the customers of which it is a share or a median). Without customers there
        is no row.

    Raises:
        ArgumentError: There is no such column, a customer is there twice, `group` is none of
            these, or nobody or everybody is in it.

    Examples:
        >>> customers = pd.DataFrame(
        ...     {
        ...         "metadata.newsletter": [True, True, False, None, False, False],
        ...         "summary.orders.total_amount": [90_00, 70_00, 60_00, 30_00, 20_00, 10_00],
        ...     },
        ...     index=pd.Index([f"cust_{number}" for number in range(6)], name="customer_id"),
        ... )
        >>> table = compare(customers, ["cust_0", "cust_1", "cust_2"])
        >>> table[["column", "measure", "group", "rest", "effect"]].head(1)
                                column measure   group    rest  effect
        0  summary.orders.total_amount  median  7000.0  2000.0     1.0
    """
    named = None if columns is None else _named(columns)
    customers, group = _bring(customers, group, named)
    ids = customer_ids(customers)
    z = _z_of(confidence)
    names = _compared(customers) if named is None else named
    inside = read_group(customers, ids, group)
    if len(customers) and not 0 < int(inside.sum()) < len(inside):
        who = "nobody" if not inside.any() else "everybody"
        raise ArgumentError(
            f"group: {who} of the {len(inside):,} customers is in the group, so there are no two "
            "sides to compare; give customers with the rest of them."
        )
    rows: list[Row] = []
    for name in names:
        if isinstance(group, str) and name == group and named is None:
            continue
        series = pick(customers, name, frame_name="customers", argument="columns")
        kind = read_kind(series)
        if named is None and _says_nothing(kind, len(customers)):
            continue
        rows.extend({"column": name, **row} for row in _rows_of(kind, inside, z))
    return _table(rows)


def _z_of(confidence: float) -> float:
    if not isinstance(confidence, float) or not 0 < confidence < 1:
        raise ArgumentError(
            f"confidence must be between 0 and 1, such as 0.95, not {confidence!r}."
        )
    return NormalDist().inv_cdf((1 + confidence) / 2)


def _bring(customers: AnyFrame, group: Any, named: list[str] | None) -> tuple[pd.DataFrame, Any]:
    """What is compared, and who, of Dask in pandas; anything else as it is."""
    names = _compared(customers) if named is None and is_dask(customers) else named or []
    flags = [group] if isinstance(group, str) else []
    return (
        bring_columns(customers, [*names, *flags], [CUSTOMER_ID]),
        bring(bring_columns(group, [], [CUSTOMER_ID])),
    )


def _compared(customers: AnyFrame) -> list[str]:
    """The columns that may tell customers apart, if nobody has named any."""
    names = dict.fromkeys(customers.columns)
    return [name for name in names if isinstance(name, str) and name not in _NOT_COMPARED]


def _named(columns: Iterable[str] | str) -> list[str]:
    if isinstance(columns, str):
        return [columns]
    if not isinstance(columns, Iterable):
        raise ArgumentError(f"columns must be a list of columns, not {columns!r}.")
    return list(dict.fromkeys(columns))


def _says_nothing(kind: Kind, customers: int) -> bool:
    """Whether a column that nobody has asked for names customers, or is the same for all."""
    if isinstance(kind, Measured):
        present = kind.values.dropna()
        return present.empty or (len(present) == customers and present.nunique() == 1)
    with_value = len(np.unique(kind.rows))
    if not kind.labels or (len(kind.labels) == 1 and with_value == customers):
        return True
    return len(kind.labels) > max(_UNLIKE * with_value, _MAX_VALUES) and not kind.flags


def _rows_of(kind: Kind, inside: Flags, z: float) -> Iterator[Row]:
    if isinstance(kind, Measured):
        present = kind.values.notna().to_numpy()
        yield _median_row(kind.values[present], inside[present], z)
    else:
        present = np.zeros(len(inside), dtype=np.bool_)
        present[kind.rows] = True
        yield from _value_rows(kind, inside, z, whole=bool(present.all()))
    if not present.all() and present.any():
        yield _share_row(NO_VALUE, ~present, inside, z)


def _value_rows(kind: Valued, inside: Flags, z: float, *, whole: bool) -> Iterator[Row]:
    counts = np.bincount(kind.codes, minlength=len(kind.labels))
    # Of equally frequent ones by name: rows come from a cluster in another order than from a file.
    by_count = sorted(range(len(counts)), key=lambda code: (-counts[code], kind.labels[code]))
    kept = by_count[:_MAX_VALUES]
    if kind.flags:
        kept = [code for code in kept if kind.labels[code] == "true"] or kept
    rows = []
    for code in kept:
        has = np.zeros(len(inside), dtype=np.bool_)
        has[kind.rows[kind.codes == code]] = True
        rows.append(_share_row(kind.labels[code], has, inside, z))
    if len(rows) == 2 and kind.single and whole:  # one is the mirror of the other
        rows = [max(rows, key=lambda row: row["effect"].size)]
    yield from rows


def _share_row(value: str, has: Flags, inside: Flags, z: float) -> Row:
    count, total = int((has & inside).sum()), int(inside.sum())
    others, rest = int((has & ~inside).sum()), int((~inside).sum())
    return {
        "value": value,
        "measure": "share",
        "group": count / total if total else None,
        "rest": others / rest if rest else None,
        "effect": share_difference(count, total, others, rest, z=z),
        "group_size": total,
        "rest_size": rest,
    }


def _median_row(values: pd.Series, inside: Flags, z: float) -> Row:
    total, rest = int(inside.sum()), int((~inside).sum())
    ranks = values.rank(method="average").to_numpy(dtype=np.float64)
    u = float(ranks[inside].sum()) - total * (total + 1) / 2
    return {
        "value": None,
        "measure": "median",
        "group": values[inside].median() if total else None,
        "rest": values[~inside].median() if rest else None,
        "effect": cliffs_delta(u, total, rest, z=z),
        "group_size": total,
        "rest_size": rest,
    }


def _table(rows: list[Row]) -> pd.DataFrame:
    def order(row: Row) -> tuple[float, float]:
        effect: Effect = row["effect"]
        return -effect.telling, -abs(effect.size) if effect.size == effect.size else 1.0

    rows = sorted(rows, key=order)
    effects = [row["effect"] for row in rows]
    flat = {name: [row[name] for row in rows] for name in _COLUMNS if name not in _EFFECT}
    flat |= {
        "effect": [effect.size for effect in effects],
        "low": [effect.low for effect in effects],
        "high": [effect.high for effect in effects],
    }
    kinds = dict.fromkeys(("column", "value", "measure"), "str")
    kinds |= dict.fromkeys(("group", "rest"), "object")
    kinds |= dict.fromkeys(_EFFECT, "float64")
    kinds |= dict.fromkeys(("group_size", "rest_size"), "int64")
    return pd.DataFrame({name: pd.Series(flat[name], dtype=kinds[name]) for name in _COLUMNS})


_EFFECT = ("effect", "low", "high")
