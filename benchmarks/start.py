"""What it takes until the first rows are seen: importing, and a first frame of the demo."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

#: So much at most, in seconds: CPU time of our import beyond pandas' and pyarrow's, and the wall
#: time of the first 100 rows after it. A bench beyond it fails.
MOST_IMPORT_CPU_S = 0.5
MOST_FIRST_ROWS_S = 0.6


def started(url: str, app_id: str, app_token: str) -> Iterator[Any]:
    """Import, then fetch 100 customers."""
    import pandas as pd  # noqa: F401, PLC0415
    import pyarrow.compute  # noqa: F401, PLC0415

    cpu_s = time.process_time()
    import vfy_notebook as vfy  # noqa: PLC0415

    import_cpu_s = time.process_time() - cpu_s
    yield
    with vfy.connect(app_id, app_token, url=url) as project:
        frame = project.fetch_customers(limit=100, progress=False)
        yield len(frame), {"import_cpu_seconds": import_cpu_s}
