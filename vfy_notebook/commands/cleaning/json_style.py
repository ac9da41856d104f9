"""Reads JSON and writes it back in the same layout."""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass
from typing import Any

_FIRST_INDENT = re.compile(r"^[{\[]\r?\n([ \t]+)")


@dataclass(frozen=True)
class JsonStyle:
    """How a JSON file is laid out."""

    indent: str | None = " "
    separators: tuple[str, str] = (",", ": ")
    escapes: bool = False
    newline: str = "\n"
    beginning: str = ""
    ending: str = "\n"
    has_mark: bool = False

    def write(self, content: Any) -> bytes:
        """The content laid out like this."""
        text = json.dumps(
            content, indent=self.indent, separators=self.separators, ensure_ascii=self.escapes
        )
        text = f"{self.beginning}{text.replace(chr(10), self.newline)}{self.ending}"
        return (codecs.BOM_UTF8 if self.has_mark else b"") + text.encode()


def read_json(raw: bytes) -> tuple[Any, JsonStyle]:
    """The content, and a style in which it is written back as it was.

    Raises:
        ValueError: It is no JSON in UTF-8.
    """
    has_mark = raw.startswith(codecs.BOM_UTF8)
    text = raw.decode("utf-8-sig")
    content = json.loads(text)
    body = text.strip(" \t\r\n")
    indent = _FIRST_INDENT.match(body)
    beginning, _, ending = text.partition(body)
    styles = [
        JsonStyle(
            indent[1] if indent else None,
            separators,
            escapes,
            "\r\n" if "\r\n" in text else "\n",
            beginning,
            ending,
            has_mark,
        )
        for separators in ((",", ": "), (", ", ": "), (",", ":"))
        for escapes in (False, True)
    ]
    return content, next((style for style in styles if _is_in(style, content, raw)), styles[0])


def doubled_names(raw: bytes) -> int:
    """How many names of objects stand in JSON a second time: only the last of each is read."""
    found = 0

    def count(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal found
        held = dict(pairs)
        found += len(pairs) - len(held)
        return held

    json.loads(raw.decode("utf-8-sig"), object_pairs_hook=count)
    return found


def _is_in(style: JsonStyle, content: Any, raw: bytes) -> bool:
    try:
        return style.write(content) == raw
    except UnicodeEncodeError:  # half of a character, which only an escape can write
        return False
