"""An answer of which the body is still to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import urllib3

    from vfy_notebook.api.transport.plain_answers import PlainAnswer

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Received:
    """Status and headers of an answer, and its body as it comes from the connection.

    A context manager: at its end the connection goes back to where it came from, to be used again,
    or is closed if some of the body has not been read.

    Args:
        url: Whom the request was sent to, without the query.
        raw: The answer as urllib3 has it, or a plain one.
        give_back: Called at the end: the connection is free, or to be closed.
    """

    def __init__(
        self,
        url: str,
        raw: urllib3.BaseHTTPResponse | PlainAnswer,
        give_back: Callable[[], None],
    ) -> None:
        self.url = url
        self.raw = raw
        self.status: int = raw.status
        self.headers: Mapping[str, str] = raw.headers
        self.reason: str = raw.reason or ""
        self._give_back = give_back

    @property
    def is_redirect(self) -> bool:
        """Whether it names another address to ask."""
        return self.status in _REDIRECTS and "Location" in self.headers

    def close(self) -> None:
        """End reading; the connection ends too, unless the whole body has come."""
        self._give_back()

    def __enter__(self) -> Received:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
