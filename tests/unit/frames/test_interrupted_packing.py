"""An interrupt that strikes in the middle of packing rows leaves a frame that can be built."""

from __future__ import annotations

import sys

from vfy_notebook.api.models import Customer
from vfy_notebook.frames import batches, customers
from vfy_notebook.frames.customers import CustomerFrame
from vfy_notebook.frames.metadata import pieces, rows

FILES = {batches.__file__, customers.__file__, pieces.__file__, rows.__file__}


def page(first):
    return [
        Customer(
            f"cust_{i:02d}",
            metadata={"tier": "gold", "n": i} | ({"rare": 1} if i == 3 else {}),
            created_at=f"2025-01-01T00:00:{i:02d}Z",
        )
        for i in range(first, first + 2)
    ]


def add_pages(frame, *, interrupt_at):
    """Add three pages; the user interrupts at so many lines. Gives whether it came to that."""
    lines = 0

    def trace(code_frame, event, _argument):
        nonlocal lines
        if code_frame.f_code.co_filename not in FILES:
            return None
        lines += event == "line"
        if lines == interrupt_at:
            raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        for first in range(0, 6, 2):
            frame.add(page(first))
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


def test_whole_pages_are_left_wherever_an_interrupt_strikes(monkeypatch):
    monkeypatch.setattr(batches, "_ROWS_UNPACKED", 4)
    lengths = set()
    interrupt_at = 1
    while add_pages(frame := CustomerFrame(), interrupt_at=interrupt_at):
        built = frame.build()
        assert len(frame) == len(built)
        assert list(built.index) == [f"cust_{i:02d}" for i in range(len(built))]
        if len(built):
            assert built["metadata.n"].tolist() == list(range(len(built)))
        lengths.add(len(built))
        interrupt_at += 1
    assert lengths >= {0, 2, 4}
