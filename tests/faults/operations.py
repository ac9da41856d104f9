"""The operations of the matrix: what they ask for, and how what they tell is compared."""

from __future__ import annotations

import contextlib
import tempfile
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from tests.faults.cut_off import deletion_cut_off, push_cut_off
from vfy_notebook.errors import OverwriteWarning, ResponseError, VfyNotebookWarning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: What an operation may tell of what it changes.
DONE, NOT_DONE, UNKNOWN = "done", "not done", "unknown"

PEOPLE = [
    {"id": f"cust_{i}", "source_id": None if i == 3 else f"s{i}", "name": "Old",
     "metadata": {"tier": "bronze"}, "created_at": f"2024-01-01T00:0{i}:00.000Z"}
    for i in range(4)
]  # fmt: skip

_OLD = {"id": "seg_1", "name": "Made", "type": "static", "members": ["cust_0", "cust_1"]}

_ORDERS = [
    {"id": f"ord_{i}", "customer_id": f"cust_{i}", "status": "PAID", "amount": 100 + i,
     "created_at": f"2025-01-0{i + 1}T00:00:00.000Z"}
    for i in range(3)
]  # fmt: skip

_REDEMPTIONS = [
    {"id": f"r_{i}", "customer_id": f"cust_{i}", "result": "SUCCESS", "voucher_code": "TEN",
     "date": f"2025-01-0{i + 1}T00:00:00.000Z"}
    for i in range(3)
]  # fmt: skip

#: What has happened to the customer of an order and a redemption.
_EVENTS = {
    "customer.created",
    "customer.order.created",
    "customer.order.paid",
    "customer.redemption.succeeded",
}

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
        act: Does it; gives what it tells: that it is done or not, or the ids of what it has made.
        has_changed: Whether the sandbox shows its effect, or the ids that it shows; None: it only
            reads, and `act` itself gives whether it has read what is there.
        before: What has been done with the sandbox and the project before the fault.
    """

    name: str
    method: str
    path: str
    act: Callable[[Any], str | frozenset[str]]
    has_changed: Callable[[Any], bool | frozenset[str]] | None = None
    before: Callable[[Any, Any], Any] = lambda _box, _project: None


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


@contextlib.contextmanager
def _warnings_are_errors() -> Iterator[None]:
    """What is missing from what was read is told by a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", VfyNotebookWarning)
        try:
            yield
        except VfyNotebookWarning as told:
            raise ResponseError(str(told)) from None


def _saved(save: Callable[..., Any], key: str, right: list[str]) -> str:
    with tempfile.TemporaryDirectory() as folder, _warnings_are_errors():
        save(folder, progress=False)
        return _is(sorted(pd.read_parquet(folder).reset_index()[key]) == right)


def _memberships(project: Any, *, via: str = "segments") -> str:
    with _warnings_are_errors():
        found = project.fetch_memberships(via=via, progress=False)
    return _is(sorted(found["customer_id"]) == ["cust_0", "cust_1"])


def _pushed(_box: Any, project: Any) -> None:
    customers = project.fetch_customers(progress=False).head(3)
    project.plan_push(customers.assign(name="New")).push(progress=False)


def _with_segment(box: Any, _project: Any) -> None:
    box.reset(PEOPLE, segments=[{**_OLD, "name": "One"}])


def _with_old(box: Any, _project: Any) -> None:
    box.reset(PEOPLE, segments=[_OLD])


def _with_history(box: Any, _project: Any) -> None:
    box.reset(PEOPLE, orders=_ORDERS, redemptions=_REDEMPTIONS)


def _ids(prefix: str, count: int) -> list[str]:
    return [f"{prefix}_{i}" for i in range(count)]


def _orders(project: Any) -> str:
    with _warnings_are_errors():
        return _is(project.fetch_orders(progress=False).index.tolist() == _ids("ord", 3))


def _redemptions(project: Any) -> str:
    with _warnings_are_errors():
        return _is(project.fetch_redemptions(progress=False).index.tolist() == _ids("r", 3))


def _refresh(project: Any) -> str:
    """All of them are read anew: this project has fetched none of them."""
    index = pd.Index(_ids("cust", 4), dtype="str", name="customer_id")
    shown = project.refresh(pd.DataFrame({"name": "Older"}, index=index))
    return _is(shown["name"].tolist() == ["Old"] * 4)


