from __future__ import annotations

import io
import re
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vfy_notebook.analysis import clv_inputs, cohorts, rfm, rfm_groups
from vfy_notebook.analysis.scores import quantile_scores
from vfy_notebook.errors import AnalysisWarning, ArgumentError

SCORES = ["recency_score", "frequency_score", "monetary_score"]


# -- scores -------------------------------------------------------------------------------------


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=60), st.integers(1, 7))
def test_equal_values_have_equal_scores_and_larger_ones_no_smaller(values, scores):
    given_scores = quantile_scores(pd.Series(values, dtype="Int64"), scores)
    assert given_scores.between(1, scores).all()
    of_value = dict(zip(values, given_scores, strict=True))
    assert [of_value[value] for value in values] == given_scores.tolist()
    ordered = [of_value[value] for value in sorted(of_value)]
    assert ordered == sorted(ordered)


@given(st.sets(st.integers(-(10**6), 10**6), min_size=5, max_size=60), st.integers(2, 5))
def test_without_ties_scores_are_the_quantiles_of_pandas(values, scores):
    series = pd.Series(sorted(values))
    places = pd.Series(range(len(series)))  # the quantiles of ranks, free of rounding
    expected = pd.qcut(places * scores, scores, labels=False) + 1
    assert quantile_scores(series, scores).tolist() == expected.tolist()


def test_missing_values_have_no_score_and_do_not_count():
    found = quantile_scores(pd.Series([1, None, 2, None, 3, 4, 5], dtype="Int64"), 5)
    assert found.dropna().tolist() == [1, 2, 3, 4, 5]
    assert found.isna().tolist() == [False, True, False, True, False, False, False]


def test_where_all_are_alike_nobody_is_the_worst(make_customers):
    table = rfm(make_customers({f"c{n}": ("2026-01-01", 1, 100) for n in range(4)}))
    assert set(table[SCORES].to_numpy().ravel()) == {3}
    assert len(table.attrs["notes"]) == 3


# -- the table ----------------------------------------------------------------------------------


def test_recency_counts_days_of_utc_and_later_orders_do_not_count(make_customers, make_orders):
    orders = make_orders(
        [
            ("a", "2026-01-01T23:59:59Z", 1_00),
            ("a", "2026-01-03T00:00:00Z", 2_00),
            ("b", "2026-01-10T12:00:00Z", 4_00),
            ("b", "2026-01-11T00:00:00Z", 8_00),
        ],
        "amount",
    )
    customers = make_customers({"a": (None, 0, 0), "b": (None, 0, 0)})
    table = rfm(customers, orders=orders, as_of="2026-01-10")
    assert table["recency"].tolist() == [7, 0]
    assert table["frequency"].tolist() == [2, 1]
    assert table["monetary"].tolist() == [3_00, 4_00]
    assert rfm(customers, orders=orders)["recency"].tolist() == [8, 0]


def test_columns_and_their_dtypes_are_the_same_for_no_rows(make_customers, make_orders):
    full = rfm(make_customers({"a": ("2026-01-01", 1, 100)}))
    empty = rfm(make_customers({}))
    without_orders = rfm(make_customers({}), orders=make_orders([], "amount"))
    assert full.dtypes.equals(empty.dtypes)
    assert full.dtypes.equals(without_orders.dtypes)
    assert empty.index.name == full.index.name == "customer_id"


def test_who_never_ordered_has_a_name_but_no_scores(make_customers):
    told = {"a": ("2026-01-01", 2, 100), "b": (None, 0, 0), "c": (None, None, None)}
    table = rfm(make_customers(told))
    assert table["group"].tolist()[1:] == ["no orders", "no orders"]
    assert table["frequency"].tolist() == [2, 0, 0]
    assert table.loc[["b", "c"], [*SCORES, "recency"]].isna().all().all()
    assert table["monetary"].tolist() == [100, 0, 0]


