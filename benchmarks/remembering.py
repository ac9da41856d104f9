"""What the project remembers of a fetch, to compare edits with: its memory, and its time."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import Any

from benchmarks.process import peak_mb


def remembered(url: str) -> Iterator[Any]:
    """`fetch_customers()`, and what is remembered of it beside what the DataFrame holds anyway."""
    import vfy_notebook as vfy  # noqa: PLC0415
    from vfy_notebook.snapshots.snapshot import Snapshot  # noqa: PLC0415
    from vfy_notebook.snapshots.store import MARK, PROCESS_STORE  # noqa: PLC0415

    imported_mb = peak_mb()
    yield
    with vfy.connect("benchmark", "benchmark", url=url) as project:
        frame = project.fetch_customers(progress=False)
        fetch_mb = peak_mb()
        snapshot = PROCESS_STORE.marked(frame.attrs[MARK])
        assert snapshot is not None
        began_s = time.process_time()
        Snapshot.of(frame, "again", is_whole=True, read_from_ms=None)
        snapshot_s = time.process_time() - began_s
        yield (
            len(frame),
            {
                "calls": project.calls.total,
                "own_mb": snapshot.own_nbytes / 1e6,
                "frame_mb": _frame_mb(frame),
                "imported_mb": imported_mb,
                "fetch_mb": fetch_mb,
                "snapshot_cpu_seconds": snapshot_s,
            },
        )


def _frame_mb(frame: Any) -> float:
    """A DataFrame's memory, what is inside of lists and objects included."""
    bytes_ = int(frame.memory_usage(deep=True).sum())
    for name in frame.select_dtypes("object").columns:
        bytes_ += sum(_deep_size(v) - sys.getsizeof(v) for v in frame[name])
    return bytes_ / 1e6


def _deep_size(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return sys.getsizeof(value) + sum(map(_deep_size, inner))
