"""The Python that a message gives as a way out, so that a test can try it."""

from __future__ import annotations

import ast
import re
from typing import Any

#: No piece of Python in a message is longer.
_LONGEST = 300


def python_in(text: str, name: str) -> list[str]:
    """The pieces of Python in a text that start from a frame of this name, in their order."""
    found: list[str] = []
    at = 0
    for match in re.finditer(rf"\b{name}(?=[.\[])", text):
        if match.start() < at:
            continue
        code = _longest(text[match.start() : match.start() + _LONGEST])
        if code:
            found.append(code)
            at = match.start() + len(code)
    return found


def frame_by(code: str, name: str, **names: Any) -> Any:
    """The frame after this piece of Python: what it gives, or what it has made of the frame."""
    if isinstance(ast.parse(code).body[0], ast.Expr):
        return eval(code, names)  # noqa: S307 - our own message's code
    exec(code, names)  # noqa: S102 - the same
    return names[name]


def _longest(text: str) -> str:
    """The longest piece of Python that a text begins with and that does something."""
    text = re.split(r"\. [A-Z]", text)[0]
    for end in range(len(text), 0, -1):
        try:
            (told,) = ast.parse(text[:end]).body
        except (SyntaxError, ValueError):
            continue
        if isinstance(told, ast.Assign) or text[end - 1] in ")]":
            return text[:end]
    return ""
