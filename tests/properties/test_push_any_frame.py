"""Whatever is done to a frame, a push changes exactly what its plan shows, or nothing at all.

Customers are fetched once or twice, colleagues write in between, the frame goes through what pandas
offers to keep, lose or falsify its mark, and cells are edited, in place too. Then either the plan
is refused in few words and nothing has been sent; or the server differs by the plan's edits for the
rows reported as updated and by nothing else, all of them were meant, and the undo takes them back.
"""

from __future__ import annotations

import copy
import io
import itertools
import pickle

import pandas as pd
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.fake_clock import FakeClock
from vfy_notebook.api.credentials import Credentials
from vfy_notebook.api.transport import Transport
from vfy_notebook.edits.cells.values import same_json
from vfy_notebook.errors import ArgumentError, PlanError
from vfy_notebook.project import Project
from vfy_notebook.snapshots.store import MARK

FIELDS = ("name", "phone", "address.city", "birthdate", "metadata.tier", "metadata.score")
NESTED = "metadata.prefs"
MOST_BYTES = 4_000
MOST_FETCHES = 4

SWITCHES = {
    "updated_at": ("moves", "stays"),
    "times_shown": ("ms", "s"),
    "times_compared": ("ms", "us", "s"),
    "cursor_of_updated": ("updated_at", "created_at"),
    "text_match": ("exact", "ignore_case"),
    "put_source_id": ("ignore", "refuse"),
    "post_unknown_id": ("ignore", "refuse"),
    "max_bulk_records": (100, None),
    "jobs_per_poll": (1, 100),
    "job_errors_listed": (None, 0),
    "async_list_lag": (0, 2),
    "put_metadata": ("merge", "replace"),
    "put_address": ("merge", "replace"),
    "bulk_metadata": ("merge", "replace"),
    "bulk_address": ("merge", "replace"),
    "range_bounds": ("exclusive", "inclusive"),
    "cursor": ("exclusive", "inclusive"),
    "has_more": (True, False),
    "total_present": (True, False),
    "unknown_fields": ("ignore", "refuse"),
    "nulls_order": ("last", "first"),
    "job_polls": (0, 1, 3),
    "job_partial": ("SUCCESS", "FAILED", "UNKNOWN"),
    "job_errors_source_id": (True, False),
    "reports": (True, False),
    "report_source_id": (True, False),
    "export_fails": (False, True),
    "export_titles": ("display", "fields", "titles", "mixed"),
    "download_keys": ("wanted", "ignored"),
    "retry_after": (True, False),
    "quota_headers": (True, False),
    "extra_fields": (False, True),
}

values = {
    "name": st.sampled_from(["Žofia", "x", "", "00042", None]),
    "phone": st.sampled_from(["+48 1", "0048", None]),
    "address.city": st.sampled_from(["Łódź", "Kraków", None]),
    "birthdate": st.sampled_from(["1990-05-01", "2001-12-31", None]),
    "metadata.tier": st.sampled_from(["gold", "silver", "7", None]),
    "metadata.score": st.sampled_from([0, 5, -3, 2**53 + 1, None]),
}
fields = st.sampled_from(FIELDS)
places = st.integers(0, 4)


def cells(customer):
    """Everything of a customer that can be written, nulls left out."""
    metadata = {f"metadata.{k}": v for k, v in (customer.get("metadata") or {}).items()}
    address = {f"address.{k}": v for k, v in (customer.get("address") or {}).items()}
    plain = {name: customer.get(name) for name in ("name", "description", "email", "phone")}
    told = {**plain, "birthdate": customer.get("birthdate"), **address, **metadata}
    return {name: value for name, value in told.items() if value is not None}


# -- what people do to frames --------------------------------------------------------------------


def as_dict(frame):
    columns = {name: frame[name].array.copy() for name in frame.columns}
    return pd.DataFrame(columns, index=frame.index.copy())


