"""Memberships as Parquet: a row for each customer and segment, the segments as categories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from vfy_notebook.frames.batches import Batch
from vfy_notebook.frames.schema import INDEX
from vfy_notebook.frames.segments.memberships import memberships_frame

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class MembershipParts:
    """The schema of all parts of a copy of memberships.

    Args:
        labels: What each segment is called, by its id, in their order.
    """

    labels: Mapping[str, str]

    def batch(self, segment_id: str, members: Sequence[str]) -> Batch:
        """Members of one segment."""
        place = list(self.labels).index(segment_id)
        return Batch(
            pa.array(members, pa.large_string()),
            [pa.repeat(pa.scalar(place, pa.int32()), len(members))],
            {},
        )

    def arrow(self) -> pa.Schema:
        """The schema, with pandas' notes in it."""
        return self._table(pa.array([], pa.large_string()), pa.array([], pa.int32())).schema

    def table(self, batches: Sequence[Batch]) -> pa.Table:
        """Some memberships as a part's table, in their order."""
        schema = self.arrow()
        tables = [self._table(batch.ids, batch.fixed[0]).cast(schema) for batch in batches]
        return pa.concat_tables(tables) if tables else schema.empty_table()

    def _table(self, customers: pa.Array, places: pa.Array) -> pa.Table:
        frame = memberships_frame(dict.fromkeys(self.labels, ()), self.labels)
        schema = pa.Schema.from_pandas(frame, preserve_index=False)
        columns = [
            customers,
            *(
                pa.DictionaryArray.from_arrays(places, pa.array(list(names), pa.large_string()))
                for names in (self.labels, self.labels.values())
            ),
        ]
        return pa.table(columns, [INDEX, "segment_id", "segment"]).replace_schema_metadata(
            schema.metadata
        )
