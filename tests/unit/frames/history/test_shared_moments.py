"""Which orders look imported: most of them in a few moments, and nothing else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from vfy_notebook.frames.history.shared_moments import date_columns, shared_moments

DAY_S = 86_400
START = pd.Timestamp("2025-01-01", tz="UTC")
RANDOM = np.random.default_rng(7)


def at(*seconds):
    return pd.Series(START + pd.to_timedelta(np.concatenate(seconds), unit="s").round("us"))


def spread(count, days):
    return RANDOM.uniform(0, days * DAY_S, count)


def burst(count, day, seconds):
    return day * DAY_S + RANDOM.uniform(0, seconds, count)


@pytest.mark.parametrize(
    "times",
    [
        at(burst(2_000, 3, 0)),  # one request, one millisecond
        at(burst(2_000, 3, 600)),  # all there is, within ten minutes
        at(*(burst(2_000, 3 + i / 24, 60) for i in range(8))),  # eight imports, one an hour
        at(burst(5_000, 10, 3 * 3_600), spread(4_000, 4 * 365)),  # an afternoon among four years
        at(burst(12, 3, 0), spread(10, 400)),  # a small shop's
    ],
)
def test_imports_are_told(times):
    assert "orders were created" in shared_moments(times)


@pytest.mark.parametrize(
    "times",
    [
        at([]),
        at(burst(9, 3, 0)),  # too few to say anything
        at(spread(20, 400)),
        at(spread(5_000, 30)),
        at(np.arange(6_919) // 13 * DAY_S),  # a time of the day is unknown: midnight
        at(spread(1_000, 365), burst(1_500, 300, DAY_S)),  # a day of sales
        at(*(d * DAY_S + RANDOM.uniform(8, 20, 40) * 3_600 for d in range(60))),  # opening hours
    ],
)
def test_shops_are_not(times):
    assert shared_moments(times) is None


def test_a_busy_hour_that_was_asked_for_is_no_import():
    hour = at(burst(3_000, 3, 3_600))
    assert shared_moments(hour, asked_us=3_600 * 10**6) is None
    assert shared_moments(hour, asked_us=None) is not None


def test_missing_times_do_not_count():
    times = pd.concat([at(spread(50, 400)), pd.Series([pd.NaT] * 500)], ignore_index=True)
    assert shared_moments(times.astype("datetime64[us, UTC]")) is None


def test_columns_with_dates_are_found():
    frame = pd.DataFrame(
        {
            "source_id": ["2025-01-01"],
            "metadata.ordered_at": ["2025-01-01T10:00:00.000Z"],
            "metadata.day": pd.array(["2025-01-01"], dtype="str"),
            "metadata.note": ["2025-01-01 was a fine day, wasn't it"],
            "metadata.code": ["20250101"],
            "metadata.n": [20250101],
            "metadata.none": pd.array([None], dtype="str"),
        }
    )
    assert date_columns(frame) == ["metadata.ordered_at", "metadata.day"]
