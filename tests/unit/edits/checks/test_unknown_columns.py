from __future__ import annotations

import ast

import pandas as pd
import pytest

from vfy_notebook.edits.checks.near_names import near_names
from vfy_notebook.edits.checks.unknown_columns import meant_by, unknown_columns


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("adress.city", "address.city"),
        ("addres.city", "address.city"),
        ("address.ctiy", "address.city"),
        ("adress.ctiy", "address.city"),
        ("Address.City", "address.city"),
        ("adres.cuontry", "address.country"),  # two letters here, and two there
        ("emial", "email"),
        ("e-mail", "email"),
        ("Email", "email"),
        ("email ", "email"),
        ("phon", "phone"),
        ("name_x", "name"),
        ("birthdate_y", "birthdate"),
        ("metadta.tier", "metadata.tier"),
        ("Metadata.tier", "metadata.tier"),
        ("meta_data.tier", "metadata.tier"),
        ("sumary.orders.total_amount", "summary.orders.total_amount"),
    ],
)
def test_misspelt_columns_are_known_for_what_they_mean(name, meant):
    assert meant_by(name) == meant


@pytest.mark.parametrize(
    "name", ["age", "band", "rank", "score", "segment", "rfm", "date", "cohort", "group", "x", ""]
)
def test_helper_columns_are_no_misspelt_ones(name):
    assert meant_by(name) is None


def test_near_columns_come_first_as_one_problem_with_a_way_out_that_works():
    frame = pd.DataFrame(columns=["adress.city", "band", "emial", 5])
    near, helpers = unknown_columns(list(frame.columns))
    assert (near.kind, near.blocks, near.columns) == ("near_name", True, ("adress.city", "emial"))
    assert (helpers.kind, helpers.blocks) == ("helper_column", False)
    assert helpers.columns == ("band", "5")
    told = near.way_out.partition("columns=")[2].partition(")")[0]
    renamed = frame.rename(columns=ast.literal_eval(told))
    assert {"address.city", "email"} <= set(renamed.columns)


def test_one_column_is_named_as_the_problems_field():
    (near,) = unknown_columns(["emial"])
    (helper,) = unknown_columns(["band"])
    assert near.field == "emial"
    assert helper.field == "band"
    assert "metadata.band" in helper.way_out


def test_the_toolkits_own_columns_are_neither():
    assert unknown_columns(["customer_id", "metadata"]) == []


def test_hundreds_of_columns_are_two_short_problems():
    names = [f"h{i}" for i in range(900)] + [f"name_{i}" for i in range(9)]
    problems = unknown_columns(names)
    assert [len(p.columns) for p in problems] == [9, 900]
    assert all(len(p.message) <= 720 for p in problems)


def test_near_names_are_sorted_by_nearness_and_few():
    known = ["tier", "tiers", "tier_2", "tire", "other"]
    assert near_names("teir", known) == ["tier", "tiers"]
    assert near_names("Tier", known)[0] == "tier"


@pytest.mark.parametrize(
    "name", ["metadata_tier", "metadata/tier", "metadata-tier", "metadatatier"]
)
def test_a_fetched_column_that_is_gone_may_be_meant(name):
    fetched = ["metadata.tier", "metadata.score"]
    (near,) = unknown_columns([name], {name, "metadata.score"}, fetched)
    assert (near.kind, near.blocks) == ("near_name", True)
    assert "metadata.tier" in near.way_out
    (helper,) = unknown_columns([name], {name, *fetched}, fetched)
    assert (helper.kind, helper.blocks) == ("helper_column", False)
