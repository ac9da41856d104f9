"""A Dask DataFrame is drawn as the same picture as the pandas DataFrame that it is made of."""

from __future__ import annotations

import dask
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest

from vfy_notebook.errors import ArgumentError
from vfy_notebook.plots import (
    order_value,
    segment_breakdown,
    segment_intersections,
    segment_overlap,
    segment_sizes,
    signups,
)

CUSTOMERS = 400


@pytest.fixture(autouse=True)
def _in_this_thread():
    with dask.config.set(scheduler="synchronous"):
        yield


@pytest.fixture(scope="module")
def customers():
    """Columns of every kind that customers have, with gaps in all of them."""
    random = np.random.default_rng(7)
    index = pd.Index([f"cust_{n:04d}" for n in range(CUSTOMERS)], dtype="str", name="customer_id")

    def some(values, dtype=None, gaps=0.1):
        picked = [values[place] for place in random.integers(0, len(values), CUSTOMERS)]
        cells = [
            None if missing else value
            for missing, value in zip(random.random(CUSTOMERS) < gaps, picked, strict=True)
        ]
        return pd.Series(cells, index=index, dtype=dtype)

    days = pd.to_datetime(random.integers(1_600_000_000, 1_700_000_000, CUSTOMERS), unit="s")
    return pd.DataFrame(
        {
            "created_at": pd.Series(days.as_unit("us").tz_localize("UTC"), index=index).where(
                random.random(CUSTOMERS) > 0.05
            ),
            "birthdate": pd.Series(days.as_unit("us"), index=index),
            "address.city": some([*"abcdefghijkl", "Łódź", "no value"], "str"),
            "summary.orders.average_amount": some([0, 999, 1250, 90_000], "Int64"),
            "summary.orders.total_count": some([0, 1, 2, 7], "Int64"),
            "metadata.score": pd.Series(random.normal(50, 20, CUSTOMERS), index=index).round(1),
            "metadata.flag": some([True, False], "boolean"),
            "metadata.mixed": some([1, "1", True, 2.5, [1, "x"], {"b": 1, "a": [None]}], object),
            "metadata.tags": some([["a"], ["a", "b"], []], object),
            "metadata.day": some(["2024-05-31", "2023-01-01T10:00:00Z"], object),
            "metadata.tier": some(
                ["gold", "silver"], pd.CategoricalDtype(["silver", "gold"], True)
            ),
            "metadata.none": pd.Series([None] * CUSTOMERS, index=index, dtype=object),
        }
    )


@pytest.fixture(scope="module")
def memberships(customers):
    """Segments that overlap, two of one name, one without a name, doubled rows, strangers."""
    random = np.random.default_rng(8)
    rows = [
        (customer, f"seg_{segment}", None if segment == 4 else f"Name {segment % 3}")
        for segment in range(5)
        for customer in random.choice(customers.index, 60 * (segment + 1), replace=False)
    ]
    rows += rows[:10]
    rows += [("stranger", "seg_0", "Name 0"), ("stranger", "seg_far", "Far"), (None, "seg_0", "x")]
    return pd.DataFrame(rows, columns=["customer_id", "segment_id", "segment"]).astype("str")


def in_parts(frame, parts=3):
    """The frame in Dask, as it is: no cell turned into text."""
    with dask.config.set({"dataframe.convert-string": False}):
        return dd.from_pandas(frame, npartitions=parts, sort=False)


def picture(ax):
    """All that a reader sees: texts, bars, lines, cells of a heat map."""
    seen = []
    for each in [ax, *ax.child_axes]:
        seen += [text.get_text() for text in each.texts]
        seen += [each.get_xlabel(), each.get_ylabel()]
        seen += [label.get_text() for label in each.get_xticklabels() + each.get_yticklabels()]
        seen += [np.round(patch.get_path().vertices, 9).tolist() for patch in each.patches]
        seen += [np.round(patch.get_extents().bounds, 6).tolist() for patch in each.patches]
        seen += [np.round(line.get_xydata(), 6).tolist() for line in each.lines]
        seen += [np.round(image.get_array().filled(-1), 9).tolist() for image in each.images]
        if legend := each.get_legend():
            seen += [text.get_text() for text in legend.texts]
    return seen


BREAKDOWNS = [
    "created_at", "birthdate", "address.city", "summary.orders.average_amount", "metadata.score",
    "metadata.flag", "metadata.mixed", "metadata.tags", "metadata.day", "metadata.tier",
    "metadata.none",
]  # fmt: skip


@pytest.mark.parametrize("by", BREAKDOWNS)
def test_a_breakdown(customers, memberships, by):
    drawn = segment_breakdown(in_parts(customers), in_parts(memberships, 4), by=by)
    assert picture(drawn) == picture(segment_breakdown(customers, memberships, by=by))


def test_one_of_the_two_frames_may_be_pandas(customers, memberships):
    wanted = picture(segment_breakdown(customers, memberships, by="metadata.flag"))
    for mixed in ((in_parts(customers), memberships), (customers, in_parts(memberships))):
        assert picture(segment_breakdown(*mixed, by="metadata.flag")) == wanted


def test_ids_in_a_column(customers, memberships):
    drawn = segment_breakdown(in_parts(customers.reset_index()), memberships, by="metadata.flag")
    assert picture(drawn) == picture(segment_breakdown(customers, memberships, by="metadata.flag"))


@pytest.mark.parametrize("base", [True, False], ids=["of_customers", "of_members"])
@pytest.mark.parametrize("plot", [segment_sizes, segment_intersections])
def test_segments(customers, memberships, plot, base):
    drawn = plot(in_parts(memberships), customers=in_parts(customers) if base else None)
    assert picture(drawn) == picture(plot(memberships, customers=customers if base else None))


def test_overlaps(memberships):
    assert picture(segment_overlap(in_parts(memberships))) == picture(segment_overlap(memberships))


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"freq": "W"},
        {"freq": "QE", "by": "metadata.score"},
        {"by": "address.city"},
        {"by": "birthdate"},
        {"freq": "36h"},
    ],
    ids=str,
)
def test_signups(customers, how):
    assert picture(signups(in_parts(customers), **how)) == picture(signups(customers, **how))


def test_signups_by_segment(customers, memberships):
    drawn = signups(in_parts(customers), memberships=in_parts(memberships))
    assert picture(drawn) == picture(signups(customers, memberships=memberships))


@pytest.mark.parametrize("by", [None, "metadata.tier", "metadata.score", "created_at"])
def test_order_values(customers, by):
    assert picture(order_value(in_parts(customers), by=by)) == picture(
        order_value(customers, by=by)
    )


def test_without_rows(customers, memberships):
    nobody = in_parts(customers.iloc[:0], 1)
    for drawn in (
        segment_breakdown(nobody, in_parts(memberships), by="metadata.tier"),
        signups(nobody),
        order_value(nobody),
        segment_sizes(in_parts(memberships.iloc[:0], 1)),
    ):
        assert drawn.texts


def test_bad_frames_are_refused_as_in_pandas(customers, memberships):
    with pytest.raises(ArgumentError, match=r"Near: 'metadata\.tier'"):
        segment_breakdown(in_parts(customers), memberships, by="tier")
    with pytest.raises(ArgumentError, match="no column 'segment_id'"):
        segment_sizes(in_parts(memberships.drop(columns="segment_id")))
    with pytest.raises(ArgumentError, match="twice"):
        signups(in_parts(pd.concat([customers.iloc[:2], customers.iloc[:2]]), 1))
