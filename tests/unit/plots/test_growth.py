from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.dates import date2num

from vfy_notebook.errors import ArgumentError
from vfy_notebook.plots import signups
from vfy_notebook.plots.growth import _cut

MOMENTS = st.lists(
    st.one_of(st.none(), st.datetimes(pd.Timestamp("2019-01-01"), pd.Timestamp("2024-12-31"))),
    min_size=1,
).filter(any)


def frame(moments, **columns):
    index = pd.Index([f"c{number}" for number in range(len(moments))], name="customer_id")
    created = pd.to_datetime(pd.Series(moments, dtype=object), utc=True, format="ISO8601")
    return pd.DataFrame({"created_at": created.dt.as_unit("us").to_numpy(), **columns}, index=index)


def heights(ax):
    return [[int(bar.get_height()) for bar in bars] for bars in ax.containers]


def test_bars_count_customers_per_month(texts):
    ax = signups(
        frame(["2024-01-31T23:59:59.999Z", "2024-03-01T00:00:00Z", "2024-03-31T12:00:00Z"])
    )
    assert heights(ax) == [[1, 0, 2]]
    assert texts(ax.get_xticklabels()) == ["2024-01", "2024-02", "2024-03"]
    assert ax.get_ylabel() == "New customers per month"
    assert ax.get_xlabel() == "Date of sign-up (UTC)"


def test_bars_lie_inside_their_period():
    ax = signups(frame(["2024-01-31T23:00:00Z", "2024-02-01T00:00:00Z"]))
    first, second = ax.patches
    start, turn, end = date2num(pd.to_datetime(["2024-01-01", "2024-02-01", "2024-03-01"]))
    assert start <= first.get_x() < first.get_x() + first.get_width() <= turn
    assert turn <= second.get_x() < second.get_x() + second.get_width() <= end


@given(MOMENTS, st.sampled_from(["ME", "MS", "W", "W-WED", "D", "2W", "QE", "YE", "36h", "2ME"]))
def test_periods_are_those_of_pandas_and_lose_nobody(moments, freq):
    created = pd.Series(moments, dtype="datetime64[us]")
    offset = pd.tseries.frequencies.to_offset(freq)
    edges, period = _cut(created, offset)
    expected = pd.Series(1, index=pd.DatetimeIndex(created.dropna())).resample(freq).sum()
    found = np.bincount(period[period >= 0], minlength=len(edges) - 1)
    assert found.tolist() == expected.tolist()
    assert (np.diff(edges) > 0).all()
    known = created.notna().to_numpy()
    days = date2num(created[known].to_numpy())
    assert (edges[period[known]] <= days + 1e-9).all()
    assert (days < edges[period[known] + 1]).all()
    assert (period[~known] == -1).all()


@pytest.mark.parametrize(
    ("freq", "label"),
    [("D", "day"), ("W", "week"), ("2W", "2 weeks"), ("QE", "quarter"), ("YE", "year"),
     ("SME", "period of SME-15")],
)  # fmt: skip
def test_the_axis_names_the_period(freq, label):
    ax = signups(frame(["2024-01-31T00:00:00Z", "2024-03-01T00:00:00Z"]), freq=freq)
    assert ax.get_ylabel() == f"New customers per {label}"
    ax.figure.canvas.draw()


def test_few_quarters_are_named(texts):
    ax = signups(frame(["2024-01-31T00:00:00Z", "2024-09-01T00:00:00Z"]), freq="QE")
    assert texts(ax.get_xticklabels()) == ["2024 Q1", "2024 Q2", "2024 Q3"]


def test_by_a_column_bars_are_stacked(texts):
    customers = frame(
        ["2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z", "2024-02-01T00:00:00Z", None],
        **{"metadata.tier": ["gold", "silver", "silver", "gold"]},
    )
    ax = signups(customers, by="metadata.tier")
    assert texts(ax.get_legend().get_texts()) == ["gold", "silver"]
    assert heights(ax) == [[1, 0], [1, 1]]
    assert [bar.get_y() for bar in ax.containers[1]] == [1, 0]
    assert ax.get_xlabel().endswith("1 customer without a date not drawn")


def test_by_numbers_and_dates_works_too(texts):
    moments = [f"2024-01-{day:02}T00:00:00Z" for day in range(1, 29)]
    customers = frame(moments, score=np.arange(28) / 3, birthdate=pd.Timestamp("1990-01-01"))
    assert len(signups(customers, by="score").get_legend().get_texts()) == 4
    assert texts(signups(customers, by="birthdate").get_legend().get_texts()) == ["1990"]


