"""Passive segments of a flag in the metadata, and segments that take the place of others."""

from __future__ import annotations

import pytest

from tests.contract.push_support import fill, on_server
from tests.contract.segments.segment_support import fetched, kinds, made, members, requests
from vfy_notebook.api.operations import Api
from vfy_notebook.errors import (
    ArgumentError,
    PlanError,
    PushFailed,
    ResponseError,
    VfyNotebookWarning,
)
from vfy_notebook.segments import planner

KEY = "segment_lapsed_gold"
SCHEMA = {"properties": {KEY: {"type": "boolean"}, "vip": {"type": "boolean"}}}


@pytest.fixture
def customers(sandbox, project):
    """The flag's key is defined as boolean."""
    fill(sandbox, 20, without_source_id={7})
    people = sandbox.customers()
    sandbox.reset(people, metadata_schema=SCHEMA)
    frame = project.fetch_customers(progress=False)
    sandbox.forget_requests()
    return frame


def plan_flag(project, customers, **options):
    return project.plan_segment("Lapsed gold", customers, via="metadata", **options)


# -- a flag and a passive segment on it ------------------------------------------------------------


@pytest.mark.parametrize("new_members_polls", [0, 3])
def test_customers_are_flagged_then_the_segment_is_made_of_the_flag(
    sandbox, project, customers, new_members_polls
):
    sandbox.set(new_members_polls=new_members_polls)
    plan = plan_flag(project, customers.iloc[3:9])
    assert kinds(plan) - {"only_times"} == {"passive"}
    assert plan.flag.key == KEY
    assert plan.calls == {"metadata": 1, "put": 1, "segment": 1}
    assert requests(sandbox, "POST") == requests(sandbox, "PUT") == []
    segment = plan.create(progress=False)
    flagged = {who for who, value in on_server(sandbox, KEY).items() if value is True}
    assert flagged == set(customers.index[3:9])
    rule = {"junction": "and", f"metadata.{KEY}": {"conditions": {"$is": [True]}}}
    assert segment["type"].item() == "passive"
    assert segment["filter"].item() == rule
    assert plan.report.is_verified
    assert members(project, segment.index[0]) == flagged
    order = [each for each in requests(sandbox, "P") if "export" not in each]
    assert order[-1] == "POST /v1/segments"


def test_the_push_can_be_taken_back(sandbox, project, customers):
    plan = plan_flag(project, customers.head(4))
    plan.create(progress=False)
    plan.report.push.plan_undo().push(progress=False)
    assert True not in on_server(sandbox, KEY).values()


def test_many_are_flagged_where_a_list_would_be_too_long(sandbox, project, customers, monkeypatch):
    monkeypatch.setattr(planner, "MAX_STATIC_MEMBERS", 10)
    assert project.plan_segment("Lapsed gold", customers.head(10)).type == "static"
    plan = project.plan_segment("Lapsed gold", customers.head(11))
    assert plan.type == "passive"
    plan.create(progress=False)
    assert plan.report.is_verified


def test_a_new_key_is_refused_unless_it_is_meant(sandbox, project):
    customers = fetched(sandbox, project)
    plan = plan_flag(project, customers.head(4))
    assert "new_key" in kinds(plan, blocks=True)
    with pytest.raises(PlanError, match=r"new_keys=\['segment_lapsed_gold'\]") as raised:
        plan.create()
    assert "boolean" in str(raised.value)
    assert requests(sandbox, "P") == []
    meant = plan_flag(project, customers.head(4), new_keys=[KEY])
    assert kinds(meant, blocks=True) == set()
    assert "undefined_flag" in kinds(meant, blocks=False)


@pytest.mark.parametrize("untyped_flags", ["nobody", "found"])
def test_a_key_without_a_definition_may_find_nobody_and_that_is_told(
    sandbox, project, untyped_flags
):
    customers = fetched(sandbox, project)
    sandbox.set(untyped_flags=untyped_flags)
    plan = plan_flag(project, customers.head(4), new_keys=True)
    if untyped_flags == "found":
        plan.create(progress=False)
        assert plan.report.is_verified
        return
    with pytest.warns(VfyNotebookWarning, match="not defined"):
        plan.create(progress=False)
    assert plan.report.missing == tuple(customers.index[:4])


