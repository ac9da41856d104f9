"""The operations of the matrix: what they ask for, and how what they tell is compared."""

from __future__ import annotations

import tempfile
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from vfy_notebook.errors import OverwriteWarning, ResponseError, VfyNotebookWarning

if TYPE_CHECKING:
    from collections.abc import Callable

#: What an operation may tell of what it changes.
DONE, NOT_DONE, UNKNOWN = "done", "not done", "unknown"

_CSV = pd.DataFrame({"source_id": ["s0"], "name": ["New"]})

_OUTCOMES = {
    "updated": DONE,
    "created": DONE,
    "deleted": DONE,
    "gone": DONE,
    "sent": DONE,
    "imported": DONE,
    "failed": NOT_DONE,
    "skipped": NOT_DONE,
    "unknown": UNKNOWN,
}


@dataclass(frozen=True)
class Operation:
    """An operation of a project.

    Attributes:
        name: For the table.
        method: Of the request that meets the fault.
        path: The same; a glob.
        act: Does it; gives what it tells.
        has_changed: Whether the sandbox shows its effect; None: it only reads, and `act` itself
            gives whether it has read what is there.
    """

    name: str
    method: str
    path: str
    act: Callable[[Any], str]
    has_changed: Callable[[Any], bool] | None = None


def _told(outcomes: pd.Series) -> str:
    told = {_OUTCOMES[outcome] for outcome in outcomes}
    return told.pop() if len(told) == 1 else UNKNOWN


def _push(project: Any, **edit: str) -> str:
    customers = project.fetch_customers(progress=False).loc[lambda c: c["source_id"].notna()]
    report = project.plan_push(customers.assign(**edit)).push(progress=False)
    return _told(report.rows["outcome"])


def _put(project: Any) -> str:
    customers = project.fetch_customers(progress=False).loc[lambda c: c["source_id"].isna()]
    report = project.plan_push(customers.assign(name="New")).push(progress=False)
    return _told(report.rows["outcome"])


def _save(project: Any) -> str:
    with tempfile.TemporaryDirectory() as folder:
        project.save_customers(folder, progress=False)
        return _is(sorted(pd.read_parquet(folder).index) == [f"cust_{i}" for i in range(4)])