def _undo(project: Any) -> str:
    push_id = project.pushes()["push_id"].iloc[0]
    report = project.get_push(push_id).plan_undo().push(progress=False)
    return _told(report.rows["outcome"])


def _failed(box: Any, project: Any) -> None:
    """The API refuses all three rows of a push, and would take them now."""
    box.set(job_failures={f"s{i}": "try later" for i in range(3)})
    _pushed(box, project)
    box.set(job_failures={})


def _retry(project: Any) -> str:
    push_id = project.pushes()["push_id"].iloc[0]
    report = project.get_push(push_id).plan_retry().push(progress=False)
    return _told(report.rows["outcome"])


def _resume(project: Any) -> str:
    return _told(project.resume_push(progress=False).rows["outcome"])


def _create_missing(project: Any) -> str:
    frame = pd.DataFrame({"source_id": ["new"], "name": ["New"]})
    report = project.plan_push(frame, create_missing=True).push(progress=False)
    return _told(report.rows["outcome"])


def _rest_of_deletion(project: Any, *, permanent: bool) -> str:
    plan = project.plan_cut_off_deletions(permanent=permanent)
    assert len(plan) == 1
    return _told(plan.delete(confirm=1, progress=False).rows["outcome"])


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


def _segment(project: Any, *, via: str = "static") -> str | frozenset[str]:
    customers = project.fetch_customers(progress=False).head(3)
    return _of_ids(project.plan_segment("Made", customers, via=via, new_keys=True))


