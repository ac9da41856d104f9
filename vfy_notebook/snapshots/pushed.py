"""What one push of this process has written: no change by others, and a newer state of its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from vfy_notebook.frames.json_text import dump, load

if TYPE_CHECKING:
    from collections.abc import Collection

#: Memory of one customer's entry beside its cells, in bytes; about what Python takes.
_ENTRY_BYTES = 250


class PushedRow(NamedTuple):
    """One customer of a push.

    Attributes:
        cells: Field → value written, as JSON.
        over_ms: The version that it was written over; None if that is not known.
        updated_ms: The version that it has become; None if that was not read back.
    """

    cells: bytes
    over_ms: int | None
    updated_ms: int | None


@dataclass(frozen=True)
class PushedCells:
    """The customers of one push, by id.

    Attributes:
        mark: What tells it from others.
        rows: What was written for each customer.
        nbytes: Memory in bytes, about.
    """

    mark: str
    rows: Mapping[str, PushedRow] = field(default_factory=dict)
    nbytes: int = 0

    @classmethod
    def of(
        cls,
        mark: str,
        pushed: Mapping[str, tuple[Mapping[str, Any], int | None, int | None]],
    ) -> PushedCells:
        """Of each customer's cells, the version that they were written over, and the new one."""
        rows = {who: PushedRow(dump(cells), *times) for who, (cells, *times) in pushed.items()}
        return cls(mark, rows, _bytes_of(rows))

    def cells(self, customer_id: str) -> dict[str, Any]:
        """Field → value that was written for a customer; empty for others."""
        row = self.rows.get(customer_id)
        return {} if row is None else load(row.cells)

    def has(self, name: str) -> bool:
        """Whether a field of any customer was written."""
        written = dump(name)
        return any(written in row.cells and name in load(row.cells) for row in self.rows.values())

    def without(self, names: Collection[str]) -> PushedCells:
        """The same without these customers."""
        if not any(name in self.rows for name in names):
            return self
        kept = {who: row for who, row in self.rows.items() if who not in names}
        return replace(self, rows=kept, nbytes=_bytes_of(kept))


def _bytes_of(rows: Mapping[str, PushedRow]) -> int:
    return sum(len(row.cells) + _ENTRY_BYTES for row in rows.values())