def test_paid_and_fulfilled_orders_count_as_in_the_summary(make_customers, make_orders):
    statuses = ["PAID", "FULFILLED", "CREATED", "CANCELED", None, "paid "]
    orders = make_orders(
        [("a", f"2026-01-0{day}", 1, status) for day, status in enumerate(statuses, 1)],
        "amount",
        "status",
    )
    customers = make_customers({"a": (None, 0, 0)})
    table = rfm(customers, orders=orders)
    assert table["frequency"].tolist() == [3]
    (note,) = (note for note in table.attrs["notes"] if "status" in note)
    assert "3 orders of" in note
    assert "CANCELED, CREATED" in note
    assert rfm(customers, orders=orders, status=None)["frequency"].tolist() == [6]
    assert rfm(customers, orders=orders, status=["canceled"])["frequency"].tolist() == [1]
    thrifty = orders.astype({"status": "category", "customer_id": "category"})
    pd.testing.assert_frame_equal(rfm(customers, orders=thrifty), table)
    by_status = orders.set_index("status", append=True)
    pd.testing.assert_frame_equal(rfm(customers, orders=by_status), table)


def test_what_was_paid_comes_before_what_things_cost(make_customers, make_orders):
    orders = make_orders([("a", "2026-01-01", 10_00, 8_00)], "amount", "total_amount")
    customers = make_customers({"a": (None, 0, 0)})
    assert rfm(customers, orders=orders)["monetary"].tolist() == [8_00]
    assert rfm(customers, orders=orders, value="amount")["monetary"].tolist() == [10_00]
    orders["total_amount"] = pd.NA
    assert rfm(customers, orders=orders)["monetary"].tolist() == [10_00]


def test_refunds_lower_the_sum_gifts_count_and_unknown_amounts_are_told(
    make_customers, make_orders
):
    orders = make_orders(
        [
            ("a", "2026-01-01", 5_00),
            ("a", "2026-01-02", -7_00),
            ("b", "2026-01-03", 0),
            ("c", "2026-01-04", None),
        ],
        "amount",
    )
    table = rfm(make_customers(dict.fromkeys("abc", (None, 0, 0))), orders=orders)
    assert table["monetary"].tolist() == [-2_00, 0, pd.NA]
    assert table["frequency"].tolist() == [2, 1, 1]
    assert table.loc["c", "monetary_score"] is pd.NA
    assert table["group"].notna().all()
    assert any("1 order without amount" in note for note in table.attrs["notes"])


def test_large_amounts_stay_exact_and_the_largest_do_not_run_over(make_customers, make_orders):
    customers = make_customers({"a": (None, 0, 0)})
    odd = 2**53 + 1
    orders = make_orders([("a", "2026-01-01", odd), ("a", "2026-01-02", 2)], "amount")
    assert rfm(customers, orders=orders)["monetary"].tolist() == [odd + 2]
    orders = make_orders([("a", f"2026-01-0{day}", 2**62) for day in (1, 2, 3)], "amount")
    assert rfm(customers, orders=orders)["monetary"].tolist() == [3 * 2.0**62]


def test_customers_are_in_their_own_order_and_others_orders_do_not_count(
    make_customers, make_orders
):
    rows = [(name, f"2026-01-{day:02}", 1) for day, name in enumerate("dcbazzz", 1)]
    orders = make_orders(rows, "amount")
    customers = make_customers(dict.fromkeys("bca", (None, 0, 0)))
    table = rfm(customers, orders=orders)
    assert list(table.index) == ["b", "c", "a"]
    assert table["recency"].tolist() == [4, 5, 3]  # from the last order of the shop
    assert table["frequency_score"].tolist() == [3, 3, 3]


def test_one_customer_is_neither_champion_nor_lost(make_customers):
    table = rfm(make_customers({"a": ("2026-01-01", 1, 100)}))
    assert table["group"].tolist() == ["need attention"]


def test_the_frames_are_not_changed(make_customers, make_orders):
    customers = make_customers({"a": ("2026-01-01", 1, 100)})
    orders = make_orders([("a", "2026-01-01", 1)], "amount")
    customers.attrs["mark"] = "kept"
    before = customers.copy(deep=True), orders.copy(deep=True)
    table = rfm(customers, orders=orders)
    pd.testing.assert_frame_equal(customers, before[0])
    pd.testing.assert_frame_equal(orders, before[1])
    assert "mark" not in table.attrs


# -- names --------------------------------------------------------------------------------------


