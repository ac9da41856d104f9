"""Customers shown otherwise than they are: with values of another kind, or times cut short."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from vfy_notebook.sandbox.answers import dump

_FRACTION = re.compile(r'("(?:created_at|updated_at)":"[^"]{19})\.\d+Z"')


def with_whole_seconds(text: str) -> str:
    """A customer's JSON with its times cut to seconds, as answers of 2016 had them.

    >>> with_whole_seconds('{"created_at":"2016-06-12T16:03:36.123Z"}')
    '{"created_at":"2016-06-12T16:03:36Z"}'
    """
    return _FRACTION.sub(r'\1Z"', text)


def with_odd_values(text: str, odd: Mapping[str, Mapping[str, str]]) -> str:
    """A customer's JSON with other values, as they are, in place of some of its fields.

    >>> with_odd_values('{"id":"cust_1","phone":"1"}', {"cust_1": {"phone": "1e400"}})
    '{"id":"cust_1","phone":1e400}'
    """
    record = json.loads(text)
    fields = odd.get(record["id"])
    if not fields:
        return text
    places = {}
    for number, (path, raw) in enumerate(fields.items()):
        place = f"\0{number}\0"
        places[dump(place)] = raw
        _put(record, path, place)
    shown = dump(record)
    for place, raw in places.items():
        shown = shown.replace(place, raw)
    return shown


def _put(record: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = path.split(".", 1) if path.startswith("metadata.") else path.split(".")
    for parent in parents:
        if not isinstance(record.get(parent), dict):
            record[parent] = {}
        record = record[parent]
    record[last] = value
