"""Which metadata keys have a column of their own, however few customers have them."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vfy_notebook.errors import AuthError, VfyNotebookWarning
from vfy_notebook.fetch.exports.customers import metadata_properties, schema_keys
from vfy_notebook.frames.metadata.rest import MAX_METADATA_COLUMNS
from vfy_notebook.frames.schema import METADATA_REST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vfy_notebook.api.operations import Api
    from vfy_notebook.frames.customers import CustomerFrame


@dataclass
class KeysKept:
    """The keys that were asked for, and those of the project's metadata schema.

    Args:
        api: Where the schema is asked for; a call, and only where there are too many keys.
        asked: The keys that were asked for.
        properties: The schema's `properties`, where they are known already.
    """

    api: Api
    asked: frozenset[str] = frozenset()
    properties: Mapping[str, Any] | None = None

    def __call__(self) -> frozenset[str]:
        """The keys."""
        if self.properties is None:
            try:
                self.properties = metadata_properties(self.api) or {}
            except AuthError:  # a token may read customers and not the schema
                self.properties = {}
        return self.asked.union(schema_keys(self.properties))


def warn_of_rest(arrived: CustomerFrame, *, stacklevel: int) -> None:
    """Say once that a frame has keys without a column.

    Args:
        arrived: What the frame was built of.
        stacklevel: As of `warnings.warn`, counted from the caller.
    """
    if arrived.keys_in_rest:
        warnings.warn(
            f"These customers have more than {MAX_METADATA_COLUMNS:,} metadata keys: the "
            f"{arrived.keys_in_rest:,} rarest stand together in the column {METADATA_REST}, as "
            "JSON. For a column of its own, name a key: fetch_customers(metadata_keys=[…]).",
            VfyNotebookWarning,
            stacklevel=stacklevel + 1,
        )
