"""The values of a fetch as one number each: whatever is made faster must not change them.

`python -m benchmarks.values` fetches 100,000 customers of each kind by each way, and compares with
what was found when the number was written down. A change that means to show values otherwise
writes the new numbers here.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import pandas as pd

from benchmarks.process import serving
from vfy_notebook.frames.attrs import ODD_VALUES

#: Customers, their kind → digest of their DataFrame.
KNOWN: dict[tuple[int, str], str] = {
    (3_000, "plain"): "4960706da5f2387f",
    (3_000, "hostile"): "9fa1ddbbfa2191b3",
    (100_000, "plain"): "4efc120ed51ca94a",
    (100_000, "hostile"): "348ff4db61ac7c7b",
}


def digest(frame: pd.DataFrame) -> str:
    """A number that tells rows, columns, dtypes, each value with its type, and what was odd."""
    found = hashlib.sha256()
    for name, values in (("index", frame.index), *frame.items()):
        found.update(repr((name, str(values.dtype))).encode())
        for value in values.array:
            found.update(_told(value).encode("utf-8", "surrogatepass"))
    found.update(repr(sorted((k, _told(v)) for k, v in _lasting(frame.attrs))).encode())
    return found.hexdigest()[:16]


def _lasting(attrs: Any) -> Iterator[tuple[str, Any]]:
    """What is the same in every fetch: no marks, no times."""
    return ((name, value) for name, value in attrs.items() if name == ODD_VALUES)


def _told(value: Any) -> str:
    if value is None or isinstance(value, list | dict):
        return repr(value)
    if pd.isna(value):
        return "NA"
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return repr(getattr(value, "item", lambda: value)())


def fetched(url: str, **how: Any) -> pd.DataFrame:
    """All customers of a page server, in the order of their creation."""
    import vfy_notebook as vfy  # noqa: PLC0415

    with (
        vfy.connect("benchmark", "benchmark", url=url, **how) as project,
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore", vfy.errors.VfyNotebookWarning)  # of what is odd
        return project.fetch_customers(progress=False)


def main() -> int:
    """Compare; 1 where something differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    count = parser.parse_args().customers
    differs = 0
    for kind in ("plain", "hostile"):
        with serving("benchmarks.page_server", "--customers", count, "--kind", kind) as url:
            for workers in (1, 4):
                found = digest(fetched(url, workers=workers))
                known = KNOWN.get((count, kind), "not known")
                differs |= found != known
                print(f"{count:,} {kind}, workers={workers}: {found}, known: {known}")
    return differs


if __name__ == "__main__":
    sys.exit(main())
