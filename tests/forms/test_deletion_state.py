"""The deletion form without widgets: what it knows and does."""

from __future__ import annotations

import pytest

from vfy_notebook.forms.customers.deletions import DeletionState
from vfy_notebook.forms.state import Tone
from vfy_notebook.progress import ProgressDisplay


class _Stops(ProgressDisplay):
    def show(self, done, *_, **__):
        if done == 2:
            raise KeyboardInterrupt


def left(sandbox):
    return [c["id"] for c in sandbox.customers()]


def confirmed(state, *, permanent=False):
    state.permanent = permanent
    state.confirmation.typed = state.required
    return state.order()


def test_the_customers_are_shown_with_what_goes_with_them(project, customers):
    state = DeletionState(project, customers)
    assert len(state.picked.shown) == 5
    assert state.picked.more == 3
    assert state.together == "Together they have 28 orders worth 28.00 and 0 loyalty points."
    assert project.calls.by_operation == {"list_customers": 1}


def test_the_button_is_dead_until_the_number_is_typed(project, customers):
    state = DeletionState(project, customers)
    assert state.required == "8"
    for typed in ("", "7", "88", "08", "eight", "8.0", "DELETE 8", "8,"):
        state.confirmation.typed = typed
        assert not state.can_delete
        assert state.order() is None
    state.confirmation.typed = " 8 "
    assert state.can_delete


def test_a_permanent_deletion_wants_more_typing(project, customers):
    state = DeletionState(project, customers)
    state.permanent = True
    assert state.required == "DELETE 8"
    assert state.button == "Delete 8 customers permanently"
    for typed in ("8", "delete 8", "DELETE8", "DELETE 80", "DELETE 8 x"):
        state.confirmation.typed = typed
        assert not state.can_delete
    state.confirmation.typed = "DELETE 8"
    assert state.can_delete


def test_a_confirmation_does_not_survive_a_change_of_what_it_confirms(project, customers):
    state = DeletionState(project, customers)
    state.confirmation.typed = "8"
    state.permanent = True
    assert state.confirmation.typed == ""
    state.confirmation.typed = "DELETE 8"
    state.permanent = True  # nothing changes
    assert state.confirmation.typed == "DELETE 8"
    state.clear()
    assert state.confirmation.typed == ""
    state.search("cust_1", False)
    state.confirmation.typed = "1"
    state.search("cust_2", False)
    assert state.confirmation.typed == ""
    assert state.required == "DELETE 2"


def test_nobody_cannot_be_deleted(project):
    state = DeletionState(project)
    state.confirmation.typed = "0"
    assert state.order() is None


def test_confirmed_customers_are_deleted_and_leave_the_form(sandbox, project, customers):
    state = DeletionState(project, customers.head(3))
    order = confirmed(state)
    assert state.confirmation.typed == ""  # one confirmation, one deletion
    state.delete(order, False)
    assert left(sandbox) == [f"cust_{i}" for i in range(3, 8)]
    assert [(r.customer_id, r.outcome) for r in state.results] == [
        ("cust_0", "deleted"),
        ("cust_1", "deleted"),
        ("cust_2", "deleted"),
    ]
    assert state.message.text == "Deletion: 3 deleted."
    assert len(state.picked) == 0
    assert state.order() is None


def test_permanent_deletions_show_receipts_and_no_names(sandbox, project, customers):
    state = DeletionState(project, customers.iloc[2:4])
    state.delete(confirmed(state, permanent=True), False)
    assert len(left(sandbox)) == 6
    assert [r.customer_id for r in state.results] == ["cust_2", "cust_3"]
    assert state.results[0].receipt.startswith("del_")
    assert "orders 2" in state.results[0].receipt
    assert not any("Name" in str(result) for result in state.results)
    assert state.picked.shown == []


def test_given_ids_are_looked_up_so_that_the_form_shows_whom_they_name(project):
    state = DeletionState(project, ["cust_1", "s/2", "nobody"])
    assert [p.name for p in state.picked.shown] == ["Name 1", "Name 2"]
    assert state.required == "2"
    assert state.message.text == "Not found, and not counted: 'nobody'."


def test_who_is_left_stays_in_the_form_and_needs_a_confirmation_of_its_own(
    sandbox, project, customers
):
    sandbox.script(
        {
            "method": "DELETE",
            "path": "*cust_1",
            "do": "status",
            "status": 423,
            "body": {"code": 423, "key": "locked", "message": "Locked"},
        }
    )
    state = DeletionState(project, customers.head(3))
    state.delete(confirmed(state), False)
    assert [r.customer_id for r in state.results] == ["cust_1", "cust_0", "cust_2"]
    assert state.results[0].outcome == "failed"
    assert "The form now holds the 1 customer left" in state.message.text
    assert state.message.tone is Tone.WARNING
    assert state.required == "1"
    assert not state.can_delete
    state.delete(confirmed(state), False)
    assert "cust_1" not in left(sandbox)


def test_a_stopped_run_keeps_the_rest_in_the_form(sandbox, project, customers):
    state = DeletionState(project, customers)
    state.delete(confirmed(state), _Stops())
    assert "2 deleted, 6 skipped" in state.message.text
    assert state.required == "6"
    assert len(left(sandbox)) == 6


def test_an_order_is_what_was_on_the_screen_when_it_was_clicked(sandbox, project, customers):
    state = DeletionState(project, customers.head(1))
    order = confirmed(state)
    state.permanent = True
    state.picked.customers = customers
    state.delete(order, False)
    assert len(left(sandbox)) == 7
    assert [r["method"] for r in sandbox.requests()][-1] == "DELETE"


@pytest.mark.parametrize("permanent", [False, True])
def test_if_fewer_are_there_than_were_confirmed_nothing_is_deleted(
    sandbox, project, customers, permanent
):
    narrow = customers[["name"]].head(3)  # without source_id: looked up before a permanent one
    state = DeletionState(project, narrow)
    order = confirmed(state, permanent=permanent)
    sandbox.remove(["cust_1"])
    state.delete(order, False)
    if permanent:
        assert "of the 3 customers confirmed, 2 are still there" in state.message.text
        assert state.required == "DELETE 2"
        assert len(left(sandbox)) == 7
    else:
        assert [r.outcome for r in state.results] == ["deleted", "gone", "deleted"]


def test_a_failure_is_a_sentence(sandbox, project, customers):
    state = DeletionState(project, customers)
    order = confirmed(state)
    project.close()
    state.delete(order, False)
    assert "Stopped early: This project is closed" in state.message.text
    assert len(left(sandbox)) == 8
