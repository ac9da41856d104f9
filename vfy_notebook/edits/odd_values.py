"""Which edits would touch values that no cell holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vfy_notebook.edits.fields import address_part, metadata_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def odd_beside(names: Iterable[str], odd: Mapping[str, str]) -> list[str]:
    """The edited fields that cannot be sent without an odd value, or in place of one.

    Whether the API keeps metadata keys and parts of an address that are not sent is documented
    nowhere, so they are sent along. An odd one is NA in the frame, and NA is not what is there.

    >>> odd_beside(["name", "address.city", "metadata.tier"], {"address.state": "7"})
    ['address.city']
    """
    if not odd:
        return []
    wholes = {_whole(field) for field in odd}
    return [name for name in names if _whole(name) in wholes]


def _whole(field: str) -> str:
    """What is sent as one: all of the address, all metadata, or the field by itself."""
    if field == "metadata" or metadata_key(field) is not None:
        return "metadata"
    return "address" if field == "address" or address_part(field) is not None else field
