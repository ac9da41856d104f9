"""Who is in a new segment, as the API shows it, against who is to be in it.

Members may appear seconds after the segment: the first page, which tells their number, is asked for
until the number is right, or patience ends. Up to a page they are compared by id. More of them are
proved by their number and the first page. Where the number is another, the difference is told by
id: it may be just those who are no longer on the server; else all members are read.

https://docs.voucherify.io/api-reference/customers/list-customers
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vfy_notebook.fetch.memberships.customer_segments import hidden_segments
from vfy_notebook.fetch.memberships.segment_members import MemberList
from vfy_notebook.push.lookup.export_lookup import EXPECTED_CALLS
from vfy_notebook.segments.order import STATIC

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from vfy_notebook.api.operations import Api

#: Seconds for which members may be missing. A static segment is a list; those with a filter have
#: to be worked out.
PATIENCE_S = {STATIC: 15.0}
LONGER_PATIENCE_S = 60.0

_LONGEST_WAIT_S = 15.0


@dataclass(frozen=True)
class Verified:
    """Who is in a segment.

    Attributes:
        count: How many members the API shows.
        missing: Who is to be in it, and is not.
        unexpected: Who is in it, and is not to be.
        unproved: Why nothing is known of its members; empty where it is.
        by_number: Whether only the first page was compared by id, and of the others their number.
    """

    count: int | None = None
    missing: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    unproved: str = ""
    by_number: bool = False

    @property
    def is_right(self) -> bool:
        """Whether exactly those are in it who are to be."""
        return not (self.missing or self.unexpected or self.unproved)


def verify_members(
    api: Api,
    segment_id: str,
    kind: str,
    expected: Collection[str],
    find_gone: Callable[[], Collection[str]],
) -> Verified:
    """Wait until those who are to be in a segment are, and tell the difference.

    Costs a call where all are there at once; up to seven while they are not; then, where others
    are in it than planned, one for each 100 members, or those of `find_gone`.

    Args:
        api: Where to ask.
        segment_id: The segment.
        kind: Its type.
        expected: Who is to be in it.
        find_gone: Gives those of them who are no longer on the server.
    """
    wanted = frozenset(expected)
    members = MemberList(api, segment_id).read_page()
    for wait_s in _waits(PATIENCE_S.get(kind, LONGER_PATIENCE_S)):
        if _looks_right(members, wanted):
            break
        api.transport.clock.sleep(wait_s)
        members = MemberList(api, segment_id).read_page()
    if _looks_right(members, wanted) and members.total is not None:
        return Verified(members.total, by_number=not members.complete)
    if kind != STATIC and wanted and members.complete and not members.members:
        return _of_nobody(api, segment_id, wanted)
    if members.pages_left > EXPECTED_CALLS and members.total is not None:
        gone = find_gone()
        if members.members <= wanted and members.total + len(gone) == len(wanted):
            return Verified(members.total, _sorted(gone), by_number=True)
    while not members.complete:
        members.read_page()
    missing, unexpected = wanted - members.members, members.members - wanted
    return Verified(len(members.members), _sorted(missing), _sorted(unexpected))


def _looks_right(members: MemberList, wanted: frozenset[str]) -> bool:
    """Whether the first page, and the number that it tells, are as they are to be."""
    if not members.members <= wanted:
        return False
    if members.complete:
        return len(members.members) == len(wanted)
    return members.total is None or members.total == len(wanted)


def _of_nobody(api: Api, segment_id: str, wanted: frozenset[str]) -> Verified:
    """A segment that lists nobody: some servers do not list who is in passive ones."""
    one, hidden = hidden_segments(api, {segment_id}, sorted(wanted)[:1])
    if hidden:
        unproved = (
            f"this server does not list who is in passive segments, but customer {one} says to be "
            "in this one"
        )
        return Verified(None, unproved=unproved)
    return Verified(0, _sorted(wanted))


def _waits(patience_s: float) -> Iterator[float]:
    """Waits that grow, and end together after `patience_s`."""
    wait_s = 1.0
    while patience_s > 0:
        yield min(wait_s, patience_s)
        patience_s -= wait_s
        wait_s = min(2 * wait_s, _LONGEST_WAIT_S)


def _sorted(ids: Collection[str]) -> tuple[str, ...]:
    return tuple(sorted(ids))
