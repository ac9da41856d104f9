"""Planning a push: edits of twenty columns, of all customers or of a hundredth of a million."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from benchmarks.process import peak_mb

_WRITABLE = ("name", "description", "phone", "address.line_1", "address.line_2", "address.state")
_KEYS = 14


def planned(url: str, app_id: str, app_token: str, rows: str) -> Iterator[Any]:
    """`plan_push()` with everything that is looked at before a push; nothing is sent.

    Each of `rows` customers is edited in each of twenty columns. The fetch before it is part of
    the peaks of memory, not of the time.
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
        frames_mb = peak_mb()
        yield
        before = project.calls.total
        began_s = time.process_time()
        plan = project.plan_push(edited)
        planned_s = time.process_time() - began_s
        requests = sum(plan.calls.values())
        batched_s = time.process_time() - began_s - planned_s
        planned_mb = peak_mb()
        cells = len(plan.edits)
        yield (
            cells,
            {
                "customers": len(customers),
                "changed": len(chosen),
                "calls": project.calls.total - before,
                "requests": requests,
                "problems": len(plan.problems),
                "plan_cpu_seconds": planned_s,
                "batch_cpu_seconds": batched_s,
                "frames_mb": frames_mb,
                "planned_mb": planned_mb,
            },
        )
