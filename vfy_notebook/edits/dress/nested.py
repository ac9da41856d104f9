"""Lists and objects as text, and as other libraries give them back."""

from __future__ import annotations

import ast
import io
import json
import tokenize
from typing import Any

from vfy_notebook.edits.dress.numbers import is_number, same_number

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