def test_by_segment_there_is_a_line_for_each(make_memberships, texts):
    customers = frame(["2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z", "2024-02-01T00:00:00Z"])
    memberships = make_memberships({"a": ["c0", "c1", "c2"], "b": ["c0"]})
    ax = signups(customers, memberships=memberships)
    assert [line.get_ydata().tolist() for line in ax.lines] == [[2, 1], [1, 0]]
    assert texts(ax.get_legend().get_texts()) == ["a", "b"]


def test_many_segments_are_seven_lines_and_one_for_the_others(make_memberships, texts):
    customers = frame(["2024-01-01T00:00:00Z"] * 3)
    memberships = make_memberships(
        {
            f"s{number:02}": ["c0", "c1"] if number > 30 else ["c0", "c1", "c2"]
            for number in range(40)
        }
    )
    ax = signups(customers, memberships=memberships)
    assert len(ax.lines) == 8
    assert texts(ax.get_legend().get_texts())[-1] == "in any of 33 others"
    assert ax.lines[-1].get_ydata().tolist() == [3]  # each of the three once


def test_lines_differ_by_more_than_colour(make_memberships):
    customers = frame(["2024-01-01T00:00:00Z"])
    ax = signups(customers, memberships=make_memberships({"a": ["c0"], "b": ["c0"]}))
    assert ax.lines[0].get_linestyle() != ax.lines[1].get_linestyle()


@pytest.mark.parametrize("freq", ["M", "fortnight", "", None, 5, "-1D", "0D"])
def test_an_unknown_period_is_refused(freq):
    with pytest.raises(ArgumentError, match="freq"):
        signups(frame(["2024-01-01T00:00:00Z"]), freq=freq)


def test_too_many_periods_are_refused_before_they_are_made():
    with pytest.raises(ArgumentError, match="more than 5,000 periods of 's'"):
        signups(frame(["2001-01-01T00:00:00Z", "2024-01-01T00:00:00Z"]), freq="s")


def test_by_and_memberships_exclude_each_other(make_memberships):
    with pytest.raises(ArgumentError, match="either by or memberships"):
        signups(
            frame(["2024-01-01T00:00:00Z"]),
            by="created_at",
            memberships=make_memberships({"a": ["c0"]}),
        )


def test_text_in_created_at_is_read_if_it_is_dates_and_refused_if_not():
    index = pd.Index(["c0"], name="customer_id")
    assert heights(signups(pd.DataFrame({"created_at": ["2024-01-01"]}, index=index))) == [[1]]
    customers = pd.DataFrame({"created_at": ["yesterday"]}, index=index)
    with pytest.raises(ArgumentError, match="created_at must hold times"):
        signups(customers)


def test_without_a_date_there_is_a_sentence(texts):
    ax = signups(frame([None, None]))
    assert texts(ax.texts) == ["There are no sign-ups: no customer has a created_at."]


def test_long_periods_that_end_beyond_the_calendar_are_drawn():
    ax = signups(frame(["2001-01-01T00:00:00Z", "2024-01-01T00:00:00Z"]), freq="100YE")
    assert sum(map(sum, heights(ax))) == 2


@pytest.mark.parametrize(
    ("first", "last", "freq", "label", "tick"),
    [
        ("2025-01-10", "2025-03-11", "D", "Date of sign-up in 2025 (UTC)", "Jan 15"),
        ("2025-03-03", "2025-03-20", "D", "Date of sign-up in 2025 (UTC)", "Mar 05"),
        ("2024-12-20", "2025-01-20", "D", "Date of sign-up from 2024 to 2025 (UTC)", "Jan 01"),
        ("2025-01-01", "2025-12-31", "ME", "Date of sign-up in 2025 (UTC)", "Mar"),
        ("2023-02-01", "2025-01-31", "ME", "Date of sign-up (UTC)", "2024"),
    ],
)
def test_each_tick_says_when_it_is_and_none_speaks_for_the_others(
    texts, first, last, freq, label, tick
):
    days = pd.date_range(first, last, freq="D").strftime("%Y-%m-%dT%H:%M:%SZ")
    ax = signups(frame(list(days)), freq=freq)
    ax.figure.canvas.draw()
    assert ax.get_xlabel() == label
    assert ax.xaxis.get_offset_text().get_text() == ""
    assert tick in texts(ax.get_xticklabels())
