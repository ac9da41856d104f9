"""Frames that have been elsewhere, pushed: what arrives is what was edited."""

from __future__ import annotations

import io

import pandas as pd
import pytest

import vfy_notebook as vfy
from tests.contract.push_support import fetched, push
from vfy_notebook.errors import ArgumentError, PlanError

METADATA = ("store", "score", "vip", "tags", "since")


@pytest.fixture
def sandbox(sandbox):
    """Customers with everything that a file spoils, and no metadata schema."""
    sandbox.reset(
        metadata_schema={"properties": {}},
        customers=[
            {
                "id": f"cust_{i}",
                "source_id": f"00{i}7",
                "name": f"Name {i}",
                "phone": None if i == 3 else f"+4860012345{i}",
                "birthdate": f"1990-0{i + 1}-17",
                "address": {"postal_code": f"0{i}-1", "country": "NA" if i == 2 else "PL"},
                "metadata": {
                    "store": f"0000{i}",
                    "score": i,
                    "vip": bool(i % 2),
                    "tags": ["a", i],
                    "since": f"2024-0{i + 1}-31",
                },
                "created_at": f"2024-01-0{i + 1}T00:00:17.250Z",
                "updated_at": f"2024-02-0{i + 1}T00:00:17.250Z",
            }
            for i in range(6)
        ],
    )
    return sandbox


def from_csv(frame, **options):
    return pd.read_csv(io.StringIO(frame.to_csv()), **options)


def differing(before, after):
    """{(customer, field): value now} of the writable fields of two states of the server."""
    found = {}
    for was, now in zip(before, after, strict=True):
        for field in ("name", "phone", "birthdate", "address"):
            if was[field] != now[field]:
                found[was["id"], field] = now[field]
        for key in METADATA:
            if repr(was["metadata"][key]) != repr(now["metadata"].get(key)):
                found[was["id"], key] = now["metadata"].get(key)
    return found


def edits(plan):
    return {(e.customer_id, e.field): e.after for e in plan.edits.itertuples()}


ELSEWHERE = {
    "csv": lambda c: from_csv(c, index_col=0),
    "csv, ids as a column": from_csv,
    "csv of texts": lambda c: from_csv(c, dtype=str, keep_default_na=False),
    "json": lambda c: pd.read_json(
        io.StringIO(c.to_json(orient="split", date_format="iso")), orient="split"
    ),
    "merged": lambda c: c.merge(
        pd.DataFrame({"source_id": ["0007"], "note": ["x"]}), on="source_id", how="left"
    ).drop(columns="note"),
    "grouped": lambda c: c.groupby("metadata.vip", group_keys=True).apply(lambda g: g),
    "source_ids as numbers": lambda c: from_csv(
        c.reset_index(drop=True).drop(columns=["updated_at"]), index_col=0
    ),
}


@pytest.mark.parametrize("elsewhere", ELSEWHERE.values(), ids=ELSEWHERE)
def test_one_edit_elsewhere_is_that_edit_on_the_server(project, sandbox, elsewhere):
    before, _ = fetched(project)
    frame = elsewhere(before)
    assert edits(project.plan_push(frame)) == {}
    was = sandbox.customers()
    frame["metadata.score"] = frame["metadata.score"].astype(object)
    frame.loc[frame["name"] == "Name 4", "metadata.score"] = 99
    plan = project.plan_push(frame)
    assert edits(plan) == {("cust_4", "metadata.score"): 99}
    push(plan).raise_if_failed()
    assert differing(was, sandbox.customers()) == {("cust_4", "score"): 99}


def test_a_spreadsheets_cut_times_tell_the_version_all_the_same(project):
    before, _ = fetched(project)
    frame = from_csv(before, index_col=0)
    for name in ("created_at", "updated_at"):
        frame[name] = pd.to_datetime(frame[name]).dt.strftime("%Y-%m-%d %H:%M")
    frame.loc["cust_1", "name"] = "New"
    assert edits(project.plan_push(frame)) == {("cust_1", "name"): "New"}


