"""An interrupt in the middle of building a frame loses no row, and building takes little memory."""

from __future__ import annotations

import sys

import pandas as pd
import pyarrow as pa
import pytest

from vfy_notebook.api.models import Customer
from vfy_notebook.frames import building, customers
from vfy_notebook.frames.batches import Packing
from vfy_notebook.frames.customers import CustomerFrame
from vfy_notebook.frames.schema import CUSTOMERS

FILES = {building.__file__, customers.__file__}


def made(count, *, descending=True):
    """Customers whose metadata changes its keys and types in the middle."""
    return [
        Customer(
            f"cust_{i:02d}",
            name=f"Ada {i}",
            metadata={"n": i, "half": i} if i < count // 2 else {"n": i, "mixed": i or "none"},
            created_at=f"2025-01-01T00:{59 - i if descending else i:02d}:00Z",
        )
        for i in range(count)
    ]


def collected(count=6):
    frame = CustomerFrame()
    for at in range(0, count, 2):
        frame.add(made(count)[at : at + 2])
    return frame


def interrupted(frame, *, at_line, order):
    """Build; the user interrupts at so many lines. Gives whether it came to that."""
    lines = 0

    def trace(code_frame, event, _argument):
        nonlocal lines
        if code_frame.f_code.co_filename not in FILES:
            return None
        lines += event == "line"
        if lines == at_line:
            raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        frame.build(order=order)
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


@pytest.mark.parametrize("order", ["created_at", "-created_at"])
def test_all_rows_are_there_wherever_an_interrupt_strikes(monkeypatch, order):
    monkeypatch.setattr("vfy_notebook.frames.batches._ROWS_UNPACKED", 2)
    whole = collected().build(order=order)
    at_line = 1
    while interrupted(frame := collected(), at_line=at_line, order=order):
        assert len(frame) == 6
        pd.testing.assert_frame_equal(frame.build(order=order), whole)
        at_line += 7  # another line of the loops each time
    assert at_line > 500


def test_pieces_go_as_their_columns_come(monkeypatch):
    """The frame and its pieces together take little more than the frame."""
    monkeypatch.setattr("vfy_notebook.frames.batches._ROWS_UNPACKED", 500)
    frame = CustomerFrame()
    for at in range(40):
        frame.add(
            [
                Customer(f"cust_{at}_{i}", name="n" * 200, description="d" * 200, email="e" * 200)
                for i in range(500)
            ]
        )
    held = pa.total_allocated_bytes()
    most = []
    place = building.FrameBuilder._placed

    def measured(self, values):
        most.append(pa.total_allocated_bytes())
        return place(self, values)

    monkeypatch.setattr(building.FrameBuilder, "_placed", measured)
    built = frame.build()
    assert len(built) == 20_000
    assert max(most) < held + 20_000 * 200 * 1.5


def test_batches_of_others_stay_whole():
    packing = Packing().add(made(4))
    batches = packing.batches()
    first = building.FrameBuilder(batches, CUSTOMERS).build()
    again = building.FrameBuilder(batches, CUSTOMERS).build()
    pd.testing.assert_frame_equal(first, again)


def test_those_without_a_value_come_last_in_both_directions():
    frame = CustomerFrame()
    for i, updated_at in enumerate(["2025-01-02", None, "2025-01-01", None, "2025-01-02"]):
        frame.add([Customer(f"cust_{4 - i}", updated_at=updated_at)])
    rows = frame._held
    rising = building.FrameBuilder(rows.batches(), CUSTOMERS, order="updated_at").build()
    falling = building.FrameBuilder(rows.batches(), CUSTOMERS, order="-updated_at").build()
    assert list(rising.index) == ["cust_2", "cust_0", "cust_4", "cust_1", "cust_3"]
    assert list(falling.index) == ["cust_0", "cust_4", "cust_2", "cust_1", "cust_3"]


def test_a_built_frame_takes_no_more_rows():
    frame = collected()
    frame.build()
    with pytest.raises(RuntimeError, match="no more rows"):
        frame.add(made(1))
    assert len(frame) == 6