def test_the_names_are_those_of_the_table_given(make_customers):
    names = pd.DataFrame([["old", "often"], ["new", "star"]], index=[1, 2], columns=[1, 2])
    told = {"a": ("2025-01-01", 1, 1), "b": ("2026-01-01", 1, 5), "c": ("2026-06-01", 9, 9)}
    table = rfm(make_customers(told), groups=names)
    assert table["group"].tolist() == ["old", "old", "star"]
    assert table[SCORES].max().max() == 2
    assert list(table["group"].cat.categories) == ["star", "new", "often", "old", "no orders"]


def test_a_table_of_names_may_have_been_in_a_file(make_customers):
    customers = make_customers({"a": ("2025-01-01", 1, 1), "b": ("2026-01-01", 2, 5)})
    read = pd.read_csv(io.StringIO(rfm_groups().to_csv()), index_col=0)
    pd.testing.assert_frame_equal(rfm(customers, groups=read), rfm(customers))


def test_the_table_of_names_is_a_new_one_each_time():
    names = rfm_groups()
    names.loc[5, 5] = "mine"
    assert rfm_groups().loc[5, 5] == "champions"


@pytest.mark.parametrize(
    "names",
    [
        pd.DataFrame(),
        pd.DataFrame([["a", "b"]], index=[1], columns=[1, 2]),
        pd.DataFrame([["a"]], index=["x"], columns=[1]),
        pd.DataFrame([["a", "b"], ["c", None]], index=[1, 2], columns=[1, 2]),
        pd.DataFrame([["a", "b"], ["c", " "]], index=[1, 2], columns=[1, 2]),
        pd.DataFrame([["a", "b"], ["c", "no orders"]], index=[1, 2], columns=[1, 2]),
        {"champions": (5, 5)},
    ],
    ids=["empty", "not square", "not numbers", "a gap", "a blank", "a taken name", "a dict"],
)
def test_a_table_that_names_not_each_pair_of_scores_is_refused(make_customers, names):
    with pytest.raises(ArgumentError, match="groups"):
        rfm(make_customers({"a": ("2026-01-01", 1, 1)}), groups=names)


# -- what comes in ------------------------------------------------------------------------------


def with_dates(change):
    return lambda orders: orders.assign(created_at=change(orders["created_at"]))


DRESSES = {
    "naive": with_dates(lambda dates: dates.dt.tz_localize(None)),
    "another zone": with_dates(lambda dates: dates.dt.tz_convert("Asia/Tokyo")),
    "text": with_dates(lambda dates: dates.dt.strftime("%Y-%m-%dT%H:%M:%S.%fZ")),
    "text without a zone": with_dates(lambda dates: dates.dt.strftime("%Y-%m-%d %H:%M:%S")),
    "objects": with_dates(lambda dates: dates.astype(object)),
    "categories": lambda orders: orders.astype("category"),
    "floats": lambda orders: orders.astype({"amount": "float64"}),
    "object amounts": lambda orders: orders.astype({"amount": object, "customer_id": object}),
    "arrow": lambda orders: orders.convert_dtypes(dtype_backend="pyarrow"),
    "ids as columns": lambda orders: orders.reset_index(),
    "no order ids": lambda orders: orders.reset_index(drop=True),
    "shuffled": lambda orders: orders.sample(frac=1, random_state=1),
    "an index of equal labels": lambda orders: orders.set_axis([0] * len(orders)),
    "ids in the index": lambda o: o.reset_index().set_index(["customer_id", "order_id"]),
}


@pytest.mark.parametrize("dress", DRESSES)
def test_orders_in_another_dress_give_the_same_table(make_customers, make_orders, dress):
    rows = [("a", "2026-01-01T22:00:00Z", 100), ("b", "2026-02-01T01:00:00Z", None)]
    orders = make_orders([*rows, ("a", "2026-03-01", 7)], "amount")
    customers = make_customers(dict.fromkeys("abc", (None, 0, 0)))
    expected = rfm(customers, orders=orders)
    pd.testing.assert_frame_equal(rfm(customers, orders=DRESSES[dress](orders)), expected)