def through_parquet(frame):
    """Without what Parquet changes: objects of different keys."""
    plain = frame.drop(columns=[c for c in frame.columns if frame[c].dtype == object])
    return pd.read_parquet(io.BytesIO(plain.to_parquet()))


def melted(frame):
    names = [name for name in FIELDS if name in frame.columns][:2]
    long = frame[names].astype(object).melt(ignore_index=False, var_name="f", value_name="v")
    wide = {name: long.loc[long["f"] == name, "v"] for name in names}
    return pd.DataFrame(wide).assign(updated_at=frame["updated_at"]) if names else frame


def unmarked(frame):
    out = frame.copy()
    out.attrs = {}
    return out


def sliced(frame):
    return frame.iloc[::2]


SAME = {
    "copy": lambda f: f.copy(),
    "shallow": lambda f: f.copy(deep=False),
    "assign": lambda f: f.assign(),
    "sort": lambda f: f.sort_values("created_at", ascending=False),
    "query": lambda f: f.query("created_at == created_at"),
    "loc": lambda f: f.loc[list(f.index)[::-1]],
    "join": lambda f: f.drop(columns="rank", errors="ignore").join(
        pd.DataFrame({"rank": range(len(f))}, index=f.index)
    ),
    "merge": lambda f: f.drop(columns="rank", errors="ignore").merge(
        pd.DataFrame({"rank": range(len(f))}, index=f.index), left_index=True, right_index=True
    ),
    "concat": lambda f: pd.concat([f.iloc[:1], f.iloc[1:]]),
    "pickle": lambda f: pickle.loads(pickle.dumps(f)),  # noqa: S301 - our own
    "dict": as_dict,
    "objects": lambda f: f.astype(object),
    "half": sliced,
    "parquet": through_parquet,
    "melt": melted,
    "drop": lambda f: f.drop(columns=["email", "loyalty.points"], errors="ignore"),
    "rename": lambda f: f.rename(columns={"metadata.tier": "rank of tier"}),
    "without times": lambda f: f.drop(columns=["updated_at", "created_at"], errors="ignore"),
    "without mark": unmarked,
}


def concat_of_two(one, other):
    return pd.concat([one.iloc[:2], other.iloc[2:]])


def updated(one, other):
    out = one.copy()
    out.update(other)
    return out


def column_of_other(one, other):
    return one.assign(**{"metadata.tier": other["metadata.tier"], "name": other["name"]})


def marked_as_other(one, other):
    out = one.copy()
    out.attrs = dict(other.attrs)
    return out


MIXED = {
    "concat": concat_of_two,
    "update": updated,
    "column": column_of_other,
    "mark": marked_as_other,
}


