"""The project's metadata schema as a DataFrame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from vfy_notebook.frames.arrays import objects

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The API's own names, in this order; rules that do not apply are NA.
_TEXTS = ("type", "objectType")
_FLAGS = ("array", "optional", "deleted")
_LISTS = ("eq", "ne")
_NUMBERS = ("lt", "lte", "gt", "gte")
_LENGTHS = ("minLength", "maxLength", "exactLength")


def metadata_schema_frame(shown: Mapping[str, Any]) -> pd.DataFrame:
    """One row per metadata key, indexed by `metadata_key`, from the API's schema object.

    `attrs["allow_defined_only"]` tells whether other keys are refused.
    """
    properties: Mapping[str, Mapping[str, Any]] = shown.get("properties") or {}
    told = list(properties.values())

    def column(name: str) -> list[Any]:
        return [each.get(name) for each in told]

    index = pd.Index(list(properties), dtype="str", name="metadata_key")
    frame = pd.DataFrame(
        {
            **{name: pd.array(column(name), dtype="str") for name in _TEXTS},
            **{
                # Only removed definitions have `deleted`.
                name: pd.array([bool(v) for v in column(name)], dtype="bool")
                for name in _FLAGS
            },
            **{
                name: pd.Series(objects(column(name)), index=index, dtype="object")
                for name in _LISTS
            },
            **{name: pd.array(column(name), dtype="Float64") for name in _NUMBERS},
            **{name: pd.array(column(name), dtype="Int64") for name in _LENGTHS},
        },
        index=index,
    )
    frame.attrs["allow_defined_only"] = bool(shown.get("allow_defined_only"))
    return frame