def test_a_key_of_ones_own_is_taken(sandbox, project, customers):
    plan = project.plan_segment("VIP", customers.head(4), key="vip")
    assert plan.flag.column == "metadata.vip"
    segment = plan.create(progress=False)
    assert "metadata.vip" in segment["filter"].item()
    with pytest.raises(ArgumentError):
        project.plan_segment("VIP 2", customers, key=" ")
    with pytest.raises(ArgumentError, match="key"):
        project.plan_segment("VIP 2", customers, key="vip", via="static")


@pytest.mark.parametrize(
    "definition",
    [{"type": "string"}, {"type": "boolean", "eq": [False]}, {"type": "boolean", "array": True}],
)
def test_a_key_of_another_type_is_refused(sandbox, project, customers, definition):
    sandbox.reset(sandbox.customers(), metadata_schema={"properties": {KEY: definition}})
    plan = plan_flag(project, project.fetch_customers(progress=False))
    assert kinds(plan, blocks=True) & {"flag_type", "schema"}
    with pytest.raises(PlanError):
        plan.create()
    assert requests(sandbox, "P") == []


def test_others_who_have_the_flag_stop_the_plan(sandbox, project, customers):
    customers = customers.assign(**{"metadata.vip": [True] * 3 + [None] * 17})
    project.plan_push(customers).push(progress=False)
    plan = project.plan_segment("VIP", customers.iloc[2:5], key="vip")
    assert "flag_elsewhere" in kinds(plan, blocks=True)
    assert "cust_00000" in str(plan)
    everybody = project.plan_segment("VIP", customers.iloc[:5], key="vip")
    assert kinds(everybody, blocks=True) == set()
    assert len(everybody.push_plan.edits) == 2


@pytest.mark.parametrize("odd", [False, True])
def test_what_was_fetched_later_tells_who_has_the_flag(sandbox, project, customers, odd):
    for who, value in {"s1": True, "s2": True, "s3": "true" if odd else None}.items():
        sandbox.touch(who, metadata={"vip": value})
    project.fetch_customers(progress=False)
    sandbox.touch("s1", metadata={"vip": False})
    project.fetch_customers(limit=5, progress=False)
    plan = project.plan_segment("VIP", customers.iloc[6:9], key="vip")
    told = plan.problems.set_index("kind")["customers"]["flag_elsewhere"]
    assert told == ["cust_00002"]


def test_others_whom_nobody_knew_of_are_told_by_id(make_project, sandbox, project, customers):
    plan = project.plan_segment("VIP", customers.head(3), key="vip")
    sandbox.touch("s9", metadata={"vip": True})
    with pytest.warns(VfyNotebookWarning, match="cust_00009"):
        plan.create(progress=False)
    assert plan.report.unexpected == ("cust_00009",)


def test_who_has_the_flag_already_is_not_written_again(sandbox, project, customers):
    plan_flag(project, customers.head(4)).create(progress=False)
    again = project.plan_segment("Lapsed gold 2", customers.head(4), key=KEY)
    assert again.push_plan is None
    assert again.calls == {"segment": 1}
    again.create(progress=False)
    assert again.report.is_verified


def test_no_segment_is_made_where_some_could_not_be_flagged(sandbox, project, customers):
    sandbox.set(job_failures={"s4": "a reason of the vendor's"})
    with pytest.raises(PushFailed, match="1 of 6") as raised:
        plan_flag(project, customers.iloc[3:9]).create(progress=False)
    assert raised.value.report.failed["customer_id"].tolist() == ["cust_00004"]
    assert made(sandbox) == 0
    sandbox.set(job_failures={})
    again = plan_flag(project, customers.iloc[3:9])
    assert len(again.push_plan.edits) == 1
    again.create(progress=False)
    assert again.report.is_verified


