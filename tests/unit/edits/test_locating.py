from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

from tests.unit.edits.frames import customer, frame_of
from vfy_notebook.edits.locating import locate
from vfy_notebook.errors import PlanError


def customers(count=4, source_id="s{}"):
    return frame_of(
        *(
            customer(i, source_id=source_id.format(i), metadata={"vip": bool(i % 2)})
            for i in range(count)
        )
    )


def located(frame, base, known=None):
    known = set(base.index) if known is None else known
    ids = dict(zip(base["source_id"].dropna(), base.index, strict=False))
    return locate(frame, known.__contains__, lambda _: ids)


def from_csv(frame, **options):
    return pd.read_csv(io.StringIO(frame.to_csv()), **options)


def run(way_out, edited):
    """What the Python in a way out gives: from the first `edited` on, until it is closed."""
    code = way_out[way_out.index("edited") :]
    depth = 0
    for end, sign in enumerate(code):
        depth += (sign in "[(") - (sign in "])")
        if sign == "]" and depth == 0:
            return eval(code[: end + 1], {"edited": edited})  # noqa: S307 - our own code
    raise AssertionError(way_out)


TIERS = pd.DataFrame({"source_id": ["s0", "s2"], "metadata.tier": ["gold", "gold"]})

MOVED = {
    "as fetched": lambda c: c,
    "a column": lambda c: c.reset_index(),
    "a column kept beside the index": lambda c: c.assign(customer_id=c.index),
    "a CSV with the ids as a column": from_csv,
    "a CSV with the ids as an index": lambda c: from_csv(c, index_col=0),
    "an index without a name": lambda c: c.rename_axis(None),
    "its column": lambda c: c.rename_axis(None).reset_index(),
    "its CSV": lambda c: from_csv(c.rename_axis(None)),
    "a categorical index": lambda c: c.set_index(pd.CategoricalIndex(c.index, name="customer_id")),
    "groups": lambda c: c.groupby("metadata.vip", group_keys=True).apply(lambda g: g),
    "groups as columns": lambda c: (
        c.groupby("metadata.vip", group_keys=True).apply(lambda g: g).reset_index()
    ),
    "two levels": lambda c: c.set_index("source_id", append=True, drop=False),
    "merged, with the ids": lambda c: c.reset_index().merge(TIERS, on="source_id", how="left"),
    "merged with itself": lambda c: c.reset_index().merge(
        c.reset_index()[["customer_id", "source_id"]], on="source_id"
    ),
    "merged on the source_id": lambda c: c.merge(TIERS, on="source_id", how="left"),
    "by source_id": lambda c: c.set_index("source_id"),
    "by source_id in one of two levels": lambda c: c.set_index(["metadata.vip", "source_id"]),
    "by a source_id that merge has renamed": lambda c: c.rename(
        columns={"source_id": "source_id_x"}
    ).reset_index(drop=True),
    "with blank rows": lambda c: pd.concat(
        [c.reset_index(), pd.DataFrame({"customer_id": [None, ""]})], ignore_index=True
    ),
}


@pytest.mark.filterwarnings("ignore:The behavior of DataFrame concatenation")
@pytest.mark.parametrize("move", MOVED.values(), ids=MOVED)
def test_customers_are_found(move):
    base = customers()
    found = located(move(base), base)
    assert found.problems == ()
    assert found.frame.index.name == "customer_id"
    assert sorted(found.frame.index) == [f"cust_{i}" for i in range(4)]
    assert found.frame.loc["cust_2", "name"] == "Name 2"
    assert "customer_id" not in found.frame.columns
    vip = found.frame["metadata.vip"]
    assert {customer_id: bool(vip[customer_id]) for customer_id in base.index} == {
        f"cust_{i}": bool(i % 2) for i in range(4)
    }


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("{}7", lambda texts: texts.astype("int64")),
        ("{}7", lambda texts: texts.astype("float64")),
        ("00{}7", lambda texts: texts.astype("int64")),
        ("00{}7", lambda texts: texts.astype("int64").astype("str")),
        ("00{}7", lambda texts: texts.astype("float64").astype("str")),
        ("{}7", lambda texts: texts),
    ],
)
def test_source_ids_of_digits_are_found_as_numbers_too(stored, shown):
    base = customers(source_id=stored)
    frame = base[["name"]].reset_index(drop=True)
    frame["source_id"] = shown(base["source_id"].reset_index(drop=True))
    found = located(frame, base)
    assert found.problems == ()
    assert found.frame.index.tolist() == base.index.tolist()
    assert found.frame["source_id"].tolist() == base["source_id"].tolist()