def _of_ids(plan: Any) -> str | frozenset[str]:
    """Members that could not be read are told by a warning, and change nothing of the segment."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", VfyNotebookWarning)
        segment = plan.create(progress=False)
    if "could not be seen" in plan.report.told:
        return UNKNOWN
    return frozenset([segment.index[0], *plan.report.doubles])


def _replace_segment(project: Any) -> str:
    plan = project.plan_segment("Made", ["cust_1", "cust_2"], replace=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", VfyNotebookWarning)
        plan.create(delete_old="Made", progress=False)
    if plan.report.deleted_old == _OLD["id"]:
        return DONE
    return UNKNOWN if "not known" in plan.report.told else NOT_DONE


def _is_replaced(box: Any) -> bool:
    return [each["id"] for each in box.segments() if each["id"] == _OLD["id"]] == []


def _delete_segment(project: Any) -> str:
    return _done(project.delete_segment("Made", confirm="Made"))


def _made(box: Any) -> frozenset[str]:
    """Every one: what has run twice has made two, and that has to be told."""
    return frozenset(each["id"] for each in box.segments())


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
    Operation("save_customers", "GET", "/v1/customers",
              lambda p: _saved(p.save_customers, "customer_id", _ids("cust", 4))),
    Operation("fetch_memberships", "GET", "/v1/customers", _memberships, before=_with_segment),
    Operation("fetch_memberships, one by one", "GET", "/v1/customers/*/segments",
              lambda p: _memberships(p, via="customers"), before=_with_segment),
    Operation("save_memberships", "GET", "/v1/customers",
              lambda p: _saved(p.save_memberships, "customer_id", _ids("cust", 2)),
              before=_with_segment),
    Operation("get_customer_segments", "GET", "/v1/customers/*/segments",
              lambda p: _is(p.get_customer_segments("s0").index.tolist() == ["seg_1"]),
              before=_with_segment),
    Operation("fetch_orders", "POST", "/v1/exports", _orders, before=_with_history),
    Operation("fetch_orders, its export", "GET", "/v1/exports/*", _orders, before=_with_history),
    Operation("save_orders", "POST", "/v1/exports",
              lambda p: _saved(p.save_orders, "order_id", _ids("ord", 3)), before=_with_history),
    Operation("fetch_redemptions", "POST", "/v1/exports", _redemptions, before=_with_history),
    Operation("fetch_redemptions, its count", "GET", "/v1/redemptions", _redemptions,
              before=_with_history),
    Operation("save_redemptions", "GET", "/v1/exports/*",
              lambda p: _saved(p.save_redemptions, "redemption_id", _ids("r", 3)),
              before=_with_history),
    Operation("fetch_activity", "GET", "/v1/customers/*/activity",
              lambda p: _is(set(p.fetch_activity("s0", progress=False)["type"]) == _EVENTS),
              before=_with_history),
    Operation("fetch_consents", "GET", "/v1/consents",
              lambda p: _is(p.fetch_consents().index.tolist() == ["cnst_1"])),
    Operation("fetch_metadata_schema", "GET", "/v1/metadata-schemas/customer",
              lambda p: _is(len(p.fetch_metadata_schema()) == 0)),
    Operation("refresh", "GET", "/v1/customers", _refresh),
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
    Operation("undo", "POST", "/v1/customers/bulk/async", _undo, lambda box: _name(box) == "Old",
              before=_pushed),
    Operation("retry", "POST", "/v1/customers/bulk/async", _retry,
              lambda box: _name(box) == "New", before=_failed),
    Operation("retry, its look at the customers", "GET", "/v1/customers", _retry,
              lambda box: _name(box) == "New", before=_failed),
    Operation("create_missing", "POST", "/v1/customers/bulk/async", _create_missing,
              lambda box: box.customer("new") is not None),
    Operation("create_missing, its job", "GET", "/v1/async-actions/*", _create_missing,
              lambda box: box.customer("new") is not None),
    Operation("create_missing, who is there", "GET", "/v1/customers", _create_missing,
              lambda box: box.customer("new") is not None),
    Operation("resume_push, not sent", "POST", "/v1/customers/bulk/async", _resume,
              lambda box: _name(box) == "New", before=push_cut_off("sending", "before")),
    Operation("resume_push, sent, the answer lost", "GET", "/v1/async-actions", _resume,
              lambda box: _name(box) == "New", before=push_cut_off("sent", "before")),
    Operation("resume_push, its job", "GET", "/v1/async-actions/*", _resume,
              lambda box: _name(box) == "New", before=push_cut_off("sent", "after")),
    Operation("resume_push, its look at the customers", "GET", "/v1/customers", _resume,
              lambda box: _name(box) == "New", before=push_cut_off("ended", "after")),
    Operation("resume_push, one by one", "PUT", "/v1/customers/*", _resume,
              lambda box: box.customer("cust_3")["name"] == "New",
              before=push_cut_off("sending", "after", rows=slice(3, 4))),
    Operation("plan_cut_off_deletions().delete", "DELETE", "/v1/customers/*",
              lambda p: _rest_of_deletion(p, permanent=False),
              lambda box: box.customer("s0") is None, before=deletion_cut_off(permanent=False)),
    Operation("plan_cut_off_deletions(permanent).delete", "POST",
              "/v1/customers/*/permanent-deletion",
              lambda p: _rest_of_deletion(p, permanent=True),
              lambda box: box.customer("s0") is None, before=deletion_cut_off(permanent=True)),
    Operation("plan_segment, its names", "GET", "/v1/segments", _segment, _made),
    Operation("plan_segment().create", "POST", "/v1/segments", _segment, _made),
    Operation("plan_segment(via metadata).create", "POST", "/v1/segments",
              lambda p: _segment(p, via="metadata"), _made),
    Operation("plan_segment(via metadata), its push", "POST", "/v1/customers/metadata/async",
              lambda p: _segment(p, via="metadata"), _made),
    Operation("plan_segment, its members", "GET", "/v1/customers",
              lambda p: _of_ids(p.plan_segment("Made", _ids("cust", 3))), _made),
    Operation("plan_segment(replace), the old one", "DELETE", "/v1/segments/*", _replace_segment,
              _is_replaced, before=_with_old),
    Operation("plan_segment(replace), the new one", "POST", "/v1/segments", _replace_segment,
              _is_replaced, before=_with_old),
    Operation("delete_segment", "DELETE", "/v1/segments/*", _delete_segment,
              lambda box: box.segments() == [], before=_with_old),
    Operation("delete_segment, its name", "GET", "/v1/segments", _delete_segment,
              lambda box: box.segments() == [], before=_with_old),
    Operation("import_csv", "POST", "/v1/customers/importCSV", _import,
              lambda box: _name(box) == "New"),
    Operation("import_csv, its job", "GET", "/v1/async-actions/*", _import,
              lambda box: _name(box) == "New"),
)  # fmt: skip