def test_a_push_that_failed_is_not_sent_again_by_the_same_plan(sandbox, project, customers):
    sandbox.set(job_failures={"s4": "a reason of the vendor's"})
    plan = plan_flag(project, customers.iloc[3:9])
    for _ in range(2):
        with pytest.raises(PushFailed, match="plan the segment again"):
            plan.create(progress=False)
    assert len(requests(sandbox, "POST", "/v1/customers/metadata")) == 1
    assert made(sandbox) == 0


def test_a_server_that_hides_members_of_passive_segments_is_told(sandbox, project, customers):
    sandbox.set(passive_members="nobody")
    plan = plan_flag(project, customers.head(4))
    with pytest.warns(VfyNotebookWarning, match="cust_00000"):
        plan.create(progress=False)
    assert plan.report.missing == ()
    assert not plan.report.is_verified


@pytest.mark.parametrize("do", ["lose", "cut"])
def test_a_lost_answer_makes_no_second_passive_segment(
    make_project, sandbox, project, customers, do
):
    sandbox.script({"method": "POST", "path": "/v1/segments", "do": do})
    plan_flag(project, customers.head(4)).create(progress=False)
    assert made(sandbox) == 1
    assert len(project.fetch_segments()) == 1


def test_a_segment_cut_off_before_its_answer_is_found_by_the_next_process(
    make_project, sandbox, project, customers
):
    sandbox.script(
        {"method": "POST", "path": "/v1/segments", "do": "lose"},
        {"method": "GET", "path": "/v1/segments", "do": "status", "status": 403, "nth": [3, 5]},
    )
    plan = plan_flag(project, customers.head(4))
    with pytest.raises(PermissionError):
        plan.create(progress=False)
    with pytest.raises(ConnectionError):
        plan.create(progress=False)
    assert len(requests(sandbox, "POST", "/v1/customers/metadata")) == 1
    again = plan_flag(make_project(), customers.head(4))
    assert again.flag.key == KEY
    assert "cut_off" in kinds(again)
    again.create(progress=False)
    assert made(sandbox) == 1
    assert again.report.is_verified


def test_a_full_project_takes_no_passive_segment(sandbox, project, customers):
    segments = [{"id": f"seg_{n:03d}", "name": f"S{n} of a hundred", "type": "passive"}
                for n in range(100)]  # fmt: skip
    sandbox.reset(sandbox.customers(), segments=segments, metadata_schema=SCHEMA)
    customers = project.fetch_customers(progress=False)
    plan = plan_flag(project, customers.head(4))
    assert "no_room" in kinds(plan, blocks=True)
    with pytest.raises(PlanError, match="100"):
        plan.create()
    assert requests(sandbox, "P") == []
    project.plan_segment("A list", customers.head(4)).create(progress=False)


# -- in the place of another one -------------------------------------------------------------------


def test_a_replaced_segment_stays_until_its_name_is_given(sandbox, project, customers):
    first = project.plan_segment("VIP", customers.head(3)).create(progress=False)
    plan = project.plan_segment("VIP", customers.head(5), replace=True)
    assert kinds(plan, blocks=True) == set()
    told = " ".join(plan.problems["message"])
    assert first.index[0] in told
    assert "campaigns" in told
    second = plan.create(progress=False)
    assert project.fetch_segments().index.tolist() == [first.index[0], second.index[0]]
    assert plan.report.deleted_old is None


def test_a_replaced_segment_is_deleted_once_the_new_one_is_verified(sandbox, project, customers):
    first = project.plan_segment("VIP", customers.head(3)).create(progress=False)
    plan = project.plan_segment("VIP", customers.head(5), replace=True)
    second = plan.create(delete_old="VIP", progress=False)
    assert project.fetch_segments().index.tolist() == second.index.tolist()
    assert plan.report.deleted_old == first.index[0]
    assert requests(sandbox)[-2:] != []
    deletion = next(i for i, r in enumerate(requests(sandbox)) if r.startswith("DELETE"))
    creation = max(i for i, r in enumerate(requests(sandbox)) if r == "POST /v1/segments")
    assert creation < deletion


