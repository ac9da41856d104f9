"""Taking a push back, and trying again what failed."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.contract.push_support import fetched, fill, on_server, outcomes, push, writes
from vfy_notebook.errors import PlanError


def kinds(plan):
    return list(plan.problems["kind"])


def content(sandbox):
    """What a push can change, null keys left out."""
    return [
        (
            {k: v for k, v in c.items() if k in ("name", "email", "birthdate")},
            {k: v for k, v in (c.get("metadata") or {}).items() if v is not None},
            {k: v for k, v in (c.get("address") or {}).items() if v is not None},
        )
        for c in sandbox.customers()
    ]


@pytest.mark.parametrize("kept", ["merge", "replace"])
def test_undoing_puts_every_cell_back(project, sandbox, kept):
    fill(sandbox, 130, without_source_id=(5, 6), birthdate="1990-05-01")
    sandbox.set(put_metadata=kept, bulk_metadata=kept, put_address=kept, bulk_address=kept)
    was = content(sandbox)
    before, after = fetched(project)
    after["metadata.tier"] = "gold"
    after.loc[before.index[::3], "name"] = "x"
    after.loc[before.index[::4], "address.city"] = pd.NA
    after.loc[before.index[::5], "birthdate"] = pd.Timestamp("2000-01-01")
    after.loc[before.index[::6], "metadata.new"] = 1
    report = push(project.plan_push(after, new_keys=["new"]))
    assert report.counts == {"updated": 130}
    assert content(sandbox) != was
    undo = report.plan_undo()
    assert not undo.problems["blocks"].any()
    assert push(undo).counts == {"updated": 130}
    assert content(sandbox) == was


def test_an_undo_can_be_undone(project, sandbox):
    fill(sandbox, 3)
    _, after = fetched(project)
    after["metadata.tier"] = "gold"
    report = push(push(project.plan_push(after)).plan_undo())
    assert set(on_server(sandbox).values()) == {"bronze"}
    push(report.plan_undo())
    assert set(on_server(sandbox).values()) == {"gold"}


def test_a_key_that_did_not_exist_becomes_null_and_that_is_said(project, sandbox):
    fill(sandbox, 2)
    _, after = fetched(project)
    after["metadata.new"] = ["a", "b"]
    undo = push(project.plan_push(after, new_keys=["new"])).plan_undo()
    (problem,) = undo.problems.to_dict("records")
    assert problem["kind"] == "null"
    assert "The key stays" in problem["message"]
    push(undo)
    assert [c["metadata"]["new"] for c in sandbox.customers()] == [None, None]


def test_created_customers_stay_and_that_is_said(project, sandbox):
    fill(sandbox, 1)
    before, _ = fetched(project)
    rows = pd.DataFrame(
        {"source_id": ["s9"], "name": ["New"]}, index=pd.Index(["new"], name="customer_id")
    )
    after = pd.concat([before.astype(object), rows.astype(object)])
    report = push(project.plan_push(after, create_missing=True))
    undo = report.plan_undo()
    assert kinds(undo) == ["created_stay"]
    assert undo.edits.empty
    assert push(undo).rows.empty
    assert sandbox.customer("s9") is not None


def test_what_others_changed_since_the_push_is_not_undone(project, sandbox):
    fill(sandbox, 5)
    _, after = fetched(project)
    after["metadata.tier"] = "gold"
    report = push(project.plan_push(after))
    sandbox.advance(1)
    sandbox.touch("s2", metadata={"tier": "silver"})
    with pytest.raises(PlanError, match="cust_00002"):
        push(report.plan_undo())
    assert set(on_server(sandbox).values()) == {"gold", "silver"}
    undone = push(report.plan_undo(on_conflict="skip"))
    assert outcomes(undone)["cust_00002"] == "skipped"
    assert on_server(sandbox)["cust_00002"] == "silver"
    assert list(on_server(sandbox).values()).count("bronze") == 4


def test_a_change_by_others_in_the_same_second_is_a_conflict_too(project, sandbox):
    fill(sandbox, 5)
    _, after = fetched(project)
    after["metadata.tier"] = "gold"
    report = push(project.plan_push(after))
    sandbox.touch("s2", metadata={"tier": "silver"})
    undo = report.plan_undo()
    assert kinds(undo) == ["conflict"]


def test_what_others_changed_in_other_cells_is_kept_by_an_undo(project, sandbox):
    fill(sandbox, 5, without_source_id=(2,))
    sandbox.set(put_metadata="replace", bulk_metadata="replace")
    _, after = fetched(project)
    after["metadata.tier"] = "gold"
    report = push(project.plan_push(after))
    sandbox.touch("cust_00002", name="Someone else", metadata={"tier": "gold", "score": 99})
    assert push(report.plan_undo()).counts == {"updated": 5}
    customer = sandbox.customer("cust_00002")
    assert customer["name"] == "Someone else"
    assert customer["metadata"] == {"tier": "bronze", "score": 99}


@pytest.mark.parametrize(("count", "most"), [(700, 100), (700, 10_000)])
def test_a_great_push_is_undone_in_few_calls(project, sandbox, count, most):
    fill(sandbox, count)
    sandbox.set(max_bulk_records=None)
    _, after = fetched(project)
    after["metadata.tier"] = "gold"
    report = push(project.plan_push(after, max_records=most))
    sandbox.forget_requests()
    undo = report.plan_undo()
    assert len(sandbox.requests()) <= 9
    assert push(undo).counts == {"updated": count}
    assert set(on_server(sandbox).values()) == {"bronze"}
    assert writes(sandbox) == {"metadata": -(-count // most)}


def test_a_deleted_customer_is_not_created_anew_by_an_undo(project, sandbox):
    fill(sandbox, 5)
    _, after = fetched(project)
    after["metadata.tier"] = "gold"
    report = push(project.plan_push(after))
    sandbox.remove(["s2"])
    with pytest.raises(PlanError, match=r"No longer on the server.*on_conflict='skip'"):
        push(report.plan_undo())
    for on_conflict in ("skip", "overwrite"):
        undo = report.plan_undo(on_conflict=on_conflict)
        assert not undo.problems["blocks"].any()
        assert undo.problems["kind"].tolist() == ["gone"]
        assert "cust_00002" not in undo.edits["customer_id"].tolist()
    report = push(undo)
    assert report.counts == {"updated": 4, "skipped": 1}
    assert report.rows.set_index("source_id").loc["s2", "reason"] == "no longer on the server"
    assert set(on_server(sandbox).values()) == {"bronze"}
    assert len(sandbox.customers()) == 4


def test_what_an_undo_meets_is_told_in_words_of_an_undo(project, sandbox):
    fill(sandbox, 3)
    _, after = fetched(project)
    after["metadata.tier"] = "gold"
    report = push(project.plan_push(after))
    sandbox.touch("s1", metadata={"tier": "silver"})
    (told,) = report.plan_undo().problems.to_dict("records")
    assert "since the push" in told["message"]
    assert "Fetch again" not in told["message"]
    for way_out in ("skip", "overwrite"):
        assert f"'{way_out}'" in told["way_out"]
    push(report.plan_undo(on_conflict="overwrite")).raise_if_failed()
    assert set(on_server(sandbox).values()) == {"bronze"}


def test_a_retry_names_no_option_that_it_does_not_take(project, sandbox):
    fill(sandbox, 3)
    _, after = fetched(project)
    after["metadata.tier"] = "gold"
    sandbox.set(job_failures={"s1": "no", "s2": "no"})
    report = push(project.plan_push(after))
    sandbox.touch("s1", metadata={"tier": "silver"})
    sandbox.remove(["s2"])
    told = report.plan_retry().problems
    assert set(told["kind"]) == {"conflict", "gone"}
    assert not told["way_out"].str.contains("on_conflict|create_missing").any()


def test_failed_and_skipped_rows_have_nothing_to_undo(project, sandbox):
    fill(sandbox, 4)
    _, after = fetched(project)
    after["metadata.tier"] = "gold"
    sandbox.set(job_failures={"s1": "no"})
    sandbox.touch("s3", metadata={"tier": "silver"})
    report = push(project.plan_push(after, on_conflict="skip"))
    assert report.counts == {"updated": 2, "failed": 1, "skipped": 1}
    assert set(report.plan_undo().edits["customer_id"]) == {"cust_00000", "cust_00002"}


def test_rows_of_unknown_fate_are_left_out_of_undo_and_retry(project, sandbox):
    fill(sandbox, 3)
    _, after = fetched(project)
    sandbox.set(job_polls="never")
    report = push(project.plan_push(after.assign(name="x")), timeout_s=60)
    for plan in (report.plan_undo(), report.plan_retry()):
        assert kinds(plan) == ["unknown"]
        assert plan.edits.empty
        assert "resume_push" in plan.problems["message"][0]


def test_an_undo_after_a_restart(project, sandbox, make_project):
    fill(sandbox, 3)
    _, after = fetched(project)
    after["metadata.tier"] = "gold"
    push_id = push(project.plan_push(after)).push_id
    project.close()
    report = make_project().resume_push(push_id)
    assert report.counts == {"updated": 3}
    push(report.plan_undo())
    assert set(on_server(sandbox).values()) == {"bronze"}


def test_only_what_failed_is_tried_again(project, sandbox):
    fill(sandbox, 5)
    _, after = fetched(project)
    after["metadata.tier"] = "gold"
    sandbox.set(job_failures={"s1": "no", "s3": "no"})
    report = push(project.plan_push(after))
    assert list(report.failed["customer_id"]) == ["cust_00001", "cust_00003"]
    sandbox.set(job_failures={})
    again = report.plan_retry()
    assert set(again.edits["customer_id"]) == {"cust_00001", "cust_00003"}
    assert push(again).counts == {"updated": 2}
    assert set(on_server(sandbox).values()) == {"gold"}


def test_a_retry_heeds_what_others_changed(project, sandbox):
    fill(sandbox, 3)
    _, after = fetched(project)
    after["metadata.tier"] = "gold"
    sandbox.set(job_failures={"s1": "no"})
    report = push(project.plan_push(after))
    sandbox.touch("s1", metadata={"tier": "silver"})
    with pytest.raises(PlanError, match="changed on the server"):
        push(report.plan_retry())


def test_a_forgotten_customer_is_out_of_report_undo_and_journal(project, sandbox, tmp_path):
    fill(sandbox, 4)
    _, after = fetched(project)
    after["name"] = [f"Secret-{i}" for i in range(4)]
    report = push(project.plan_push(after))
    with project._open_journal() as journal:
        journal.forget_customer("cust_00002", "s2")
    assert "cust_00002" not in set(report.plan_undo().edits["customer_id"])
    again = project.resume_push(report.push_id)
    assert len(again.rows) == 3
    for file in tmp_path.glob("journal.sqlite*"):
        assert b"Secret-2" not in file.read_bytes()
        assert b"cust_00002" not in file.read_bytes()
    assert b"Secret-3" in (tmp_path / "journal.sqlite").read_bytes()


def test_the_journal_holds_no_credentials(project, sandbox, tmp_path):
    fill(sandbox, 2)
    _, after = fetched(project)
    push(project.plan_push(after.assign(name="x")))
    for file in tmp_path.glob("journal.sqlite*"):
        assert sandbox.app_token.encode() not in file.read_bytes()


def test_reports_show_themselves(project, sandbox):
    fill(sandbox, 3)
    _, after = fetched(project)
    sandbox.set(job_failures={"s1": "<img src=x onerror=alert(1)>"})
    report = push(project.plan_push(after.assign(name="x")))
    assert repr(report) == f"<Push {report.push_id}: 2 updated, 1 failed>"
    shown = report._repr_html_()
    assert "2 updated, 1 failed" in shown
    assert "<img" not in shown
    assert "&lt;img" in shown
    assert "cust_00000" not in shown


def test_what_the_server_stored_in_another_form_can_be_taken_back(project, sandbox):
    fill(sandbox, 4)
    _, after = fetched(project)
    plan = project.plan_push(after.assign(email="A@X.com"))
    # Whoever reads it back sees what an API that stores small letters would show.
    sandbox.script(
        {
            "method": "GET",
            "path": "/v1/customers*",
            "nth": 2,
            "do": "run",
            "touch": {f"s{i}": {"email": "a@x.com"} for i in range(4)},
        }
    )
    report = push(plan)
    assert report.counts == {"updated": 4}
    assert report.rows["reason"].str.contains("a@x.com").all()
    assert push(report.plan_undo()).counts == {"updated": 4}
    assert [customer["email"] for customer in sandbox.customers()] == [None] * 4
