"""Deletions against the sandbox: only as many as were confirmed, each with a true outcome."""

from __future__ import annotations

import pandas as pd
import pytest

from vfy_notebook.edits.changes import Change
from vfy_notebook.errors import (
    ArgumentError,
    AuthError,
    JournalError,
    NotFoundError,
    PlanError,
    PushFailed,
    RunInterrupted,
)
from vfy_notebook.frames.identities.identities import customers_from_api
from vfy_notebook.journal.entries import PushFacts
from vfy_notebook.journal.file import JournalFile
from vfy_notebook.journal.journal import Journal
from vfy_notebook.progress import ProgressDisplay

PEOPLE = [
    {
        "id": f"cust_{i}",
        "source_id": f"s/{i}@x",
        "name": f"Name {i}",
        "email": f"n{i}@example.com",
        "summary": {"orders": {"total_count": i, "total_amount": 1000 * i}},
        "loyalty": {"points": 10},
    }
    for i in range(12)
]


@pytest.fixture
def sandbox(sandbox):
    sandbox.reset(PEOPLE)
    return sandbox


@pytest.fixture
def customers(project):
    frame = project.fetch_customers(progress=False)
    assert len(frame) == len(PEOPLE)
    return frame


def left(sandbox):
    return [c["id"] for c in sandbox.customers()]


def outcomes(report):
    return dict(zip(report.rows["customer_id"], report.rows["outcome"], strict=True))


def writes(sandbox):
    return [r for r in sandbox.requests() if r["method"] != "GET"]


# -- planning --------------------------------------------------------------------------------


def test_a_plan_for_a_frame_costs_nothing_and_shows_whom_and_what_goes(project, customers):
    before = project.calls.total
    plan = project.plan_deletion(customers)
    assert project.calls.total == before
    assert len(plan) == 12
    for look in (repr(plan), plan._repr_html_()):
        assert "Delete: 12 customers" in look
        assert "Name 0" in look
        assert "n9@example.com" in look
        assert "Name 10" not in look
        assert "and 2 more" in look
        assert "66 orders worth 660.00 and 120 loyalty points" in look
        assert "no undo" in look
        assert "plan.delete(confirm=12)" in look
    assert "receipt" in repr(project.plan_deletion(customers, permanent=True))


@pytest.mark.parametrize("given", [list, tuple, pd.Series, pd.Index, dict.fromkeys, set])
def test_ids_and_source_ids_are_looked_up_each_customer_once(sandbox, project, given):
    refs = given(["cust_1", "s/2@x", "cust_2", "nobody"])
    plan = project.plan_deletion(list(refs) if isinstance(refs, dict) else refs, progress=False)
    assert sorted(plan.customers.index) == ["cust_1", "cust_2"]
    assert plan.not_found == ("nobody",)
    assert "Not found, and not counted: 'nobody'" in repr(plan)
    assert project.calls.by_operation == {"get_customer": 4}
    report = plan.delete(confirm=2, progress=False)
    assert outcomes(report) == dict.fromkeys(plan.customers.index, "deleted")
    assert "cust_1" not in left(sandbox)
    assert len(left(sandbox)) == 10


def test_a_single_reference_is_one_customer_not_its_letters(project):
    plan = project.plan_deletion("cust_3", progress=False)
    assert list(plan.customers.index) == ["cust_3"]


def test_a_doubled_row_counts_once(project, customers):
    plan = project.plan_deletion(pd.concat([customers, customers.head(3)]))
    assert len(plan) == 12


def test_masked_rows_are_no_customers(project, customers):
    chosen = customers["summary.orders.total_count"] > 8
    for frame in (customers, customers[["source_id", "name"]], customers.reset_index()):
        mask = chosen if frame.index.name else chosen.reset_index(drop=True)
        plan = project.plan_deletion(frame.where(mask))
        assert sorted(plan.customers.index) == ["cust_10", "cust_11", "cust_9"]


