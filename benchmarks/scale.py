"""Ten thousand, a hundred thousand and a million customers out of a sandbox, by each way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def fetched(url: str, app_id: str, app_token: str, via: str) -> Iterator[Any]:
    """`fetch_customers()` into one DataFrame."""
    import vfy_notebook as vfy  # noqa: PLC0415

    yield
    with vfy.connect(app_id, app_token, url=url) as project:
        frame = project.fetch_customers(via=via, progress=False)
        yield len(frame), {"calls": project.calls.total}


def saved(url: str, app_id: str, app_token: str, via: str, folder: str) -> Iterator[Any]:
    """`save_customers()` into a folder."""
    import vfy_notebook as vfy  # noqa: PLC0415

    yield
    with vfy.connect(app_id, app_token, url=url) as project:
        copy = project.save_customers(folder, via=via, progress=False)
        yield copy.rows, {"calls": copy.calls}
