"""Waits that would take hours, on a clock that does not wait: latency and rate limits.

Latency: the listing's own windows, read by so many workers whose answers each take a tenth of a
second. Rate limits: a real project against a real sandbox, both on a clock that only moves when
somebody waits; beside it the loop that sleeps a minute after each refusal.
"""

from __future__ import annotations

import heapq
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

import requests

from benchmarks.page_server import Pages
from tests.fake_clock import FakeClock
from vfy_notebook import sandbox
from vfy_notebook.api.credentials import Credentials
from vfy_notebook.api.decoding import decode
from vfy_notebook.api.listing.fetching import as_page, max_cuts, parts_for
from vfy_notebook.api.listing.shared_pages import SharedPage, SharedPages
from vfy_notebook.api.listing.walking.walk import Walk
from vfy_notebook.api.listing.windows import Windows
from vfy_notebook.api.models import CustomerPage
from vfy_notebook.api.pages import Page, PageRequest
from vfy_notebook.api.transport import Transport
from vfy_notebook.errors import VfyNotebookWarning
from vfy_notebook.project import Project

LATENCY_S = 0.1
_NAP_S = 60


@dataclass(frozen=True)
class Simulated:
    """What a way took on the simulated clock."""

    way: str
    rows: int
    calls: int
    refused: int
    seconds: float


def latency_bound(customers: int, workers: int) -> Simulated:
    """A listing whose calls take a tenth of a second each, wherever they go."""
    server = Pages(customers)

    def ask(request: PageRequest) -> Page:
        body = server.answer(request.params())
        return as_page(decode(body, CustomerPage, operation="list_customers"))

    first = Walk()
    windows = Windows([first], max_cuts=max_cuts(workers))
    windows.take()
    windows.receive(first, ask(first.next_request()))
    newest_ms = ask(PageRequest(order="-created_at", limit=1)).times[0]
    windows.close(newest_ms, parts=parts_for(workers, customers))
    pages = SharedPages(windows, windows.receive)
    now_s = 2 * LATENCY_S  # the first page and the newest customer
    under_way: list[tuple[float, int, SharedPage[Page]]] = []
    begun = 0
    while not windows.done or under_way:
        while len(under_way) < workers and (page := pages.take()) is not None:
            begun += 1
            heapq.heappush(under_way, (now_s + LATENCY_S, begun, page))
        now_s, _, page = heapq.heappop(under_way)
        pages.receive(page, ask(page.next_request()))
    way = f"{workers} worker{'s' * (workers != 1)}"
    return Simulated(way, windows.counted, server.calls, 0, now_s)


def quota_bound(customers: int, *, limit: int, window_s: int) -> list[Simulated]:
    """All customers of a project that allows so many calls a window."""
    with sandbox.start(customers) as box:
        box.set(rate_limit={"limit": limit, "window_s": window_s})
        return [
            _with_project(box, "list"),
            _with_project(box, "export"),
            _with_a_loop(box),
        ]


def _with_project(box: sandbox.SandboxProcess, via: str) -> Simulated:
    box.advance(86_400)  # a fresh quota
    clock = FakeClock(on_sleep=box.advance)
    transport = Transport(Credentials(box.app_id, box.app_token, box.url), clock=clock)
    before = len(box.requests())
    with (
        tempfile.TemporaryDirectory() as folder,
        # One worker: the waits of several would be counted one after the other.
        Project(transport, workers=1, journal_path=Path(folder) / "journal.sqlite") as project,
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore", VfyNotebookWarning)  # that the listing will have to wait
        rows = len(project.fetch_customers(via=via, progress=False))
    return _told(f'fetch_customers(via="{via}")', rows, box, before, sum(clock.slept))


def _with_a_loop(box: sandbox.SandboxProcess) -> Simulated:
    """What people write: after a refusal, sleep for a while and try again."""
    box.advance(86_400)
    headers = {"X-App-Id": box.app_id, "X-App-Token": box.app_token}
    query: dict[str, object] = {"limit": 100, "order": "created_at"}
    before, slept_s, found = len(box.requests()), 0.0, set[str]()
    with requests.Session() as session:
        session.trust_env = False
        while True:
            answer = session.get(f"{box.url}/v1/customers", params=query, headers=headers)
            if answer.status_code == 429:
                box.advance(_NAP_S)
                slept_s += _NAP_S
                continue
            page = answer.json()
            found.update(customer["id"] for customer in page["customers"])
            if not page["has_more"]:
                break
            query["starting_after"] = page["customers"][-1]["created_at"]
    return _told("requests, a minute's sleep after a refusal", len(found), box, before, slept_s)


def _told(
    way: str, rows: int, box: sandbox.SandboxProcess, before: int, slept_s: float
) -> Simulated:
    made = box.requests()[before:]
    refused = sum(request["status"] == 429 for request in made)
    return Simulated(way, rows, len(made), refused, slept_s)
