"""Who a selection means: Voucherify's ids, each once, and who is no longer there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from vfy_notebook.edits.changes import Change
from vfy_notebook.errors import ArgumentError
from vfy_notebook.frames.identities.identities import ID_PREFIX, refs_of, rows_by_id
from vfy_notebook.frames.schema import INDEX
from vfy_notebook.journal.entries import Base
from vfy_notebook.push.lookup.checks import find_gone
from vfy_notebook.segments.source_ids import find_by_source_id
from vfy_notebook.shown_text import shown_text
from vfy_notebook.snapshots.snapshot import NEVER_MS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vfy_notebook.api.operations import Api
    from vfy_notebook.snapshots.snapshot import Snapshot
    from vfy_notebook.snapshots.store import ProjectSnapshots

_HALF = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Selection:
    """The customers of a selection.

    Attributes:
        customers: Who is there, indexed by `customer_id`, each once, in the order given.
        not_found: The ids and source_ids given that belong to nobody who is there.
        calls: API calls that it took to find out.
    """

    customers: pd.DataFrame
    not_found: tuple[str, ...] = ()
    calls: int = 0

    @property
    def ids(self) -> list[str]:
        """Who is there."""
        return [str(each) for each in self.customers.index]

    @property
    def digest(self) -> str:
        """What tells whether another selection is the same, and tells no customer."""
        return blake2b(
            "\n".join(sorted(self.ids)).encode("utf-8", "surrogatepass"), digest_size=16
        ).hexdigest()


def select(api: Api, snapshots: ProjectSnapshots, customers: object) -> Selection:
    """Find the customers of a frame, an index, or a list of ids and source_ids.

    Cost in API calls: one where the project has fetched all customers of the span of time in which
    these were created, and they are all still there; else as many as the cheapest of three ways
    takes (one by one, by pages of 100, or about six for an export).

    Raises:
        ArgumentError: Something given names no customer.
        PlanError: The frame is another project's.
    """
    began = api.transport.calls.total
    if isinstance(customers, pd.DataFrame):
        snapshots.marked(customers)  # refuses another project's
    refs = refs_of(customers)
    _refuse_halves(refs)
    remembered = snapshots.all()
    id_of, read = _ids(api, remembered, refs)
    from_memory = [each for each in dict.fromkeys(id_of.values()) if each not in read]
    gone = gone_among(api, snapshots, from_memory)
    there = dict.fromkeys(id_of[r] for r in refs if r in id_of and id_of[r] not in gone)
    not_found = tuple(r for r in refs if id_of.get(r) is None or id_of[r] in gone)
    return Selection(_rows_of(customers, list(there)), not_found, api.transport.calls.total - began)


def gone_among(api: Api, snapshots: ProjectSnapshots, ids: Sequence[str]) -> set[str]:
    """Who of these is no longer on the server, found out the cheapest way."""
    return find_gone(api, *_known(snapshots.all(), ids)) if ids else set()


def _refuse_halves(refs: Sequence[str]) -> None:
    """Ids with half a character, as in a text cut in the middle of an emoji, are nobody's."""
    halves = [ref for ref in refs if _HALF.search(ref)]
    if halves:
        message = (
            f"{shown_text(halves[0])} names no customer: it contains half a character; give an id "
            "(cust_…) or the whole source_id."
        )
        raise ArgumentError(message)


def _ids(
    api: Api, remembered: Sequence[Snapshot], refs: Sequence[str]
) -> tuple[dict[str, str], set[str]]:
    """Each customer's id by what it was called, and the ids that the server has just shown."""
    id_of = {ref: ref for ref in refs if ref.startswith(ID_PREFIX)}
    # A source_id may look like an id.
    known_ids = _known_among(remembered, id_of)
    others = [ref for ref in refs if ref not in known_ids]
    id_of |= _by_source_id(remembered, others)
    unknown = [ref for ref in others if ref not in id_of]
    found = find_by_source_id(api, unknown) if unknown else {}
    return id_of | found, set(found.values())


def _known_among(remembered: Sequence[Snapshot], ids: Iterable[str]) -> set[str]:
    wanted = pa.array(list(ids), pa.large_string())
    known: set[str] = set()
    for snapshot in remembered:
        known.update(wanted.filter(pc.is_in(wanted, value_set=snapshot.ids)).to_pylist())
    return known


def _by_source_id(remembered: Sequence[Snapshot], source_ids: Sequence[str]) -> dict[str, str]:
    """Ids by source_id, of customers that are remembered."""
    wanted = pa.array(source_ids, pa.large_string())
    found: dict[str, str] = {}
    for snapshot in remembered if source_ids else ():
        column = snapshot.column("source_id")
        if column is not None:
            fits = pc.is_in(column.values, value_set=wanted)
            pairs = zip(
                column.values.filter(fits).to_pylist(),
                snapshot.ids.filter(fits).to_pylist(),
                strict=True,
            )
            found.update(pairs)
    return found


def _known(remembered: Sequence[Snapshot], ids: Sequence[str]) -> tuple[list[Change], Base]:
    """Customers for the look at the server, and how many are known in their span of time."""
    wanted = pa.array(ids, pa.large_string())
    created: dict[str, int] = {}
    used = []
    for snapshot in reversed(remembered):
        positions = snapshot.positions(wanted)
        is_here = positions >= 0
        if not is_here.any():
            continue
        used.append(snapshot)
        times = snapshot.created_ms(positions[is_here])
        here = wanted.filter(pa.array(is_here)).to_pylist()
        created = dict(zip(here, times.tolist(), strict=True)) | created
    changes = [
        Change(each, each, None, created_ms=created[each])
        if created.get(each, NEVER_MS) != NEVER_MS
        else Change(each, each, None)
        for each in ids
    ]
    known_ms = [change.created_ms for change in changes if change.created_ms is not None]
    if not known_ms:
        return changes, Base(0)
    first, last = min(known_ms), max(known_ms)
    between = pa.chunked_array([each.created_between(first, last) for each in used])
    return changes, Base(0, len(pc.unique(between)), first, last)


def _rows_of(customers: object, ids: list[str]) -> pd.DataFrame:
    """The rows of those who are there, or their ids alone."""
    index = pd.Index(ids, dtype="str", name=INDEX)
    rows = rows_by_id(customers) if ids else None
    if rows is None or not index.isin(rows.index).all():
        frame = pd.DataFrame(index=index)
    else:
        frame = rows.loc[index]
    if isinstance(customers, pd.DataFrame):
        frame.attrs = dict(customers.attrs)
    return frame