@pytest.mark.parametrize("shown", ["%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M", "%m/%d/%Y", "%Y-%m-%d"])
def test_times_as_files_show_them_tell_the_version_also_beside_a_new_customer(
    project, sandbox, shown
):
    sandbox.touch("cust_0", updated_at=None)
    before, _ = fetched(project)
    frame = pd.read_csv(io.StringIO(before.to_csv(date_format=shown)), index_col=0)
    frame["phone"] = before["phone"]
    frame.loc["cust_1", "name"] = "New"
    plan = project.plan_push(frame)
    assert edits(plan) == {("cust_1", "name"): "New"}
    assert not plan.problems["blocks"].any()


def test_where_two_versions_look_the_same_nobody_knows_which_one_it_was(project, sandbox):
    project.fetch_customers(progress=False)
    sandbox.touch("cust_1", name="Other", updated_at="2024-02-02T17:00:00.000Z")
    before, _ = fetched(project)
    frame = pd.read_csv(io.StringIO(before.to_csv(date_format="%Y-%m-%d")), index_col=0)
    frame.loc["cust_1", "name"] = "New"
    plan = project.plan_push(frame)
    assert plan.problems.query("blocks")["kind"].tolist() == ["aged_copy"]


def test_cells_that_differ_in_dress_only_are_a_note_and_sent_where_they_are_meant(project, sandbox):
    _, after = fetched(project)
    after["metadata.score"] = after["metadata.score"].astype("str")
    plan = project.plan_push(after)
    assert edits(plan) == {}
    (note,) = plan.problems.itertuples()
    assert (note.kind, note.blocks) == ("dress", False)
    assert "metadata.score (6)" in note.message
    assert "retype=['metadata.score']" in note.message
    plan = project.plan_push(after, retype=["metadata.score"])
    assert list(edits(plan).values()) == [str(i) for i in range(6)]
    push(plan).raise_if_failed()
    assert [c["metadata"]["score"] for c in sandbox.customers()] == [str(i) for i in range(6)]
    with pytest.raises(ArgumentError, match=r"metadata\.scor'.*no such column"):
        project.plan_push(after, retype=["metadata.scor"])


@pytest.mark.parametrize(
    ("name", "value", "kind", "mended"),
    [
        ("phone", 48600999999, "dress_digits", "+48600999999"),
        ("metadata.store", 77, "dress_digits", "00077"),
        ("metadata.score", "many", "value", 7),
        ("metadata.vip", "perhaps", "value", True),
        ("metadata.tags", "rock", "value", '["rock"]'),
        ("birthdate", "soon", "value", "1991-02-03"),
    ],
)
def test_what_cannot_be_decided_is_one_problem_whose_way_out_works(
    project, name, value, kind, mended
):
    before, _ = fetched(project)
    frame = from_csv(before, index_col=0)
    if kind != "dress_digits":
        frame = from_csv(before, index_col=0, dtype=str, keep_default_na=False)
    frame[name] = frame[name].astype(object)
    frame.loc[["cust_1", "cust_4"], name] = value
    plan = project.plan_push(frame)
    (problem,) = plan.problems[plan.problems["blocks"]].itertuples()
    assert (problem.kind, problem.field) == (kind, name)
    assert problem.customers == ["cust_1", "cust_4"]
    with pytest.raises(PlanError, match=name):
        push(plan)
    if kind == "dress_digits":
        assert f"dtype={{{name!r}: 'str'}}" in problem.way_out
        frame = from_csv(before, index_col=0, dtype={name: "str"})
    frame.loc[["cust_1", "cust_4"], name] = mended
    wanted = ["rock"] if name == "metadata.tags" else mended
    assert set(map(str, edits(project.plan_push(frame)).values())) == {str(wanted)}


def test_words_for_missing_beside_missing_cells_are_a_problem_whose_way_out_works(project):
    _, after = fetched(project)
    after["metadata.score"] = after["metadata.score"].astype(object)
    after.loc["cust_1", "metadata.score"] = "nan"
    (problem,) = project.plan_push(after).problems.itertuples()
    assert problem.kind == "dress_missing"
    code = problem.way_out[problem.way_out.index("edited") :].removesuffix(".")
    exec(code, {"edited": after})  # noqa: S102 - our own code
    assert edits(project.plan_push(after)) == {("cust_1", "metadata.score"): None}