def test_customers_in_another_dress_give_the_same_table(make_customers):
    told = {"a": ("2026-01-01T05:00Z", 2, 300), "b": (None, 0, 0), "c": ("2025-01-01", 1, 5)}
    customers = make_customers(told)
    expected = rfm(customers)
    text = customers["summary.orders.last_order_date"].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    for other in (
        customers.reset_index(),
        customers.reset_index().astype("category"),
        customers.astype(object),
        customers.assign(**{"summary.orders.last_order_date": text}),
        customers.astype({"summary.orders.total_count": "float64"}),
        customers.reset_index().convert_dtypes(dtype_backend="pyarrow"),
    ):
        found = rfm(other)
        pd.testing.assert_frame_equal(found, expected, check_index_type=False)


def test_dates_of_the_user_s_own_column(make_customers, make_orders):
    orders = make_orders([("a", "2026-09-01", 1), ("b", "2026-09-01", 1)], "amount")
    orders["metadata.ordered_at"] = ["2025-05-01", "2025-06-01"]
    table = rfm(
        make_customers(dict.fromkeys("ab", (None, 0, 0))), orders=orders, date="metadata.ordered_at"
    )
    assert table["recency"].tolist() == [31, 0]
    customers = make_customers({"a": ("2026-01-01", 1, 1), "b": ("2026-01-01", 1, 1)})
    customers["metadata.seen"] = ["2026-01-05", "2026-01-01"]
    assert rfm(customers, date="metadata.seen")["recency"].tolist() == [0, 4]


# -- what is refused, and what is told ----------------------------------------------------------


def way_out(message):
    """The Python that a message offers."""
    return re.search(r"for instance (.*)\.$", message)[1]


@pytest.mark.parametrize(
    "dress",
    [
        lambda orders: orders,
        lambda orders: orders.reset_index(),
        lambda orders: orders.set_index("customer_id", append=True),
    ],
    ids=["index", "column", "level"],
)
def test_an_order_that_is_there_twice_is_refused_with_a_way_out(make_customers, make_orders, dress):
    orders = make_orders([("a", "2026-01-01", 1), ("a", "2026-01-02", 2)], "amount")
    twice = dress(pd.concat([orders, orders[:1]]))
    customers = make_customers({"a": (None, 0, 0)})
    with pytest.raises(ArgumentError, match="ord_0") as caught:
        rfm(customers, orders=twice)
    mended = eval(way_out(str(caught.value)), {"orders": twice})  # noqa: S307 - our own message
    assert rfm(customers, orders=mended)["frequency"].tolist() == [2]


@pytest.mark.parametrize("dress", [lambda c: c, lambda c: c.reset_index()], ids=["index", "column"])
def test_a_customer_who_is_there_twice_is_refused(make_customers, dress):
    customers = make_customers({"a": ("2026-01-01", 1, 1)})
    twice = dress(pd.concat([customers, customers]))
    with pytest.raises(ArgumentError, match="a twice or more") as caught:
        rfm(twice)
    mended = eval(way_out(str(caught.value)), {"customers": twice})  # noqa: S307 - our own message
    assert len(rfm(mended)) == 1


@pytest.mark.parametrize(
    ("column", "values", "told"),
    [
        ("created_at", ["2026-01-01", "soon"], "soon"),
        ("created_at", ["31.12.2025", "2026-01-01"], "dayfirst=True"),
        ("created_at", [1_767_225_600, 1_767_225_601], "unit='s'"),
        ("created_at", [True, False], "boolean"),
        ("amount", ["1.00", "2.00"], "pandas.to_numeric"),
        ("amount", [True, False], "numbers"),
        ("amount", [1, [2]], "numbers"),
        ("customer_id", ["a", ["a"]], "single values"),
        ("status", ["PAID", ["PAID"]], "single values"),
    ],
)
def test_columns_of_something_else_are_refused(make_customers, make_orders, column, values, told):
    orders = make_orders([("a", "2026-01-01", 1), ("a", "2026-01-02", 2)], "amount")
    orders[column] = pd.Series(values, index=orders.index, dtype=object)
    with pytest.raises(ArgumentError, match=re.escape(told)):
        rfm(make_customers({"a": (None, 0, 0)}), orders=orders)


def test_the_ways_out_of_odd_dates_work():
    days = pd.Series(["31.01.2026"])
    assert pd.to_datetime(days, dayfirst=True, utc=True)[0] == pd.Timestamp("2026-01-31", tz="UTC")
    seconds = pd.Series([1_767_225_600])
    assert pd.to_datetime(seconds, unit="s", utc=True)[0] == pd.Timestamp("2026-01-01", tz="UTC")


