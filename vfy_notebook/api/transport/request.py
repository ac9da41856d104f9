"""What is asked and what comes of it, as values."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from vfy_notebook.errors import RateLimitError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vfy_notebook.api.keys.secret import Secret
    from vfy_notebook.errors import VfyNotebookError


class Resend(enum.Enum):
    """When a request may be sent a second time."""

    ALWAYS = enum.auto()  #: a second time changes nothing more than the first
    IF_NOT_RUN = enum.auto()  #: only if the first surely never reached the API's own code


@dataclass(frozen=True)
class Response:
    """An answer with a 2xx status."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    attempts: int = 1


@dataclass(frozen=True)
class Request:
    """One call of the API.

    `path` begins with a slash and is already percent-encoded; a full URL is a download, which gets
    the keys only where `keys.download_hosts` says so. `query` is that of a link to a file.
    """

    operation: str
    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    files: Mapping[str, tuple[str, bytes, str]] | None = None
    query: Secret | None = None
    resend: Resend = Resend.ALWAYS
    bulk: bool = False

    @property
    def only_reads(self) -> bool:
        """Whether it changes nothing on the server."""
        return self.method == "GET"


class Outgoing(NamedTuple):
    """A request as it goes onto the wire, but for what is sealed: its query, and the keys.

    Attributes:
        method: The method.
        url: Whom it is for.
        target: What stands in its first line: a path, or the whole address for a proxy.
        headers: All headers.
        body: The body, encoded.
    """

    method: str
    url: str
    target: str
    headers: dict[str, str]
    body: bytes | None


class Failed(Exception):
    """One attempt failed; says with what, whether to try again, and how long to wait first.

    Attributes:
        error: What the caller is told if it is not tried again.
        again: Whether another attempt is safe and may help.
        wait_s: How long the server says to wait; None if it says nothing.
        sent: Whether the request may have reached anybody.
        unreadable: Whether an answer came and made no sense, which seldom passes.
    """

    def __init__(
        self,
        error: VfyNotebookError,
        *,
        again: bool,
        wait_s: float | None = None,
        sent: bool = True,
        unreadable: bool = False,
    ) -> None:
        super().__init__(str(error))
        self.error = error
        self.again = again
        self.wait_s = wait_s
        self.sent = sent
        self.unreadable = unreadable

    @property
    def why(self) -> str:
        """What happened, for a log: a status, or that there was none."""
        status = getattr(self.error, "status", None)
        if status is not None:
            return f"status {status}"
        return "an answer that cannot be read" if self.unreadable else "no answer"

    @property
    def in_words(self) -> str:
        """What happened, for a person who waits for the next attempt; empty for the rate limit."""
        if isinstance(self.error, RateLimitError):
            return ""
        status = getattr(self.error, "status", None)
        if status is not None:
            return f"the API answered {status}"
        if not self.sent:
            return "no connection"
        return "the answer cannot be read" if self.unreadable else "no answer"