def test_rows_of_nobody_block_and_doubled_customers_are_refused(project):
    before, _ = fetched(project)
    frame = from_csv(before)
    frame.loc[2, "customer_id"] = None
    frame = frame.drop(columns="source_id")
    (problem,) = project.plan_push(frame).problems.query("blocks").itertuples()
    assert (problem.kind, problem.customers) == ("no_customer", ["3"])
    with pytest.raises(PlanError, match=r"more than one row.*cust_1.*duplicated"):
        project.plan_push(pd.concat([before, before.iloc[[1]]]))


def test_customers_that_nobody_remembers_are_found_by_their_source_id(make_project, project):
    stranger = make_project()
    values = pd.DataFrame({"source_id": ["0017", "0027"], "name": ["A", None]})
    plan = stranger.plan_push(values)
    assert edits(plan) == {("cust_1", "name"): "A"}
    assert stranger.calls.by_operation["get_customer"] <= 4


def test_new_customers_come_in_the_dress_of_the_others(project, sandbox):
    before, _ = fetched(project)
    new = {"source_id": "900", "name": "New", "metadata.vip": True, "metadata.tags": "['z']"}
    frame = from_csv(before, dtype={"source_id": "str"})
    frame = pd.concat([frame, pd.DataFrame([new])], ignore_index=True)
    frame["metadata.vip"] = frame["metadata.vip"].map({True: "yes", False: "no"})
    plan = project.plan_push(frame, create_missing=True)
    push(plan).raise_if_failed()
    made = sandbox.customer("900")
    assert made["name"] == "New"
    assert made["metadata"] == {"vip": True, "tags": ["z"]}
    assert len(sandbox.customers()) == 7


def test_types_are_those_of_the_schema_where_there_is_one(project, sandbox):
    fields = {"properties": {"vip": {"type": "boolean"}, "new": {"type": "number"}}}
    sandbox.reset(customers=sandbox.customers(), metadata_schema=fields)
    before, _ = fetched(project)
    frame = from_csv(before, index_col=0)
    frame["metadata.vip"] = ["TRUE"] * 6
    frame["metadata.new"] = ["1", "2.5", "", "", "", ""]
    plan = project.plan_push(frame, new_keys=True)
    assert edits(plan) == {
        **{(f"cust_{i}", "metadata.vip"): True for i in (0, 2, 4)},
        ("cust_0", "metadata.new"): 1,
        ("cust_1", "metadata.new"): 2.5,
    }


def test_a_frame_that_lost_its_index_in_a_merge_is_told_how_its_rows_were_found(project):
    before, _ = fetched(project)
    tiers = pd.DataFrame({"source_id": ["0007"], "metadata.tier": ["gold"]})
    merged = before.merge(tiers, on="source_id", how="left")
    plan = project.plan_push(merged, new_keys=["metadata.tier"])
    assert plan.edits[["customer_id", "after"]].to_numpy().tolist() == [["cust_0", "gold"]]
    assert "source_id" in str(plan)
    refused = project.plan_push(merged)
    with pytest.raises(PlanError, match=r"(?s)metadata\.tier.*customer_id.*source_id"):
        push(refused)


def category(frame):
    return frame.astype(dict.fromkeys(["name", "summary.orders.total_count"], "category"))


def test_columns_of_arrow_and_of_categories_are_compared_also_where_nobody_writes(project):
    before, _ = fetched(project)
    for dressed in (before.convert_dtypes(dtype_backend="pyarrow"), category(before)):
        assert edits(project.plan_push(dressed)) == {}
        dressed["name"] = dressed["name"].astype(object)
        dressed.loc["cust_4", "name"] = "New"
        assert edits(project.plan_push(dressed)) == {("cust_4", "name"): "New"}


def test_no_text_and_a_missing_cell_are_one_in_a_csv(project, sandbox, tmp_path):
    sandbox.touch("cust_1", name="")
    before, _ = fetched(project)
    before.to_csv(tmp_path / "customers.csv")
    frame = vfy.read_csv(tmp_path / "customers.csv")
    assert edits(project.plan_push(frame)) == {}
    nullable = from_csv(before, index_col=0, dtype_backend="numpy_nullable")
    assert edits(project.plan_push(nullable)) == {}
