"""Small frames and changes for the tests of pushes."""

from __future__ import annotations

import msgspec

from vfy_notebook.api.models import Customer
from vfy_notebook.edits.changes import Change
from vfy_notebook.frames.customers import customers_frame


def customer(i, **fields):
    """A customer as the API gives it."""
    return {
        "id": f"cust_{i}",
        "source_id": f"s{i}",
        "name": f"Name {i}",
        "created_at": f"2024-01-0{i % 9 + 1}T00:00:00.000Z",
        "updated_at": f"2024-02-0{i % 9 + 1}T00:00:00.000Z",
        **fields,
    }


def frame_of(*customers):
    """The frame that fetching them gives."""
    return customers_frame([msgspec.convert(each, Customer) for each in customers])


def some_frame(count=3, **fields):
    return frame_of(*(customer(i, **fields) for i in range(count)))


def change_of(i, after, *, before=None, **fields):
    """A change of customer `i`."""
    change = Change(f"cust_{i}", f"cust_{i}", f"s{i}")
    change.after = dict(after)
    change.before = dict.fromkeys(after) if before is None else dict(before)
    for name, value in fields.items():
        setattr(change, name, value)
    return change
