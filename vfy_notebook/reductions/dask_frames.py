"""Dask DataFrames reduced where their rows lie."""

from __future__ import annotations

import base64
import json
import pickle
from typing import TYPE_CHECKING, Any

import dask.base
import dask.config
import dask.dataframe as dd
import pandas as pd

from vfy_notebook.errors import ArgumentError
from vfy_notebook.reductions.counted import Counted, CountedMembers
from vfy_notebook.reductions.kinds import check_memberships, is_dask

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vfy_notebook.reductions.kinds import AnyFrame

__all__ = ["brought_together", "reduce_customers", "reduce_members"]

_ID = "customer_id"
_COUNT = "number of rows"
_SEGMENTS = "ids of segments"


def reduce_customers(
    customers: AnyFrame,
    memberships: AnyFrame | None,
    *,
    columns: Sequence[str],
    days: frozenset[str],
) -> Counted:
    """Count the customers who are alike on the workers, and bring one of each kind here.

    Ids of customers go no further than the join with the memberships.

    Raises:
        ArgumentError: A frame lacks its columns, or one partition has a customer twice.
    """
    # Dask would write lists and objects as text where it takes over a frame of pandas.
    with dask.config.set({"dataframe.convert-string": False}):
        table, packed = _looked_at(customers, columns, days)
        names = None
        if memberships is not None:
            sets, names = _sets_of_segments(memberships)
            table = table.merge(sets, on=_ID, how="left")
        rows, labels = _computed(table, names)
    for name in packed:
        rows[name] = pd.Series([_unpack(cell) for cell in rows[name]], dtype=object)
    weights = _weights(rows)
    people = rows.drop(columns=[_COUNT, _SEGMENTS], errors="ignore").set_axis(weights.index)
    pairs = None if names is None else _memberships(rows, labels)
    return Counted(people, pairs, weights)


def reduce_members(memberships: AnyFrame) -> CountedMembers:
    """Count the customers who are in the same segments on the workers; see `reduce_customers`."""
    with dask.config.set({"dataframe.convert-string": False}):
        rows, labels = _computed(*_sets_of_segments(memberships))
    return CountedMembers(_memberships(rows, labels), _weights(rows))


def brought_together(
    frame: dd.DataFrame, key: str, read: Callable[[pd.DataFrame], pd.DataFrame]
) -> dd.DataFrame:
    """What is read of each part, with all rows of a key in one part."""
    # Dask would take texts for another type of text than `read` returns.
    with dask.config.set({"dataframe.convert-string": False}):
        rows = _over_partitions(frame, read)
        return rows.shuffle(key) if rows.npartitions > 1 else rows


