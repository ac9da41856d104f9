"""From a selection to a segment, over real HTTP: planned, made, verified, deleted."""

from __future__ import annotations

import pandas as pd
import polars as pl
import pytest

from tests.contract.push_support import fill
from tests.contract.segments.segment_support import fetched, kinds, made, members, requests
from vfy_notebook.api.operations import Api
from vfy_notebook.errors import ArgumentError, PlanError, VfyNotebookWarning
from vfy_notebook.segments import order, planner
from vfy_notebook.snapshots.store import PROCESS_STORE


@pytest.fixture
def customers(sandbox, project):
    return fetched(sandbox, project, without_source_id={7})


# -- a selection becomes a static segment ----------------------------------------------------------


def test_a_selection_becomes_a_segment_of_just_these_customers(sandbox, project, customers):
    chosen = customers.iloc[3:9]
    plan = project.plan_segment("Lapsed gold", chosen)
    assert len(plan) == 6
    assert plan.customers.index.tolist() == chosen.index.tolist()
    assert plan.calls == {"segment": 1}
    assert made(sandbox) == 0
    segment = plan.create(progress=False)
    pd.testing.assert_frame_equal(segment, project.fetch_segments())
    assert segment.iloc[0][["name", "type"]].tolist() == ["Lapsed gold", "static"]
    assert members(project, segment.index[0]) == set(chosen.index)
    assert plan.report.is_verified
    assert plan.report.segment_id == segment.index[0]


def test_it_takes_two_calls_to_plan_and_four_to_make(sandbox, project, customers):
    plan = project.plan_segment("Few calls", customers.iloc[3:9])
    assert len(requests(sandbox)) == 2
    plan.create(progress=False)
    assert len(requests(sandbox)) == 6


@pytest.mark.parametrize(
    "named",
    [
        lambda c: c,
        lambda c: c.index,
        lambda c: c["source_id"],
        lambda c: c["source_id"].tolist(),
        lambda c: c.index.tolist() + c["source_id"].tolist(),
        lambda c: c.reset_index(),
        lambda c: c.reset_index(drop=True)[["source_id", "name"]],
        lambda c: pd.concat([c, c]),
        lambda c: c[["name"]],
        lambda c: c.index.to_numpy(),
        lambda c: c["source_id"].unique(),
        lambda c: (each for each in c.index),
        lambda c: c.index.array,
    ],
)
@pytest.mark.parametrize("remembered", [True, False])
def test_customers_are_named_in_any_way(make_project, sandbox, customers, named, remembered):
    chosen = customers.iloc[8:14]
    project = make_project()
    if remembered:
        project.fetch_customers(progress=False)
    given = named(chosen)
    if isinstance(given, pd.DataFrame) and not remembered:
        given.attrs.clear()
    plan = project.plan_segment("Named", given)
    assert sorted(plan.customers.index) == sorted(chosen.index)
    assert plan.not_found == ()
    plan.create(progress=False)
    body = next(
        r for r in sandbox.requests() if (r["method"], r["path"]) == ("POST", "/v1/segments")
    )
    assert body["status"] == 200
    assert plan.report.is_verified


@pytest.mark.parametrize("static_unknown_ids", ["drop", "refuse"])
@pytest.mark.parametrize("total_present", [True, False])
def test_who_is_gone_is_told_and_left_out(
    sandbox, project, customers, static_unknown_ids, total_present
):
    sandbox.set(static_unknown_ids=static_unknown_ids, total_present=total_present)
    sandbox.remove(["cust_00004", "cust_00006"])
    plan = project.plan_segment("Still here", customers.iloc[3:9])
    assert plan.not_found == ("cust_00004", "cust_00006")
    assert kinds(plan, blocks=False) == {"gone", "static"}
    assert "cust_00004" in str(plan)
    assert "cust_00006" in plan._repr_html_()
    segment = plan.create(progress=False)
    gone = {"cust_00004", "cust_00006"}
    assert members(project, segment.index[0]) == set(customers.index[3:9]) - gone


@pytest.mark.parametrize("nobody", [[], ["cust_none"], pd.DataFrame({"customer_id": []})])
def test_a_segment_of_nobody_is_refused(sandbox, project, customers, nobody):
    plan = project.plan_segment("Nobody", nobody)
    assert "nobody" in kinds(plan, blocks=True)
    with pytest.raises(PlanError, match="Nobody"):
        plan.create()
    assert made(sandbox) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        5,
        pd.Series([True, False]),
        [None],
        pd.DataFrame({"name": ["Ann"]}),
        {"cust_1": 1},
        pd.DataFrame({"name": ["Ann"]}).groupby("name"),
        pl.DataFrame({"customer_id": ["cust_1"]}),
        b"cust_1",
        ["cust_\ud83d"],
    ],
)
def test_what_names_no_customers_is_refused(sandbox, project, customers, wrong):
    with pytest.raises(ArgumentError):
        project.plan_segment("Wrong", wrong)
    assert requests(sandbox) == []


