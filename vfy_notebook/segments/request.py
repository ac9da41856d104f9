"""What a user asks of a segment's plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vfy_notebook.errors import ArgumentError
from vfy_notebook.push.comparing.request import PlanRequest, check_among
from vfy_notebook.segments.flag import Flag, given_flag
from vfy_notebook.segments.names import check_name
from vfy_notebook.segments.order import STATIC

if TYPE_CHECKING:
    from collections.abc import Iterable

ROUTES = ("auto", "static", "metadata")


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
