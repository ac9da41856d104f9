"""Planning a push: edits of twenty columns of a hundred thousand customers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

_WRITABLE = ("name", "description", "phone", "address.line_1", "address.line_2", "address.state")
_KEYS = 14


def planned(url: str, app_id: str, app_token: str, rows: str) -> Iterator[Any]:
    """`plan_push()` with everything that is looked at before a push; nothing is sent.

    Each of `rows` customers is edited in each of twenty columns. The fetch before it is part of
    the peak of memory, not of the time.
    """
    import vfy_notebook as vfy  # noqa: PLC0415

    with vfy.connect(app_id, app_token, url=url) as project:
        customers = project.fetch_customers(progress=False)
        edited = customers.copy()
        chosen = edited.index[: int(rows)]
        for column in _WRITABLE:
            edited.loc[chosen, column] = "edited " + chosen.astype("str")
        for key in range(_KEYS):
            edited.loc[chosen, f"metadata.key_{key:02}"] = "edited " + chosen.astype("str")
        yield
        before = project.calls.total
        began = time.perf_counter()
        plan = project.plan_push(edited)
        planned_s = time.perf_counter() - began
        requests = sum(plan.calls.values())
        batched_s = time.perf_counter() - began - planned_s
        cells = len(plan.edits)
        yield (
            cells,
            {
                "calls": project.calls.total - before,
                "requests": requests,
                "problems": len(plan.problems),
                "plan_seconds": planned_s,
                "batch_seconds": batched_s,
            },
        )