def test_a_customer_under_both_ids_is_one(project):
    by_index = pd.DataFrame(index=pd.Index(["cust_1", "s/1@x"], name="customer_id"))
    for given in (by_index, ["s/1@x", "cust_1"]):
        assert list(project.plan_deletion(given, progress=False).customers.index) == ["cust_1"]


def test_customers_are_found_wherever_a_frame_names_them(project, customers):
    source_ids = customers.head(2)[["source_id", "name"]].reset_index(drop=True)
    for frame in (
        customers.head(2).reset_index(),
        customers.head(2).set_index("name", append=True, drop=False),
        source_ids,
        source_ids.set_index("source_id"),
    ):
        plan = project.plan_deletion(frame, progress=False)
        assert sorted(plan.customers.index) == sorted(customers.head(2).index)


def test_a_frame_with_the_ids_in_a_column_is_looked_up(project):
    memberships = pd.DataFrame({"customer_id": ["cust_1", "cust_1"], "segment": ["a", "b"]})
    assert list(project.plan_deletion(memberships, progress=False).customers.index) == ["cust_1"]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda c: c["name"] == "Name 1", r"customers\[condition\]"),
        (lambda c: c[["name"]].reset_index(drop=True), "names no customer"),
        (lambda c: c.where(c["name"] == "Nobody"), r"give frame\[condition\]"),
        (lambda c: c.reset_index().assign(customer_id=None), "Row 1 names no customer"),
        (lambda _: [""], "'' is neither an id"),
        (lambda _: [None], "None is neither an id"),
        (lambda _: 7, "int .*give a DataFrame"),
        (lambda _: {"cust_1": True}, "dict .*give a DataFrame"),
    ],
)
def test_what_names_no_customers_is_refused(sandbox, project, customers, wrong, says):
    sandbox.forget_requests()
    with pytest.raises(ArgumentError, match=says):
        project.plan_deletion(wrong(customers), progress=False)
    assert sandbox.requests() == []


def test_nobody_is_nobody(sandbox, project, customers):
    plan = project.plan_deletion(customers.head(0))
    assert len(plan) == 0
    assert "0 customers" in repr(plan)
    report = plan.delete(confirm=0, progress=False)
    assert len(report.rows) == 0
    assert "no customers" in repr(report)
    assert len(left(sandbox)) == 12


def test_a_plans_and_reports_text_cannot_run_in_the_notebook(sandbox, project):
    nasty = "<img src=x onerror=alert(1)>"
    sandbox.reset([{"source_id": nasty, "name": nasty, "email": nasty}])
    plan = project.plan_deletion([nasty, nasty + "2"], progress=False)
    assert len(plan) == 1
    report = plan.delete(confirm=1, progress=False)
    for look in (plan._repr_html_(), report._repr_html_()):
        assert "<img" not in look
        assert "&lt;img" in look


# -- confirming ------------------------------------------------------------------------------


@pytest.mark.parametrize("confirm", [0, 1, 11, 13, -12, True, "12", 12.0, None])
@pytest.mark.parametrize("permanent", [False, True])
def test_without_the_exact_number_nothing_is_deleted(
    sandbox, project, customers, confirm, permanent
):
    plan = project.plan_deletion(customers, permanent=permanent)
    with pytest.raises(PlanError, match="confirm=12"):
        plan.delete(confirm=confirm, progress=False)
    assert writes(sandbox) == []
    assert plan.report is None


def test_true_does_not_confirm_one_customer(sandbox, project, customers):
    with pytest.raises(PlanError):
        project.plan_deletion(customers.head(1)).delete(confirm=True, progress=False)
    assert len(left(sandbox)) == 12


def test_a_plan_runs_once(sandbox, project, customers):
    plan = project.plan_deletion(customers.head(2))
    plan.delete(confirm=2, progress=False)
    with pytest.raises(PlanError, match="has run"):
        plan.delete(confirm=2, progress=False)
    assert len(writes(sandbox)) == 2


# -- deleting --------------------------------------------------------------------------------


