"""What a million customers and three million orders take on a cluster, beside pandas and DuckDB.

`python -m benchmarks.beyond` measures this only and writes its section of `RESULTS.md` and the
table of `docs/copies.md`, as `make bench` does too. All read the same Parquet parts, so none makes
an API call.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.process import Figures, peak_mb, run
from benchmarks.results import table

HERE = Path(__file__).parent
TITLE = "## Beyond one machine"

#: The page that says which way to go from what size on; the table of the section stands there too.
PAGE = HERE.parent / "docs" / "copies.md"
_BEGIN, _END = "<!-- beyond: written by its run -->", "<!-- end of beyond -->"

#: Rows of a part of customers, as `save_customers` writes them, and of orders.
PART_ROWS = 20_000
ORDERS_EACH = 3

#: What a worker may hold: it writes to disk what is more than six tenths of it.
WORKER_BYTES = 700_000_000
#: Most that it has to get by with.
MOST_WORKER_MB = 600

WAYS: tuple[tuple[str, str, tuple[Any, ...]], ...] = (
    ("pandas", "with_pandas", ()),
    ("DuckDB", "with_duckdb", ()),
    ("Dask, 1 worker", "with_dask", (1,)),
    ("Dask, 2 workers", "with_dask", (2,)),
    ("Dask, 2 workers, one of which is killed", "with_dask", (2, "kill")),
)


def write_parts(folder: Path, customers: int) -> None:
    """Customers and their orders as parts, in the toolkit's types."""
    import numpy as np  # noqa: PLC0415 - as everything here: what a job imports is in its figures
    import pandas as pd  # noqa: PLC0415

    random = np.random.default_rng(1)
    for kind in ("customers", "orders"):
        (folder / kind).mkdir()
    for number, first in enumerate(range(0, customers, PART_ROWS)):
        rows = min(PART_ROWS, customers - first)
        ids = pd.Index([f"cust_{first + n:024d}" for n in range(rows)], dtype="str")
        people = pd.DataFrame(
            {
                "name": pd.array([f"Customer {first + n}" for n in range(rows)], dtype="str"),
                "email": pd.array([f"c{first + n}@example.com" for n in range(rows)], dtype="str"),
                "metadata.tier": pd.array(random.choice(["bronze", "gold"], rows), dtype="str"),
                "loyalty.points": pd.array(random.integers(0, 9_999, rows), dtype="Int64"),
            },
            index=ids.rename("customer_id"),
        )
        people.to_parquet(folder / "customers" / f"part-{number:05d}.parquet")
    for number, first in enumerate(range(0, customers, PART_ROWS)):
        rows = min(PART_ROWS, customers - first) * ORDERS_EACH
        numbers = range(first * ORDERS_EACH, first * ORDERS_EACH + rows)
        who = random.integers(0, customers, rows)
        seconds = 1_600_000_000 + random.integers(0, 150_000_000, rows)
        orders = pd.DataFrame(
            {
                "source_id": pd.array([f"web-{n}" for n in numbers], dtype="str"),
                "customer_id": pd.array([f"cust_{n:024d}" for n in who], dtype="str"),
                "created_at": pd.to_datetime(seconds, unit="s", utc=True).as_unit("us"),
                "status": pd.array(random.choice(["PAID", "CANCELED"], rows), dtype="str"),
                "total_amount": pd.array(random.integers(100, 99_999, rows), dtype="Int64"),
            },
            index=pd.Index([f"ord_{n:024d}" for n in numbers], dtype="str", name="order_id"),
        )
        orders.to_parquet(folder / "orders" / f"part-{number:05d}.parquet")


def _digest(tiers: dict[str, int], scores: Any) -> dict[str, Any]:
    """What must be the same by each way."""
    return {
        "tiers": {tier: int(total) for tier, total in sorted(tiers.items())},
        "buyers": int((scores["frequency"] > 0).sum()),
        "orders": int(scores["frequency"].sum()),
        "spent": int(scores["monetary"].sum()),
        "recency": int(scores["recency"].sum()),
    }


