"""The pages of a shared listing, one request after the other, for whichever worker is free.

A walk asks for a page once it has taken the one before. Where there is no window left for a worker,
it reads a page further on of a window of the past, by its number: the walk would ask for the same
page as soon as it gets there. So the last rounds of a listing are shared too, and so are windows
that no time divides. An answer that has come early waits for the walk; if the walk goes another way
after all (a customer has been deleted, `total` disagrees), it is dropped.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from vfy_notebook.api.listing.walking.walk import Walk
    from vfy_notebook.api.listing.windows import Windows
    from vfy_notebook.api.pages import PageRequest

Found = TypeVar("Found")
Item = TypeVar("Item")


@dataclass
class _Ahead(Generic[Found]):
    """What is being read ahead of one walk: answers by request, None for those still to come."""

    answers: dict[PageRequest, Found | None] = field(default_factory=dict)
    #: The one that the walk waits for.
    awaited: PageRequest | None = None


class SharedPage(Generic[Found]):
    """One page to be read for a walk, in its turn or ahead of it."""

    #: After each page, its worker asks what to read next.
    done = True

    def __init__(
        self, walk: Walk, request: PageRequest, ahead: _Ahead[Found] | None = None
    ) -> None:
        self.walk = walk
        self.ahead = ahead
        self._request = request

    def next_request(self) -> PageRequest:
        """What to ask for."""
        return self._request


class SharedPages(Generic[Found, Item]):
    """Which page to read next; not thread-safe.

    Args:
        windows: The listing's windows.
        take: Gives an answer to its walk.
    """

    def __init__(self, windows: Windows, take: Callable[[Walk, Found], Item]) -> None:
        self._windows = windows
        self._take = take
        self._in_turn: deque[SharedPage[Found]] = deque()
        self._ahead: dict[Walk, _Ahead[Found]] = {}

    def take(self) -> SharedPage[Found] | None:
        """The next page to read; None if there is nothing to do at present."""
        if self._in_turn:
            return self._in_turn.popleft()
        walk = self._windows.take(cut=False)
        if walk is None and (page := self._take_ahead()) is not None:
            return page
        walk = walk or self._windows.take()
        return None if walk is None else SharedPage(walk, walk.next_request())

    def _take_ahead(self) -> SharedPage[Found] | None:
        further = self._windows.take_ahead()
        if further is None:
            return None
        walk, request = further
        ahead = self._ahead.setdefault(walk, _Ahead())
        ahead.answers[request] = None
        return SharedPage(walk, request, ahead)

    def receive(self, page: SharedPage[Found], found: Found) -> list[Item]:
        """Take an answer; gives what becomes of it and of those that have waited for it."""
        ahead, request = page.ahead, page.next_request()
        if ahead is not None:
            if self._ahead.get(page.walk) is not ahead:
                return []  # the walk has gone another way
            if ahead.awaited != request:
                ahead.answers[request] = found
                return []
            ahead.awaited = None
            del ahead.answers[request]
        taken = [self._take(page.walk, found)]
        while not page.walk.done and (waiting := self._waiting(page.walk)) is not None:
            taken.append(self._take(page.walk, waiting))
        if page.walk.done:
            self._ahead.pop(page.walk, None)
        return taken

    def _waiting(self, walk: Walk) -> Found | None:
        """The answer to a walk's next request; None where it is still to come."""
        request = walk.next_request()
        ahead = self._ahead.get(walk)
        if ahead is not None and request in ahead.answers:
            found = ahead.answers[request]
            if found is None:
                ahead.awaited = request
            else:
                del ahead.answers[request]
            return found
        if ahead is not None:
            del self._ahead[walk]
            self._windows.stop_ahead(walk, of_use=not ahead.answers)
        self._in_turn.append(SharedPage(walk, request))
        return None
