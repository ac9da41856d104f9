"""Frames to draw, and no figure that outlives its test."""

from __future__ import annotations

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import pandas as pd
import pytest


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture
def make_memberships():
    """Makes memberships from `{segment id: customer ids}`; labels are the ids unless given."""

    def make(segments, labels=None, *, dtype="str"):
        labels = labels or {}
        rows = [
            (customer, segment, labels.get(segment, segment))
            for segment, members in segments.items()
            for customer in members
        ]
        frame = pd.DataFrame(rows, columns=["customer_id", "segment_id", "segment"])
        return frame.astype(dtype)

    return make


@pytest.fixture
def make_customers():
    """Makes customers `c0`, `c1`, … from columns."""

    def make(**columns):
        count = max(map(len, columns.values()))
        index = pd.Index([f"c{number}" for number in range(count)], dtype="str", name="customer_id")
        return pd.DataFrame(
            {name: pd.Series(list(values), index=index) for name, values in columns.items()}
            if not any(hasattr(values, "dtype") for values in columns.values())
            else {
                name: pd.Series(values, dtype=getattr(values, "dtype", None)).set_axis(index)
                for name, values in columns.items()
            }
        )

    return make


@pytest.fixture
def texts():
    """Reads the texts of some artists."""
    return lambda artists: [artist.get_text() for artist in artists]
