"""Lists and objects as text, and as other libraries give them back."""

from __future__ import annotations

import ast
import io
import json
import tokenize
from typing import TYPE_CHECKING, Any

from vfy_notebook.edits.dress.numbers import is_number, number_in, same_number

if TYPE_CHECKING:
    from collections.abc import Iterable

_OPEN = "[{("


def nested_in(text: str) -> list[Any] | dict[str, Any] | None:
    """The list or object that a text is, as JSON or as Python writes it; None if it is none.

    >>> nested_in('["a", null]'), nested_in("{'a': True}"), nested_in("rock")
    (['a', None], {'a': True}, None)
    """
    stripped = text.strip()
    if not stripped or stripped[0] not in _OPEN:
        return None
    for read in (_from_json, _from_python):
        try:
            found = read(stripped)
        except (ValueError, SyntaxError, RecursionError, MemoryError, tokenize.TokenError):
            continue
        if isinstance(found, tuple):
            found = list(found)
        if isinstance(found, list | dict):
            return found
    return None


#: What stands between the items of a list in one cell: the vendor's CSV has a comma.
_SEPARATORS = (",", ";", "|")


def is_joined(text: str, items: Any) -> bool:
    """Whether a text is a list's items, one behind the other.

    >>> is_joined("a, b", ["a", "b"]), is_joined("1;2", [1, 2]), is_joined("a", ["b"])
    (True, True, False)
    """
    return _joined_by(text, items) is not None


def separator_of(texts: Iterable[Any], lists: Iterable[Any]) -> str | None:
    """What stands between the items, where a column's lists have come joined; else None."""
    found = None
    for text, items in zip(texts, lists, strict=True):
        separator = _joined_by(text, items) if isinstance(text, str) else None
        if separator is not None and len(items) > 1:
            return separator
        found = found or (separator and _SEPARATORS[0])
    return found


def _joined_by(text: str, items: Any) -> str | None:
    if not isinstance(items, list) or not items:
        return None
    shown = [item if isinstance(item, str) else json.dumps(item) for item in items]
    for separator in _SEPARATORS:
        if [part.strip() for part in text.split(separator)] == shown:
            return separator
    return None


def parts_of(text: str, separator: str, *, are_numbers: bool) -> list[Any] | None:
    """The items of a list that came joined; None where they are not what they ought to be."""
    parts = [part.strip() for part in text.split(separator)]
    if not are_numbers:
        return parts
    numbers = [number_in(part) for part in parts]
    return None if None in numbers else numbers


def _from_json(text: str) -> Any:
    return json.loads(text, parse_constant=_refuse)


def _refuse(name: str) -> Any:
    raise ValueError(name)


def _from_python(text: str) -> Any:
    was_text = False
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        is_text = token.type == tokenize.STRING
        if is_text and was_text:
            # Python would join the texts of ['a' 'b'], NumPy's way to write ['a', 'b'].
            raise ValueError(text)
        was_text = is_text
    return ast.literal_eval(text)


def same_nested(edited: Any, base: Any, *, rounded: bool) -> bool:
    """Whether two JSON values are the same but for keys that are null on one side only.

    Arrow knows objects of one shape: what an object lacks comes back as null.

    >>> same_nested({"a": 1, "b": None}, {"a": 1}, rounded=False)
    True
    """
    if isinstance(base, dict) or isinstance(edited, dict):
        one, other = _as_object(edited), _as_object(base)
        return (
            one is not None
            and other is not None
            and all(
                same_nested(one.get(key), other.get(key), rounded=rounded)
                for key in {**one, **other}
            )
        )
    if isinstance(base, list):
        return (
            isinstance(edited, list)
            and len(edited) == len(base)
            and all(
                same_nested(one, other, rounded=rounded)
                for one, other in zip(edited, base, strict=True)
            )
        )
    if is_number(base) and is_number(edited):
        return same_number(edited, base, rounded=rounded)
    return type(edited) is type(base) and bool(edited == base)


def _as_object(value: Any) -> dict[str, Any] | None:
    return {} if value is None else value if isinstance(value, dict) else None


def without_new_nulls(edited: Any, base: Any) -> Any:
    """An edited object without the nulls that its base has no keys for."""
    if isinstance(edited, dict):
        known = base if isinstance(base, dict) else {}
        return {
            key: without_new_nulls(value, known.get(key))
            for key, value in edited.items()
            if value is not None or key in known
        }
    if isinstance(edited, list):
        known_at = (
            base if isinstance(base, list) and len(base) == len(edited) else [None] * len(edited)
        )
        return [without_new_nulls(*pair) for pair in zip(edited, known_at, strict=True)]
    return edited
