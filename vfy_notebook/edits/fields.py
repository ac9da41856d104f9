"""Which column may be written, and where its value goes in a request.

A DataFrame cannot tell a metadata key that is null from one that is missing: both are NA. So a
NA that nobody touched is never sent, and a key set to NA is sent as an explicit null.
"""

from __future__ import annotations

import enum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from vfy_notebook.api.decoding import lenient
from vfy_notebook.api.models import Address
from vfy_notebook.errors import ResponseError
from vfy_notebook.frames.schema import FIXED_NAMES, METADATA_PREFIX, METADATA_REST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vfy_notebook.api.models import Customer

ADDRESS_PREFIX = "address."

#: Columns whose place in a request is remembered: each is asked for once a cell.
_REMEMBERED = 4096

_TEXT = ("name", "description", "email", "phone")
_DATE = "birthdate"


class Access(enum.Enum):
    """What may be done with a column."""

    TEXT = enum.auto()  #: writable, must be text
    DATE = enum.auto()  #: writable, must be a date
    METADATA = enum.auto()  #: writable, any JSON
    READ_ONLY = enum.auto()  #: the API does not let it be written
    UNKNOWN = enum.auto()  #: no column of the API's


def access_of(field: str) -> Access:
    """What may be done with a column.

    >>> access_of("address.city").name, access_of("summary.orders.total_amount").name
    ('TEXT', 'READ_ONLY')
    """
    if field.startswith(METADATA_PREFIX):
        return Access.METADATA if _is_text(field) else Access.UNKNOWN
    if field == METADATA_REST:
        return Access.READ_ONLY
    if field not in FIXED_NAMES:
        return Access.UNKNOWN
    if field in _TEXT or field.startswith(ADDRESS_PREFIX):
        return Access.TEXT
    return Access.DATE if field == _DATE else Access.READ_ONLY


def is_writable(field: str) -> bool:
    """Whether a column can be written.

    >>> is_writable("metadata.tier"), is_writable("loyalty.points"), is_writable("rank")
    (True, False, False)
    """
    return access_of(field) not in (Access.READ_ONLY, Access.UNKNOWN)


def _is_text(field: str) -> bool:
    """Whether JSON can carry a name: half of a surrogate pair is no text."""
    try:
        field.encode()
    except UnicodeEncodeError:
        return False
    return True


@lru_cache(_REMEMBERED)
def metadata_key(field: str) -> str | None:
    """The metadata key that a column stands for; None for other columns."""
    return field.removeprefix(METADATA_PREFIX) if field.startswith(METADATA_PREFIX) else None


@lru_cache(_REMEMBERED)
def address_part(field: str) -> str | None:
    """The part of the address that a column stands for; None for other columns."""
    return field.removeprefix(ADDRESS_PREFIX) if field.startswith(ADDRESS_PREFIX) else None


def value_of(customer: Customer, field: str) -> Any:
    """A writable column's value as the API shows it now, None for missing and for null."""
    key = metadata_key(field)
    if key is not None:
        return (customer.metadata or {}).get(key)
    part = address_part(field)
    if part is not None:
        return getattr(customer.address, part, None)
    if field == _DATE:
        shown = customer.birthdate or customer.birthday
        return None if shown is None else shown[:10]
    return getattr(customer, field)


def with_values(customer: Customer, cells: Mapping[str, Any]) -> Customer:
    """A copy of a customer with other values in some writable columns."""
    plain: dict[str, Any] = {}
    address: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    for field, value in cells.items():
        key, part = metadata_key(field), address_part(field)
        if key is not None:
            metadata[key] = value
        elif part is not None:
            address[part] = value
        else:
            plain[field] = value
    if address:
        plain["address"] = msgspec.structs.replace(customer.address or Address(), **address)
    if metadata:
        plain["metadata"] = {**(customer.metadata or {}), **metadata}
    return msgspec.structs.replace(customer, **plain)


def as_customer(shown: Mapping[str, Any]) -> Customer:
    """A customer that was got alone, as listings give them.

    Raises:
        ResponseError: It is not of the shape that the API promises.
    """
    read = lenient.customer(dict(shown))
    if read.customer.id.startswith(lenient.UNNAMED):
        message = f"The answer to get_customer has no id that can be read ({read.who})."
        raise ResponseError(message)
    return read.customer