@pytest.mark.parametrize(
    "name", ["", "  ", None, 5, " VIP", "VI\nP", "VIP\u200b", "x" * 251, "seg_vip", "\ud83d"]
)
def test_what_is_no_name_is_refused(sandbox, project, customers, name):
    with pytest.raises(ArgumentError):
        project.plan_segment(name, customers)
    assert requests(sandbox) == []


@pytest.mark.parametrize(
    "name", ["👩\u200d👩\u200d👧 Families", "می\u200cخواهم", "Złote, 2026 (50 %)"]
)
def test_any_script_is_a_name(project, customers, name):
    segment = project.plan_segment(name, customers.head(2)).create(progress=False)
    assert segment["name"].item() == name
    assert project.fetch_customers(segment=name, progress=False).shape[0] == 2


def test_an_unknown_route_is_refused(project, customers):
    with pytest.raises(ArgumentError, match="metadata"):
        project.plan_segment("VIP", customers, via="flag")


def test_another_projects_frame_is_refused(sandbox, project, customers):
    customers.attrs["vfy_snapshot"] = "of another"
    project.plan_segment("Unknown mark", customers)
    PROCESS_STORE._sites["of another"] = "another site"
    with pytest.raises(PlanError, match="another project"):
        project.plan_segment("Other", customers)


def test_a_plan_makes_one_segment(sandbox, project, customers):
    plan = project.plan_segment("Once", customers.head(3))
    segment = plan.create(progress=False)
    with pytest.raises(PlanError, match=segment.index[0]):
        plan.create()
    assert made(sandbox) == 1


# -- what it costs to find them --------------------------------------------------------------------


@pytest.mark.parametrize("named", [lambda c: c.index, lambda c: c["source_id"]])
@pytest.mark.parametrize(
    ("of", "given", "most_calls"),
    [(20, 2, 2), (300, 250, 3), (1_500, 4, 5), (1_500, 1_200, 8)],
)
def test_customers_who_were_not_fetched_are_looked_for_the_cheapest_way(
    make_project, sandbox, project, of, given, most_calls, named
):
    customers = fetched(sandbox, project, of)
    other = make_project()
    project.close()  # what it has fetched is remembered for all projects of this process
    sandbox.remove(["cust_00000"])
    chosen = named(customers.tail(given)).tolist()
    plan = other.plan_segment("Chosen", [*chosen[1:], "cust_00000"])
    assert len(plan) == given - 1
    assert plan.not_found == ("cust_00000",)
    other.plan_segment("Chosen", chosen)
    finding = plan.selection.calls
    assert finding <= most_calls


@pytest.mark.parametrize("gone", [0, 1])
def test_fetched_customers_are_proved_by_their_number(sandbox, project, gone):
    customers = fetched(sandbox, project, 1_500)
    sandbox.remove([f"cust_{100 + i:05d}" for i in range(gone)])
    plan = project.plan_segment("Most", customers.iloc[50:1_450])
    assert len(plan) == 1_400 - gone
    assert plan.selection.calls <= (1 if not gone else 8)


@pytest.mark.parametrize("of", [20, 150])
def test_who_was_never_there_is_not_proved_by_the_number_of_others(sandbox, project, of):
    customers = fetched(sandbox, project, of)
    plan = project.plan_segment("Most", [*customers.index, "cust_never"])
    assert plan.not_found == ("cust_never",)
    assert len(plan) == of


def test_where_nothing_can_be_exported_they_are_found_all_the_same(make_project, sandbox, project):
    customers = fetched(sandbox, project, 1_000)
    sandbox.set(export_fails=True)
    project.close()
    given = customers["source_id"].tolist()[:900]
    plan = make_project().plan_segment("Most", given)
    assert sorted(plan.customers.index) == sorted(customers.index[:900])


# -- names -----------------------------------------------------------------------------------------


def test_a_taken_name_blocks_and_is_told_by_id(sandbox, project, customers):
    first = project.plan_segment("VIP gold", customers.head(3)).create(progress=False)
    plan = project.plan_segment("VIP gold", customers.head(5))
    assert "name_taken" in kinds(plan, blocks=True)
    assert first.index[0] in str(plan)
    assert plan.near_segments.index.tolist() == first.index.tolist()
    with pytest.raises(PlanError, match="replace=True"):
        plan.create()
    assert made(sandbox) == 1


@pytest.mark.parametrize("near", ["VIP  Gold", "vip gold", "VIP glod", "VIP gold2"])
def test_a_near_name_is_told_by_id(project, customers, near):
    first = project.plan_segment("VIP gold", customers.head(3)).create(progress=False)
    plan = project.plan_segment(near, customers.head(5))
    assert "near_name_taken" in kinds(plan, blocks=False)
    assert first.index[0] in str(plan)
    plan.create(progress=False)
    assert len(project.fetch_segments()) == 2


