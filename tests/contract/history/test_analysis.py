"""What `vfy.analysis` finds is the same in fetched frames and in what DuckDB or pandas reads."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import duckdb
import matplotlib.pyplot as plt
import pandas as pd
import pytest

import vfy_notebook as vfy
from vfy_notebook import analysis

README = Path(__file__).parents[3] / "README.md"


def read_by_duckdb(folder):
    with warnings.catch_warnings():
        # DuckDB calls pandas in a way that later versions of it will refuse.
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        return duckdb.read_parquet(f"{folder}/*.parquet").df()


@pytest.fixture
def frames(sandbox, project, tmp_path):
    """Customers and orders of the sample, by the way they came."""
    sandbox.reset()
    folders = tmp_path / "customers", tmp_path / "orders"
    project.save_customers(folders[0], progress=False)
    project.save_orders(folders[1], progress=False)
    return {
        "fetched": (
            project.fetch_customers(progress=False),
            project.fetch_orders(progress=False),
        ),
        "pandas": tuple(map(pd.read_parquet, folders)),
        "duckdb": tuple(map(read_by_duckdb, folders)),
    }


def tables_of(customers, orders):
    scores = analysis.rfm(customers, orders=orders)
    shuffled = customers.sort_values("created_at")
    compared = analysis.compare(customers, scores["group"] == "champions")
    return {
        "rfm": scores.sort_index(),
        "rfm of the summary": analysis.rfm(shuffled).sort_index(),
        "cohorts": analysis.cohorts(orders, date="created_at"),
        "revenue": analysis.cohorts(orders, date="created_at", value="total_amount"),
        "inputs": analysis.clv_inputs(orders, date="created_at"),
        # rows that are equally telling come in the order of the columns
        "comparison": compared.sort_values(["column", "value", "measure"], ignore_index=True),
    }


def test_saved_folders_give_the_same_tables_as_fetched_frames(frames):
    fetched = tables_of(*frames["fetched"])
    pd.testing.assert_frame_equal(fetched["rfm"], fetched["rfm of the summary"])
    assert len(fetched["comparison"]) > 50
    for way in ("pandas", "duckdb"):
        for name, table in tables_of(*frames[way]).items():
            pd.testing.assert_frame_equal(table, fetched[name], obj=f"{name} by {way}")


@pytest.mark.skipif(not README.exists(), reason="an installed package has no README beside it")
def test_the_example_of_the_readme_runs(sandbox, project):
    sandbox.reset()
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    (block,) = (block for block in blocks if "vfy.analysis.rfm" in block)
    names = {"vfy": vfy, "project": project}
    names["customers"] = project.fetch_customers(progress=False)
    exec(compile(block, "README.md", "exec"), names)  # noqa: S102 - our own README
    assert names["scores"]["group"].eq("lost").sum() > 500
    assert len(names["lost"]) > 50
    plt.close("all")