def with_pandas(folder: str) -> Iterator[Any]:
    """All columns that are needed, in memory."""
    import pandas as pd  # noqa: PLC0415

    from vfy_notebook import analysis  # noqa: PLC0415

    yield
    began = time.perf_counter()
    people = pd.read_parquet(f"{folder}/customers", columns=["metadata.tier"])
    orders = pd.read_parquet(
        f"{folder}/orders", columns=["customer_id", "created_at", "status", "total_amount"]
    )
    joined = orders.merge(people, left_on="customer_id", right_index=True)
    tiers = joined.groupby("metadata.tier")["total_amount"].sum().to_dict()
    del joined
    middle = time.perf_counter()
    scores = analysis.rfm(people, orders=orders)
    ended = time.perf_counter()
    yield len(scores), _notes(began, middle, ended, [peak_mb()], _digest(tiers, scores))


def with_duckdb(folder: str) -> Iterator[Any]:
    """Joins and sums by SQL on the files."""
    import duckdb  # noqa: PLC0415

    yield
    began = time.perf_counter()
    with duckdb.connect() as database:
        database.sql(f"create view people as from '{folder}/customers/*.parquet'")
        database.sql(f"create view orders as from '{folder}/orders/*.parquet'")
        tiers = dict(
            database.sql(
                'select "metadata.tier", sum(total_amount) from orders join people '
                "using (customer_id) group by 1"
            ).fetchall()
        )
        middle = time.perf_counter()
        scores = database.sql(
            """
            with paid as (select * from orders where status in ('PAID', 'FULFILLED')),
                 sums as (select customer_id, max(created_at at time zone 'UTC')::date as last,
                                 count(*) as frequency, sum(total_amount) as monetary
                          from paid group by 1),
                 latest as (select max(last) as day from sums)
            select people.customer_id, day - last as recency, coalesce(frequency, 0) as frequency,
                   coalesce(monetary, 0) as monetary,
                   ntile(5) over (order by last) as recency_score
            from people left join sums using (customer_id), latest
            """
        ).df()
        ended = time.perf_counter()
    yield len(scores), _notes(began, middle, ended, [peak_mb()], _digest(tiers, scores))


def with_dask(folder: str, workers: str, kill: str = "") -> Iterator[Any]:
    """Joins and groups on workers; a row for each customer comes to this process."""
    import logging  # noqa: PLC0415

    from distributed import Client, LocalCluster  # noqa: PLC0415

    from vfy_notebook import analysis  # noqa: PLC0415
    from vfy_notebook.frames.files.dask_parts import dask_frame  # noqa: PLC0415

    cluster = LocalCluster(
        n_workers=int(workers),
        threads_per_worker=1,
        memory_limit=WORKER_BYTES,
        host="127.0.0.1",
        dashboard_address=None,
        silence_logs=logging.CRITICAL,
    )
    with cluster, Client(cluster) as client:
        yield

        def parts(kind: str) -> Any:
            names = sorted(path.name for path in Path(folder, kind).glob("*.parquet"))
            return dask_frame(Path(folder, kind), names, columns=None, filters=None)

        before = client.run(time.process_time)
        began = time.perf_counter()
        people, orders = parts("customers"), parts("orders")
        joined = orders[["customer_id", "total_amount"]].merge(
            people[["metadata.tier"]], left_on="customer_id", right_index=True
        )
        tiers = joined.groupby("metadata.tier")["total_amount"].sum().compute().to_dict()
        middle = time.perf_counter()
        with _killing_one(client) if kill else contextlib.nullcontext():
            scores = analysis.rfm(people, orders=orders)
        ended = time.perf_counter()
        peaks = list(client.run(peak_mb).values())
        taken = sum(
            cpu_s - before.get(worker, 0) for worker, cpu_s in client.run(time.process_time).items()
        )
        notes = _notes(began, middle, ended, peaks, _digest(tiers, scores))
        yield len(scores), notes | {"worker_cpu_seconds": taken}


@contextlib.contextmanager
def _killing_one(client: Any) -> Iterator[None]:
    """Kill a worker as soon as it holds a result."""
    found = client.run(os.getpid)
    dead: list[int] = []

    def kill() -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until and not dead:
            for address, keys in client.has_what().items():
                if keys:
                    os.kill(found[address], signal.SIGKILL)
                    dead.append(found[address])
                    return
            time.sleep(0.05)

    thread = threading.Thread(target=kill, daemon=True)
    thread.start()
    yield
    thread.join(60)
    assert dead, "no worker was killed"


