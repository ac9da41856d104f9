"""What packed customers take: equal texts once, and nothing that Python would keep for itself."""

from __future__ import annotations

import pyarrow as pa

from vfy_notebook.api.models import Customer
from vfy_notebook.frames.arrays import to_arrow
from vfy_notebook.frames.customers import customers_frame
from vfy_notebook.frames.schema import Kind


def test_equal_texts_in_lists_and_objects_are_one():
    def tags():
        return {
            "tags": ["".join(("go", "ld")), 1, None],
            "likes": {"a": "".join(("te", "a")), "b": []},
        }

    frame = customers_frame([Customer(f"cust_{i}", metadata=tags()) for i in range(3)])
    assert frame["metadata.tags"].tolist() == [["gold", 1, None]] * 3
    assert frame["metadata.likes"].tolist() == [{"a": "tea", "b": []}] * 3
    assert len({id(cell[0]) for cell in frame["metadata.tags"]}) == 1
    assert len({id(cell["a"]) for cell in frame["metadata.likes"]}) == 1
    assert len({id(cell) for cell in frame["metadata.tags"]}) == 3  # the lists stay each its own


def test_whole_numbers_lie_in_arrows_own_memory():
    before = pa.total_allocated_bytes()
    made = to_arrow("summary.orders.total_count", Kind.WHOLE, list(range(10_000)))
    assert pa.total_allocated_bytes() - before >= 20_000  # 16 bits each
    assert made.to_pylist() == list(range(10_000))
    assert len(to_arrow("summary.orders.total_count", Kind.WHOLE, [])) == 0
