"""Following async actions to their end, and finding one whose id got lost.

Jobs are queued one behind the other, and one list call tells the status of the newest 100: so
the newest are asked for first, and older ones only once those have ended.

https://docs.voucherify.io/api-reference/async-actions/list-async-actions
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vfy_notebook.api.pages import ms_from_iso
from vfy_notebook.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vfy_notebook.api.models import AsyncAction
    from vfy_notebook.api.operations import Api

#: So few actions are got one by one: that brings their results along.
FEW = 2

#: Seconds without any progress after which an action is given up.
PATIENCE_S = 900.0

_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 30.0

#: How an action is entered that the API no longer knows.
VANISHED = "VANISHED"

#: List calls that may bring a lost job to light before it is taken for never queued, and the
#: seconds between them: a new job may show up late.
_LOOKS = 3
_LOOK_WAIT_S = 1.0


@dataclass
class Followed:
    """Actions that have ended, by id: their last status, and themselves where they were got."""

    statuses: dict[str, str] = field(default_factory=dict)
    results: dict[str, AsyncAction] = field(default_factory=dict)

    def take(self, action: AsyncAction) -> None:
        """Enter an action if it has ended."""
        if action.ended:
            self.statuses[action.id] = str(action.status)
            if action.result is not None:
                self.results[action.id] = action


def follow(
    api: Api,
    action_ids: Iterable[str],
    *,
    queued_since_ms: int,
    patience_s: float = PATIENCE_S,
) -> Followed:
    """Wait until all actions have ended, or until none has moved for `patience_s`.

    Args:
        api: Where to ask.
        action_ids: The actions.
        queued_since_ms: None of them is older, by the server's clock.
        patience_s: Seconds.
    """
    follower = _Follower(api, list(action_ids), queued_since_ms)
    clock = api.transport.clock
    started = moved = clock.monotonic()
    wait_s = _FIRST_WAIT_S
    state: object = None
    while follower.pending:
        clock.sleep(wait_s)
        follower.look()
        now = clock.monotonic()
        if follower.state() != state:
            state, moved = follower.state(), now
        elif now - moved >= patience_s:
            break
        wait_s = _next_wait(wait_s, follower, now - started)
    return follower.followed


def _next_wait(last_s: float, follower: _Follower, passed_s: float) -> float:
    """Twice as long each time, or as long as the rest will take at the speed seen so far."""
    ended, left = len(follower.followed.statuses), len(follower.pending)
    expected_s = passed_s * left / ended if ended else 0.0
    return min(max(2 * last_s, expected_s), _LONGEST_WAIT_S)


class _Follower:
    def __init__(self, api: Api, action_ids: list[str], queued_since_ms: int) -> None:
        self._api = api
        self._since_ms = queued_since_ms
        self.pending = dict.fromkeys(action_ids, 0.0)
        self.followed = Followed()

    def state(self) -> object:
        """What changes whenever something moves."""
        return tuple(self.pending.items())

    def look(self) -> None:
        """Ask for the actions' statuses."""
        if len(self.pending) <= FEW:
            self._get(list(self.pending))
        else:
            self._list()

    def _take(self, action: AsyncAction) -> bool:
        """Enter what an action tells; gives whether it is one of ours and still runs."""
        if action.id not in self.pending:
            return False
        self.followed.take(action)
        if action.ended:
            del self.pending[action.id]
            return False
        # An action that was queued and now runs has moved, whatever its progress says.
        self.pending[action.id] = float(action.progress or 0) + (action.status == "IN_PROGRESS")
        return True

    def _get(self, action_ids: list[str]) -> None:
        for action_id in action_ids:
            try:
                self._take(self._api.get_async_action(action_id))
            except NotFoundError:
                del self.pending[action_id]
                self.followed.statuses[action_id] = VANISHED

    def _list(self) -> None:
        before_ms: int | None = None
        met: set[str] = set()
        while self.pending:
            page = self._api.list_async_actions(before_ms=before_ms)
            new = [action for action in page.async_actions if action.id not in met]
            met |= {action.id for action in new}
            running = [self._take(action) for action in new]
            if any(running):
                return  # those before it in the queue can be looked at when it has ended
            times = [ms_from_iso(a.created_at) for a in new if a.created_at]
            if not times or page.has_more is False or min(times) < self._since_ms:
                break
            before_ms = min(times) + 1
        # Not in any list: not shown yet, or older than lists go back.
        self._get([each for each in self.pending if each not in met][:FEW])


def find_lost(api: Api, job_type: str, *, intent_ms: int, claimed: set[str]) -> list[AsyncAction]:
    """Jobs that may be the one whose answer was lost, oldest first.

    Args:
        api: Where to ask.
        job_type: The type it must have.
        intent_ms: When it was about to be sent, by the server's clock.
        claimed: Actions that belong to other requests.
    """
    clock = api.transport.clock
    for look in range(_LOOKS):
        if look:
            clock.sleep(_LOOK_WAIT_S)
        found = [
            action
            for action in api.list_async_actions().async_actions
            if action.type == job_type
            and action.id not in claimed
            and (action.created_at is None or ms_from_iso(action.created_at) >= intent_ms)
        ]
        if found:
            return sorted(found, key=lambda action: action.created_at or "")
    return []
