"""JSON of values that have been checked to be JSON, fast and exact."""

from __future__ import annotations

from typing import Any

import msgspec

from vfy_notebook.api.operations import encode

_in_order = msgspec.json.Encoder(order="deterministic")


def dump(value: Any) -> bytes:
    """A value as JSON. NaN must have been refused before (`values.as_json` does)."""
    try:
        return msgspec.json.encode(value)
    except OverflowError:  # an integer beyond 64 bits, in older msgspec
        return encode(value)


def dump_in_order(value: Any) -> bytes:
    """The same text for equal values, whatever the order of their keys."""
    try:
        return _in_order.encode(value)
    except OverflowError:
        return repr(value).encode()


def load(text: str | bytes) -> Any:
    """What `dump` was given.

    Raises:
        ValueError: It is no JSON.
    """
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from None  # older msgspec's errors are none