def test_only_those_planned_are_deleted(sandbox, project, customers):
    report = project.plan_deletion(customers.iloc[3:6]).delete(confirm=3, progress=False)
    assert set(outcomes(report).values()) == {"deleted"}
    assert left(sandbox) == [f"cust_{i}" for i in (0, 1, 2, 6, 7, 8, 9, 10, 11)]
    assert len(report.failed) == 0
    report.raise_if_failed()
    assert project.calls.by_operation["delete_customer"] == 3


def test_a_plan_does_not_follow_its_frame(sandbox, project, customers):
    some = customers.head(2).copy()
    plan = project.plan_deletion(some)
    some.index = pd.Index(["cust_8", "cust_9"], name="customer_id")
    some["source_id"] = ["s/8@x", "s/9@x"]
    plan.delete(confirm=2, progress=False)
    assert left(sandbox) == [f"cust_{i}" for i in range(2, 12)]


@pytest.mark.parametrize("permanent", [False, True])
def test_an_answer_that_was_lost_counts_as_deleted(sandbox, project, customers, permanent):
    method, path = ("POST", "*/permanent-deletion") if permanent else ("DELETE", "/v1/customers/*")
    sandbox.script({"method": method, "path": path, "nth": 2, "do": "lose"})
    report = project.plan_deletion(customers.head(3), permanent=permanent).delete(
        confirm=3, progress=False
    )
    assert list(outcomes(report).values()) == ["deleted"] * 3
    assert len(left(sandbox)) == 9
    if permanent:
        assert list(report.receipts.index) == ["cust_0", "cust_2"]
        assert "the answer was lost" in report.rows["reason"][1]


@pytest.mark.parametrize("permanent", [False, True])
def test_a_customer_that_was_gone_before_is_said_to_be_gone(sandbox, project, customers, permanent):
    sandbox.remove(["cust_1"])
    report = project.plan_deletion(customers.head(3), permanent=permanent).delete(
        confirm=3, progress=False
    )
    assert list(outcomes(report).values()) == ["deleted", "gone", "deleted"]
    assert "no such customer any more" in report.rows["reason"][1]
    assert len(report.failed) == 0


def test_receipts_of_permanent_deletions(sandbox, project, customers):
    report = project.plan_deletion(customers.iloc[2:4], permanent=True).delete(
        confirm=2, progress=False
    )
    receipts = report.receipts
    assert list(receipts.index) == ["cust_2", "cust_3"]
    assert receipts["receipt_id"].str.startswith("del_").all()
    assert list(report.rows["receipt_id"]) == list(receipts["receipt_id"])
    assert list(receipts["orders"]) == [2, 3]
    assert list(receipts["customer"]) == [1, 1]
    assert list(receipts["status"]) == ["DONE", "DONE"]
    assert receipts["receipt"].iloc[0]["object"] == "pernament_deletion"
    assert receipts["created_at"].dt.tz is not None


def test_without_receipts_the_frame_of_receipts_is_empty(project, customers):
    report = project.plan_deletion(customers.head(1)).delete(confirm=1, progress=False)
    assert len(report.receipts) == 0
    assert pd.isna(report.rows["receipt_id"][0])


def test_an_order_that_is_taken_but_not_done_is_not_called_deleted(sandbox, project, customers):
    sandbox.script(
        {
            "method": "POST",
            "path": "*/permanent-deletion",
            "do": "status",
            "status": 200,
            "body": {"id": "del_1", "status": "IN_PROGRESS", "created_at": "2025-01-01T00:00:00Z"},
        }
    )
    plan = project.plan_deletion(customers.head(1), permanent=True)
    report = plan.delete(confirm=1, progress=False)
    assert outcomes(report) == {"cust_0": "unknown"}
    assert "'IN_PROGRESS' rather than 'DONE'" in report.rows["reason"][0]
    assert list(report.receipts["receipt_id"]) == ["del_1"]