@pytest.mark.parametrize("missing", ["created_at", "amount", "customer_id"])
def test_a_missing_column_is_named_with_near_ones(make_customers, make_orders, missing):
    orders = make_orders([("a", "2026-01-01", 1)], "amount")
    lacking = orders.rename(columns={missing: f"metadata.{missing}"})
    with pytest.raises(ArgumentError, match=f"'{missing}'.*metadata.{missing}"):
        rfm(make_customers({"a": (None, 0, 0)}), orders=lacking)


def test_the_summary_cannot_go_back_in_time(make_customers, make_orders):
    customers = make_customers({"a": ("2026-03-01", 2, 3), "b": ("2026-01-01", 1, 1)})
    with pytest.raises(ArgumentError, match=r"1 customer, such as a.*orders="):
        rfm(customers, as_of="2026-02-01")
    orders = make_orders([("a", "2026-03-01", 2), ("b", "2026-01-01", 1)], "amount")
    table = rfm(customers, orders=orders, as_of="2026-02-01")
    assert table["group"].tolist() == ["no orders", "need attention"]


@pytest.mark.parametrize("as_of", ["soon", 5, np.int64(5), True, pd.NaT, ["2026-01-01"]])
def test_an_as_of_that_is_no_day_is_refused(make_customers, as_of):
    with pytest.raises(ArgumentError, match="as_of"):
        rfm(make_customers({"a": ("2026-01-01", 1, 1)}), as_of=as_of)


def test_a_last_order_in_the_future_is_told(make_customers):
    customers = make_customers({"a": ("2199-01-01", 1, 1), "b": ("2026-01-01", 1, 1)})
    with pytest.warns(AnalysisWarning, match=r"2199-01-01.*as_of"):
        rfm(customers)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert rfm(customers, as_of="2199-01-02")["recency"].tolist()[0] == 1


def test_orders_of_quite_other_customers_are_told(make_customers, make_orders):
    orders = make_orders([("crm-1", "2026-01-01", 1)], "amount")
    with pytest.warns(AnalysisWarning, match=r"'crm-1'.*'cust_1'"):
        table = rfm(make_customers({"cust_1": (None, 0, 0)}), orders=orders)
    assert table["group"].tolist() == ["no orders"]


def test_orders_without_a_date_or_a_customer_are_left_out_and_told(make_customers, make_orders):
    orders = make_orders(
        [("a", "2026-01-01", 1), ("a", None, 2), (None, "2026-01-02", 3)], "amount"
    )
    orders.loc["ord_2", "customer_id"] = None
    with pytest.warns(AnalysisWarning, match=r"Without created_at: 1 of 2 orders.*ord_1"):
        table = rfm(make_customers({"a": (None, 0, 0)}), orders=orders)
    assert table["frequency"].tolist() == [1]
    assert sum("left out" in note for note in table.attrs["notes"]) == 2


def test_a_summary_with_orders_but_no_date_is_told(make_customers):
    with pytest.warns(AnalysisWarning, match="1 customer, such as a"):
        table = rfm(make_customers({"a": (None, 3, 5), "b": ("2026-01-01", 1, 1)}))
    assert table["group"].tolist() == ["no orders", "need attention"]


def test_when_a_shop_s_own_statuses_do_not_count_it_is_told(make_customers, make_orders):
    customers = make_customers({"a": (None, 0, 0)})
    orders = make_orders([("a", "2026-01-01", 1, "shipped")], "amount", "status")
    with pytest.warns(AnalysisWarning, match=r"None of 1 order .*status=None"):
        rfm(customers, orders=orders)
    unpaid = rfm(customers, orders=orders.assign(status="CREATED"))
    assert unpaid.attrs["notes"] == ["1 order of another status (CREATED) not counted."]


def test_a_column_is_named_not_given(make_customers, make_orders):
    customers = make_customers({"a": ("2026-01-01", 1, 1)})
    orders = make_orders([("a", "2026-01-01", 1)], "amount")
    for arguments in ({"date": orders["created_at"]}, {"value": orders["amount"]}, {"date": 7}):
        with pytest.raises(ArgumentError, match="must be the name of a column"):
            rfm(customers, orders=orders, **arguments)
    with pytest.raises(ArgumentError, match="date must be the name"):
        rfm(customers, date=customers["summary.orders.last_order_date"])