@pytest.mark.parametrize("name", ["index", "Unnamed: 0", "id"])
def test_ids_are_known_in_a_column_whose_name_tells_nothing(name):
    base = customers()
    frame = base[["name"]].rename_axis(name).reset_index()
    assert located(frame, base).frame.index.tolist() == base.index.tolist()


def test_a_frame_as_fetched_is_taken_as_it_is():
    base = customers()
    assert located(base, base).frame is base


def test_a_row_without_customer_id_is_never_looked_for_by_its_source_id():
    base = customers()
    frame = base.reset_index()
    frame.loc[1, "customer_id"] = None
    found = located(frame, base)
    assert found.frame.index.tolist() == ["cust_0", "s1", "cust_2", "cust_3"]


def test_rows_of_nobody_are_one_problem_whose_way_out_works():
    base = customers()
    frame = base.reset_index().drop(columns="source_id")
    frame.loc[[1, 2], "customer_id"] = [None, ""]
    frame.loc[3, "customer_id"] = np.nan
    (problem,) = located(frame, base).problems
    assert (problem.kind, problem.blocks) == ("no_customer", True)
    assert problem.customers == ("2", "3", "4")
    edited = frame.replace({"customer_id": {"": None}})
    edited = run(problem.way_out, edited)
    assert located(edited, base).problems == ()


@pytest.mark.parametrize(
    "double",
    [
        lambda c: pd.concat([c, c.iloc[1:3]]),
        lambda c: pd.concat([c, c.iloc[1:3]]).reset_index(),
        lambda c: pd.concat([c, c.iloc[1:3]]).set_index("metadata.vip", append=True, drop=False),
        lambda c: pd.concat([c, c.iloc[1:3]]).reset_index(drop=True),
    ],
    ids=["index", "column", "level", "source_id"],
)
def test_doubled_customers_are_one_problem_whose_way_out_works(double):
    base = customers()
    frame = double(base)
    found = located(frame, base)
    (problem,) = found.problems
    assert (problem.kind, problem.blocks) == ("doubled_customer", True)
    assert set(problem.customers) == {"cust_1", "cust_2"}
    assert found.frame.index.tolist() == ["cust_0", "cust_3"]
    kept = run(problem.way_out, frame)
    assert located(kept, base).problems == ()


@pytest.mark.parametrize("number", [42, 42.0, "42.0", "4.2E+1"])
def test_numbers_that_may_be_several_source_ids_are_a_problem(number):
    base = frame_of(customer(0, source_id="42"), customer(1, source_id="0042"))
    frame = pd.DataFrame({"source_id": [number], "name": ["x"]})
    (problem,) = located(frame, base).problems
    assert (problem.kind, problem.blocks) == ("unclear_customer", True)
    assert "dtype={'source_id': 'str'}" in problem.way_out


def test_a_number_that_no_customer_has_is_no_new_one_where_zeros_may_be_lost():
    padded = customers(source_id="00{}7")
    frame = pd.DataFrame({"source_id": [99, 7], "name": ["x", "y"]})
    assert [p.kind for p in located(frame, padded).problems] == ["unclear_customer"]
    plain = customers(source_id="7{}")
    assert located(frame.head(1), plain).frame.index.tolist() == ["99"]


def test_new_customers_are_called_by_their_source_id():
    base = customers()
    frame = pd.DataFrame({"source_id": ["s1", "new"], "name": ["x", "y"]})
    found = located(frame, base)
    assert found.frame.index.tolist() == ["cust_1", "new"]
    assert found.frame["source_id"].tolist() == ["s1", "new"]


def test_index_and_column_that_name_different_customers_are_refused():
    base = customers()
    frame = base.assign(customer_id=base.index[::-1])
    with pytest.raises(PlanError, match=r"name different customers in 4 rows"):
        located(frame, base)
    merged = base.reset_index().merge(base.reset_index(), on="metadata.vip")
    with pytest.raises(PlanError, match=r"customer_id_x.*customer_id_y"):
        located(merged, base)


def test_a_frame_that_names_no_customers_is_refused_with_the_way_out():
    base = customers()
    frame = base.drop(columns="source_id").merge(TIERS.iloc[:, 1:], how="cross")
    with pytest.raises(PlanError, match=r"names no customers.*reset_index\(\)"):
        located(frame, base)


def test_an_index_of_texts_is_one_of_customers_where_nothing_else_is():
    base = customers()
    frame = base[["name"]].rename_axis("who")
    assert located(frame, base, known=()).frame.index.tolist() == base.index.tolist()
