"""One fetch, or the customers read for one plan, as they were."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from vfy_notebook.api.models import Address, Customer
from vfy_notebook.api.pages import iso_from_ms
from vfy_notebook.frames.metadata.rest import read_rest, rest_in, values_in_rest
from vfy_notebook.frames.odd_values import odd_values
from vfy_notebook.frames.schema import FIXED_NAMES, METADATA_PREFIX, METADATA_REST, Kind
from vfy_notebook.snapshots.columns import (
    Column,
    KeptColumn,
    Positions,
    moments,
    of_objects,
    remembered,
)
from vfy_notebook.snapshots.digests import digests

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from vfy_notebook.snapshots.digests import Digests


_WRITABLE = ("name", "description", "email", "phone", "birthdate")
_ADDRESS = "address."

#: Fewer than one in so many of a snapshot's customers are few: finding them takes a tenth then.
_FEW = 5

#: Stands for "never" among times.
NEVER_MS = np.iinfo("int64").min

Milliseconds = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Customers as the API showed them.

    Attributes:
        mark: A random text by which a frame tells where it is from.
        ids: The customers' ids.
        kept: What can be written, by the frame's names, and `source_id`.
        created_us: When each was created, in microseconds.
        updated_us: When each was last updated; null for never.
        is_whole: Whether all metadata are known. Exports leave some out.
        read_from_ms: Later changes than this, by the server's clock, may be unknown.
        is_verified: Whether the API itself has shown it in this process. What a file says of it is
            good for telling edits, but nothing that is sent may start from it.
        kept_digests: Digests of columns that cannot be written, by group.
        odd: Raw JSON of values that no cell holds, by customer and field.
    """

    mark: str
    ids: pa.Array
    kept: Mapping[str, KeptColumn]
    created_us: KeptColumn
    updated_us: KeptColumn
    is_whole: bool = True
    read_from_ms: int | None = None
    is_verified: bool = True
    kept_digests: Mapping[str, KeptColumn] = field(default_factory=dict)
    odd: Mapping[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, frame: pd.DataFrame, mark: str, *, is_whole: bool, read_from_ms: int | None
    ) -> Snapshot:
        """Of a frame as it was fetched, before anybody could edit it."""
        names = [name for name in map(str, frame.columns) if _is_remembered(name)]
        return cls(
            mark,
            remembered(frame.index.to_series()).values,
            {name: KeptColumn.of(remembered(frame[name])) for name in names},
            _kept_times(frame["created_at"]),
            _kept_times(frame["updated_at"]),
            is_whole,
            read_from_ms,
            kept_digests={
                group: KeptColumn.of(Column(Kind.WHOLE, pa.array(found)))
                for group, found in digests(frame).items()
            },
            odd=odd_values(frame),
        )

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def nbytes(self) -> int:
        """Memory in bytes, what is shared with a frame counted in full."""
        shared = sum(column.nbytes for column in self._columns() if column.is_shared)
        return int(self.ids.nbytes) + shared + self.own_nbytes

    @cached_property
    def own_nbytes(self) -> int:
        """Memory in bytes beside that which is shared with a frame."""
        own = sum(column.nbytes for column in self._columns() if not column.is_shared)
        return own + sum(len(text) for values in self.odd.values() for text in values.values())

    def _columns(self) -> Iterator[KeptColumn]:
        yield from (self.created_us, self.updated_us)
        yield from self.kept.values()
        yield from self.kept_digests.values()

    @property
    def names(self) -> list[str]:
        """The columns' names, but for metadata keys that have none of their own."""
        return [name for name in self.kept if name != METADATA_REST]

    def column(self, name: str) -> Column | None:
        """A column; None where it was not fetched.

        Of a metadata key that had no column of its own, it is made of what `metadata_rest` holds.
        """
        kept = self.kept.get(name)
        if kept is not None:
            return kept.column()
        values = self._in_rest(name)
        return of_objects([values.get(i) for i in range(len(self))]) if values else None

    def has(self, name: str) -> bool:
        """Whether a column was fetched, be it as a part of `metadata_rest`."""
        return name in self.kept or bool(self._in_rest(name))

    def _in_rest(self, name: str) -> dict[int, Any]:
        """The values that `metadata_rest` holds of a metadata column, by position."""
        key = name.removeprefix(METADATA_PREFIX)
        if key == name or key not in self.keys_in_rest:
            return {}
        return values_in_rest(self.kept[METADATA_REST].column().values, key)

    def rest_of_metadata(self, positions: Positions) -> list[dict[str, Any]]:
        """The metadata of some customers that have no column of their own."""
        rest = self.kept.get(METADATA_REST)
        if rest is None:
            return [{} for _ in range(len(positions))]
        return rest_in(rest.column().take(positions).values)

    @cached_property
    def keys_in_rest(self) -> frozenset[str]:
        """The metadata keys that have no column of their own."""
        rest = self.kept.get(METADATA_REST)
        texts = [] if rest is None else rest.column().values.drop_null().to_pylist()
        return frozenset(key for text in texts for key in read_rest(text) or ())

    def created_ms(self, positions: Positions) -> Milliseconds:
        """When some of the customers were created; `NEVER_MS` where that is not known."""
        return _milliseconds(self.created_us.column().values, positions)

    def updated_ms(self, positions: Positions) -> Milliseconds:
        """When some of the customers were last updated; `NEVER_MS` for never."""
        return _milliseconds(self.updated_us.column().values, positions)

    def ids_at(self, positions: Positions) -> pa.Array:
        """Some of the customers' ids."""
        return self.ids.take(pa.array(positions))

    def digest(self, group: str, positions: Positions) -> Digests | None:
        """The digest of a group of columns for some customers; None where there is none."""
        kept = self.kept_digests.get(group)
        return None if kept is None else np.asarray(kept.column().values)[positions]

    def created_between(self, first_ms: int, last_ms: int) -> pa.Array:
        """The ids of those created in a span of time, its ends among it."""
        ms = _milliseconds(self.created_us.column().values, None)
        return self.ids.filter(pa.array((ms >= first_ms) & (ms <= last_ms)))

    def positions(self, ids: pa.Array) -> Positions:
        """Where each of these customers stands; -1 for those who are not here."""
        if self.ids.equals(ids):
            return np.arange(len(ids), dtype=np.intp)
        if _FEW * len(ids) < len(self):
            found = _few_among(self.ids, ids)
        else:
            found = pc.index_in(ids, value_set=self.ids)
        return np.asarray(found.fill_null(-1)).astype(np.intp)

    def version_ms(self, positions: Positions) -> Milliseconds:
        """What tells versions of a customer apart: its last update, or else its creation."""
        updated = self.updated_ms(positions)
        never = np.flatnonzero(updated == NEVER_MS)
        if never.size:
            updated[never] = self.created_ms(positions[never])
        return updated

    def customers(self, positions: Positions) -> Iterator[Customer]:
        """Some customers as the API would show them, what cannot be written left out.

        All that are wanted are asked for at once: each time, the columns are unpacked.
        """
        if not len(positions):
            return
        columns = {name: kept.column().take(positions) for name, kept in self.kept.items()}
        ids = self.ids.take(pa.array(positions)).to_pylist()
        created, updated = self.created_ms(positions), self.updated_ms(positions)
        for row, customer_id in enumerate(ids):
            values = {name: column.value(row) for name, column in columns.items()}
            customer = _customer(customer_id, values, int(created[row]), int(updated[row]))
            customer.odd = self.odd.get(customer_id)
            yield customer

    def without(self, names: set[str]) -> Snapshot:
        """The same without customers of these ids or source_ids; itself if it has none of them."""
        wanted = pa.array(sorted(names), pa.large_string())
        gone = pc.is_in(self.ids, value_set=wanted)
        source_ids = self.column("source_id")
        if source_ids is not None:
            gone = pc.or_(gone, pc.is_in(source_ids.values, value_set=wanted))
        if not pc.any(gone).as_py():
            return self
        keep = pc.invert(gone)
        forgotten = set(self.ids.filter(gone).to_pylist())
        return replace(
            self,
            odd={who: values for who, values in self.odd.items() if who not in forgotten},
            ids=self.ids.filter(keep),
            kept={n: KeptColumn.of(k.column().where(keep)) for n, k in self.kept.items()},
            kept_digests={
                group: KeptColumn.of(kept.column().where(keep))
                for group, kept in self.kept_digests.items()
            },
            created_us=KeptColumn.of(self.created_us.column().where(keep)),
            updated_us=KeptColumn.of(self.updated_us.column().where(keep)),
        )


