"""An API whose calls take a tenth of a second each, on a clock that nobody waits for.

Real threads ask it. Answers are held back until all requests that were handed out are under way
and the consumer waits for them; then they are given all at once, and the clock moves on by one
call's time: just what a server does that takes equally long over each call.
"""

from __future__ import annotations

import threading

from tests.processes import ENDS_S
from tests.properties.sorted_server import SortedServer
from vfy_notebook.api import models
from vfy_notebook.api.calls import Calls
from vfy_notebook.api.clock import SystemClock
from vfy_notebook.api.credentials import Credentials
from vfy_notebook.api.governor import Governor
from vfy_notebook.api.listing import worker_pool
from vfy_notebook.api.pages import PageRequest, iso_from_ms

CALL_S = 0.1


class WatchedCondition(threading.Condition):
    """A condition that knows whether someone waits on it, and tells when it begins."""

    def __init__(self, lock, on_wait):
        super().__init__(lock)
        self.is_waited_on = False
        self._on_wait = on_wait

    def wait(self, timeout=None):
        self.is_waited_on = True
        self._on_wait()
        return super().wait(timeout)

    def notify(self, n=1):
        self.is_waited_on = False
        super().notify(n)


class TimedApi:
    """Stands in for `Api` as far as fetching and saving customers need it."""

    def __init__(self, times, monkeypatch):
        self._server = SortedServer(list(times))
        self._lock = threading.Lock()
        self._flying = []
        self._pool = None
        self.passed_s = 0.0
        self.most_at_once = 0
        self.calls = Calls()
        self.transport = self
        self.clock = SystemClock()
        self.governor = Governor(self.clock, self.calls)
        self.credentials = Credentials("app", "token", "http://127.0.0.1:9")
        timed = self

        class WatchedWorkerPool(worker_pool.WorkerPool):
            def __init__(self, *arguments, **others):
                super().__init__(*arguments, **others)
                timed._pool = self
                self._answered = WatchedCondition(self._lock, timed._go_on_if_all_wait)

        monkeypatch.setattr("vfy_notebook.api.listing.fetching.WorkerPool", WatchedWorkerPool)

    def release_session(self):
        pass

    def metadata_schema(self):
        self._take_time("metadata_schema")
        return {"properties": {}}

    def ask_ahead(self, filters, request):
        """It has no connection on which a request could wait."""

    def ask_for_customers(self, filters, request: PageRequest):
        page = self.list_customers(filters, request)
        return lambda: page

    def list_customers(self, filters, request: PageRequest):
        assert filters == {}
        self._take_time("list_customers")
        with self._lock:
            page = self._server.answer(request)
        return models.CustomerPage(
            [models.Customer(row.id, created_at=iso_from_ms(row.created_ms)) for row in page.rows],
            total=page.total,
            has_more=page.has_more,
        )

    def _take_time(self, operation):
        self.calls.count(operation)
        if not threading.current_thread().name.startswith("vfy-listing"):
            self.passed_s += CALL_S
            return
        answered = threading.Event()
        with self._lock:
            self._flying.append(answered)
        with self._pool._lock:
            self._go_on_if_all_wait()
        assert answered.wait(ENDS_S), "an answer that never comes"

    def _go_on_if_all_wait(self):
        """Let one call's time pass; called with the worker pool's lock held."""
        pool = self._pool
        with self._lock:
            if not pool._answered.is_waited_on or len(self._flying) < pool._under_way:
                return
            flying, self._flying = self._flying, []
            self.most_at_once = max(self.most_at_once, len(flying))
            self.passed_s += CALL_S
        for answered in flying:
            answered.set()
