"""A masked frame among the calls that write: none of them takes a mask for a value."""

from __future__ import annotations

import io

import pandas as pd
import pytest

import vfy_notebook as vfy
from tests.contract.push_support import fill, on_server, push
from vfy_notebook.errors import ArgumentError

PERSONAL = {"email": "ann@x.example", "phone": "+48600100200", "birthdate": "1990-05-01"}


@pytest.fixture
def customers(project, sandbox):
    fill(sandbox, 4, **PERSONAL)
    return project.fetch_customers(progress=False)


def test_a_push_sends_what_was_edited_and_no_mask(project, sandbox, customers):
    shown = vfy.mask(customers)
    assert project.plan_push(shown).edits.empty
    shown.loc["cust_00001", ["name", "metadata.tier"]] = ["Zoe", "gold"]
    plan = project.plan_push(shown)
    assert sorted(plan.edits["after"]) == ["Zoe", "gold"]
    push(plan)
    assert on_server(sandbox)["cust_00001"] == "gold"
    stored = {c["id"]: c for c in sandbox.customers()}
    assert all(c[name] == value for c in stored.values() for name, value in PERSONAL.items())
    assert stored["cust_00002"]["address"] == {"city": "Łódź", "country": "PL"}


@pytest.mark.parametrize("names", [None, ["metadata.tier"]], ids=["all_columns", "one_column"])
def test_the_plan_of_a_masked_frame_shows_nobody(project, customers, names):
    shown = vfy.mask(customers).assign(**{"metadata.tier": "gold"})
    plan = project.plan_push(shown if names is None else shown[names])
    told = str(plan) + plan._repr_html_() + plan.problems.to_string() + plan.edits.to_string()
    assert "cust_00001" in told
    for value in [*PERSONAL.values(), *customers["name"].dropna()]:
        assert value not in told


@pytest.mark.parametrize("is_plain", [True, False])
def test_nor_after_a_file(project, customers, is_plain):
    shown = vfy.plain(vfy.mask(customers)) if is_plain else vfy.mask(customers)
    back = pd.read_csv(io.StringIO(shown.to_csv(index=not is_plain)), dtype={"source_id": "str"})
    plan = project.plan_push(back)
    assert plan.edits.empty
    assert not plan.problems["blocks"].any()


def test_an_import_of_a_masked_frame_or_file_is_refused_before_anything_is_sent(
    project, sandbox, customers, tmp_path
):
    path = tmp_path / "masked.csv"
    path.write_text("Source_id,Name,Email\ns1,Ann,•••@•••\ns2,Bob,b@x.example\n", encoding="utf-8")
    masked = vfy.mask(customers[["source_id", "name", "email"]])
    before, calls = sandbox.customers(), project.calls.total
    for source in (path, masked):
        with pytest.raises(ArgumentError, match="masked"):
            project.import_csv(source, allow_partial=True, progress=False)
    assert (sandbox.customers(), project.calls.total) == (before, calls)


def test_the_ids_of_a_masked_frame_are_the_customers(project, customers):
    shown = vfy.mask(customers)
    pd.testing.assert_frame_equal(project.refresh(shown)[["email"]], customers[["email"]])
    assert len(project.plan_deletion(shown)) == len(customers)
    plan = project.plan_segment("Shown", shown)
    assert list(plan.customers.index) == list(customers.index)
    assert not plan.problems["blocks"].any()