def test_a_name_taken_since_the_plan_stops_it(make_project, sandbox, project, customers):
    plan = project.plan_segment("VIP", customers.head(3))
    other = make_project().plan_segment("VIP", customers.tail(3)).create(progress=False)
    with pytest.raises(PlanError, match=other.index[0]):
        plan.create()
    assert made(sandbox) == 1


# -- limits ----------------------------------------------------------------------------------------


def test_more_than_a_static_segment_holds_is_refused_or_flagged(sandbox, project):
    fill(sandbox, 30)
    customers = project.fetch_customers(progress=False)
    assert order.MAX_STATIC_MEMBERS == 20_000
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(planner, "MAX_STATIC_MEMBERS", 25)
        plan = project.plan_segment("Large", customers, via="static")
        assert "too_many" in kinds(plan, blocks=True)
        assert 'via="metadata"' in str(plan)
        assert project.plan_segment("Large", customers, new_keys=True).type == "passive"
        assert project.plan_segment("Small", customers.head(25)).type == "static"


# -- verification ----------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [20, 150])
def test_members_who_come_late_are_waited_for(sandbox, project, clock, count):
    fill(sandbox, count)
    customers = project.fetch_customers(progress=False)
    sandbox.set(segments_lag_polls=3)
    plan = project.plan_segment("Late", customers)
    plan.create(progress=False)
    assert plan.report.is_verified


def test_a_difference_is_told_by_id(sandbox, project, customers):
    plan = project.plan_segment("Short", customers.head(6))
    sandbox.remove(["cust_00002"])
    with pytest.warns(VfyNotebookWarning, match="cust_00002"):
        segment = plan.create(progress=False)
    assert plan.report.missing == ("cust_00002",)
    assert not plan.report.is_verified
    assert "cust_00002" in repr(plan.report)
    assert segment.index[0] in project.fetch_segments().index


def test_a_difference_among_many_is_told_by_id(sandbox, project):
    fill(sandbox, 250)
    customers = project.fetch_customers(progress=False)
    plan = project.plan_segment("Many", customers)
    sandbox.remove(["cust_00017", "cust_00230"])
    with pytest.warns(VfyNotebookWarning, match="cust_00230"):
        plan.create(progress=False)
    assert plan.report.missing == ("cust_00017", "cust_00230")


def test_a_difference_of_those_who_are_gone_costs_no_reading_of_all(sandbox, project):
    customers = fetched(sandbox, project, 1_500)
    plan = project.plan_segment("Many", customers)
    sandbox.remove(["cust_00017", "cust_01230"])
    before = len(requests(sandbox))
    with pytest.warns(VfyNotebookWarning, match="cust_01230"):
        plan.create(progress=False)
    assert plan.report.missing == ("cust_00017", "cust_01230")
    assert len(requests(sandbox)) - before <= 17  # 15 more for pages


def test_a_difference_of_others_is_read_from_all(sandbox, project, monkeypatch):
    customers = fetched(sandbox, project, 900)
    plan = project.plan_segment("Many", customers.iloc[:800])
    real = Api.create_segment
    sandbox.remove(["cust_00017"])

    def other(api, fields):
        ids = [each for each in fields["customers"] if each != "cust_00500"]
        return real(api, {**fields, "customers": [*ids, "cust_00850", "cust_00851", "cust_00852"]})

    monkeypatch.setattr(Api, "create_segment", other)
    with pytest.warns(VfyNotebookWarning, match="cust_00850"):
        plan.create(progress=False)
    assert plan.report.missing == ("cust_00017", "cust_00500")
    assert plan.report.unexpected == ("cust_00850", "cust_00851", "cust_00852")


@pytest.mark.parametrize(("count", "words"), [(100, "as planned"), (101, "as many as planned")])
def test_what_was_compared_by_number_only_is_told_so(sandbox, project, count, words):
    plan = project.plan_segment("Many", fetched(sandbox, project, count))
    plan.create(progress=False)
    assert plan.report.is_verified
    assert words in str(plan.report)


# -- deleting --------------------------------------------------------------------------------------


def test_a_segment_is_deleted_once_its_name_is_given(sandbox, project, customers):
    segment = project.plan_segment("VIP", customers.head(3)).create(progress=False)
    for ref in ("VIP", segment.index[0]):
        with pytest.raises(ArgumentError, match="'VIP'"):
            project.delete_segment(ref, confirm="vip")
    assert requests(sandbox, "DELETE") == []
    deleted = project.delete_segment("VIP", confirm="VIP")
    pd.testing.assert_frame_equal(deleted, segment)
    assert len(project.fetch_segments()) == 0
    assert len(project.fetch_customers(progress=False)) == 20
