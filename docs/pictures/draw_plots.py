"""Draw every plot from made-up data, once tidy and once as ugly as data gets, to look at.

Run from the checkout: `python docs/pictures/draw_plots.py FOLDER` writes a PNG for each.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from vfy_notebook import analysis, plots

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes

UGLY_NAMES = [
    "$x^2$ and $\\frac{broken$",
    "<b>bold</b> & <script>alert(1)</script>",
    "_leading_underscore_",
    "back\\slash \\n and\nreal\nlines\ttab",
    "A segment whose name goes on and on, as names in a CRM do, until nobody reads it: spring",
    "A segment whose name goes on and on, as names in a CRM do, until nobody reads it: autumn",
    "高価値のお客様（東京・大阪・名古屋）",
    "高价值客户",
    "우수 고객",
    "عملاء مميزون في القاهرة",
    "לקוחות נאמנים",
    "लॉयल ग्राहक",
    "ลูกค้าประจำ",
    "Stammkunden 🎉🛍️ VIP 👩‍👩‍👧",
    "VIP",
    "VIP",
    "",
    "   ",
    "\u202eright to left override",
    "W" * 60,
    "i" * 60,
    "a\ud800b",
    "%s %d {0}",
    "100%",
]


def main(folder: Path) -> None:
    """Draw all pictures into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for label, customers, memberships in (
        ("tidy", *make_frames(customers=2_357, segments=6, seed=1)),
        ("three", *make_frames(customers=40, segments=3, seed=2)),
        ("ugly", *make_frames(customers=4_000, segments=44, seed=3, ugly=True)),
        ("one", *make_frames(customers=1, segments=1, seed=4)),
        ("none", *make_frames(customers=0, segments=0, seed=5)),
    ):
        drawings = pictures(customers, memberships)
        drawings |= insights(customers, make_orders(customers, seed=len(customers)))
        for name, draw in drawings.items():
            ax = draw()
            ax.figure.savefig(folder / f"{label}-{name}.png", dpi=80)
            plt.close(ax.figure)
    draw_together(folder / "together.png")


def pictures(customers: pd.DataFrame, memberships: pd.DataFrame) -> dict[str, Callable[[], Axes]]:
    """Each picture's name and how to draw it."""
    found = {
        "sizes": lambda: plots.segment_sizes(memberships),
        "sizes-of-all": lambda: plots.segment_sizes(memberships, customers=customers),
        "overlap": lambda: plots.segment_overlap(memberships),
        "intersections": lambda: plots.segment_intersections(memberships),
        "signups": lambda: plots.signups(customers),
        "signups-tier": lambda: plots.signups(customers, by="metadata.tier"),
        "signups-segments": lambda: plots.signups(customers, memberships=memberships, freq="QE"),
        "order-value": lambda: plots.order_value(customers),
        "order-value-city": lambda: plots.order_value(customers, by="address.city"),
    }
    for column in customers.columns:
        found[f"by-{column}"] = lambda column=column: plots.segment_breakdown(
            customers, memberships, by=column
        )
    return found


def insights(customers: pd.DataFrame, orders: pd.DataFrame) -> dict[str, Callable[[], Axes]]:
    """The pictures of what `vfy.analysis` finds, and how to draw each."""
    table = analysis.rfm(customers, orders=orders)
    flags = np.arange(len(customers)) % 3 == 0
    group = flags if 0 < flags.sum() < len(flags) else customers[:0]
    compared = customers if flags.any() and not flags.all() else customers[:0]
    found = {
        "rfm": lambda: plots.rfm(table),
        "comparison": lambda: plots.comparison(analysis.compare(compared, group[: len(compared)])),
    }
    for freq, value in (("M", None), ("Q", "share"), ("Y", "amount"), ("W", None)):
        cells = analysis.cohorts(orders, date="created_at", freq=freq, value=value)
        found[f"retention-{freq}"] = lambda cells=cells: plots.retention(cells)
    return found