def _memberships(project: Any, *, via: str = "segments") -> str:
    """Who is left out is told by a warning, which counts as an error here."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", VfyNotebookWarning)
        try:
            found = project.fetch_memberships(via=via, progress=False)
        except VfyNotebookWarning as told:
            raise ResponseError(str(told)) from None
    return _is(sorted(found["customer_id"]) == ["cust_0", "cust_1"])


def _undo(project: Any) -> str:
    """The push has run already: see the matrix."""
    push_id = project.pushes()["push_id"].iloc[0]
    report = project.get_push(push_id).plan_undo().push(progress=False)
    return _told(report.rows["outcome"])


def _import(project: Any) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OverwriteWarning)
        return _told(project.import_csv(_CSV, allow_partial=True, progress=False)["outcome"])


def _delete(project: Any, *, permanent: bool) -> str:
    customers = project.fetch_customers(progress=False).head(1)
    plan = project.plan_deletion(customers, permanent=permanent, progress=False)
    return _told(plan.delete(confirm=1, progress=False).rows["outcome"])


def _consents(project: Any) -> str:
    given = pd.DataFrame({"cnst_1": [True]}, index=["s0"])
    return _told(project.push_consents(given, progress=False).rows["outcome"])


def _segment(project: Any, *, via: str = "static") -> str:
    """Members that could not be read are told by a warning, and change nothing of the segment."""
    customers = project.fetch_customers(progress=False).head(3)
    plan = project.plan_segment("Made", customers, via=via, new_keys=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", VfyNotebookWarning)
        return _done(plan.create(progress=False))


def _delete_segment(project: Any) -> str:
    """It has been made already: see the matrix."""
    return _done(project.delete_segment("Made", confirm="Made"))


def _is_made(box: Any) -> bool:
    """Whether there is one; a request that a proxy runs twice may have made two of them."""
    return box.segments() != []


def _done(_result: object) -> str:
    return DONE


def _is(right: bool) -> str:  # noqa: FBT001 - a value
    return DONE if right else "something that is not there"


def _name(box: Any) -> str | None:
    shown = box.customer("s0")
    return None if shown is None else shown["name"]


def _tier(box: Any) -> object:
    return (box.customer("s0").get("metadata") or {}).get("tier")


OPERATIONS = (
    Operation("fetch_customers", "GET", "/v1/customers",
              lambda p: _is(len(p.fetch_customers(progress=False)) == 4)),
    Operation("fetch_customers by export", "POST", "/v1/exports",
              lambda p: _is(len(p.fetch_customers(via="export", progress=False)) == 4)),
    Operation("save_customers", "GET", "/v1/customers", _save),
    Operation("fetch_memberships", "GET", "/v1/customers", _memberships),
    Operation("fetch_memberships, one by one", "GET", "/v1/customers/*/segments",
              lambda p: _memberships(p, via="customers")),
    Operation("fetch_orders", "POST", "/v1/exports",
              lambda p: _is(len(p.fetch_orders(progress=False)) == 0)),
    Operation("fetch_segments", "GET", "/v1/segments", lambda p: _is(len(p.fetch_segments()) == 0)),
    Operation("get_customer", "GET", "/v1/customers/*",
              lambda p: _is(p.get_customer("s0")["name"] == "Old")),
    Operation("create_customer", "POST", "/v1/customers",
              lambda p: _done(p.create_customer(source_id="new", name="New")),
              lambda box: box.customer("new") is not None),
    Operation("create_customer without a name", "POST", "/v1/customers",
              lambda p: _done(p.create_customer(name="New")),
              lambda box: any(c["name"] == "New" for c in box.customers())),
    Operation("update_customer", "PUT", "/v1/customers/*",
              lambda p: _done(p.update_customer("s0", name="New")),
              lambda box: _name(box) == "New"),
    Operation("update_customer, metadata", "GET", "/v1/customers/*",
              lambda p: _done(p.update_customer("s0", metadata={"tier": "gold"})),
              lambda box: _tier(box) == "gold"),
    Operation("delete_customer", "DELETE", "/v1/customers/*",
              lambda p: _done(p.delete_customer("s0")), lambda box: box.customer("s0") is None),
    Operation("delete_customer_permanently", "POST", "/v1/customers/*/permanent-deletion",
              lambda p: _done(p.delete_customer_permanently("s0")),
              lambda box: box.customer("s0") is None),
    Operation("plan_deletion().delete", "DELETE", "/v1/customers/*",
              lambda p: _delete(p, permanent=False), lambda box: box.customer("s0") is None),
    Operation("plan_deletion(permanent).delete", "POST", "/v1/customers/*/permanent-deletion",
              lambda p: _delete(p, permanent=True), lambda box: box.customer("s0") is None),
    Operation("update_consents", "PUT", "/v1/customers/*/consents",
              lambda p: _done(p.update_consents("s0", {"cnst_1": True})),
              lambda box: box.sent_consents("cust_0") == {"cnst_1": True}),
    Operation("push_consents", "PUT", "/v1/customers/*/consents", _consents,
              lambda box: box.sent_consents("cust_0") == {"cnst_1": True}),
    Operation("push, metadata", "POST", "/v1/customers/metadata/async",
              lambda p: _push(p, **{"metadata.tier": "gold"}), lambda box: _tier(box) == "gold"),
    Operation("push, bulk", "POST", "/v1/customers/bulk/async",
              lambda p: _push(p, name="New"), lambda box: _name(box) == "New"),
    Operation("push, its job", "GET", "/v1/async-actions/*",
              lambda p: _push(p, name="New"), lambda box: _name(box) == "New"),
    Operation("push, one by one", "PUT", "/v1/customers/*", _put,
              lambda box: box.customer("cust_3")["name"] == "New"),
    Operation("undo", "POST", "/v1/customers/bulk/async", _undo, lambda box: _name(box) == "Old"),
    Operation("plan_segment, its names", "GET", "/v1/segments", _segment, _is_made),
    Operation("plan_segment().create", "POST", "/v1/segments", _segment, _is_made),
    Operation("plan_segment(via metadata).create", "POST", "/v1/segments",
              lambda p: _segment(p, via="metadata"), _is_made),
    Operation("delete_segment", "DELETE", "/v1/segments/*", _delete_segment,
              lambda box: box.segments() == []),
    Operation("import_csv", "POST", "/v1/customers/importCSV", _import,
              lambda box: _name(box) == "New"),
    Operation("import_csv, its job", "GET", "/v1/async-actions/*", _import,
              lambda box: _name(box) == "New"),
)  # fmt: skip
