"""Whatever cuts a fetch off, the error is one of ours and carries what had arrived."""

from __future__ import annotations

import pickle
import sys

import pandas as pd
import pytest

import vfy_notebook.progress as progress_module
from tests.contract.raw_server import customer
from vfy_notebook.errors import FetchFailed, FetchInterrupted, VfyNotebookError
from vfy_notebook.frames.customers import CustomerFrame
from vfy_notebook.progress import ProgressDisplay

COUNT = 350


class Failing(ProgressDisplay):
    """A user's own display, with a mistake in it."""

    def __init__(self, error, *, at=150, closing=False):
        self.error, self.at, self.closing = error, at, closing

    def show(self, done, *_, **__):
        if done > self.at and not self.closing:
            raise self.error

    def close(self, _line):
        if self.closing:
            raise self.error


FETCHES = {
    "one worker": lambda project, progress: project.fetch_customers(progress=progress),
    "newest": lambda project, progress: project.fetch_customers(
        order="-created_at", limit=300, progress=progress
    ),
    "a window of the past": lambda project, progress: project.fetch_customers(
        created_before="2026-01-01", progress=progress
    ),
    "export": lambda project, progress: project.fetch_customers(via="export", progress=progress),
    "memberships": lambda project, progress: project.fetch_memberships(
        via="segments", progress=progress
    ),
    "orders": lambda project, progress: project.fetch_orders(progress=progress),
}

FOREIGN = [
    (ValueError("a mistake in a callback"), FetchFailed),
    (MemoryError(), FetchFailed),
    (OSError(28, "No space left on device"), FetchFailed),
    (RecursionError("too deep"), FetchFailed),
    (KeyboardInterrupt(), FetchInterrupted),
]


@pytest.fixture
def filled(sandbox):
    members = [f"cust_{i:03d}" for i in range(COUNT)]
    sandbox.reset(
        [customer(i) for i in range(COUNT)],
        segments=[
            {"id": "seg_1", "name": "All", "type": "static", "members": members},
        ],
        orders=[
            {"id": f"ord_{i:03d}", "customer_id": members[i], "created_at": "2024-01-01T00:00:00Z"}
            for i in range(COUNT)
        ],
    )
    return sandbox


@pytest.mark.parametrize(("error", "kind"), FOREIGN, ids=lambda each: str(each)[:20])
@pytest.mark.parametrize("fetch", FETCHES)
def test_a_callbacks_error_costs_nothing_that_had_arrived(filled, project, fetch, error, kind):
    with pytest.raises(kind) as raised:
        FETCHES[fetch](project, Failing(error))
    found = raised.value
    assert len(found.partial) > 150
    assert found.partial.index.is_unique or fetch == "memberships"
    if kind is FetchFailed:
        assert found.__cause__ is error
        assert type(error).__name__ not in str(found)
    again = pickle.loads(pickle.dumps(found))  # noqa: S301 - our own
    assert len(again.partial) == len(found.partial)


@pytest.mark.parametrize("fetch", FETCHES)
def test_a_display_that_cannot_be_closed_costs_nothing(filled, project, fetch):
    with pytest.raises(FetchFailed) as raised:
        FETCHES[fetch](project, Failing(ValueError("closed"), closing=True))
    assert len(raised.value.partial) >= 300


@pytest.mark.parametrize("error", [MemoryError(), TypeError("a library's")])
def test_too_little_memory_is_told_with_the_way_out(filled, project, monkeypatch, error):
    pages = []

    def add(self, customers, original=CustomerFrame.add):
        pages.append(len(customers))
        if len(pages) == 3:
            raise error
        original(self, customers)

    monkeypatch.setattr(CustomerFrame, "add", add)
    with pytest.raises(FetchFailed) as raised:
        project.fetch_customers(progress=False)
    assert len(raised.value.partial) == sum(pages[:2]) > 100
    assert isinstance(error, TypeError) or "save_customers" in str(raised.value)


def test_a_terminal_that_is_gone_costs_nothing(filled, project, monkeypatch):
    class Gone:
        def isatty(self):
            return True

        def write(self, _text):
            raise BrokenPipeError(32, "Broken pipe")

        def flush(self):
            raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(progress_module.sys, "stderr", Gone())
    try:
        assert len(project.fetch_customers()) == COUNT
        assert len(project.fetch_customers(progress=True)) == COUNT
    finally:
        monkeypatch.undo()
    assert sys.stderr is not None


@pytest.mark.parametrize("error", [ValueError("a mistake"), KeyboardInterrupt()])
def test_a_copy_that_is_cut_off_goes_on(filled, project, tmp_path, error):
    with pytest.raises(VfyNotebookError):
        project.save_customers(tmp_path / "copy", progress=Failing(error))
    saved = project.save_customers(tmp_path / "copy", progress=False)
    assert saved.rows == COUNT
    assert sorted(pd.read_parquet(tmp_path / "copy").index) == [
        f"cust_{i:03d}" for i in range(COUNT)
    ]
