"""Customers as the server shows them now, of which only what has changed is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from vfy_notebook.api.pages import ms_or_none
from vfy_notebook.edits.arguments import check_frame
from vfy_notebook.edits.changes import Change
from vfy_notebook.errors import ArgumentError
from vfy_notebook.fetch.marks import known_from_ms
from vfy_notebook.frames.customers import customers_frame
from vfy_notebook.frames.schema import FIXED_NAMES, INDEX
from vfy_notebook.journal.entries import Base
from vfy_notebook.push.comparing.reading import CustomerReader, Span, span_of
from vfy_notebook.push.lookup.checks import check_on_server
from vfy_notebook.snapshots.digests import digests
from vfy_notebook.snapshots.snapshot import NEVER_MS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vfy_notebook.api.models import Customer
    from vfy_notebook.api.operations import Api
    from vfy_notebook.snapshots.snapshot import Snapshot
    from vfy_notebook.snapshots.store import ProjectSnapshots

#: Reading has no budget of calls here: who refreshes wants all of it.
_NO_LIMIT = 10**9

#: Columns that a snapshot has itself, or tells versions apart by.
_KEPT = frozenset(
    {"source_id", "name", "description", "email", "phone", "birthdate", "created_at", "updated_at"}
)


def refresh(
    api: Api,
    snapshots: ProjectSnapshots,
    customers: pd.DataFrame,
    *,
    more: Sequence[str] = (),
) -> pd.DataFrame:
    """The frame's customers as they are now; those that are gone are left out.

    Args:
        api: Where to ask.
        snapshots: What is remembered of the project.
        customers: The frame.
        more: Ids of further customers, who come behind it.

    Raises:
        ArgumentError: The frame is not indexed by `customer_id`.
    """
    check_frame("customers", customers)
    ids = list(dict.fromkeys([*_ids_of(customers), *more]))
    began_s = api.transport.clock.monotonic()
    snapshot = snapshots.marked(customers)
    known = {} if snapshot is None else _known(snapshot, ids)
    if snapshot is not None:
        for each in _doubtful(customers, snapshot, list(known)):
            del known[each]
    reader = CustomerReader(api, _NO_LIMIT)
    now: dict[str, Customer] = {}
    if snapshot is not None and known:
        found = check_on_server(api, _as_changes(known), _base_of(snapshot, known), existence=True)
        now = {each: c for each, c in known.items() if each not in found.gone} | found.changed
        unchanged = [each for each in ids if each in now and each not in found.changed]
    else:
        unchanged = []
    unread = [each for each in ids if each not in known]
    if unread:
        now |= {customer.id: customer for customer in reader.read(unread, _span(customers, unread))}
    frame = customers_frame([now[each] for each in ids if each in now], like=customers)
    _keep_read_only(frame, customers, unchanged)
    snapshots.remember(
        frame,
        is_whole=snapshot is None or snapshot.is_whole or not unchanged,
        read_from_ms=known_from_ms(api.transport, began_s),
    )
    return _with_columns_of(frame, customers)


def _ids_of(customers: pd.DataFrame) -> list[str]:
    index = customers.index
    if index.name != INDEX and INDEX in customers.columns:
        index = pd.Index(customers[INDEX])
    ids = list(dict.fromkeys(index))
    if not all(isinstance(each, str) for each in ids) or (ids and index.name != INDEX):
        message = (
            "A frame to refresh is indexed by customer_id, as fetch_customers gives it: use "
            "customers.set_index('customer_id'), or fetch the customers again."
        )
        raise ArgumentError(message)
    return ids


def _known(snapshot: Snapshot, ids: Sequence[str]) -> dict[str, Customer]:
    """The customers that a snapshot has, as it has them."""
    positions = snapshot.positions(pa.array(ids, pa.large_string()))
    return {each.id: each for each in snapshot.customers(positions[positions >= 0])}


def _doubtful(customers: pd.DataFrame, snapshot: Snapshot, ids: list[str]) -> list[str]:
    """Those whose cells that a snapshot does not keep are not in the frame as they were fetched.

    The frame is where such cells of unchanged customers come from, and it may have been edited.
    """
    held = [name for name in FIXED_NAMES if name in customers.columns and _is_only_in_frames(name)]
    if not held:
        return []
    index = customers.index
    if index.name != INDEX or not index.is_unique:
        return ids
    as_fetched = customers_frame([])
    if any(customers[name].dtype != as_fetched[name].dtype for name in held):
        return ids
    there = [each for each in ids if each in index]
    doubtful = set(ids) - set(there)
    positions = snapshot.positions(pa.array(there, pa.large_string()))
    for group, here in digests(customers.loc[there, held]).items():
        told = snapshot.digest(group, positions)
        if told is not None:
            doubtful.update(there[i] for i in np.flatnonzero(here != told))
    return [each for each in ids if each in doubtful]


def _is_only_in_frames(name: str) -> bool:
    return name not in _KEPT and not name.startswith("address.")


def _as_changes(known: Mapping[str, Customer]) -> list[Change]:
    """Customers as the look at the server takes them: changes of nothing."""
    changes = []
    for customer in known.values():
        change = Change(customer.id, customer.id, customer.source_id)
        change.rebase(customer)
        change.created_ms = ms_or_none(customer.created_at)
        changes.append(change)
    return changes


def _base_of(snapshot: Snapshot, known: Mapping[str, Customer]) -> Base:
    """What a snapshot tells of the span in which its customers were created."""
    positions = np.arange(len(snapshot), dtype=np.intp)
    created = snapshot.created_ms(positions)
    versions = snapshot.version_ms(positions)
    as_of = snapshot.read_from_ms
    if as_of is None:
        as_of = int(versions.min()) if len(versions) else 0
    if not len(known) or (created == NEVER_MS).any():
        return Base(as_of)
    wanted = snapshot.created_ms(snapshot.positions(pa.array(list(known), pa.large_string())))
    first, last = int(wanted.min()), int(wanted.max())
    return Base(as_of, len(snapshot.created_between(first, last)), first, last)


def _span(customers: pd.DataFrame, ids: Sequence[str]) -> Span:
    if "created_at" not in customers.columns or customers.index.name != INDEX:
        return Span()
    if not set(ids) <= set(customers.index):
        return Span()
    times = pd.to_datetime(customers.loc[list(ids), "created_at"], errors="coerce", utc=True)
    return span_of([None if pd.isna(t) else int(t.timestamp() * 1000) for t in times])


def _keep_read_only(frame: pd.DataFrame, customers: pd.DataFrame, unchanged: list[str]) -> None:
    """Of customers that have not changed, what snapshots do not keep is still right."""
    if not unchanged or customers.index.name != INDEX or not customers.index.is_unique:
        return
    for name in FIXED_NAMES:
        if not _is_only_in_frames(name) or name not in customers.columns:
            continue
        held = customers.loc[unchanged, name]
        if held.dtype == frame[name].dtype:
            frame.loc[unchanged, name] = held
    for name in ("created_at", "updated_at"):
        if name in customers.columns and customers[name].dtype == frame[name].dtype:
            frame.loc[unchanged, name] = customers.loc[unchanged, name]


def _with_columns_of(frame: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """All columns, or those of a frame that had only some."""
    if set(FIXED_NAMES) <= set(customers.columns):
        return frame
    return frame[[name for name in frame.columns if name in set(customers.columns)]]