def _computed(
    table: dd.DataFrame, labels: dd.DataFrame | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One row of each kind, and the names of the segments, in one computation."""
    counts = _over_partitions(table.drop(columns=_ID), _count_rows)
    found, names = dask.base.compute(counts, labels)
    return _count_rows(found), names


def _over_partitions(
    frame: dd.DataFrame, function: Callable[..., pd.DataFrame], *more: Any
) -> dd.DataFrame:
    """Run a function on each partition; what it makes of no rows says what comes out."""
    index = pd.Index([], dtype=frame.index.dtype, name=frame.index.name)
    empty = pd.DataFrame(
        {name: pd.Series(dtype=dtype, index=index) for name, dtype in frame.dtypes.items()},
        index=index,
    )
    made: dd.DataFrame = frame.map_partitions(function, *more, meta=function(empty, *more))
    return made


def _looked_at(
    customers: AnyFrame, columns: Sequence[str], days: frozenset[str]
) -> tuple[dd.DataFrame, list[str]]:
    """The ids and what is looked at, in types that can be grouped and joined; who is packed."""
    names = list(map(str, customers.columns))
    wanted = [name for name in dict.fromkeys(columns) if name in names]
    has_column = customers.index.name != _ID and _ID in names
    frame = customers[[_ID, *wanted] if has_column and _ID not in wanted else wanted]
    if not has_column:
        frame = frame.rename_axis(index=_ID) if isinstance(frame, pd.DataFrame) else frame
    if not is_dask(frame):
        frame = dd.from_pandas(frame, npartitions=1, sort=False)
    packed = [name for name in wanted if pd.api.types.is_object_dtype(frame.dtypes[name])]
    return _over_partitions(frame, _pack, packed, days), packed


def _pack(frame: pd.DataFrame, packed: list[str], days: frozenset[str]) -> pd.DataFrame:
    """Ids as a column; objects as text from which they can be had again; times as their days."""
    if _ID not in frame.columns:
        frame = frame.rename_axis(index=_ID).reset_index()
    frame = frame.reset_index(drop=True)
    doubled = frame.loc[frame[_ID].duplicated(), _ID]
    if len(doubled):
        raise ArgumentError(
            f"customers has {len(doubled):,} rows too many: {doubled.iloc[0]!r} is there twice. "
            "Give each customer once, for instance customers.drop_duplicates()."
        )
    frame = frame.assign(
        **{name: pd.array([_packed(cell) for cell in frame[name]], dtype="str") for name in packed}
    )
    for name in days.intersection(frame.columns):
        times = frame[name]
        if isinstance(times.dtype, pd.DatetimeTZDtype):
            times = times.dt.tz_convert("UTC")
        if pd.api.types.is_datetime64_any_dtype(times.dtype):
            frame[name] = times.dt.floor("D")
    return frame


def _packed(cell: Any) -> str | None:
    if pd.api.types.is_scalar(cell) and pd.isna(cell):
        return None
    return base64.b64encode(pickle.dumps(cell)).decode("ascii")


def _unpack(cell: Any) -> Any:
    """Give back what `_packed` was given, by this very call: nothing from outside is unpickled."""
    return pickle.loads(base64.b64decode(cell)) if isinstance(cell, str) else None  # noqa: S301


def _count_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """One row of each kind with the number of rows of that kind, which may be numbers again."""
    kinds = [name for name in frame.columns if name != _COUNT]
    numbers = frame[_COUNT] if _COUNT in frame.columns else pd.Series(1, index=frame.index)
    if not kinds:
        return pd.DataFrame({_COUNT: [int(numbers.sum())]})
    grouped = numbers.astype("int64").groupby(
        [frame[name] for name in kinds], dropna=False, observed=True, sort=False
    )
    return grouped.sum().rename(_COUNT).reset_index()


def _sets_of_segments(memberships: AnyFrame) -> tuple[dd.DataFrame, dd.DataFrame]:
    """The ids of each customer's segments as a JSON list; and the name of each segment."""
    check_memberships(memberships)
    frame = memberships[["customer_id", "segment_id", "segment"]]
    if not is_dask(frame):
        frame = dd.from_pandas(frame, npartitions=1, sort=False)
    pairs = frame[["customer_id", "segment_id"]].dropna().shuffle(_ID)
    return _over_partitions(pairs, _join_segments), _over_partitions(frame, _name_segments)


def _join_segments(pairs: pd.DataFrame) -> pd.DataFrame:
    ids = pairs["segment_id"].astype(object).groupby(pairs[_ID], sort=False)
    joined = ids.agg(lambda found: json.dumps(sorted(set(map(str, found))))).astype("str")
    return joined.rename(_SEGMENTS).rename_axis(_ID).reset_index()


def _name_segments(memberships: pd.DataFrame) -> pd.DataFrame:
    """The first name of each segment, and NA where it has none."""
    known = memberships.loc[memberships["segment_id"].notna(), ["segment_id", "segment"]]
    order = known["segment"].isna().argsort(kind="stable")
    return known.iloc[order.to_numpy()].drop_duplicates("segment_id").reset_index(drop=True)


def _kinds(rows: pd.DataFrame) -> pd.Index:
    return pd.Index([f"kind {number}" for number in range(len(rows))], name=_ID)


def _weights(rows: pd.DataFrame) -> pd.Series:
    return pd.Series(rows[_COUNT].to_numpy(dtype="int64"), index=_kinds(rows))


def _memberships(rows: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """The segments of each kind, as a frame of memberships."""
    named = _name_segments(labels)
    ids = named["segment_id"].astype(str)
    sets = pd.Series(rows[_SEGMENTS].to_numpy(), index=_kinds(rows)).dropna().map(json.loads)
    members = sets.explode().dropna()
    # A segment none of whose members is looked at is a segment all the same.
    every = pd.DataFrame({_ID: pd.array([None] * len(named), dtype="str"), "segment_id": ids})
    pairs = pd.concat(
        [every, pd.DataFrame({_ID: members.index, "segment_id": members.to_numpy()})],
        ignore_index=True,
    )
    names = dict(zip(ids, named["segment"], strict=True))
    return pairs.assign(segment=pairs["segment_id"].map(names))
