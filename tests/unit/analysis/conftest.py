"""Small frames with the dtypes of fetched ones, and the sample's customers and orders."""

from __future__ import annotations

import pandas as pd
import pytest

from vfy_notebook.sandbox.data.sample import sample_folder


@pytest.fixture
def make_orders():
    """Makes orders from tuples of customer, date and further values, named by the keywords."""

    def make(rows, *names, ids=True):
        columns = ["customer_id", "created_at", *names]
        frame = pd.DataFrame(rows, columns=columns) if rows else pd.DataFrame(columns=columns)
        frame["customer_id"] = frame["customer_id"].astype("str")
        frame["created_at"] = pd.to_datetime(
            frame["created_at"], utc=True, format="ISO8601"
        ).astype("datetime64[us, UTC]")
        for name in set(names) & {"amount", "total_amount"}:
            frame[name] = frame[name].astype("Int64")
        if ids:
            frame.index = pd.Index(
                [f"ord_{number}" for number in range(len(frame))], name="order_id", dtype="str"
            )
        return frame

    return make


@pytest.fixture
def make_customers():
    """Makes customers with `summary.orders` from `{id: (last order, count, total)}`."""

    def make(told):
        rows = list(told.values())
        last, count, total = zip(*rows, strict=True) if rows else ((), (), ())
        return pd.DataFrame(
            {
                "summary.orders.last_order_date": pd.to_datetime(
                    list(last), utc=True, format="ISO8601"
                ).astype("datetime64[us, UTC]"),
                "summary.orders.total_count": pd.array(list(count), dtype="Int64"),
                "summary.orders.total_amount": pd.array(list(total), dtype="Int64"),
            },
            index=pd.Index(list(told), name="customer_id", dtype="str"),
        )

    return make


@pytest.fixture(scope="session")
def sample_orders():
    """The sample's orders as `fetch_orders` gives them, without their metadata."""
    read = pd.read_csv(sample_folder() / "orders.csv", dtype={"customer_id": "str", "id": "str"})
    for name in ("created_at", "updated_at"):
        read[name] = pd.to_datetime(read[name], utc=True, format="ISO8601").astype(
            "datetime64[us, UTC]"
        )
    read["total_amount"] = read["amount"] - read["discount_amount"]
    amounts = dict.fromkeys(("amount", "discount_amount", "total_amount"), "Int64")
    return read.astype(amounts).set_index("id").rename_axis("order_id")