def test_failures_are_told_apart_and_the_rest_can_be_planned(sandbox, project, customers):
    sandbox.script(
        {"method": "DELETE", "path": "*cust_1", "nth": "every", "do": "html", "status": 500},
        {
            "method": "DELETE",
            "path": "*cust_2",
            "do": "status",
            "status": 423,
            "body": {"code": 423, "key": "locked", "message": "Locked"},
        },
    )
    report = project.plan_deletion(customers.head(4)).delete(confirm=4, progress=False)
    assert list(outcomes(report).values()) == ["deleted", "unknown", "failed", "deleted"]
    with pytest.raises(PushFailed, match="2 deleted, 1 unknown, 1 failed"):
        report.raise_if_failed()
    rest = report.plan_rest()
    assert list(rest.customers.index) == ["cust_1", "cust_2"]
    with pytest.raises(PlanError):
        rest.delete(confirm=4, progress=False)
    assert "cust_1" in left(sandbox)


def test_a_failure_that_meets_all_ends_the_run(sandbox, project, customers):
    sandbox.script(
        {
            "method": "DELETE",
            "path": "*cust_1",
            "do": "status",
            "status": 401,
            "body": {"code": 401, "key": "unauthorized", "message": "Unauthorized"},
        }
    )
    report = project.plan_deletion(customers).delete(confirm=12, progress=False)
    assert list(outcomes(report).values()) == ["deleted", "failed"] + ["skipped"] * 10
    assert isinstance(report.stopped_by, AuthError)
    assert len(left(sandbox)) == 11


def test_a_server_that_is_down_ends_the_run_before_all_have_failed(sandbox, project, customers):
    sandbox.script({"method": "DELETE", "nth": "every", "do": "html", "status": 503})
    report = project.plan_deletion(customers).delete(confirm=12, progress=False)
    assert list(outcomes(report).values()) == ["unknown"] * 3 + ["skipped"] * 9
    assert "Stopped early" in repr(report)


def test_the_quota_is_waited_for(sandbox, project, customers, clock):
    sandbox.set(rate_limit={"limit": 5, "window_s": 60})
    report = project.plan_deletion(customers).delete(confirm=12, progress=False)
    assert set(outcomes(report).values()) == {"deleted"}
    assert sum(clock.slept) >= 60


class _Stops(ProgressDisplay):
    """Interrupts, as a person would, when so many are done."""

    def __init__(self, after):
        self._after = after

    def show(self, done, *_, **__):
        if done == self._after:
            raise KeyboardInterrupt


@pytest.mark.parametrize("again", ["plan_rest", "plan_deletion"])
def test_an_interrupted_run_leaves_a_report_and_can_be_run_again(
    sandbox, project, customers, again
):
    plan = project.plan_deletion(customers)
    with pytest.raises(KeyboardInterrupt) as caught:
        plan.delete(confirm=12, progress=_Stops(5))
    assert isinstance(caught.value, RunInterrupted)
    report = caught.value.report
    assert plan.report is report
    assert list(outcomes(report).values()) == ["deleted"] * 5 + ["skipped"] * 7
    if again == "plan_rest":
        second = report.plan_rest()
        assert len(second) == 7
    else:
        second = project.plan_deletion(customers)
    done = second.delete(confirm=len(second), progress=False)
    assert set(outcomes(done).values()) <= {"deleted", "gone"}
    assert left(sandbox) == []


# -- what is kept on this computer -----------------------------------------------------------


NEEDLES = ("cust_5", "s/5@x", "Name 5", "n5@example.com", "Zaphod-5", "Zaphod-old-5")


def bytes_on_disk(tmp_path):
    files = sorted(p for p in tmp_path.rglob("*") if p.is_file())
    assert files
    return b"".join(p.read_bytes() for p in files)


def change_of(number):
    return Change(
        label=f"cust_{number}",
        customer_id=f"cust_{number}",
        source_id=f"s/{number}@x",
        before={"metadata.nick": f"Zaphod-old-{number}", "email": f"n{number}@example.com"},
        after={"metadata.nick": f"Zaphod-{number}", "email": f"n{number}@example.com"},
        rest_of_metadata={"full_name": f"Name {number}"},
    )


