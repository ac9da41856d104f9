"""What the tests of segments share."""

from __future__ import annotations

from tests.contract.push_support import fill


def fetched(sandbox, project, count=20, **fields):
    """Customers, all fetched; the request log begins behind that."""
    fill(sandbox, count, **fields)
    frame = project.fetch_customers(progress=False)
    sandbox.forget_requests()
    return frame


def requests(sandbox, method="", path=""):
    """The requests that arrived."""
    return [
        f"{each['method']} {each['path']}"
        for each in sandbox.requests()
        if each["method"].startswith(method) and each["path"].startswith(path)
    ]


def made(sandbox):
    """How many requests for a new segment have arrived."""
    return len(requests(sandbox, "POST", "/v1/segments"))


def members(project, segment_id):
    """Who is in a segment."""
    return set(project.fetch_memberships(segments=[segment_id], progress=False)["customer_id"])


def kinds(plan, *, blocks=None):
    """The kinds of a plan's problems."""
    rows = plan.problems
    return set(rows["kind"] if blocks is None else rows.loc[rows["blocks"] == blocks, "kind"])
