from __future__ import annotations

import gc

import pytest

from tests.unit.edits.frames import some_frame
from vfy_notebook.errors import PlanError
from vfy_notebook.snapshots.store import MARK, SnapshotStore


class Holder:
    """What keeps a project's snapshots open."""


@pytest.fixture
def store():
    return SnapshotStore()


def remembered(snapshots, count=3):
    frame = some_frame(count, metadata={"tier": "gold"})
    snapshots.remember(frame, is_whole=True, read_from_ms=1)
    return frame


def test_a_frame_finds_its_fetch_by_a_mark_that_says_nothing(store):
    snapshots = store.open("https://api id", Holder())
    one, other = remembered(snapshots), remembered(snapshots)
    assert one.attrs[MARK] != other.attrs[MARK]
    assert "api" not in one.attrs[MARK]
    assert snapshots.marked(one.copy()).mark == one.attrs[MARK]
    assert snapshots.marked(some_frame()) is None


def test_what_was_fetched_stays_when_connect_is_run_again(store):
    first = Holder()
    frame = remembered(store.open("site", first))
    again = Holder()
    snapshots = store.open("site", again)
    del first
    gc.collect()
    assert snapshots.marked(frame) is not None


def test_closing_the_last_project_empties_it_and_no_other(store):
    one, other, elsewhere = Holder(), Holder(), Holder()
    snapshots = store.open("site", one)
    store.open("site", other)
    theirs = store.open("elsewhere", elsewhere)
    frame, kept = remembered(snapshots), remembered(theirs)
    snapshots.note_pushed({"cust_0": ({"name": "x"}, 1, 2)})
    snapshots.close(one)
    assert snapshots.marked(frame) is not None
    snapshots.close(other)
    assert snapshots.marked(frame) is None
    assert snapshots.all() == []
    assert snapshots.pushes() == []
    assert theirs.marked(kept) is not None


def test_a_frame_of_another_project_is_refused(store):
    mine = store.open("mine", Holder())
    yours = store.open("yours", Holder())
    frame = remembered(yours)
    with pytest.raises(PlanError, match="another project"):
        mine.marked(frame)


def test_what_is_used_least_goes_first(store):
    holder = Holder()
    snapshots = store.open("site", holder)
    first, second = remembered(snapshots), remembered(snapshots)
    snapshots.marked(first)
    store.max_bytes = store.nbytes - 1
    assert snapshots.marked(second) is None
    assert snapshots.marked(first) is not None
    third = remembered(snapshots)
    assert store.nbytes <= store.max_bytes
    assert snapshots.marked(third) is not None


def test_forgetting_a_customer_takes_it_out_of_all_fetches(store):
    one, other = Holder(), Holder()
    mine, yours = store.open("mine", one), store.open("yours", other)
    remembered(mine)
    remembered(mine)
    remembered(yours)
    mine.note_pushed({"cust_0": ({"name": "y"}, 1, 2), "cust_1": ({"name": "x"}, 1, 2)})
    mine.forget(["cust_1", None])
    assert [snapshot.ids.to_pylist() for snapshot in mine.all()] == [["cust_0", "cust_2"]] * 2
    (push,) = mine.pushes()
    assert (push.cells("cust_0"), push.cells("cust_1")) == ({"name": "y"}, {})
    # The same project may have been reached by another key or address.
    assert [len(snapshot) for snapshot in yours.all()] == [2]
