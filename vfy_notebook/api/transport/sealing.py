"""What a request gets only as it is written to the socket: the keys, and the query of its address.

Everything before that knows neither: not the prepared request, not the connection's buffer, not
the local variables of `requests`, `urllib3` and `http.client` that a traceback may show, nor what
`urllib3` logs of an address (where an export's link has its token, and a filter an e-mail).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from urllib3.util import parse_url

from vfy_notebook.api.keys.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vfy_notebook.api.credentials import Credentials


@dataclass(frozen=True)
class Sealed:
    """What one request gets at the last moment.

    Attributes:
        query: The query of its address, percent-encoded.
        keys: Whose keys it carries; None for a host that does not get them.
    """

    query: Secret
    keys: Credentials | None

    def added_to(self, head: bytes) -> memoryview:
        """The first bytes of a request, complete.

        A view, because its `repr` shows nothing, and because TLS sockets, which have local
        variables too, take it as it is.

        Args:
            head: The request line and the headers, up to the empty line.
        """
        # No name is bound to what is put together: a name is a local variable.
        return memoryview(
            b"".join(
                (
                    head[: _end_of_target(head)],
                    b"?" * bool(self.query),
                    self.query.reveal().encode("ascii"),
                    head[_end_of_target(head) : -2],
                    b"" if self.keys is None else self.keys.header_lines(),
                    b"\r\n",
                )
            )
        )


def sealed_query(url: str, params: Mapping[str, str], of_link: Secret | None = None) -> Secret:
    """The query of an address, a link's, and the parameters, percent-encoded."""
    own = parse_url(url).query if "?" in url else None
    if not of_link:
        return Secret("&".join(filter(None, (own, urlencode(params)))))
    # No name is bound to it: a name is a local variable.
    return Secret(
        "&".join(filter(None, (own, parse_url(f"//?{of_link.reveal()}").query, urlencode(params))))
    )


def without_query(url: str) -> str:
    """An address up to its query."""
    return url.partition("#")[0].partition("?")[0]


def _end_of_target(head: bytes) -> int:
    """Where the target of the request line ends: before ` HTTP/1.1`."""
    return head.rindex(b" ", 0, head.index(b"\r\n"))