def _customer(
    customer_id: str, values: Mapping[str, Any], created_ms: int, updated_ms: int
) -> Customer:
    address = {
        name.removeprefix(_ADDRESS): values[name] for name in values if name.startswith(_ADDRESS)
    }
    metadata = {
        name.removeprefix(METADATA_PREFIX): value
        for name, value in values.items()
        if name.startswith(METADATA_PREFIX) and value is not None
    }
    metadata |= read_rest(values.get(METADATA_REST)) or {}
    return Customer(
        id=customer_id,
        source_id=values.get("source_id"),
        **{name: values.get(name) for name in _WRITABLE},
        address=Address(**address),
        metadata=metadata,
        created_at=None if created_ms == NEVER_MS else iso_from_ms(created_ms),
        updated_at=None if updated_ms == NEVER_MS else iso_from_ms(updated_ms),
    )


def _few_among(everyone: pa.Array, few: pa.Array) -> pa.Array:
    """Where each of a few ids stands, null for none: the hash table is of the few, not of all."""
    wanted = few.dictionary_encode()
    which = pc.index_in(everyone, value_set=wanted.dictionary)
    found = np.flatnonzero(which.is_valid())[::-1]  # of equal ids the first one stays
    places = np.full(len(wanted.dictionary), -1, dtype=np.intp)
    places[which.take(pa.array(found))] = found
    return pa.array(places).take(wanted.indices)


def _is_remembered(name: str) -> bool:
    if name.startswith(METADATA_PREFIX) or name == METADATA_REST:
        return True
    is_writable = name in _WRITABLE or name.startswith(_ADDRESS)
    return name == "source_id" or (is_writable and name in FIXED_NAMES)


def _kept_times(column: pd.Series[Any]) -> KeptColumn:
    return KeptColumn.of(Column(Kind.WHOLE, moments(column)))


def _milliseconds(moments_us: pa.Array, positions: Positions | None) -> Milliseconds:
    """Times at some positions, or at all; `NEVER_MS` where there is none, and at -1."""
    chosen = moments_us
    if positions is not None:
        chosen = moments_us.take(pa.array(positions, mask=positions < 0))
    missing = np.asarray(chosen.is_null())
    us = (chosen.fill_null(0) if chosen.null_count else chosen).to_numpy(zero_copy_only=False)
    return np.where(missing, NEVER_MS, us // 1000)
