"""What a request for a new segment says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: The vendor's bounds: https://docs.voucherify.io/api-reference/segments/create-segment
MAX_STATIC_MEMBERS = 20_000
MAX_DYNAMIC_SEGMENTS = 100

STATIC, PASSIVE = "static", "passive"


@dataclass(frozen=True)
class SegmentOrder:
    """A segment to be made.

    Attributes:
        name: What it is called.
        members: The ids of those who are to be in it.
        digest: Tells whether another selection is the same.
        rule: The filter of a passive one; None is a static one, which is a list of ids.
    """

    name: str
    members: Sequence[str]
    digest: str
    rule: Mapping[str, Any] | None = None

    @property
    def type(self) -> str:
        """`static` or `passive`."""
        return STATIC if self.rule is None else PASSIVE

    def fields(self) -> dict[str, Any]:
        """The request's body."""
        if self.rule is None:
            return {"name": self.name, "type": STATIC, "customers": list(self.members)}
        return {"name": self.name, "type": PASSIVE, "filter": dict(self.rule)}
