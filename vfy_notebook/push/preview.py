"""A plan on the screen: how many customers, cells and calls, what changes, what is wrong.

Customers' texts are escaped, and however many edits there are, only the first are written out.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from vfy_notebook.edits.changes import Change
    from vfy_notebook.edits.problems import Problem

#: Edits written out in HTML and in text, and the longest value shown whole.
HTML_EDITS = 100
TEXT_EDITS = 10
_LONGEST_VALUE = 120


@dataclass(frozen=True)
class Preview:
    """What a plan shows of itself."""

    title: str
    changes: Sequence[Change]
    problems: Sequence[Problem]
    calls: Mapping[str, int]

    def text(self) -> str:
        """For a terminal."""
        lines = [f"{self.title}: {self._summary()}"]
        lines += [f"  {_mark(problem)} {problem.message}" for problem in self._ordered()]
        lines += [
            f"  {who}  {field}: {_shown(before)} → {_shown(after)}"
            for who, field, before, after in islice(self._edits(), TEXT_EDITS)
        ]
        rest = self._cells() - TEXT_EDITS
        if rest > 0:
            lines.append(f"  … and {rest:,} more: see plan.edits")
        return "\n".join(lines)

    def html(self) -> str:
        """For a notebook: problems in sight, fields and edits folded."""
        problems = "".join(
            f"<li>{_mark(problem)} {html.escape(problem.message)}</li>"
            for problem in self._ordered()
        )
        parts = [
            f"<p><b>{html.escape(self.title)}</b>: {html.escape(self._summary())}</p>",
            f"<ul>{problems}</ul>" if problems else "",
            self._fields_table(),
            self._edits_table(),
        ]
        return "<div>" + "".join(parts) + "</div>"

    def _ordered(self) -> list[Problem]:
        return sorted(self.problems, key=lambda problem: not problem.blocks)

    def _cells(self) -> int:
        return sum(len(change.after) for change in self.changes)

    def _summary(self) -> str:
        if not self.changes:
            return "nothing to push"
        count = len(self.changes)
        calls = sum(self.calls.values())
        by_route = ", ".join(f"{number:,} {route}" for route, number in self.calls.items())
        return (
            f"{count:,} customer{'s' * (count != 1)}, {_counted(self._cells(), 'cell')}, "
            f"{_counted(calls, 'API call')} to write ({by_route or 'none'})"
            f"{', and some to follow and verify them' * bool(calls)}"
        )

    def _edits(self) -> Iterator[tuple[str, str, Any, Any]]:
        for change in self.changes:
            who = change.customer_id or f"new {change.source_id}"
            for field, after in change.after.items():
                yield who, field, change.before[field], after

    def _fields_table(self) -> str:
        cells: dict[str, int] = {}
        nulls: dict[str, int] = {}
        for change in self.changes:
            for field, after in change.after.items():
                cells[field] = cells.get(field, 0) + 1
                nulls[field] = nulls.get(field, 0) + (after is None)
        if not cells:
            return ""
        rows = (
            (html.escape(field), f"{count:,}", f"{nulls[field]:,}")
            for field, count in cells.items()
        )
        return _details(
            f"{_counted(len(cells), 'field')}", ("field", "cells", "of them to null"), rows
        )

    def _edits_table(self) -> str:
        total = self._cells()
        if not total:
            return ""
        rows = (
            tuple(html.escape(text) for text in (who, field, _shown(before), _shown(after)))
            for who, field, before, after in islice(self._edits(), HTML_EDITS)
        )
        rest = total - HTML_EDITS
        more = f"<p>and {rest:,} more: see <code>plan.edits</code></p>" if rest > 0 else ""
        return _details(
            _counted(total, "edit"), ("customer", "field", "before", "after"), rows, more
        )


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"


def _details(
    summary: str, titles: Sequence[str], rows: Iterable[Sequence[str]], more: str = ""
) -> str:
    head = "".join(f"<th>{title}</th>" for title in titles)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return (
        f"<details><summary>{summary}</summary><table><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>{more}</details>"
    )


def _mark(problem: Problem) -> str:
    return "✗" if problem.blocks else "·"


def _shown(value: Any) -> str:
    """A value as it is sent, shortened; text in quotes, so that `"1"` is seen not to be 1."""
    if value is None:
        return "null"
    text = f'"{value}"' if isinstance(value, str) else str(value)
    if isinstance(value, bool):
        text = text.lower()
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"
