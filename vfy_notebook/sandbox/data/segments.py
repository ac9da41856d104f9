"""The project's segments and who belongs to them."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from vfy_notebook.sandbox.answers import dump
from vfy_notebook.sandbox.data.clock import Clock, parse_iso
from vfy_notebook.sandbox.data.customers.store import CustomerStore, Where
from vfy_notebook.sandbox.data.filters.filters import (
    Clause,
    compile_filter,
    without_untyped_flags,
)
from vfy_notebook.sandbox.data.ids import Ids
from vfy_notebook.sandbox.data.switches import Switches

TYPES = ("auto-update", "passive", "static")


@dataclass(slots=True)
class Segment:
    """One segment; `members` are the customer ids of a static one."""

    id: str
    name: str
    type: str
    filter: dict[str, Any] | None
    created_at: str
    created_ms: int
    updated_at: str | None = None
    members: set[str] = field(default_factory=set)

    def as_api(self) -> dict[str, Any]:
        """The segment as the API returns it."""
        return {
            "id": self.id,
            "name": self.name,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "type": self.type,
            "filter": self.filter,
            "object": "segment",
        }


class SegmentBook:
    """All segments; their members are worked out when asked for and kept until a write."""

    def __init__(
        self,
        customers: CustomerStore,
        clock: Clock,
        switches: Switches,
        defined_keys: Callable[[], Container[str]],
    ) -> None:
        self._customers = customers
        self._clock = clock
        self._switches = switches
        self._defined_keys = defined_keys
        #: Segment id → reads in which it has nobody yet.
        self._hidden_for: dict[str, int] = {}
        self._segments: dict[str, Segment] = {}
        self._listed: set[str] = set()
        self._seen: tuple[int, int] | None = None
        self._lag_left: int | None = None

    def load(self, described: Iterable[Mapping[str, Any]], *, ids: Ids, now_iso: str) -> None:
        """Replace all segments.

        Raises:
            ValueError: If one is not a segment or its filter cannot be understood.
        """
        self._segments = {}
        self._hidden_for.clear()
        self._listed.clear()
        self._seen = None
        self._lag_left = None
        for each in described:
            self.add(_segment(each, ids, now_iso))

    def add(self, segment: Segment) -> None:
        """Add a segment, in place of one with the same id.

        Raises:
            ValueError: If its filter cannot be understood.
        """
        self._customers.check(*self._clause(segment))
        self._segments[segment.id] = segment
        self._listed.discard(segment.id)

    def create(self, segment: Segment) -> None:
        """Add a new segment; the switch `new_members_polls` lets its members show late.

        Raises:
            ValueError: If its filter cannot be understood.
        """
        self.add(segment)
        if segment.type != "static" and self._switches.new_members_polls:
            self._hidden_for[segment.id] = self._switches.new_members_polls

    def remove(self, segment_id: str) -> bool:
        """Remove a segment; tells whether there was one."""
        self._hidden_for.pop(segment_id, None)
        self._listed.discard(segment_id)
        return self._segments.pop(segment_id, None) is not None

    def get(self, segment_id: str) -> Segment | None:
        """The segment with this id."""
        return self._segments.get(segment_id)

    def all(self) -> list[Segment]:
        """All segments, oldest first."""
        return sorted(self._segments.values(), key=lambda each: (each.created_ms, each.id))

    def forget_customer(self, customer_id: str) -> int:
        """Take a customer out of the static segments; gives how many there were."""
        left = [each for each in self._segments.values() if customer_id in each.members]
        for segment in left:
            segment.members.discard(customer_id)
            self._listed.discard(segment.id)
        return len(left)

    def members_of(self, segment_id: str) -> Where | None:
        """The condition that a customer belongs to a segment; None if there is no such one."""
        self._refresh()
        segment = self._segments.get(segment_id)
        if segment is None:
            return None
        if self._is_hidden(segment):
            return Where(("0",))
        self._list(segment)
        return Where(segment=segment_id)

    def of_customer(self, record: Mapping[str, Any]) -> list[Segment]:
        """The segments a customer belongs to, or would if it existed."""
        self._refresh()
        return [each for each in self.all() if self._has(each, record)]

    def keep_present(self) -> None:
        """Work out every segment's members now, so that reads can lag behind later writes."""
        self._seen = self._present()
        for segment in self._segments.values():
            self._list(segment)

    def _is_hidden(self, segment: Segment) -> bool:
        left = self._hidden_for.pop(segment.id, 0)
        if left > 1:
            self._hidden_for[segment.id] = left - 1
        return left > 0

    def _has(self, segment: Segment, record: Mapping[str, Any]) -> bool:
        if self._is_hidden(segment):
            return False
        if segment.type == "static":
            return record.get("id") in segment.members
        if segment.id in self._listed and record.get("id"):
            return self._customers.is_member(segment.id, record["id"])
        return self._customers.matches(record, *self._clause(segment))

    def _clause(self, segment: Segment) -> Clause:
        if segment.type == "static":
            return "c.id IN (SELECT value FROM json_each(?))", (dump(sorted(segment.members)),)
        rule = segment.filter
        if self._switches.untyped_flags == "nobody":
            rule = without_untyped_flags(rule, self._defined_keys())
        return compile_filter(rule, self._clock.now_ms())

    def _list(self, segment: Segment) -> None:
        if segment.id not in self._listed:
            self._customers.list_members(segment.id, *self._clause(segment))
            self._listed.add(segment.id)

    def _refresh(self) -> None:
        """Drop what is known about members if data or clock have moved on.

        The switch `segments_lag_polls` lets some reads see the state before the last write.
        """
        present = self._present()
        if self._seen in (None, present):
            self._seen = present
            return
        if self._lag_left is None:
            self._lag_left = self._switches.segments_lag_polls
        if self._lag_left > 0:
            self._lag_left -= 1
            return
        self._listed.clear()
        self._seen = present
        self._lag_left = None
        if self._switches.segments_lag_polls:
            self.keep_present()

    def _present(self) -> tuple[int, int]:
        return self._customers.version, self._clock.offset_ms


def _segment(described: Mapping[str, Any], ids: Ids, now_iso: str) -> Segment:
    kind = described.get("type", "static" if "members" in described else "auto-update")
    if kind not in TYPES:
        raise ValueError(f"a segment's type is one of {', '.join(TYPES)}, not {kind!r}")
    created_at = str(described.get("created_at", now_iso))
    segment_id = str(described.get("id") or ids.make("seg_"))
    return Segment(
        id=segment_id,
        name=str(described.get("name", segment_id)),
        type=kind,
        filter=None if kind == "static" else described.get("filter") or {"junction": "and"},
        created_at=created_at,
        created_ms=parse_iso(created_at),
        updated_at=described.get("updated_at"),
        members=set(described.get("members") or ()),
    )