def test_an_old_segment_stays_where_the_new_one_is_not_as_planned(sandbox, project, customers):
    first = project.plan_segment("VIP", customers.head(3)).create(progress=False)
    plan = project.plan_segment("VIP", customers.head(5), replace=True)
    sandbox.remove(["cust_00002"])
    with pytest.warns(VfyNotebookWarning, match=first.index[0]):
        plan.create(delete_old="VIP", progress=False)
    assert first.index[0] in project.fetch_segments().index
    assert plan.report.deleted_old is None


@pytest.mark.parametrize(
    ("replace", "delete_old", "told"),
    [(False, "VIP", "replace=True"), (True, "vip", "VIP"), (True, "Others", "VIP")],
)
def test_a_wrong_name_deletes_nothing(sandbox, project, customers, replace, delete_old, told):
    project.plan_segment("VIP", customers.head(3)).create(progress=False)
    name = "VIP" if replace else "Newer"
    plan = project.plan_segment(name, customers.head(5), replace=replace)
    with pytest.raises(PlanError, match=told):
        plan.create(delete_old=delete_old)
    assert made(sandbox) == 1


def test_of_several_of_one_name_none_is_deleted(sandbox, project, customers):
    project.plan_segment("VIP", customers.head(3)).create(progress=False)
    project.plan_segment("VIP", customers.head(4), replace=True).create(progress=False)
    plan = project.plan_segment("VIP", customers.head(5), replace=True)
    with pytest.raises(PlanError, match="delete_segment"):
        plan.create(delete_old="VIP")
    with pytest.raises(ArgumentError, match="seg_"):
        project.delete_segment("VIP", confirm="VIP")
    assert len(project.fetch_segments()) == 2


def test_an_answer_with_the_old_segment_deletes_nothing(sandbox, project, customers, monkeypatch):
    """A server that takes the name for a key, and shows what is there already."""
    first = project.plan_segment("VIP", customers.head(3)).create(progress=False)
    plan = project.plan_segment("VIP", customers.head(5), replace=True)
    monkeypatch.setattr(Api, "create_segment", lambda api, _: api.get_segment(first.index[0]))
    with pytest.raises(ResponseError, match=first.index[0]) as raised:
        plan.create(delete_old="VIP", progress=False)
    assert raised.value.may_have_run
    assert project.fetch_segments().index.tolist() == first.index.tolist()


def test_a_passive_segment_that_has_turned_active_is_known_again(sandbox, project, customers):
    """Used in a rule the moment that it is there, while its answer is lost."""
    plan = plan_flag(project, customers.head(4))
    rule = dict(plan.order.rule)
    rule[f"metadata.{KEY}"] = {"conditions": {"$is": True}}  # as a server may write it
    real = Api.create_segment

    def lost(api, fields):
        real(api, {**fields, "type": "auto-update", "filter": rule})
        error = ResponseError("lost")
        error.may_have_run = True
        raise error

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Api, "create_segment", lost)
        plan.create(progress=False)
    assert made(sandbox) == 1
    assert plan.report.is_verified


def test_a_replaced_passive_segment_does_not_lend_its_members(sandbox, project, customers):
    schema = {"properties": {KEY: {"type": "boolean"}, f"{KEY}_2": {"type": "boolean"}}}
    sandbox.reset(sandbox.customers(), metadata_schema=schema)
    customers = project.fetch_customers(progress=False)
    plan_flag(project, customers.iloc[:4]).create(progress=False)
    plan = plan_flag(project, customers.iloc[2:6], replace=True)
    assert plan.flag.key == f"{KEY}_2"
    segment = plan.create(delete_old="Lapsed gold", progress=False)
    assert members(project, segment.index[0]) == set(customers.index[2:6])
    assert len(project.fetch_segments()) == 1


def test_replacing_nothing_is_told(project, customers):
    plan = project.plan_segment("VIP", customers.head(3), replace=True)
    assert "nothing_replaced" in kinds(plan, blocks=False)
    plan.create(progress=False)
    assert plan.report.is_verified
