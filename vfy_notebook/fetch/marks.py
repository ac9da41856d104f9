"""From when on others' changes may be unknown, by the server's clock.

A fetch's own newest `updated_at` would not do: a long fetch reads its first page minutes before
its last, and whoever was on the first may have changed meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vfy_notebook.api.transport import Transport

#: The `Date` header that tells the server's time may be ahead of the clock that sets `updated_at`.
#: What is looked at again for it is judged by its own `updated_at`, so that it costs calls at most.
CLOCK_MARGIN_MS = 300_000


def known_from_ms(transport: Transport, began_s: float) -> int | None:
    """When a fetch began, by the server's clock, with the margin; None if that is not known.

    Args:
        transport: What it was fetched with.
        began_s: When that began, on the transport's monotonic clock.
    """
    now_ms = transport.server_time_ms
    if now_ms is None:
        return None
    took_ms = int((transport.clock.monotonic() - began_s) * 1000)
    return now_ms - took_ms - CLOCK_MARGIN_MS
