"""The two bulk routes: bulk update, and one metadata object for many customers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vfy_notebook.sandbox.answers import Answer, bad_payload, json_answer
from vfy_notebook.sandbox.data.customers.records import in_order
from vfy_notebook.sandbox.data.customers.writes import (
    SchemaViolationError,
    WriteRules,
    check_body,
    check_metadata,
    written,
)
from vfy_notebook.sandbox.data.jobs import BULK_UPDATE, METADATA_UPDATE, RowResult, Work
from vfy_notebook.sandbox.routes.calls import Call
from vfy_notebook.sandbox.routes.customers import fresh_customer
from vfy_notebook.sandbox.state import Sandbox


def update_in_bulk(box: Sandbox, call: Call) -> Answer:
    """Play ``POST /v1/customers/bulk/async``: an unknown source_id creates a customer."""
    body = call.json()
    if not isinstance(body, list):
        raise bad_payload("Body should be array")
    _check_number(box, len(body), "Body")
    refuse = box.switches.unknown_fields == "refuse"
    for index, record in enumerate(body):
        check_body(record, at=f"[{index}]", refuse_unknown=refuse)
        if record.get("source_id") is None:
            raise bad_payload(f"Property .[{index}].source_id is required")
    return accept(box, BULK_UPDATE, len(body), _bulk_work(box, body))


def update_metadata_in_bulk(box: Sandbox, call: Call) -> Answer:
    """Play ``POST /v1/customers/metadata/async``: sent keys are written, others stay."""
    body = call.json_object()
    source_ids = body.get("source_ids")
    if not isinstance(source_ids, list) or not all(
        isinstance(each, str) and each for each in source_ids
    ):
        raise bad_payload("Property .source_ids should be array of strings")
    check_metadata(body.get("metadata"), ".metadata")
    _check_number(box, len(source_ids), "Property .source_ids")
    records = [{"source_id": each, "metadata": body["metadata"]} for each in source_ids]
    rules = WriteRules(merge_metadata=True, merge_address=True)
    return accept(box, METADATA_UPDATE, len(records), _work(box, records, lambda: rules))


def accept(box: Sandbox, kind: str, rows: int, work: Work) -> Answer:
    """Queue a job and answer with its id."""
    action = box.jobs.enqueue(kind, rows, work)
    return json_answer({"async_action_id": action.id}, status=202)


def _check_number(box: Sandbox, number: int, what: str) -> None:
    most = box.switches.max_bulk_records
    if number == 0:
        raise bad_payload(f"{what} should NOT have fewer than 1 items")
    if most is not None and number > most:
        raise bad_payload(f"{what} should NOT have more than {most} items")


def _bulk_work(box: Sandbox, records: list[dict[str, Any]]) -> Work:
    def rules() -> WriteRules:
        return WriteRules(
            merge_metadata=box.switches.bulk_metadata == "merge",
            merge_address=box.switches.bulk_address == "merge",
        )

    return _work(box, records, rules)


def _work(box: Sandbox, records: Sequence[dict[str, Any]], rules: Any) -> Work:
    def work(first: int, last: int) -> list[RowResult]:
        pending: dict[str, dict[str, Any]] = {}
        results = [_write(box, record, rules(), pending) for record in records[first:last]]
        box.customers.put_many(pending.values())
        return results

    return work


def _write(
    box: Sandbox, body: dict[str, Any], rules: WriteRules, pending: dict[str, dict[str, Any]]
) -> RowResult:
    """Write one row into `pending`, which holds by source_id what the job has changed."""
    source_id: str = body["source_id"]
    record = pending.get(source_id) or box.customers.by_source_id(source_id)
    found = record is not None
    reason = box.switches.job_failures.get(source_id)
    if reason is not None:
        return RowResult(source_id, found, reason)
    if record is None:
        record = fresh_customer(box, source_id)
    try:
        changed = written(record, body, rules, box.schema)
    except SchemaViolationError as error:
        return RowResult(source_id, found, str(error))
    if found:
        changed = box.touched(changed)
    pending[source_id] = in_order(changed)
    return RowResult(source_id, found)
