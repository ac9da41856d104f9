"""Tables among the outputs: small ones without a customer may be kept, if somebody asks for it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

from vfy_notebook.commands.cleaning.people_in_text import people_in
from vfy_notebook.frames.masking import is_personal

#: What pandas makes tables of; anything else could show or do more than a table.
_TAGS = frozenset({"div", "p", "style", "table", "tbody", "td", "th", "thead", "tr"})
_ATTRIBUTES = frozenset(
    {"border", "class", "colspan", "halign", "rowspan", "scoped", "style", "valign"}
)

#: What of an output stays beside its table.
_KEPT = ("output_type", "execution_count")

#: Below a table that is not shown in full.
_SIZE = re.compile(r"([\d,]+) rows")

_IDS = frozenset({"customer_id", "source_id", "id", "customer", "order_id", "redemption_id"})
_UUID = re.compile(r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b")


def small_table(output: dict[str, Any], *, at_most: int) -> dict[str, Any] | None:
    """The output with its table alone; None if it is none, is larger, or may show a customer.

    Args:
        output: An output of a cell.
        at_most: The most rows that a table may have.
    """
    data = output.get("data")
    if not isinstance(data, dict) or "text/html" not in data:
        return None
    shown = _text(data["text/html"])
    table = _Table()
    table.feed(shown)
    table.close()
    if not table.is_plain or not 0 < table.rows <= at_most:
        return None
    cells = "\n".join(table.texts)
    told = [int(size.replace(",", "")) for size in _SIZE.findall(cells)]
    if any(size > at_most for size in told) or "…" in cells or "..." in cells:
        return None
    if people_in(cells) or _UUID.search(cells):
        return None
    if any(is_personal(head) or head.casefold() in _IDS for head in table.heads):
        return None
    kept = {
        key: value for key, value in output.items() if key in ("output_type", "execution_count")
    }
    return {**kept, "data": {"text/html": data["text/html"]}, "metadata": {}}


def _text(value: object) -> str:
    return "".join(map(str, value)) if isinstance(value, list) else str(value)


class _Table(HTMLParser):
    """Reads a table's rows, headers and texts."""

    def __init__(self) -> None:
        super().__init__()
        self.is_plain = True
        self.rows = 0
        self.texts: list[str] = []
        self.heads: list[str] = []
        self._tag = ""
        self._tables = 0
        self._cells = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag begins."""
        self._tag = tag
        self._tables += tag == "table"
        if tag == "tr":
            self._cells = 0
        elif tag == "td":
            self.rows += self._cells == 0
            self._cells += 1
        strange = [
            name for name, value in attrs if name not in _ATTRIBUTES or "url" in (value or "")
        ]
        self.is_plain &= tag in _TAGS and not strange and self._tables <= 1

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - whichever it is
        """A tag ends."""
        self._tag = ""

    def handle_data(self, data: str) -> None:
        """Text between tags."""
        text = data.strip()
        if not text:
            return
        if self._tag == "style":
            self.is_plain &= "url" not in text and "@" not in text
            return
        self.texts.append(text)
        if self._tag == "th":
            self.heads.append(text)

    # What no table of pandas has.

    def handle_comment(self, data: str) -> None:  # noqa: ARG002 - whatever it says
        """A comment."""
        self.is_plain = False

    def handle_decl(self, decl: str) -> None:  # noqa: ARG002
        """A declaration."""
        self.is_plain = False

    def handle_pi(self, data: str) -> None:  # noqa: ARG002
        """An instruction to a program."""
        self.is_plain = False

    def unknown_decl(self, data: str) -> None:  # noqa: ARG002
        """Another declaration."""
        self.is_plain = False
