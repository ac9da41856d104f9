"""What is asked: by the user of a plan, and of the API by the request for a new segment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vfy_notebook.errors import ArgumentError
from vfy_notebook.push.comparing.request import PlanRequest, check_among
from vfy_notebook.segments.flag import Flag, given_flag
from vfy_notebook.segments.names import check_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: The vendor's bounds: https://docs.voucherify.io/api-reference/segments/create-segment
MAX_STATIC_MEMBERS = 20_000
MAX_DYNAMIC_SEGMENTS = 100

STATIC, PASSIVE = "static", "passive"

ROUTES = ("auto", STATIC, "metadata")


@dataclass(frozen=True)
class SegmentRequest:
    """The options of `project.plan_segment`, checked.

    Attributes:
        name: What the segment is to be called.
        replaces: Whether it is to take the place of one of that name.
        via: `auto`, `static` or `metadata`.
        flag: The metadata key of a flag; None makes one of the name.
        push: What may come of the push of the flag.
    """

    name: str
    replaces: bool
    via: str
    flag: Flag | None
    push: PlanRequest

    @classmethod
    def checked(
        cls,
        name: str,
        *,
        replaces: bool,
        via: str,
        key: str | None,
        new_keys: Iterable[str] | bool,
        max_calls: int | None,
    ) -> SegmentRequest:
        """The request of these arguments.

        Raises:
            ArgumentError: One of them cannot be.
        """
        check_among("via", via, ROUTES)
        if via == STATIC and key is not None:
            message = f"via='static' makes no flag, so key={key!r} has no place: leave one out."
            raise ArgumentError(message)
        push = PlanRequest.checked(
            columns=None,
            new_keys=new_keys,
            retype=(),
            near_twins="refuse",
            create_missing=False,
            on_conflict="overwrite",
            max_records=100,
            max_calls=max_calls,
        )
        return cls(check_name(name), replaces, via, None if key is None else given_flag(key), push)


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
