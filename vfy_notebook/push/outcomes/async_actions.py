"""Following async actions to their end, and finding one whose id got lost.

Jobs are queued one behind the other, and one list call tells the status of the newest 100: so
the newest are asked for first, and older ones only once those have ended.

Only a status that says so is an end. An action that the API does not know may not be known *yet*.

https://docs.voucherify.io/api-reference/async-actions/list-async-actions
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vfy_notebook.api.clock import sleep
from vfy_notebook.errors import ConnectError, NotFoundError, ResponseError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vfy_notebook.api.jobs import AsyncAction
    from vfy_notebook.api.operations import Api

#: So few actions are got one by one: that brings their results along.
FEW = 2

#: Seconds without any progress after which an action is given up.
PATIENCE_S = 900.0

#: Seconds after which actions are given up whatever progress they make.
LONGEST_S = 6 * 3600.0

#: No request takes so many seconds, with all that it waits for, unless it was slept through.
_NO_REQUEST_S = 2 * 3600.0

#: Seconds for which the API may not know an action that it has taken.
_UNKNOWN_PATIENCE_S = 120.0

#: Pages of a list of actions that are read at once; more than a push ever needs.
_MOST_PAGES = 1_000

_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 30.0

#: Pages of a list in which a lost job is looked for.
_LOST_PAGES = 10

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
    """Wait until all actions have ended, or none has moved for `patience_s`; six hours at most.

    Hours for which this computer slept do not count, and whatever the clock shows, none is given
    up without having been asked for after that.

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
        overslept_s = sleep(clock, wait_s)
        started, moved = started + overslept_s, moved + overslept_s
        asked = clock.monotonic()
        try:
            follower.look()
        except ConnectError:
            # Who slept in the middle of a request finds its connection gone.
            if clock.monotonic() - asked < _NO_REQUEST_S:
                raise
            moved = clock.monotonic()
        if follower.state() != state:
            state, moved = follower.state(), clock.monotonic()
        elif asked - moved >= patience_s:
            break
        if asked - started >= LONGEST_S:
            break
        wait_s = _next_wait(wait_s, follower, asked - started)
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
        #: The furthest that each was seen, which alone counts as progress.
        self.pending = dict.fromkeys(action_ids, 0.0)
        #: When the API first did not know an action, of those that it has never known.
        self._unknown_since_s: dict[str, float] = {}
        self._asked = dict.fromkeys(action_ids, 0)
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
        self._unknown_since_s.pop(action.id, None)
        self.followed.take(action)
        if action.ended:
            del self.pending[action.id]
            return False
        # An action that was queued and now runs has moved, whatever its progress says.
        reached = action.progress + (action.status == "IN_PROGRESS")
        self.pending[action.id] = max(self.pending[action.id], reached)
        return True

    def _get(self, action_ids: list[str]) -> None:
        for action_id in action_ids:
            self._asked[action_id] += 1
            try:
                self._take(self._api.get_async_action(action_id))
            except NotFoundError:
                self._is_unknown(action_id)
            except ResponseError:
                continue  # no news: it is asked again, for as long as patience lasts

    def _is_unknown(self, action_id: str) -> None:
        now_s = self._api.transport.clock.monotonic()
        since_s = self._unknown_since_s.setdefault(action_id, now_s)
        if now_s - since_s >= _UNKNOWN_PATIENCE_S:
            del self.pending[action_id]
            self.followed.statuses[action_id] = VANISHED

    def _list(self) -> None:
        before_ms: int | None = None
        met: set[str] = set()
        for _ in range(_MOST_PAGES):
            try:
                page = self._api.list_async_actions(before_ms=before_ms)
            except (NotFoundError, ResponseError):
                break  # each is asked for itself
            new = [action for action in page.actions if action.id not in met]
            met |= {action.id for action in new}
            running = [self._take(action) for action in new]
            if any(running):
                return  # those before it in the queue can be looked at when it has ended
            times = [action.created_ms for action in new if action.created_ms is not None]
            if not times or page.has_more is False or min(times) < self._since_ms:
                break
            if not self.pending or (before_ms is not None and min(times) >= before_ms):
                break
            before_ms = min(times) + 1
        # Not in any list: not shown yet, or older than lists go back. Each gets its turn.
        missing = [each for each in self.pending if each not in met]
        self._get(sorted(missing, key=self._asked.__getitem__)[:FEW])


def check_is_new(action_id: str, claimed: set[str]) -> None:
    """Refuse an action as the answer to a request if another request has started it.

    What stands between, such as a proxy's cache, may repeat an earlier answer.

    Args:
        action_id: The action.
        claimed: Actions that belong to other requests.

    Raises:
        ResponseError: It is one of them; the request may have run.
    """
    if action_id in claimed:
        message = (
            f"The answer to a request names async action {action_id}, which an earlier request "
            "has started: check any proxy in between."
        )
        error = ResponseError(message)
        error.may_have_run = True
        raise error


def find_lost(api: Api, job_type: str, *, intent_ms: int, claimed: set[str]) -> list[AsyncAction]:
    """Jobs that may be the one whose answer was lost, oldest first.

    Costs a call, or up to three where the list shows nothing yet; one more for each 100 jobs that
    were queued since, of up to a thousand.

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
        found = {
            action.id: action
            for action in _queued_since(api, intent_ms)
            if action.type == job_type
            and action.id not in claimed
            and (action.created_ms is None or action.created_ms >= intent_ms)
        }
        if found:
            return sorted(found.values(), key=lambda action: action.created_ms or 0)
    return []


def _queued_since(api: Api, since_ms: int) -> Iterator[AsyncAction]:
    """The newest actions, and those before them as far as that moment."""
    before_ms: int | None = None
    for _ in range(_LOST_PAGES):
        try:
            page = api.list_async_actions(before_ms=before_ms)
        except (NotFoundError, ResponseError):
            return
        yield from page.actions
        times = [each.created_ms for each in page.actions if each.created_ms is not None]
        if not times or page.has_more is False or min(times) < since_ms:
            return
        if before_ms is not None and min(times) + 1 >= before_ms:
            return  # the list does not heed the bound, or has a page of one moment
        before_ms = min(times) + 1
