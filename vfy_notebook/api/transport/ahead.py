"""A request that has been sent, and whose answer is received later.

While a page is made into columns, the server can work on the next one: no thread is needed for
that, no guess and no further call. Nothing else is different: the answer's time runs from when it
is received, a failure is the first attempt's, and the call is counted when it is sent.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from vfy_notebook.api import call_log

if TYPE_CHECKING:
    from vfy_notebook.api.governor import SlotAhead
    from vfy_notebook.api.transport.borrowed import Borrowed
    from vfy_notebook.api.transport.received import Received
    from vfy_notebook.api.transport.request import Request
    from vfy_notebook.api.transport.session import Session


class SentAhead:
    """One request sent ahead; to be received, or dropped.

    Args:
        request: The request.
        session: Whose connection it was sent on.
        exchange: The exchange on that connection.
        slot: Its place in the quota.
    """

    def __init__(
        self, request: Request, session: Session, exchange: Borrowed, slot: SlotAhead
    ) -> None:
        self.request = request
        self.session = session
        self.slot = slot
        self._exchange = exchange
        self._was_received = False
        self._process_id = os.getpid()

    @property
    def can_be_received(self) -> bool:
        """Whether the answer is still to come, and here, not in the process that has forked us."""
        return not self._was_received and self._process_id == os.getpid()

    def receive(self) -> Received:
        """The answer; only once."""
        self._was_received = True
        return self._exchange.receive()

    def drop(self) -> None:
        """Give connection and quota back; what has not been read is not wanted any more."""
        if not self._was_received:
            call_log.dropped(self.request.operation)
        self._was_received = True
        self.slot.leave()
        if self._process_id == os.getpid():
            self.session.give_back(self._exchange)
