"""The receipts of permanent deletions as a DataFrame."""

from __future__ import annotations

from typing import Any

import pandas as pd

from vfy_notebook.frames.arrays import objects


def receipts_frame(receipts: list[dict[str, Any]]) -> pd.DataFrame:
    """Receipts of permanent deletions, one row each, with a column for each kind of thing."""
    removed = [receipt.get("data_json") or {} for receipt in receipts]
    kinds = list(dict.fromkeys(kind for each in removed for kind in each))
    return pd.DataFrame(
        {
            "receipt_id": pd.array([r.get("id") for r in receipts], dtype="str"),
            "created_at": pd.to_datetime(
                pd.Series([r.get("created_at") for r in receipts], dtype="str"),
                format="ISO8601",
                errors="coerce",
                utc=True,
            ).array,
            "status": pd.array([r.get("status") for r in receipts], dtype="str"),
            **{kind: _counts([each.get(kind) for each in removed]) for kind in kinds},
        }
    )


def _counts(values: list[Any]) -> Any:
    """Counts of a receipt as whole numbers, anything else as it came."""
    if all(value is None or (type(value) is int and abs(value) < 2**63) for value in values):
        return pd.array(values, dtype="Int64")
    return objects(values)
