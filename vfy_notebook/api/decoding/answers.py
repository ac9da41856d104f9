"""From an answer's bytes to records: strictly and fast, or leniently where that fails."""

from __future__ import annotations

from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from vfy_notebook.api.decoding import lenient
from vfy_notebook.api.models import CustomerPage, OddPage
from vfy_notebook.errors import ResponseError

if TYPE_CHECKING:
    from collections.abc import Iterator

Model = TypeVar("Model")

_NESTING = frozenset({dict, list})

_ID_OF = attrgetter("id")
_METADATA_OF = attrgetter("metadata")

_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}


def decode(body: bytes, kind: type[Model], *, operation: str) -> Model:
    """Decode an answer's body.

    Raises:
        ResponseError: The body is not JSON, or not of the shape that the API promises.
    """
    decoder = _decoders.get(kind)
    if decoder is None:
        decoder = _decoders.setdefault(kind, msgspec.json.Decoder(kind))
    try:
        read = decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _leniently(body, kind, operation)
    if type(read) is dict and lenient.is_too_deep(read):
        return _leniently(body, kind, operation)
    return read  # type: ignore[no-any-return]


def decode_page(body: bytes, *, operation: str) -> CustomerPage:
    """Decode a page of customers; an `OddPage` where something in it is not of its kind.

    Raises:
        ResponseError: It is no page.
    """
    page = decode(body, CustomerPage, operation=operation)
    metadata = list(filter(None, map(_METADATA_OF, page.customers)))
    if not all(map(_ID_OF, page.customers)) or _is_too_deep(metadata):
        page = _leniently(body, CustomerPage, operation)
    if page.total is not None and page.total < 0:
        page.total = None  # "not known", by habit of some servers
    return page


def _is_too_deep(metadata: list[dict[str, Any]]) -> bool:
    """Whether a value of somebody's metadata is nested so deeply that it is to be cut."""
    if _NESTING.isdisjoint(map(type, _values(metadata))):
        return False
    return lenient.is_too_deep([each for each in _values(metadata) if type(each) in _NESTING])


def _values(metadata: list[dict[str, Any]]) -> Iterator[Any]:
    return chain.from_iterable(map(dict.values, metadata))


def _leniently(body: bytes, kind: type[Model], operation: str) -> Model:
    try:
        value = lenient.loads(body)
    except (ValueError, RecursionError):
        page = "an HTML page" if body.lstrip()[:1] == b"<" else "no JSON that can be read"
        message = (
            f"The answer to {operation} is {page}: "
            "check the address given to connect(), and any proxy in between."
        )
        raise ResponseError(message) from None
    try:
        if kind is CustomerPage:
            return _page(value)  # type: ignore[return-value]
        return lenient.convert(value, kind)
    except (msgspec.ValidationError, RecursionError) as error:
        message = f"The answer to {operation} has an unexpected shape: {error}."
        raise ResponseError(message) from None


def _page(value: Any) -> OddPage:
    """A page of customers, whatever its parts are."""
    customers = value.get("customers") if isinstance(value, dict) else None
    if not isinstance(customers, list):
        message = "Object missing required field `customers`"
        raise msgspec.ValidationError(message)
    read = [lenient.customer(each) for each in customers]
    envelope = lenient.convert({**value, "customers": []}, CustomerPage)
    return OddPage(
        customers=[each.customer for each in read],
        total=envelope.total,
        has_more=envelope.has_more,
        unnamed={
            each.customer.id: each.who
            for each in read
            if each.customer.id.startswith(lenient.UNNAMED)
        },
    )
