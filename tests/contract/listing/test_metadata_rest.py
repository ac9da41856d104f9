"""Thousands of metadata keys that hardly anybody has: they cost no columns, and are all known."""

from __future__ import annotations

import io
import json
import warnings

import pandas as pd
import pytest

import vfy_notebook as vfy
from tests.contract.push_support import push
from vfy_notebook.api.pages import iso_from_ms
from vfy_notebook.errors import ArgumentError, VfyNotebookWarning
from vfy_notebook.frames.metadata import rest as metadata_rest
from vfy_notebook.frames.schema import FIXED_NAMES
from vfy_notebook.snapshots.store import PROCESS_STORE, SnapshotStore

HOSTILE, KEYS_EACH = 6, 20

#: The bound of most tests here, which need not wait for a thousand columns.
BOUND = 40

#: The schema's own key is rarer than any other.
SCHEMA = {
    "properties": {
        "tier": {"type": "string"},
        "score": {"type": "number"},
        "vip_since": {"type": "string"},
    }
}


def metadata_of(i, each=KEYS_EACH):
    """The metadata of one customer; the first ones have hundreds of keys of their own."""
    held = {"tier": "bronze", "score": i}
    if i < HOSTILE:
        held |= {f"k{i}_{j:03d}": [j, {"of": i}] if j == 7 else f"é{j}" for j in range(each)}
        held |= {"id": 2**70 + i, "shared": i}
    if i == 0:
        held |= {"vip_since": "2020", "zz_rare": 1.5}
    return held


def fill_hostile(sandbox, count=30, each=KEYS_EACH):
    sandbox.reset(
        metadata_schema=SCHEMA,
        customers=[
            {
                "id": f"cust_{i:05d}",
                "source_id": f"s{i}",
                "metadata": metadata_of(i, each),
                "created_at": iso_from_ms(1_704_067_200_000 + 60_000 * i),
            }
            for i in range(count)
        ],
    )


@pytest.fixture
def fetch(project, sandbox, monkeypatch):
    monkeypatch.setattr(metadata_rest, "MAX_METADATA_COLUMNS", BOUND)
    fill_hostile(sandbox)

    def fetch(**options):
        with pytest.warns(VfyNotebookWarning, match="metadata_rest") as told:
            frame = project.fetch_customers(progress=False, **options)
        assert len(told) == 1
        return frame

    return fetch


def shown(frame, i):
    """One customer's metadata, as the frame shows it."""
    row = frame.loc[f"cust_{i:05d}"]
    held = {
        name.removeprefix("metadata."): row[name]
        for name in frame.columns
        if name.startswith("metadata.")
        and not (pd.api.types.is_scalar(row[name]) and pd.isna(row[name]))
    }
    return held | json.loads(
        row["metadata_rest"] if isinstance(row["metadata_rest"], str) else "{}"
    )


def test_the_rarest_of_thousands_of_keys_share_one_column_and_nothing_is_lost(
    fetch, sandbox, monkeypatch
):
    monkeypatch.setattr(metadata_rest, "MAX_METADATA_COLUMNS", 1_000)
    fill_hostile(sandbox, each=200)
    frame = fetch(metadata_keys=["k5_199", "metadata.zz_rare"])
    own = {name for name in frame.columns if name not in FIXED_NAMES}
    assert len(own) == 1001
    assert {"metadata.tier", "metadata.score", "metadata.shared", "metadata.id"} <= own
    # The schema's, and those that were asked for.
    assert {"metadata.vip_since", "metadata.k5_199", "metadata.zz_rare"} <= own
    assert frame["metadata_rest"].dtype == "str"
    assert frame["metadata_rest"].isna()[HOSTILE:].all()
    for i in range(len(frame)):
        assert shown(frame, i) == metadata_of(i, 200)


def test_it_costs_one_call_more_and_only_there(project, sandbox, fetch):
    fetch()
    assert project.calls.by_operation == {"list_customers": 1, "metadata_schema": 1}
    sandbox.reset(customers=[{"id": "cust_1", "metadata": {"a": 1}}])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        frame = project.fetch_customers(progress=False)
    assert "metadata_rest" not in frame.columns
    assert project.calls.by_operation["metadata_schema"] == 1


def test_a_token_without_the_schema_still_gets_the_customers(sandbox, fetch):
    sandbox.script({"path": "/v1/metadata-schemas/customer", "do": "status", "status": 403})
    frame = fetch()
    assert "metadata_rest" in frame.columns
    assert "metadata.vip_since" not in frame.columns