@pytest.mark.parametrize("frame", [None, [], {"a": 1}])
def test_what_is_no_frame_is_refused(make_customers, frame):
    with pytest.raises(ArgumentError, match="DataFrame"):
        rfm(frame)
    if frame is not None:
        with pytest.raises(ArgumentError, match="orders must be a DataFrame"):
            rfm(make_customers({"a": (None, 0, 0)}), orders=frame)


def test_warnings_name_the_line_of_the_user(make_customers, make_orders):
    customers = make_customers({"a": (None, 0, 0)})
    orders = make_orders([("a", "2026-01-01", 1), ("a", None, 2)], "amount")
    imported = make_orders([("a", "2026-01-01T10:00:00Z", 1)] * 40, "amount")
    future = make_orders([("a", "2199-01-01", 1)], "amount")
    stranger = make_orders([("x", "2026-01-01", 1)], "amount")
    for frame in (orders, imported, future, stranger):
        with pytest.warns(AnalysisWarning) as caught:
            rfm(customers, orders=frame)
        assert {warning.filename for warning in caught} == {__file__}


def test_sums_of_many_orders_are_exact():
    rng = np.random.default_rng(0)
    count = 50_000
    orders = pd.DataFrame(
        {
            "customer_id": rng.integers(0, 9_000, count).astype(str),
            "created_at": pd.Timestamp("2025-01-01")
            + pd.to_timedelta(rng.integers(0, 500, count), unit="D"),
            "amount": rng.integers(1, 10_000, count),
        }
    )
    customers = pd.DataFrame(index=pd.Index(np.arange(9_000).astype(str), name="customer_id"))
    table = rfm(customers, orders=orders)
    assert int(table["frequency"].sum()) == count
    assert int(table["monetary"].sum()) == int(orders["amount"].sum())


# -- amounts of several currencies ----------------------------------------------------------------

SPENDING = {
    "rfm": lambda orders: rfm(
        pd.DataFrame(index=pd.Index(["a"], name="customer_id")), orders=orders
    ),
    "cohorts": lambda orders: cohorts(orders, date="created_at", value="revenue"),
    "clv_inputs": lambda orders: clv_inputs(orders, date="created_at"),
}


@pytest.mark.parametrize("analyse", SPENDING.values(), ids=SPENDING)
@pytest.mark.parametrize("column", ["currency", "metadata.currency", "metadata.Currency"])
def test_sums_of_several_currencies_are_warned_of(make_orders, analyse, column):
    orders = make_orders([("a", f"2026-0{month}-01", 100) for month in range(1, 5)], "amount")
    orders[column] = ["EUR", "eur ", None, "JPY"]
    with pytest.warns(AnalysisWarning, match=r"EUR.*JPY") as told:
        analyse(orders)
    assert len(told) == 1
    # The way out that it names.
    one = orders[orders[column] == "EUR"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        analyse(one)
        analyse(orders.assign(**{column: "EUR"}))


def test_currencies_of_orders_that_do_not_count_are_no_matter(make_orders):
    orders = make_orders([("a", "2026-01-01", 100), ("a", "2026-02-01", 100)], "amount")
    orders["status"] = ["PAID", "CANCELED"]
    orders["metadata.currency"] = ["EUR", "JPY"]
    assert clv_inputs(orders, date="created_at")["frequency"].tolist() == [0]
    assert len(cohorts(orders, date="created_at", status=None)) == 1  # customers have no currency


def test_ids_of_another_kind_are_named_as_one_would_write_them(make_orders):
    orders = make_orders([("a", "2026-01-01", 100)], "amount")
    orders["customer_id"] = [7]
    customers = pd.DataFrame(index=pd.Index(["cust_1"], name="customer_id"))
    with pytest.warns(AnalysisWarning, match=r"like 7, "):
        rfm(customers, orders=orders)


def test_a_note_of_one_customer_is_grammatical(make_customers):
    notes = rfm(make_customers({"a": ("2026-01-01", 1, 100)})).attrs["notes"]
    assert notes
    assert not any("1 customers" in note for note in notes)
