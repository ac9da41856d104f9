"""Reads what a strict decoder refuses, a value at a time: one odd value must not cost a page.

An odd value is one of another kind than the reference says: a number where a text is usual, a text
where a number is, a list instead of an object, a number that no float holds, bytes that are no
UTF-8. In a customer it becomes None, or what a text still tells (U+FFFD for what is no character),
and its raw JSON is kept by the field's name. Everything around it stays exact.

Elsewhere, where nothing that is read is ever sent back, "2" is taken for 2, "false" for False and a
number for a text.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import math
import re
import sys
import types
import typing
import warnings
from typing import Any, NamedTuple, TypeVar

import msgspec

from vfy_notebook.api import models
from vfy_notebook.errors import VfyNotebookWarning

#: Begins what stands in for an id that cannot be read; no id of the API does.
UNNAMED = "\0"

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_BRACKETS_AND_TEXTS = re.compile(r'[\[\]{}]|"(?:[^"\\]|\\.)*+"', re.DOTALL)

#: Far deeper than metadata that somebody has made, and far less than what Python can descend to.
_DEEPEST = 200

#: The only key of what stands in for a piece that has been cut out.
_CUT_OUT = "\ue000cut out"

_QUOTED = re.compile(r'"\\u0000(.*?)\\u0000"')
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")

#: The columns by which customers are told apart: half a text is none there.
_IDENTITIES = frozenset({"id", "source_id"})

Kind = TypeVar("Kind")


class OddJson:
    """What JSON can write and Python cannot hold: a number too large, nesting too deep."""

    def __init__(self, text: str) -> None:
        self.text = text


class OddCustomer(NamedTuple):
    """A customer read leniently.

    Attributes:
        customer: What could be read of it. Without an id that can be, one that begins with
            `UNNAMED`, the same whenever the same customer comes.
        who: What it is called where it has no id.
    """

    customer: models.Customer
    who: str


def loads(body: bytes) -> Any:
    """JSON as parsers in the wild take it; what has no place in Python is an `OddJson`.

    Raises:
        ValueError: It is no JSON.
    """
    text, cut_out = _without_the_deepest(body.decode("utf-8-sig", "surrogateescape"))

    def put_back(pairs: list[tuple[str, Any]]) -> Any:
        if cut_out and len(pairs) == 1 and pairs[0][0] == _CUT_OUT:
            return OddJson(cut_out[pairs[0][1]])
        return dict(pairs)

    # Not strict: some servers forget to escape a line break or a tab in a text.
    return json.loads(
        text,
        strict=False,
        parse_float=_float,
        parse_int=_int,
        parse_constant=OddJson,
        object_pairs_hook=put_back if cut_out else None,
    )


def is_too_deep(value: dict[str, Any] | list[Any] | None) -> bool:
    """Whether something is nested so deeply that it is to be cut.

    >>> is_too_deep({"a": [{"b": []}]})
    False
    """
    level: list[Any] = [] if value is None else [value]
    for _ in range(_DEEPEST):
        level = [
            each
            for outer in level
            for each in (outer.values() if type(outer) is dict else outer)
            if type(each) is dict or type(each) is list
        ]
        if not level:
            return False
    return True


def _without_the_deepest(text: str) -> tuple[str, list[str]]:
    """JSON with what is nested too deeply cut out, and the pieces by their numbers."""
    kept: list[str] = []
    cut_out: list[str] = []
    depth = begins = ends = 0
    for bracket in _BRACKETS_AND_TEXTS.finditer(text):
        mark = bracket[0]
        if mark in "[{":
            depth += 1
            if depth == _DEEPEST + 1:
                begins = bracket.start()
        elif mark in "]}":
            if depth == _DEEPEST + 1:
                kept += text[ends:begins], f'{{"{_CUT_OUT}":{len(cut_out)}}}'
                ends = bracket.end()
                piece = text[begins:ends]
                cut_out.append(_NOT_ASCII.sub(lambda found: json.dumps(found[0])[1:-1], piece))
            depth -= 1
    if depth > _DEEPEST:
        message = "the nesting does not end"
        raise ValueError(message)
    return "".join([*kept, text[ends:]]) if kept else text, cut_out


def _float(text: str) -> float | OddJson:
    value = float(text)
    return value if math.isfinite(value) else OddJson(text)


def _int(text: str) -> int | OddJson:
    return int(text) if len(text) <= sys.int_info.default_max_str_digits else OddJson(text)


def raw_json(value: Any) -> str:
    """A value as the JSON that it came from, in ASCII.

    >>> raw_json({"a": [OddJson("1e400"), "b"]})
    '{"a":[1e400,"b"]}'
    """
    text = json.dumps(value, default=lambda odd: f"\0{odd.text}\0", separators=(",", ":"))
    return _QUOTED.sub(lambda quoted: json.loads(f'"{quoted[1]}"'), text)


def plain(value: Any) -> Any:
    """A value with U+FFFD for what is no character, and infinity for what is beyond numbers.

    What is nested too deeply is NaN: no number, and none that JSON could send.
    """
    if isinstance(value, str):
        return _readable(value)
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {_readable(key): plain(each) for key, each in value.items()}
    if isinstance(value, OddJson):
        return math.nan if value.text[:1] in "[{" else float(value.text)
    return value


def _readable(text: str) -> str:
    if _LONE_SURROGATE.search(text) is None:
        return text
    # Two halves that belong together become one character.
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole if whole != text else _LONE_SURROGATE.sub("\ufffd", text)


def _is_whole(value: Any) -> bool:
    """Whether Python holds a value as it is, down to its last part."""
    if isinstance(value, str):
        return _LONE_SURROGATE.search(value) is None
    if isinstance(value, list):
        return all(map(_is_whole, value))
    if isinstance(value, dict):
        return all(_is_whole(key) and _is_whole(each) for key, each in value.items())
    return not _is_odd_json(value)


def _is_odd_json(value: Any) -> bool:
    return isinstance(value, OddJson) or (isinstance(value, float) and not math.isfinite(value))


def _holds_odd_json(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_odd_json, value.values()))
    if isinstance(value, list):
        return any(map(_holds_odd_json, value))
    return _is_odd_json(value)


# -- customers -------------------------------------------------------------------------------------


def customer(value: Any) -> OddCustomer:
    """A customer, whatever stands in its place."""
    odd: dict[str, str] = {}
    fields = value if isinstance(value, dict) else {}
    read = _record(models.Customer, fields, "", odd)
    customer_id = read.pop("id", None)
    if odd:
        read["odd"] = odd
    if isinstance(customer_id, str) and customer_id and not customer_id.startswith(UNNAMED):
        return OddCustomer(models.Customer(id=customer_id, **read), customer_id)
    raw = raw_json(value)
    digest = hashlib.sha256(raw.encode()).hexdigest()
    who = _called(value, read)
    return OddCustomer(models.Customer(id=UNNAMED + digest, **read), who)


def _called(value: Any, read: dict[str, Any]) -> str:
    """What a customer without an id can be found by."""
    if not isinstance(value, dict):
        return f"an entry that is no object ({raw_json(value)[:40]})"
    for name in ("source_id", "created_at"):
        if read.get(name):
            return f"the one with {name} {read[name]!r}"
    return "one without source_id and created_at"


def _record(kind: Any, fields: dict[str, Any], path: str, odd: dict[str, str]) -> Any:
    """The fields of a record as far as they can be read."""
    read: dict[str, Any] = {}
    for name, held in _fields_of(kind).items():
        value = fields.get(name)
        if value is not None:
            read[name] = _field(held, value, path + name, odd)
    return read


def _field(held: Any, value: Any, path: str, odd: dict[str, str]) -> Any:
    if isinstance(held, type) and issubclass(held, msgspec.Struct):
        if isinstance(value, dict):
            return held(**_record(held, value, path + ".", odd))
    elif held is dict:
        if isinstance(value, dict):
            return _metadata(value, path, odd)
    elif held is str:
        if isinstance(value, str):
            return _text(value, path, odd)
    elif held is float:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and not _is_odd_json(value):
            return value
    elif _is_whole(value):
        return value
    odd[path] = raw_json(value)
    return plain(value) if held is Any and not _holds_odd_json(value) else None


def _text(value: str, path: str, odd: dict[str, str]) -> str | None:
    if _is_whole(value):
        return value
    odd[path] = raw_json(value)
    return None if path in _IDENTITIES else _readable(value)


def _metadata(value: dict[str, Any], path: str, odd: dict[str, str]) -> dict[str, Any]:
    """Metadata of any kind is kept; only what Python cannot hold is odd."""
    kept: dict[str, Any] = {}
    for key, each in value.items():
        name = _readable(key)
        if not _is_whole(key) or not _is_whole(each):
            odd[f"{path}.{name}"] = raw_json(each)
        kept[name] = None if _holds_odd_json(each) else plain(each)
    return kept


@functools.cache
def _fields_of(kind: Any) -> dict[str, Any]:
    """What each field of a record holds: a record, `dict`, `str`, `float` (any number) or Any."""
    return {
        field.name: _held(field.type)
        for field in msgspec.structs.fields(kind)
        if field.name != "odd"
    }


def _held(annotation: Any) -> Any:
    kinds = set(typing.get_args(annotation)) - {types.NoneType} or {annotation}
    if kinds == {int, float}:
        return float
    if len(kinds) == 1:
        (kind,) = kinds
        return typing.get_origin(kind) or kind
    return Any


# -- everything else -------------------------------------------------------------------------------


def convert(value: Any, kind: type[Kind]) -> Kind:
    """A value as one of the API's objects, as far as it can be.

    A field that cannot be read is as if it was missing; so is an entry of a list, with a warning.

    Raises:
        msgspec.ValidationError: What the object cannot do without is not there.
    """
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and isinstance(value, dict):
        read = {}
        for field in msgspec.structs.fields(kind):
            each = value.get(field.encode_name)
            with contextlib.suppress(*(() if field.required else (msgspec.ValidationError,))):
                if each is not None:
                    read[field.name] = _any(each, field.type)
            if field.required and field.name not in read:
                message = f"Object missing required field `{field.name}`"
                raise msgspec.ValidationError(message)
        return kind(**read)
    return msgspec.convert(plain(value), kind)


def _any(value: Any, annotation: Any) -> Any:
    """A field's value; numbers and flags may be texts, texts may be numbers."""
    held = [annotation] if typing.get_origin(annotation) is list else typing.get_args(annotation)
    for kind in held or (annotation,):
        if typing.get_origin(kind) is list:
            return _list(value, kind)
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            return convert(value, kind)
    if isinstance(value, int | float) and not isinstance(value, bool):
        with contextlib.suppress(msgspec.ValidationError):
            return msgspec.convert(value, annotation)
        return msgspec.convert(raw_json(value), annotation, strict=False)
    return msgspec.convert(plain(value), annotation, strict=False)


def _list(value: Any, annotation: Any) -> list[Any]:
    if not isinstance(value, list):
        message = "Expected `array`"
        raise msgspec.ValidationError(message)
    (inner,) = typing.get_args(annotation)
    read = []
    for each in value:
        try:
            read.append(_any(each, inner))
        except msgspec.ValidationError as error:
            warnings.warn(
                f"An entry of the API's answer is left out, as it cannot be read: {error}.",
                VfyNotebookWarning,
                stacklevel=2,
            )
    return read