def test_one_text_is_no_list_of_keys(project):
    with pytest.raises(ArgumentError, match="metadata_keys"):
        project.fetch_customers(metadata_keys="tier")
    assert project.calls.total == 0


def test_an_unedited_frame_has_no_edits_after_a_file_either(project, fetch):
    frame = fetch()
    assert project.plan_push(frame).edits.empty
    back = pd.read_csv(io.StringIO(frame.to_csv()), dtype={"source_id": "str"})
    plan = project.plan_push(back)
    assert plan.edits.empty
    assert not plan.problems["blocks"].any()


@pytest.mark.parametrize("is_remembered", [True, False])
def test_a_key_of_the_rest_is_edited_by_a_column_of_its_own(
    project, sandbox, fetch, monkeypatch, is_remembered
):
    sandbox.set(put_metadata="replace", bulk_metadata="replace")
    frame = fetch()
    in_rest = json.loads(frame.loc["cust_00005", "metadata_rest"])
    key = next(key for key in in_rest if isinstance(in_rest[key], str))
    edited = frame.copy()
    edited["metadata." + key] = pd.Series({"cust_00005": "mine"}, dtype="str").reindex(frame.index)
    edited.loc["cust_00005", "description"] = "so that all metadata goes along"
    if not is_remembered:
        monkeypatch.setattr(project._snapshots, "_store", SnapshotStore())
    plan = project.plan_push(edited, columns=["metadata." + key, "description"])
    assert not plan.problems["blocks"].any(), plan.problems["message"].to_list()
    told = plan.edits.set_index("field").loc["metadata." + key]
    assert (told["customer_id"], told["before"], told["after"]) == (
        "cust_00005",
        in_rest[key],
        "mine",
    )
    report = push(plan)
    assert report.counts == {"updated": 1}
    stored = {c["id"]: c["metadata"] for c in sandbox.customers()}
    assert stored["cust_00005"] == metadata_of(5) | {key: "mine"}
    now = report.customers
    assert now.loc["cust_00005", "metadata." + key] == "mine"
    assert set(now.columns) == set(edited.columns)
    assert push(report.plan_undo()).counts == {"updated": 1}
    assert {c["id"]: c["metadata"] for c in sandbox.customers()}["cust_00005"] == metadata_of(5)


def test_a_key_of_the_rest_is_no_new_key(project, fetch):
    frame = fetch()
    key = next(iter(json.loads(frame.loc["cust_00005", "metadata_rest"])))
    plan = project.plan_push(frame.assign(**{"metadata." + key: "for all"}))
    assert not plan.problems["blocks"].any()
    assert len(plan.edits) == len(frame)
    plan = project.plan_push(frame.assign(**{"metadata." + key + "x": "for all"}))
    assert plan.problems.loc[plan.problems["blocks"], "kind"].to_list() == ["new_key"]


EDITED = {
    "a value": lambda text: text.replace("é", "e", 1),
    "one key less": lambda text: json.dumps(dict(list(json.loads(text).items())[1:])),
    "no JSON": lambda text: text[:-3],
    "nothing": lambda _text: None,
    "a number": lambda _text: 7,
}


@pytest.mark.parametrize("edit", EDITED.values(), ids=EDITED)
def test_an_edit_of_the_rest_is_refused_with_a_way_out_that_works(project, fetch, edit):
    frame = fetch()
    edited = frame.copy()
    edited["metadata_rest"] = edited["metadata_rest"].astype(object)
    who = frame.index[frame["metadata_rest"].notna()][-1]
    edited.loc[who, "metadata_rest"] = edit(frame.loc[who, "metadata_rest"])
    plan = project.plan_push(edited)
    blocking = plan.problems[plan.problems["blocks"]]
    assert blocking["kind"].to_list() == ["read_only"]
    assert who in blocking["message"].item()
    with_column = edited.drop(columns="metadata_rest")
    key = next(iter(json.loads(frame.loc[who, "metadata_rest"])))
    with_column.loc[who, "metadata." + key] = "meant"
    plan = project.plan_push(with_column)
    assert not plan.problems["blocks"].any()
    assert plan.edits["after"].to_list() == ["meant"]


