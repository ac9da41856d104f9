"""The activity of one customer, page by page, by the cursor that each page names."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from vfy_notebook.api.pages import MAX_PAGE_SIZE
from vfy_notebook.errors import IncompleteListingWarning
from vfy_notebook.fetch.partial import partial_in_errors
from vfy_notebook.frames.history.activity import activity_frame
from vfy_notebook.progress import Progress

if TYPE_CHECKING:
    import pandas as pd

    from vfy_notebook.api.models import Event
    from vfy_notebook.api.operations import Api
    from vfy_notebook.progress import Shown


def fetch_activity(api: Api, customer: str, *, progress: Shown) -> pd.DataFrame:
    """All that a customer has done, oldest first; see `Project.fetch_activity`."""
    # Oldest first: what happens meanwhile comes last, and is not missed.
    first = {"order": "created_at", "limit": str(MAX_PAGE_SIZE)}
    events: dict[str, Event] = {}
    with (
        partial_in_errors(lambda: activity_frame(list(events.values())), "events"),
        Progress(
            "Fetching activity",
            unit="events",
            calls=lambda: api.transport.calls.total,
            shown=progress,
        ) as bar,
        api.transport.governor.told_of_waits(bar.waits),
    ):
        page = api.list_activity(customer, first)
        while True:
            new = {event.id: event for event in page.data if event.id not in events}
            events.update(new)
            bar.update(len(events))
            goes_on = len(page.data) >= MAX_PAGE_SIZE if page.has_more is None else page.has_more
            if not goes_on or not new:
                break
            cursor = page.more_starting_after or page.data[-1].id
            page = api.list_activity(customer, {**first, "starting_after_id": cursor})
        frame = activity_frame(list(events.values()))
    if page.has_more:
        warnings.warn(
            f"The API says that there are more events than these {len(events):,}, but gives none: "
            "fetch again later.",
            IncompleteListingWarning,
            stacklevel=3,
        )
    return frame
