"""The README's comparison with forty lines of requests, on the demo's sample."""

from __future__ import annotations

import re
from pathlib import Path

import requests

from tests.processes import ENDS_S

README = Path(__file__).parents[3] / "README.md"


def plain_session(sandbox):
    session = requests.Session()
    session.trust_env = False
    session.headers.update({"X-App-Id": sandbox.app_id, "X-App-Token": sandbox.app_token})
    return session


def plain_fetch(sandbox):
    """The loop of the API reference: the next page starts after the last customer's time."""
    found, params = [], {"limit": 100, "order": "created_at"}
    with plain_session(sandbox) as session:
        while True:
            url = f"{sandbox.url}/v1/customers"
            page = session.get(url, params=params, timeout=ENDS_S).json()
            found += page["customers"]
            if not page["has_more"] or not page["customers"]:
                return found
            params["starting_after"] = page["customers"][-1]["created_at"]


def told_in_readme():
    """What the comparison says: row → numbers in its two columns."""
    text = README.read_text(encoding="utf-8").split("\n## Why not forty lines")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (rows found|calls) \| (.+?) \| (.+?) \|$", text, re.MULTILINE)
    return {
        name: [int(re.search(r"[\d,]+", cell)[0].replace(",", "")) for cell in cells]
        for name, *cells in rows
    }


def test_rows_found_and_calls_are_those_of_the_readme(sandbox, project):
    sandbox.reset()
    plain = plain_fetch(sandbox)
    plain_calls = len(sandbox.requests())
    customers = project.fetch_customers(progress=False)
    told = told_in_readme()
    assert told["rows found"] == [len({c["id"] for c in plain}), len(customers)]
    assert told["calls"] == [plain_calls, project.calls.total]
    assert len(customers) == len(sandbox.customers())


def test_a_loop_by_page_number_finds_all_while_nobody_is_added(sandbox):
    sandbox.reset()
    found, page = [], 0
    with plain_session(sandbox) as session:
        while len(found) == 100 * page:
            page += 1
            params = {"limit": 100, "page": page, "order": "created_at"}
            url = f"{sandbox.url}/v1/customers"
            found += session.get(url, params=params, timeout=ENDS_S).json()["customers"]
    text = " ".join(README.read_text(encoding="utf-8").split())
    assert f"finds all {len({c['id'] for c in found}):,} in {page} calls" in text
    assert len(found) == len(sandbox.customers())


def test_after_a_row_that_fails_one_knows_less_and_has_no_way_back(sandbox, project):
    sandbox.reset()
    customers = project.fetch_customers(progress=False)
    some = customers[customers["source_id"].notna()].head(3)
    failing = some.index[1]
    reason = "made to fail"
    sandbox.set(job_failures={some.loc[failing, "source_id"]: reason})
    records = [{"source_id": s, "name": "X"} for s in some["source_id"]]
    with plain_session(sandbox) as session:
        url = f"{sandbox.url}/v1/customers/bulk/async"
        answer = session.post(url, json=records, timeout=ENDS_S)
    assert answer.status_code == 202  # nothing of the row that fails
    assert list(answer.json()) == ["async_action_id"]

    sandbox.reset()
    sandbox.set(job_failures={some.loc[failing, "source_id"]: reason})
    edited = some.copy()
    edited["name"] = [f"Name {i}" for i in range(len(some))]
    report = project.plan_push(edited, before=some).push(progress=False)
    assert report.counts == {"updated": 2, "failed": 1}
    assert reason in str(report.failed.set_index("customer_id").loc[failing, "reason"])
    sandbox.set(job_failures={})
    report.plan_undo().push(progress=False)
    names = {c["id"]: c.get("name") for c in sandbox.customers()}
    for customer, name in some["name"].items():
        assert names[customer] == (name if isinstance(name, str) else None)