class AnyFrame(RuleBasedStateMachine):
    """One analyst, one frame, and colleagues."""

    sandbox = None
    folder = None
    numbers = itertools.count()

    @initialize(
        switches=st.fixed_dictionaries({k: st.sampled_from(v) for k, v in SWITCHES.items()}),
        start=st.lists(st.tuples(fields, places), max_size=6),
        without=st.sets(places, max_size=2),
        data=st.data(),
    )
    def begin(self, switches, start, without, data):
        made = [
            {
                "id": f"cust_{i}",
                "source_id": None if i in without else f"s{i}",
                "name": f"Name {i}",
                "address": {"city": "Łódź", "country": "PL"},
                "metadata": {"tier": "bronze", "score": i, "prefs": {"k": [i]}, "old": "x"},
                "created_at": f"2024-01-01T00:0{i}:00.000Z",
                "updated_at": None if i == 4 else f"2024-02-01T00:0{i}:00.000Z",
            }
            for i in range(5)
        ]
        for name, i in start:
            _write(made[i], name, data.draw(values[name]))
        self.sandbox.reset(made)
        self.sandbox.set(**switches)
        self.times_may_stay = switches["updated_at"] == "stays" or switches["times_shown"] == "s"
        credentials = Credentials(self.sandbox.app_id, self.sandbox.app_token, self.sandbox.url)
        clock = FakeClock(on_sleep=self.sandbox.advance)
        self.project = Project(
            Transport(credentials, clock=clock, jitter=lambda: 0.5),
            workers=2,
            journal_path=self.folder / f"{next(self.numbers)}.sqlite",
        )
        self.fetches = []
        self.pristine = []
        self.fetch_again()
        self.frame = self.fetches[0].copy()
        self.meant: dict[tuple[str, str], object] = {}
        self.touched: set[tuple[str, str]] = set()
        self.is_simple = True

    def teardown(self):
        if hasattr(self, "project"):
            self.project.close()

    # -- others ----------------------------------------------------------------------------------

    @rule(i=places, name=fields, data=st.data())
    def a_colleague_writes(self, i, name, data):
        value = data.draw(values[name].filter(lambda value: value is not None))
        self._colleague(i, name, value)

    def _colleague(self, i, name, value):
        self.sandbox.advance(0.002)
        record = copy.deepcopy(self.sandbox.customer(f"cust_{i}"))
        _write(record, name, value)
        changed = {k: record[k] for k in (name.split(".")[0],) if k in record}
        self.sandbox.touch(f"cust_{i}", **changed)
        self.sandbox.advance(0.002)
        self.touched.add((f"cust_{i}", name))

    @precondition(lambda self: len(self.fetches) < MOST_FETCHES)
    @rule(i=places, name=fields, data=st.data())
    def a_colleague_writes_and_all_is_fetched_again(self, i, name, data):
        """So that fetches of different states are remembered, perhaps under one `updated_at`."""
        self.a_colleague_writes(i, name, data)
        self.fetch_again()

    # -- the analyst -----------------------------------------------------------------------------

    @precondition(lambda self: len(self.fetches) < MOST_FETCHES)
    @rule()
    def fetch_again(self):
        self.fetches.append(self.project.fetch_customers(progress=False))
        self.pristine.append(pickle.dumps(self.fetches[-1]))

    @rule(how=st.sampled_from(sorted(SAME)))
    def goes_through(self, how):
        if how in ("sort", "query", "melt") and not {"created_at", "updated_at"} <= set(self.frame):
            return
        self.frame = SAME[how](self.frame)
        self.is_simple &= how not in ("without times", "without mark", "melt", "parquet", "objects")

    @precondition(lambda self: len(self.fetches) > 1)
    @rule(how=st.sampled_from(sorted(MIXED)), which=st.permutations(range(MOST_FETCHES)))
    def mixes(self, how, which):
        # Nested cells are shared by all copies: these two know nothing of edits in place.
        there = [i for i in which if i < len(self.pristine)][:2]
        one, other = (pickle.loads(self.pristine[i]) for i in there)  # noqa: S301 - our own
        self.frame = MIXED[how](one, other)
        self.meant = {}
        self.is_simple = False

    @rule(i=places, name=fields, data=st.data())
    def edits(self, i, name, data):
        who = f"cust_{i}"
        if who not in self.frame.index or name not in self.frame.columns:
            return
        value = data.draw(values[name])
        self.frame = self.frame.copy()
        cell = pd.NA if value is None else value
        if name == "birthdate":
            cell = pd.NaT if value is None else pd.Timestamp(value)
        column = self.frame[name].astype(object)
        column[who] = cell
        self.frame[name] = (
            column if self.frame[name].dtype == object else column.astype(self.frame[name].dtype)
        )
        self.meant[who, name] = value

    @rule(i=places, value=st.integers(0, 9))
    def edits_in_place(self, i, value):
        who = f"cust_{i}"
        if who not in self.frame.index or NESTED not in self.frame.columns:
            return
        nested = self.frame.at[who, NESTED]
        if isinstance(nested, dict):
            nested["k"] = [value]
            self.meant[who, NESTED] = {"k": [value]}

    @rule(i=places, text=st.sampled_from(["a", "b"]))
    def writes_into_the_array(self, i, text):
        if i < len(self.fetches[0]) and self.fetches[0] is not self.frame:
            self.fetches[0]["description"].array[i] = text
            array = self.fetches[0]["metadata.score"].array
            array[i] = array[i]

    # -- the push --------------------------------------------------------------------------------

    @rule(
        on_conflict=st.sampled_from(["refuse", "skip", "overwrite"]),
        late=st.none() | st.tuples(places, fields),
        most=st.sampled_from([1, 2, 100]),
        undo=st.booleans(),
        data=st.data(),
    )
    def pushes(self, on_conflict, late, most, undo, data):
        self.sandbox.forget_requests()
        was = self._content()
        try:
            plan = self.project.plan_push(
                self.frame, on_conflict=on_conflict, max_records=most, new_keys=True
            )
            if late is not None:
                i, name = late
                wanted = values[name].filter(lambda value: value is not None)
                self._colleague(i, name, data.draw(wanted))
                was = self._content()
            report = plan.push(progress=False)
        except (PlanError, ArgumentError) as refused:
            self._is_refused(refused, was)
            return
        now = self._content()
        shown = self._is_as_shown(plan, report, was, now)
        if on_conflict != "overwrite":
            self._was_meant(shown)
        if undo:
            undone = report.plan_undo().push(progress=False)
            assert set(undone.counts) <= {"updated"}, undone.rows
            assert _same(self._content(), was)
        else:
            self.touched -= shown.keys()

    def _content(self):
        return {c["id"]: cells(c) for c in self.sandbox.customers()}

    def _is_refused(self, refused, was):
        assert len(str(refused).encode()) < MOST_BYTES
        assert _same(self._content(), was)
        assert [
            r
            for r in self.sandbox.requests()
            if r["method"] != "GET" and not r["path"].startswith("/v1/exports")
        ] == []
        clash = any(at in self.touched for at in self.meant)
        assert clash or not self.is_simple or self._may_be_of_several_versions(), refused

    def _may_be_of_several_versions(self):
        """Whether the frame tells only times that others' writes may have left as they were."""
        return bool(self.touched) and self.times_may_stay and MARK not in self.frame.attrs

    def _is_as_shown(self, plan, report, was, now):
        outcomes = dict(zip(report.rows["customer_id"], report.rows["outcome"], strict=True))
        shown = {}
        for row in plan.edits.to_dict("records"):
            at = (row["customer_id"], row["field"])
            assert outcomes[row["customer_id"]] == "updated", report.rows
            assert same_json(was[at[0]].get(at[1]), row["before"]), at
            shown[at] = row["after"]
        expected = copy.deepcopy(was)
        for (who, name), value in shown.items():
            expected[who].pop(name, None)
            if value is not None:
                expected[who][name] = value
        assert _same(now, expected)
        return shown

    def _was_meant(self, shown):
        for at, value in shown.items():
            assert at in self.meant, at
            assert same_json(value, self.meant[at]), (at, value)


def _write(record, name, value):
    """Set a cell of a customer's record."""
    head, _, rest = name.partition(".")
    if rest:
        record[head] = {**(record.get(head) or {}), rest: value}
    else:
        record[head] = value


def _same(one, other):
    assert one.keys() == other.keys()
    for who in one:
        assert one[who].keys() == other[who].keys(), who
        for name in one[who]:
            assert same_json(one[who][name], other[who][name]), (who, name)
    return True


@pytest.mark.timeout(3_000)
def test_a_push_changes_what_its_plan_shows_or_nothing(sandbox, tmp_path):
    class OnThisSandbox(AnyFrame):
        pass

    OnThisSandbox.sandbox = sandbox
    OnThisSandbox.folder = tmp_path
    run_state_machine_as_test(
        OnThisSandbox,
        settings=settings(
            max_examples=max(10, settings().max_examples // 2),
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
