"""Customers on the sandbox, and what a push has made of them."""

from __future__ import annotations

from vfy_notebook.api.pages import iso_from_ms

WRITES = {
    ("POST", "/v1/customers/metadata/async"): "metadata",
    ("POST", "/v1/customers/bulk/async"): "bulk",
    ("PUT", "/v1/customers/"): "put",
}


SCHEMA = {"properties": {"tier": {"type": "string"}, "score": {"type": "number"}}}


def fill(sandbox, count, *, without_source_id=(), **fields):
    """Put customers on the sandbox, created a minute apart; exports have the schema's keys."""
    sandbox.reset(
        metadata_schema=SCHEMA,
        customers=[
            {
                "id": f"cust_{i:05d}",
                "source_id": None if i in without_source_id else f"s{i}",
                "name": f"Name {i}",
                "metadata": {"tier": "bronze", "score": i},
                "address": {"city": "Łódź", "country": "PL"},
                "created_at": iso_from_ms(1_704_067_200_000 + 60_000 * i),
                "updated_at": "2024-03-01T00:00:00.000Z",
                **fields,
            }
            for i in range(count)
        ],
    )


def fetched(project):
    """All customers, and an edited copy to be."""
    before = project.fetch_customers(progress=False)
    return before, before.copy()


def on_server(sandbox, field="tier"):
    """customer id → a metadata value."""
    return {c["id"]: (c.get("metadata") or {}).get(field) for c in sandbox.customers()}


def writes(sandbox):
    """Route → number of requests that arrived."""
    found: dict[str, int] = {}
    for request in sandbox.requests():
        for (method, path), route in WRITES.items():
            if request["method"] == method and request["path"].startswith(path):
                found[route] = found.get(route, 0) + 1
    return found


def reads(sandbox):
    """The number of requests that wrote nothing."""
    return len(sandbox.requests()) - sum(writes(sandbox).values())


def outcomes(report):
    """customer id → outcome."""
    return dict(zip(report.rows["customer_id"], report.rows["outcome"], strict=True))


def push(plan, **options):
    return plan.push(progress=False, **options)
