"""All customers into a DataFrame: this package beside what its users would write otherwise.

The peers do what their documentation leads to, and no more: they follow the cursor, which is
enough here because no two of these customers share a millisecond.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Steps = Iterator[Any]

_HEADERS = {"X-App-Id": "benchmark", "X-App-Token": "benchmark"}


def bare_download(url: str) -> Steps:
    """Receive the pages' bytes and look at none of them: what no client can do without."""
    import requests  # noqa: PLC0415

    yield
    received = page = 0
    with requests.Session() as session:
        while True:
            page += 1
            query = {"limit": 100, "order": "created_at", "page": page}
            body = session.get(f"{url}/v1/customers", params=query, headers=_HEADERS).content
            received += len(body)
            if b'"has_more":false' in body[-40:]:
                break
    yield page * 100, {"megabytes": received / 1e6}


def requests_and_json_normalize(url: str) -> Steps:
    """The loop that everybody writes."""
    import pandas as pd  # noqa: PLC0415
    import requests  # noqa: PLC0415

    yield
    query: dict[str, Any] = {"limit": 100, "order": "created_at"}
    customers = []
    with requests.Session() as session:
        while True:
            answer = session.get(f"{url}/v1/customers", params=query, headers=_HEADERS).json()
            customers += answer["customers"]
            if not answer["has_more"]:
                break
            query["starting_after"] = customers[-1]["created_at"]
    frame = pd.json_normalize(customers)
    yield len(frame), {}


def vendor_sdk(url: str) -> Steps:
    """The vendor's Python SDK; its models as dictionaries, and those normalised."""
    import pandas as pd  # noqa: PLC0415
    import voucherify  # noqa: PLC0415

    yield
    configuration = voucherify.Configuration(host=url, api_key=_HEADERS)
    order = voucherify.ParameterOrderListCustomers.CREATED_AT
    customers = []
    with voucherify.ApiClient(configuration) as client:
        api, cursor = voucherify.CustomersApi(client), None
        while True:
            answer = api.list_customers(limit=100, order=order, starting_after=cursor)
            customers += [customer.to_dict() for customer in answer.customers]
            if not answer.has_more:
                break
            cursor = answer.customers[-1].created_at
    frame = pd.json_normalize(customers)
    yield len(frame), {}


def vfy_notebook(url: str, workers: str = "4") -> Steps:
    """`fetch_customers()`."""
    import vfy_notebook as vfy  # noqa: PLC0415

    yield
    with vfy.connect("benchmark", "benchmark", url=url, workers=int(workers)) as project:
        frame = project.fetch_customers(progress=False)
        yield len(frame), {"calls": project.calls.total}


def saved(url: str, folder: str) -> Steps:
    """`save_customers()`."""
    import vfy_notebook as vfy  # noqa: PLC0415

    yield
    with vfy.connect("benchmark", "benchmark", url=url) as project:
        copy = project.save_customers(folder, progress=False)
        yield copy.rows, {"calls": project.calls.total}
