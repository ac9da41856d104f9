"""Reads the answers to requests about one segment: a status of 200 alone proves nothing.

https://docs.voucherify.io/api-reference/segments/segment-object
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from vfy_notebook.api.decoding import decode
from vfy_notebook.api.models import Segment
from vfy_notebook.errors import ResponseError

if TYPE_CHECKING:
    from vfy_notebook.api.transport import Response


def read_segment(
    response: Response, *, operation: str, segment_id: str | None = None, name: str | None = None
) -> Segment:
    """The segment that an answer shows.

    Args:
        response: The answer.
        operation: What was asked.
        segment_id: Which one it must be; None is any.
        name: What it must be called; a server may change blanks, case and Unicode forms.

    Raises:
        ResponseError: It shows no segment, or another one.
    """
    segment = decode(response.body, Segment, operation=operation)
    is_other = (segment_id is not None and segment.id != segment_id) or (
        name is not None and not same_name(segment.name, name)
    )
    if not segment.id or is_other:
        what = "another segment than was asked for" if segment.id else "no segment"
        message = (
            f"The answer to {operation} shows {what}: check the address given to connect(), and "
            "any proxy in between."
        )
        raise ResponseError(message)
    return segment


def same_name(one: str | None, other: str) -> bool:
    r"""Whether two names may be the same one, as far as servers rewrite names.

    >>> same_name("Z\u0142ote  VIP ", "złote vip"), same_name(None, "VIP"), same_name("VIP", "V")
    (True, False, False)
    """
    return one is not None and _plain(one) == _plain(other)


def _plain(name: str) -> list[str]:
    return unicodedata.normalize("NFKC", name).casefold().split()
