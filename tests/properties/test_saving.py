"""A copy cut off again and again: each customer is in it exactly once.

Whatever the server means by its bounds, however many share a millisecond, wherever the cuts are.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.properties.test_walk import servers
from vfy_notebook.api import models
from vfy_notebook.api.calls import Calls
from vfy_notebook.api.clock import SystemClock
from vfy_notebook.api.credentials import Credentials
from vfy_notebook.api.governor import Governor
from vfy_notebook.api.listing import fetching
from vfy_notebook.api.listing.query import CustomerQuery
from vfy_notebook.api.listing.walking.walk import Walk
from vfy_notebook.api.pages import Row, iso_from_ms
from vfy_notebook.errors import ServerError
from vfy_notebook.fetch.saving import parts
from vfy_notebook.fetch.saving.customers import save_customers
from vfy_notebook.fetch.saving.places import local_folder
from vfy_notebook.frames import batches

PAGE_SIZE = 5


@pytest.fixture(scope="module", autouse=True)
def _all_is_small():
    """Pages and parts of a few rows, listings shared from a few pages on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fetching, "MAX_PAGE_SIZE", PAGE_SIZE)
        patch.setattr(fetching, "_SHARED_FROM_PAGES", 4)
        patch.setattr(fetching, "_CLOSED_FROM_PAGES", 4)
        patch.setattr(fetching, "_MIN_PAGES_A_WORKER", 1)
        patch.setitem(Walk.__init__.__kwdefaults__, "page_size", PAGE_SIZE)
        patch.setattr(parts, "PART_ROWS", 12)
        patch.setattr(batches, "_ROWS_UNPACKED", 4)
        patch.setattr(local_folder.os, "fsync", lambda _: None)
        yield


class BreakingApi:
    """A listing server behind the operations, which refuses from a given call on."""

    def __init__(self, server):
        self.server = server
        self.calls_left = 0
        self.calls = Calls()
        self.transport = self
        self.clock = SystemClock()
        self.governor = Governor(self.clock, self.calls)
        self.credentials = Credentials("app", "token", "http://127.0.0.1:9")

    def release_session(self):
        pass

    def metadata_schema(self):
        return {}

    def ask_ahead(self, filters, request):
        """It has no connection on which a request could wait."""

    def ask_for_customers(self, filters, request):
        page = self.list_customers(filters, request)
        return lambda: page

    def list_customers(self, _filters, request):
        self.calls.count("list_customers")
        if self.calls_left <= 0:
            raise ServerError("broken", status=500)
        self.calls_left -= 1
        page = self.server.answer(request)
        return models.CustomerPage(
            [models.Customer(row.id, created_at=iso_from_ms(row.created_ms)) for row in page.rows],
            total=page.total,
            has_more=page.has_more,
        )


def save(api, folder, *, workers):
    return save_customers(
        api, CustomerQuery(), folder, via="list", replace=False, workers=workers, progress=False
    )


def assert_of_one_span_each(folder):
    """In order of their names, each part begins behind the end of the one before."""
    ends = None
    for path in sorted(folder.glob("*.parquet")):
        times = pq.read_table(path, columns=["created_at"])["created_at"].combine_chunks()
        if len(times):
            first, last = pc.min_max(times).values()
            assert ends is None or first.as_py() > ends
            ends = last.as_py()


@given(
    server=servers,
    cuts=st.lists(st.integers(1, 25), max_size=6),
    workers=st.sampled_from([1, 3]),
    arrivals=st.lists(st.integers(0, 8), max_size=6),
)
@settings(max_examples=60, deadline=None)
@pytest.mark.filterwarnings("ignore::vfy_notebook.errors.IncompleteListingWarning")
def test_each_customer_is_in_the_parts_exactly_once(server, cuts, workers, arrivals):
    api = BreakingApi(server)
    newest_ms = max((row.created_ms for row in server.rows), default=0)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "c"
        saved = None
        for number, calls in enumerate([*cuts, 1_000]):
            api.calls_left = calls
            try:
                saved = save(api, folder, workers=workers)
                break
            except ServerError:
                # Who is created between two runs comes later than all who were there.
                for _ in range(arrivals[number] if number < len(arrivals) else 0):
                    newest_ms += 1 + number % 2
                    server.rows.append(Row(f"new_{number}_{newest_ms}", newest_ms))
                server.forget_order()
        assert saved is not None
        found = pq.read_table(folder, columns=["customer_id"])[0].to_pylist()
        assert sorted(found) == sorted(row.id for row in server.rows)
        assert saved.rows == len(found)
        assert saved.calls == api.calls.total
        assert_of_one_span_each(folder)
