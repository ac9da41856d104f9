"""Whatever the API returns: what nobody touched is no edit, and edits lead from `a` to `b`."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.properties.made_up_customers import (
    Server,
    any_metadata,
    frame_of,
    json_values,
    records,
    some_texts,
    texts,
    typed_metadata,
)
from tests.unit.edits.frames import edits_of
from vfy_notebook.edits.cells.values import same_json
from vfy_notebook.push.batches import body_of, make_batches

pytestmark = pytest.mark.filterwarnings("ignore:.*no 64-bit integers:UserWarning")

# Half of the profile's: frames are dear.
a_few = settings(
    max_examples=settings().max_examples // 2, suppress_health_check=[HealthCheck.too_slow]
)


def edits_of_any_type(before, after):
    """The edits, whatever types they change."""
    return edits_of(before, after, retype=frozenset(after.columns))


def no_edits(before, after):
    found = edits_of(before, after)
    return not found.changes and not found.problems


@a_few
@given(records(metadata=any_metadata))
def test_an_unchanged_frame_has_no_edits(made):
    frame = frame_of(made)
    assert no_edits(frame, frame.copy())


@a_few
@given(records(metadata=any_metadata))
def test_the_same_customers_fetched_twice_have_no_edits(made):
    assert no_edits(frame_of(made), frame_of(made))


def _as_objects(frame):
    return frame.astype(object)


def _as_objects_with_none(frame):
    return frame.astype(object).where(frame.notna(), None)


def _converted(frame):
    return frame.convert_dtypes()


def _in_arrow(frame):
    # A copy: pandas before 3.1.1 spoils the missing times of the frame that it converts.
    return frame.copy().convert_dtypes(dtype_backend="pyarrow")


def _as_categories(frame):
    texts_only = frame.select_dtypes("str").columns
    return frame.astype(dict.fromkeys(texts_only, "category"))


def _in_other_times(frame):
    out = frame.copy()
    for name in ("created_at", "updated_at"):
        out[name] = out[name].dt.tz_convert("Asia/Tokyo").dt.as_unit("ns")
    out["birthdate"] = (
        out["birthdate"]
        .astype(object)
        .map(lambda moment: moment.date() if pd.notna(moment) else None)
    )
    return out


def _times_as_text(frame):
    out = frame.copy()
    for name in ("created_at", "updated_at"):
        out[name] = out[name].astype("str").where(out[name].notna())
    # Not `strftime`: before pandas 3.1 it writes the year 999 with three digits.
    out["birthdate"] = out["birthdate"].map(lambda d: d.date().isoformat(), na_action="ignore")
    return out


def _numbers_as_floats(frame):
    numbers = frame.select_dtypes(["Int64", "Float64"]).columns
    return frame.astype(dict.fromkeys(numbers, "float64"))


def _in_single_precision(frame):
    floats = frame.select_dtypes("Float64").columns
    return frame.astype(dict.fromkeys(floats, "float32"))


def _days_as_times(frame):
    if "metadata.day" not in frame:
        return frame
    return frame.assign(**{"metadata.day": pd.to_datetime(frame["metadata.day"])})


def _shuffled(frame):
    order = np.random.default_rng(0).permutation(len(frame))
    return frame.iloc[order][list(reversed(frame.columns))]


TURNED = [
    _as_objects,
    _as_objects_with_none,
    _converted,
    _in_arrow,
    _as_categories,
    _in_other_times,
    _times_as_text,
    _numbers_as_floats,
    _in_single_precision,
    _days_as_times,
    _shuffled,
]


@pytest.mark.filterwarnings("ignore:overflow encountered in cast:RuntimeWarning")
@pytest.mark.parametrize("turn", TURNED, ids=lambda turn: turn.__name__.strip("_"))
@a_few
@given(records(metadata=typed_metadata))
def test_other_dtypes_and_orders_are_no_edits(turn, made):
    frame = frame_of(made)
    assert no_edits(frame, turn(frame))


@a_few
@given(records(metadata=any_metadata))
def test_rows_and_columns_that_are_missing_are_left_alone(made):
    frame = frame_of(made)
    part = frame.iloc[::2][["name", "email"]]
    found = edits_of(frame, part)
    assert not found.changes
    assert not any(problem.blocks for problem in found.problems)


# -- edits ------------------------------------------------------------------------------------

FIELDS = ["name", "description", "address.city", "address.line_2", "birthdate"]
days = st.sampled_from(["2001-02-03", "1950-12-31", None])


@st.composite
def edited(draw, metadata=any_metadata):
    """Customers, and what a user makes of them: (records, {(id, column): value})."""
    made = draw(records(metadata=metadata))
    wanted = {}
    for record in made:
        for field in draw(st.lists(st.sampled_from(FIELDS), max_size=2, unique=True)):
            value = draw(days if field == "birthdate" else st.one_of(st.none(), texts))
            wanted[record["id"], field] = value
        for key in draw(st.lists(st.sampled_from(["tier", "new"]), max_size=2, unique=True)):
            wanted[record["id"], f"metadata.{key}"] = draw(st.one_of(some_texts, json_values))
    return made, wanted


def apply(frame, wanted):
    out = frame.copy()
    for column in {column for _, column in wanted}:
        if column not in out:
            out[column] = pd.Series(None, index=out.index, dtype=object)
        out[column] = out[column].astype(object)
    for (customer_id, column), value in wanted.items():
        is_day = column == "birthdate" and value is not None
        out.at[customer_id, column] = pd.Timestamp(value) if is_day else value
    return out


def cell(frame, customer_id, column):
    """A cell as the API would say it."""
    if column not in frame:
        return None
    value = frame.at[customer_id, column]
    if isinstance(value, list | dict):
        return value
    if pd.isna(value):
        return None
    if column == "birthdate":
        return value.date().isoformat()
    return value.item() if isinstance(value, np.generic) else value


@a_few
@given(edited())
def test_edits_are_exactly_what_was_changed(case):
    made, wanted = case
    before = frame_of(made)
    found = edits_of_any_type(before, apply(before, wanted))
    expected = {
        at: value for at, value in wanted.items() if not same_json(cell(before, *at), value)
    }
    seen = {(c.customer_id, field): v for c in found.changes for field, v in c.after.items()}
    assert seen.keys() == expected.keys()
    assert all(same_json(seen[at], expected[at]) for at in expected)
    for change in found.changes:
        for field, value in change.before.items():
            assert same_json(value, cell(before, change.customer_id, field))


@pytest.mark.parametrize("merges", [True, False], ids=["merging", "replacing"])
@a_few
@given(edited(), st.integers(1, 4))
def test_the_requests_lead_to_the_edited_frame_whatever_the_server_keeps(merges, case, most):
    made, wanted = case
    before = frame_of(made)
    after = apply(before, wanted)
    changes = edits_of_any_type(before, after).changes
    server = Server(made, merges=merges)
    for batch in make_batches(changes, max_records=most).batches:
        some = [changes[p] for p in batch.positions]
        server.take(batch.route, body_of(batch.route, some), some[0].customer_id)
    reached = frame_of(list(server.by_id.values()))
    for customer_id in before.index:
        for column in {*before.columns, *after.columns}:
            if column.startswith(("metadata.", "address.")) or column in FIELDS:
                now, meant = (cell(f, customer_id, column) for f in (reached, after))
                assert same_json(now, meant), column


@a_few
@given(edited())
def test_undoing_every_change_leads_back(case):
    made, wanted = case
    before = frame_of(made)
    server = Server(made, merges=False)
    changes = edits_of_any_type(before, apply(before, wanted)).changes
    for backwards in (False, True):
        for change in changes:
            if backwards:
                change.before, change.after = change.after, change.before
            server.take("put", body_of("put", [change]), change.customer_id)
    reached = frame_of(list(server.by_id.values()))
    assert not edits_of(before, reached).changes
