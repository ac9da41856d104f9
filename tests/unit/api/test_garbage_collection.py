"""The garbage collector is held back during a fetch, and left as it was found."""

from __future__ import annotations

import gc
import threading

import pytest

from tests.processes import ENDS_S
from vfy_notebook.api.garbage_collection import rare_collections


@pytest.fixture(autouse=True)
def thresholds():
    before = gc.get_threshold()
    yield before
    gc.set_threshold(*before)


def test_it_looks_more_rarely_inside_and_as_before_outside(thresholds):
    with rare_collections():
        assert gc.get_threshold()[0] > thresholds[0]
        assert gc.isenabled()
    assert gc.get_threshold() == thresholds


def test_an_error_leaves_it_as_it_was(thresholds):
    with pytest.raises(ZeroDivisionError), rare_collections():
        1 / 0  # noqa: B018
    assert gc.get_threshold() == thresholds


def test_fetches_that_overlap_in_threads_leave_it_as_it_was(thresholds):
    inside, go = threading.Event(), threading.Event()

    def longer():
        with rare_collections():
            inside.set()
            go.wait(ENDS_S)

    thread = threading.Thread(target=longer, daemon=True)
    with rare_collections():
        thread.start()
        assert inside.wait(ENDS_S)
    assert gc.get_threshold() != thresholds
    go.set()
    thread.join(ENDS_S)
    assert gc.get_threshold() == thresholds


@pytest.mark.parametrize("chosen", [(0, 10, 10), (1_000_000, 5, 5)])
def test_what_a_user_has_chosen_stays(chosen):
    gc.set_threshold(*chosen)
    with rare_collections():
        assert gc.get_threshold() == chosen
    assert gc.get_threshold() == chosen


def test_what_a_user_chooses_meanwhile_stays():
    with rare_collections():
        gc.set_threshold(123, 4, 5)
    assert gc.get_threshold() == (123, 4, 5)
