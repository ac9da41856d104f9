"""What parts need to know of the table that they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from vfy_notebook.frames.batches import Batch


class PartSchema(Protocol):
    """The schema of all parts of a copy."""

    def arrow(self) -> pa.Schema:
        """The schema, with pandas' notes in it."""

    def table(self, batches: Sequence[Batch]) -> pa.Table:
        """Some rows as a part's table."""