def _notes(
    began: float, middle: float, ended: float, peaks: list[float], digest: dict[str, Any]
) -> dict[str, Any]:
    return {
        "join_seconds": middle - began,
        "rfm_seconds": ended - middle,
        "worker_mb": max(peaks),
        "digest": digest,
    }


def measured(customers: int, runs: int) -> dict[str, list[Figures]]:
    """Each way in turn, again and again; all must give the same."""
    found: dict[str, list[Figures]] = {way: [] for way, _, _ in WAYS}
    with tempfile.TemporaryDirectory() as name:
        write_parts(Path(name), customers)
        for turn in range(runs):
            for way, job, more in WAYS:
                figures = run("benchmarks.beyond", job, name, *more)
                found[way].append(figures)
                print(f"{turn + 1}/{runs} {way}: {figures}", file=sys.stderr, flush=True)
    digests = {str(each.notes["digest"]) for runs in found.values() for each in runs}
    assert len(digests) == 1, digests
    return found


def section(customers: int, found: dict[str, list[Figures]]) -> str:
    """The section of `RESULTS.md`; of several runs the worst."""
    runs = min(map(len, found.values()))
    largest = max(
        each.notes["worker_mb"] for way, runs in found.items() if "Dask" in way for each in runs
    )
    rows = [
        (
            way,
            f"{max(each.notes['join_seconds'] for each in runs):.1f}",
            f"{max(each.notes['rfm_seconds'] for each in runs):.1f}",
            f"{max(each.cpu_seconds for each in runs):.1f}",
            f"{max(each.notes['worker_cpu_seconds'] for each in runs):.1f}"
            if "Dask" in way
            else "–",
            f"{max(each.peak_mb for each in runs):,.0f}",
            f"{max(each.notes['worker_mb'] for each in runs):,.0f}" if "Dask" in way else "–",
        )
        for way, runs in found.items()
    ]
    text = (
        f"{customers:,} customers and {customers * ORDERS_EACH:,} orders as Parquet parts on one "
        "disk: what the orders are worth by the customers' tier (a join), and `vfy.analysis.rfm` "
        "(DuckDB: the same sums by SQL, with the quantiles of recency). The cluster's processes "
        f"have one thread and {WORKER_BYTES / 1e6:,.0f} MB each, on this machine; their CPU "
        "seconds are those of all, without one that was killed. The worst of "
        f"{runs} runs. All give the same numbers, also where a worker is killed in the middle of "
        "`rfm`; workers see files only, so none makes an API call. The most that a worker held is "
        f"{largest:,.0f} MB, of {MOST_WORKER_MB} that it should get by with."
    )
    titles = (
        "way",
        "join, seconds",
        "rfm, seconds",
        "CPU seconds, own process",
        "workers",
        "peak MB, own process",
        "a worker",
    )
    return f"{TITLE}\n\n{text}\n\n{table(titles, rows)}"


def in_results(text: str, new: str) -> str:
    """`RESULTS.md` with this section new."""
    pattern = re.compile(rf"\n*{TITLE}\n.*?(?=\n## |\Z)", re.DOTALL)
    return f"{pattern.sub('', text).rstrip()}\n\n{new}\n"


def in_page(page: str, results: str) -> str:
    """`docs/copies.md` with the table that `RESULTS.md` has."""
    lines = results.partition(f"{TITLE}\n")[2].partition("\n## ")[0].splitlines()
    rows = "\n".join(line for line in lines if line.startswith("|"))
    before, found, rest = page.partition(_BEGIN)
    _, closed, after = rest.partition(_END)
    assert rows, results
    assert found, page
    assert closed, page
    return f"{before}{_BEGIN}\n{rows}\n{_END}{after}"


def write(results: str) -> None:
    """Write what is measured of this into `docs/copies.md`."""
    PAGE.write_text(in_page(PAGE.read_text("utf-8"), results), encoding="utf-8")


def main() -> None:
    """Measure, and write the section."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.beyond", description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    new = section(options.customers, measured(options.customers, options.runs))
    print(new)
    path = HERE / "RESULTS.md"
    results = in_results(path.read_text("utf-8"), new)
    path.write_text(results, encoding="utf-8")
    write(results)


if __name__ == "__main__":
    main()
