"""Links to files, as the API names them: who has one has the file."""

from __future__ import annotations

from dataclasses import dataclass

from vfy_notebook.api.keys.secret import Secret


@dataclass(frozen=True)
class Link:
    """An address whose query, in which the token of a file stands, shows nowhere.

    Attributes:
        address: The address up to its query.
        query: The query, which is a key to the file.

    >>> Link.of("https://download.voucherify.io/v1/exports/exp_1?token=t0p")
    Link(address='https://download.voucherify.io/v1/exports/exp_1', query=***)
    """

    address: str
    query: Secret

    @classmethod
    def of(cls, url: str | Link) -> Link:
        """The link of an address."""
        if isinstance(url, Link):
            return url
        address, _, query = url.partition("#")[0].partition("?")
        return cls(address, Secret(query))
