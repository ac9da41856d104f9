"""Deletes a segment, once its name is given.

https://docs.voucherify.io/api-reference/segments/delete-segment
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vfy_notebook.errors import ArgumentError, NotFoundError, VfyNotebookError
from vfy_notebook.fetch.segments import ID_PREFIX, pick_segments, segments_named
from vfy_notebook.frames.segments.segments import segments_frame

if TYPE_CHECKING:
    import pandas as pd

    from vfy_notebook.api.models import Segment
    from vfy_notebook.api.operations import Api


def delete_segment(api: Api, ref: str, *, confirm: str) -> pd.DataFrame:
    """Delete the segment of an id or a name; gives the row that it had.

    Raises:
        NotFoundError: There is no segment of this id.
        ArgumentError: `confirm` is not its name, or `ref` names none or several.
    """
    segment = _found(api, ref)
    name = segment.name or segment.id
    if confirm != name:
        message = (
            f"{segment.id} is called {name!r}, but confirm={confirm!r}: look at the segment, then "
            f"give confirm={name!r}. Nothing was sent."
        )
        raise ArgumentError(message)
    delete_known(api, segment.id)
    return segments_frame([segment])


def delete_known(api: Api, segment_id: str) -> None:
    """Delete a segment that was there; one that is gone after a lost answer is deleted."""
    try:
        api.delete_segment(segment_id)
    except NotFoundError as error:
        raise _no_such_segment(segment_id, error) from None
    except VfyNotebookError as error:
        if not error.may_have_run or not is_gone(api, segment_id):
            raise


def _found(api: Api, ref: str) -> Segment:
    if not isinstance(ref, str) or not ref.strip():
        message = f"{ref!r} names no segment: give an id (seg_…) or a name."
        raise ArgumentError(message)
    if not ref.startswith(ID_PREFIX):
        return pick_segments(segments_named(api, ref), [ref])[0]
    try:
        return api.get_segment(ref)
    except NotFoundError as error:
        raise _no_such_segment(ref, error) from None


def is_gone(api: Api, segment_id: str) -> bool:
    """Whether the API says that there is no such segment; a call."""
    try:
        api.get_segment(segment_id)
    except NotFoundError:
        return True
    except VfyNotebookError:
        return False
    return False


def _no_such_segment(segment_id: str, error: NotFoundError) -> NotFoundError:
    message = (
        f"There is no segment {segment_id!r} in this project (404): project.fetch_segments() lists "
        "them all."
    )
    return error.saying(message)