def make_orders(customers: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """Make orders of customers, each after they came, with the dtypes of fetched ones."""
    rng = np.random.default_rng(seed)
    counts = customers["summary.orders.total_count"].to_numpy(dtype=int, na_value=0)
    who = np.repeat(np.arange(len(customers)), counts)
    first = customers["created_at"].fillna(pd.Timestamp("2022-03-05", tz="UTC")).iloc[who]
    later = pd.to_timedelta(rng.exponential(60, len(who)) * rng.integers(0, 4, len(who)), unit="D")
    return pd.DataFrame(
        {
            "customer_id": customers.index[who],
            "created_at": (first.array + later).as_unit("us"),
            "amount": pd.array(rng.lognormal(8.5, 0.9, len(who)).astype(int), dtype="Int64"),
            "status": rng.choice(["PAID", "FULFILLED", "CANCELED"], len(who), p=[0.2, 0.7, 0.1]),
        },
        index=pd.Index([f"ord_{number}" for number in range(len(who))], name="order_id"),
    )


def draw_together(path: Path) -> None:
    """All plots on the panels of one figure, as a user's dashboard would have them."""
    customers, memberships = make_frames(customers=2_357, segments=10, seed=6)
    orders = make_orders(customers, seed=6)
    figure, axes = plt.subplots(5, 2, figsize=(16, 24), layout="constrained")
    plots.segment_sizes(memberships, ax=axes[0, 0]).set_title("Sizes")
    plots.segment_overlap(memberships, ax=axes[0, 1]).set_title("Overlap")
    plots.segment_intersections(memberships, ax=axes[1, 0]).set_title("Intersections")
    plots.segment_breakdown(customers, memberships, by="metadata.tier", ax=axes[1, 1])
    plots.signups(customers, by="metadata.tier", ax=axes[2, 0]).set_title("Sign-ups")
    plots.order_value(customers, ax=axes[2, 1]).set_title("Order value")
    table = analysis.rfm(customers, orders=orders)
    plots.rfm(table, ax=axes[3, 0]).set_title("RFM")
    cells = analysis.cohorts(orders, date="created_at")
    plots.retention(cells, ax=axes[3, 1]).set_title("Retention")
    champions = analysis.compare(customers, table["group"] == "champions")
    plots.comparison(champions, ax=axes[4, 0]).set_title("Champions")
    axes[4, 1].set_axis_off()
    figure.savefig(path, dpi=80)
    plt.close(figure)


def make_frames(
    *, customers: int, segments: int, seed: int, ugly: bool = False
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make customers and memberships with the dtypes of fetched ones."""
    rng = np.random.default_rng(seed)
    ids = pd.Index([f"cust_{number:06d}" for number in range(customers)], dtype="str")
    cities = ["Łódź", "Kraków", "Berlin", "São Paulo", "東京", "Praha", "Wien", "Oslo", "Lyon"]
    cities += [f"Village {number}" for number in range(30)]
    orders = rng.poisson(3, customers)
    average = np.where(orders > 0, rng.lognormal(8.5, 0.9, customers).astype(int), 0)
    created = pd.Timestamp("2022-03-05", tz="UTC") + pd.to_timedelta(
        rng.beta(2, 1, customers) * 900, unit="D"
    )
    mixed = [1, "1", True, None, ["a", "b"], {"k": 1}, 2.5, "", "no value", "x$y$", [], "other"]
    frame = pd.DataFrame(
        {
            "created_at": created.as_unit("us"),
            "birthdate": pd.to_datetime(rng.integers(-10_000, 12_000, customers), unit="D"),
            "address.city": rng.choice(cities, customers, p=_falling(len(cities))),
            "summary.orders.total_count": pd.array(orders, dtype="Int64"),
            "summary.orders.total_amount": pd.array(orders * average, dtype="Int64"),
            "summary.orders.average_amount": pd.array(average, dtype="Int64"),
            "metadata.tier": rng.choice(["bronze", "silver", "gold"], customers, p=[0.6, 0.3, 0.1]),
            "metadata.newsletter": pd.array(rng.choice([True, False, None], customers), "boolean"),
            "metadata.score": pd.array(rng.normal(50, 20, customers), dtype="Float64"),
        },
        index=ids.rename("customer_id"),
    )
    if ugly:
        frame["metadata.mixed_$a$_<b>"] = pd.Series(
            [mixed[number] for number in rng.integers(0, len(mixed), customers)],
            index=frame.index,
            dtype=object,
        )
        frame["metadata.nothing"] = pd.Series(pd.NA, index=frame.index, dtype="str")
        frame["metadata.long"] = rng.choice([name or "-" for name in UGLY_NAMES[:15]], customers)
        frame.loc[frame.index[::7], ["created_at", "metadata.score", "address.city"]] = pd.NA
        frame.loc[frame.index[::11], "summary.orders.average_amount"] = 4_000_000_00
        frame["metadata.email"] = [f"{number}@example.com" for number in range(customers)]
    shares = np.sort(rng.beta(0.8, 3, segments))[::-1]
    names = UGLY_NAMES if ugly else ["Newsletter", "Big spenders", "At risk of leaving", "New"]
    names = [*names, *(f"Segment {number}" for number in range(len(names), segments))]
    member = rng.random((customers, segments)) < shares
    who, where = np.nonzero(member)
    memberships = pd.DataFrame(
        {
            "customer_id": ids[who],
            "segment_id": pd.array([f"seg_{number:04x}" for number in where], dtype="str"),
            "segment": pd.Series([names[number] for number in where], dtype=object),
        }
    )
    return frame, memberships


def _falling(count: int) -> np.ndarray:
    weights = 1 / np.arange(1, count + 1)
    return weights / weights.sum()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