def test_the_same_json_in_other_words_is_no_edit(project, fetch):
    frame = fetch()
    texts = frame["metadata_rest"]
    other = texts.map(lambda text: json.dumps(json.loads(text), indent=1), na_action="ignore")
    plan = project.plan_push(frame.assign(metadata_rest=other))
    assert plan.edits.empty
    assert not plan.problems["blocks"].any()


def test_a_csv_file_read_like_the_frame_has_no_edits(project, fetch, tmp_path):
    frame = fetch()
    frame.to_csv(tmp_path / "c.csv")
    back = vfy.read_csv(tmp_path / "c.csv", like=frame)
    plan = project.plan_push(back)
    assert plan.edits.empty
    assert not plan.problems["blocks"].any()


def test_what_a_new_customer_would_not_get_is_told(project, fetch):
    frame = fetch()
    new = frame.loc[["cust_00005"]].assign(source_id="new").set_axis(["new"]).rename_axis("label")
    kept = ["source_id", "name", "metadata.tier", "metadata_rest"]
    plan = project.plan_push(new[kept].set_index("source_id"), create_missing=True)
    told = plan.problems[plan.problems["kind"] == "ignored"]
    assert told["field"].to_list() == ["metadata_rest"]
    assert not plan.problems["blocks"].any()


def test_refreshing_keeps_the_columns_and_reads_the_rest_anew(project, sandbox, fetch):
    frame = fetch()
    sandbox.touch("s5", metadata=metadata_of(5) | {"k5_019": "moved", "brand_new": 1})
    some = frame.loc[["cust_00005", "cust_00029"]]
    refreshed = project.refresh(some)
    assert set(refreshed.columns) <= set(frame.columns)
    assert shown(refreshed, 5) == metadata_of(5) | {"k5_019": "moved", "brand_new": 1}
    nobody = project.refresh(frame.loc[["cust_00029"]])
    assert nobody["metadata_rest"].isna().all()
    assert nobody["metadata_rest"].dtype == "str"


def test_an_excel_file_keeps_it_and_knows_it_again(project, fetch, tmp_path, monkeypatch):
    frame = fetch()
    path = vfy.to_excel(frame, tmp_path / "c.xlsx")
    monkeypatch.setattr(PROCESS_STORE, "_held", {})
    back = vfy.read_excel(path)
    assert project.plan_push(back).edits.empty
    key = next(iter(json.loads(frame.loc["cust_00005", "metadata_rest"])))
    back.loc["cust_00005", "metadata." + key] = "by Excel"
    plan = project.plan_push(back, new_keys=[key])
    assert not plan.problems["blocks"].any(), plan.problems["message"].to_list()
    assert plan.edits[["before", "after"]].to_numpy().tolist() == [["é0", "by Excel"]]


def test_an_export_that_gives_all_metadata_keeps_to_the_same_columns(project, sandbox):
    """Its metadata are the schema's keys, which all have columns."""
    fill_hostile(sandbox)
    frame = project.fetch_customers(via="export", progress=False)
    assert {"metadata.tier", "metadata.vip_since"} <= set(frame.columns)
    assert "metadata_rest" not in frame.columns


def test_saved_parts_hold_all_of_it_in_one_column(project, sandbox, tmp_path):
    fill_hostile(sandbox)
    project.save_customers(tmp_path / "parts", progress=False)
    saved = pd.read_parquet(tmp_path / "parts")
    assert [n for n in saved.columns if n.startswith("metadata.")] == [
        "metadata.score",
        "metadata.tier",
        "metadata.vip_since",
    ]
    held = {who: json.loads(text) for who, text in saved["metadata"].items()}
    assert held == {f"cust_{i:05d}": metadata_of(i) for i in range(len(saved))}


def test_a_csv_import_would_lose_the_rest_and_is_refused(project, sandbox, fetch):
    """An import overwrites whole profiles."""
    frame = fetch()
    before = sandbox.customers()
    with pytest.raises(ArgumentError, match="cust_00005"):
        project.import_csv(frame.iloc[5:9], allow_partial=True, progress=False)
    assert sandbox.customers() == before
    others = frame.iloc[10:12].dropna(axis="columns", how="all").assign(name="imported")
    with pytest.warns(VfyNotebookWarning):
        project.import_csv(others.assign(metadata_rest=None), allow_partial=True, progress=False)
    stored = {c["id"]: c for c in sandbox.customers()}
    assert stored["cust_00010"]["name"] == "imported"
    assert stored["cust_00010"]["metadata"].keys() == {"tier", "score"}
