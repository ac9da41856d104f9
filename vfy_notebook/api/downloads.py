"""What it means where a host does not give out a file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from vfy_notebook.errors import ApiError, AuthError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable

_TAG = re.compile(r"<[^>]*>")
_SHOWN = 120


def refused_download(
    url: str,
    *,
    status: int,
    body: bytes,
    operation: str,
    had_keys: bool,
    redact: Callable[[str], str],
) -> ApiError | None:
    """The error of a file that its host does not give out; None for other failures.

    Args:
        url: Where the file lies; its token is not shown.
        status: The answer's.
        body: The answer's, of any kind.
        operation: What had asked.
        had_keys: Whether the request carried the keys.
        redact: Takes the secret key out of a text, should the answer repeat it.
    """
    host = urlsplit(url).netloc
    kind: type[ApiError]
    if status in (401, 402, 403):
        kind, what = AuthError, "refuses the file"
    elif status in (404, 410):
        kind, what = NotFoundError, "has the file no more"
    else:
        return None
    advice = "Its link has expired, or was never valid: fetch again to get a fresh one."
    if kind is AuthError and not had_keys:
        advice += (
            f" If {host} is Voucherify's, it may want the keys, which go to no other host than the "
            f"API's own and its sibling: name it by connect(download_host={host!r})."
        )
    told = redact(_TAG.sub(" ", body.decode("utf-8", "replace")))
    told = " ".join("".join(c if c.isprintable() else " " for c in told).split())[:_SHOWN]
    said = f": {told}" if told else ""
    return kind(
        f"{host} {what} ({status}{said}). {advice} ({operation})",
        status=status,
        operation=operation,
    )