@pytest.fixture
def traced(project, sandbox, tmp_path):
    """A project that has pushed and sent consents, so that this computer knows its customers."""
    sandbox.reset(PEOPLE, consents={"consents": [{"id": "cnst_1", "name": "One"}]})
    for ref in ("cust_5", "s/5@x", "cust_6"):
        project.update_consents(ref, {"cnst_1": True})
    with project._open_journal() as journal:
        journal.begin("push", PushFacts(), [change_of(5), change_of(6)], [], {})
    assert all(needle.encode() in bytes_on_disk(tmp_path) for needle in NEEDLES)
    return project


def by_plan(project, customers):
    project.plan_deletion(customers.loc[["cust_5"]], permanent=True).delete(
        confirm=1, progress=False
    )


def by_narrow_frame(project, customers):
    narrow = customers.loc[["cust_5"], ["name"]]
    project.plan_deletion(narrow, permanent=True, progress=False).delete(confirm=1, progress=False)


def by_id(project, _customers):
    project.delete_customer_permanently("cust_5")


def by_source_id(project, _customers):
    receipt = project.delete_customer_permanently("s/5@x")
    assert receipt["related_object_id"] == "cust_5"


@pytest.mark.parametrize("way", [by_plan, by_narrow_frame, by_id, by_source_id])
def test_after_a_permanent_deletion_no_byte_of_the_customer_is_left_here(
    sandbox, traced, tmp_path, way
):
    way(traced, customers_from_api(PEOPLE))
    assert "cust_5" not in left(sandbox)
    on_disk = bytes_on_disk(tmp_path)
    for needle in NEEDLES:
        assert needle.encode() not in on_disk
    assert b"Zaphod-6" in on_disk  # the neighbour's traces stay


@pytest.mark.parametrize("way", [by_plan, by_narrow_frame])
def test_a_customer_that_was_gone_already_is_forgotten_here_too(sandbox, traced, tmp_path, way):
    sandbox.remove(["cust_5"])
    if way is by_narrow_frame:
        plan = traced.plan_deletion(["cust_5", "s/5@x"], permanent=True, progress=False)
        plan.delete(confirm=0, progress=False)
    else:
        way(traced, customers_from_api(PEOPLE))
    assert not [n for n in NEEDLES if n.encode() in bytes_on_disk(tmp_path)]


def test_what_was_lost_in_the_answer_is_forgotten_here_too(sandbox, traced, tmp_path):
    sandbox.script({"method": "POST", "path": "*/permanent-deletion", "do": "lose"})
    assert traced.delete_customer_permanently("cust_5") is None
    assert not [n for n in NEEDLES if n.encode() in bytes_on_disk(tmp_path)]


def test_a_customer_nobody_knows_any_more_is_forgotten_by_the_name_given(sandbox, traced, tmp_path):
    sandbox.remove(["cust_5"])
    with pytest.raises(NotFoundError):
        traced.delete_customer_permanently("cust_5")
    assert b"Zaphod-5" not in bytes_on_disk(tmp_path)


def test_a_plain_deletion_keeps_the_journal(traced, tmp_path):
    traced.delete_customer("cust_5")
    assert b"Zaphod-5" in bytes_on_disk(tmp_path)


def test_a_customer_that_may_not_be_deleted_yet_is_not_forgotten(sandbox, traced, tmp_path):
    sandbox.script(
        {
            "method": "POST",
            "path": "*/permanent-deletion",
            "do": "status",
            "status": 403,
            "body": {"code": 403, "key": "forbidden", "message": "Forbidden"},
        }
    )
    by_plan(traced, customers_from_api(PEOPLE))
    assert b"Zaphod-5" in bytes_on_disk(tmp_path)


def test_traces_that_cannot_be_removed_are_said_and_the_customer_stays_in_the_rest(
    sandbox, traced, monkeypatch
):
    plan = traced.plan_deletion(customers_from_api(PEOPLE).loc[["cust_5"]], permanent=True)
    with monkeypatch.context() as patched:

        def refuse(_journal, _customer_id, _source_id):
            raise JournalError("The push journal could not be rewritten: close other notebooks.")

        patched.setattr(Journal, "forget_customer", refuse)
        report = plan.delete(confirm=1, progress=False)
    assert outcomes(report) == {"cust_5": "unknown"}
    assert "kept on this computer could not be removed" in report.rows["reason"][0]
    again = report.plan_rest().delete(confirm=1, progress=False)
    assert outcomes(again) == {"cust_5": "gone"}


def test_a_journal_that_cannot_be_opened_stops_a_deletion_before_it_begins(
    sandbox, project, customers, monkeypatch
):
    plan = project.plan_deletion(customers, permanent=True)

    def locked(_file):
        raise OSError("disk on fire")

    monkeypatch.setattr(JournalFile, "_prepare", locked)
    with pytest.raises(JournalError, match="Nothing was sent"):
        plan.delete(confirm=12, progress=False)
    assert writes(sandbox) == []


def test_a_person_deleted_permanently_is_out_of_what_was_fetched(project, sandbox, customers):
    assert len(customers) == len(PEOPLE)
    project.plan_deletion(customers.iloc[[3]], permanent=True).delete(confirm=1, progress=False)
    project.delete_customer_permanently("cust_5")
    (snapshot,) = project._snapshots.all()
    held = {*snapshot.ids.to_pylist(), *snapshot.column("source_id").values.to_pylist()}
    assert held.isdisjoint({"cust_3", "s/3@x", "cust_5", "s/5@x"})
    assert len(snapshot) == len(PEOPLE) - 2


# -- cut off, and found again ----------------------------------------------------------------


class Killed(BaseException):
    """Ends everything as a kill would: nothing catches it."""


@pytest.mark.parametrize("permanent", [False, True])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_deletion_that_was_cut_off_goes_on(
    sandbox, make_project, project, customers, monkeypatch, permanent, nth
):
    plan = project.plan_deletion(customers.head(4), permanent=permanent)
    steps = []

    def kill(name, when):
        steps.append((name, when))
        wanted = ("forget" if permanent else "deleted", "before")
        if steps.count(wanted) == nth:
            raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(JournalFile, "on_step", staticmethod(kill))
        with pytest.raises(Killed):
            plan.delete(confirm=4, progress=False)
    assert len(left(sandbox)) == 12 - nth
    rest = make_project().plan_cut_off_deletions(permanent=permanent)
    assert list(rest.customers.index) == [f"cust_{i}" for i in range(nth - 1, 4)]
    report = rest.delete(confirm=len(rest), progress=False)
    assert list(report.rows["outcome"]) == ["gone"] + ["deleted"] * (4 - nth)
    assert len(left(sandbox)) == 8
    assert len(make_project().plan_cut_off_deletions(permanent=permanent)) == 0


def test_a_deletion_that_was_told_of_leaves_nothing_to_go_on_with(project, customers):
    project.plan_deletion(customers.head(2)).delete(confirm=2, progress=False)
    assert len(project.plan_cut_off_deletions()) == 0


def test_receipts_are_kept_without_the_customer(project, customers, make_project, tmp_path):
    plan = project.plan_deletion(customers.iloc[5:7], permanent=True)
    receipts = plan.delete(confirm=2, progress=False).receipts
    again = make_project().deletion_receipts()
    assert list(again["receipt_id"]) == list(receipts["receipt_id"])
    assert list(again["orders"]) == [5, 6]
    assert list(again["created_at"]) == list(receipts["created_at"])
    one = make_project().deletion_receipts("cust_6")
    assert list(one["receipt_id"]) == [receipts["receipt_id"].iloc[1]]
    assert len(make_project().deletion_receipts("cust_7")) == 0
    assert not [n for n in NEEDLES if n.encode() in bytes_on_disk(tmp_path)]
