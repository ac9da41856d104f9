"""A plan on the screen: how many customers, cells and calls, what is wrong, what changes.

Whatever the frame, the text stays below 4 kB and the HTML below 40 kB: what there is no room for
is counted, and stands in `plan.problems` and `plan.edits`. Customers' texts are escaped.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from vfy_notebook.edits.checks.look_alike import look_alike
from vfy_notebook.edits.problems.problems import grouped, sentences, who
from vfy_notebook.shown_text import shown_apart, shown_html, shown_text, spelt_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from vfy_notebook.edits.changes import Change
    from vfy_notebook.edits.problems.problems import Problem, WhoIs
    from vfy_notebook.edits.tables.changes import Changes

#: Edits and fields written out at most.
HTML_EDITS = 100
TEXT_EDITS = 10
_HTML_FIELDS = 40

#: Bytes of the text, and of the parts of text and HTML; what problems leave of the text goes to
#: the edits.
TEXT_BYTES = 3_900
_TEXT_PROBLEMS = 2_700
_HTML_PROBLEMS = 12_000
_HTML_FIELD_ROWS = 6_000
_HTML_EDIT_ROWS = 18_000

_LONGEST_VALUE = 80
_LONGEST_FIELD = 80
_LONGEST_HEAD = 400


@dataclass(frozen=True)
class Preview:
    """What a plan shows of itself.

    Attributes:
        title: What it would do.
        changes: What it would send.
        problems: What has to be known.
        calls: Route → number of requests.
        whois: Gives a customer's name or e-mail by label; None where nobody's is known.
        heads: Sentences that stand before all others.
    """

    title: str
    changes: Changes
    problems: Sequence[Problem]
    calls: Mapping[str, int]
    whois: WhoIs | None = None
    heads: Sequence[str] = ()

    def text(self) -> str:
        """For a terminal."""
        lines = [f"{self.title}: {self._summary()}"]
        lines += [shown_text(head, _LONGEST_HEAD) for head in self.heads]
        lines += problem_lines(self.problems, self.whois, _TEXT_PROBLEMS)
        room = TEXT_BYTES - sum(map(_line_bytes, lines))
        edits = (
            f"  {person}  {field}: {before} → {after}"
            for person, field, before, after in islice(self._edits(), TEXT_EDITS)
        )
        shown = list(_fitting(edits, room - _line_bytes(_more_edits(self._cells))))
        rest = self._cells - len(shown)
        return "\n".join(lines + shown + [_more_edits(rest)] * (rest > 0))

    def html(self) -> str:
        """For a notebook: problems in sight, fields and edits folded."""
        parts = [f"<p><b>{shown_html(self.title)}</b>: {shown_html(self._summary())}</p>"]
        parts += [f"<p>{shown_html(head, _LONGEST_HEAD)}</p>" for head in self.heads]
        parts += [
            problems_list(self.problems, self.whois),
            self._fields_table(),
            self._edits_table(),
        ]
        return "<div>" + "".join(parts) + "</div>"

    @cached_property
    def _cells(self) -> int:
        return self.changes.cells

    def _summary(self) -> str:
        if not self.changes:
            return "nothing to push"
        count = len(self.changes)
        calls = sum(self.calls.values())
        by_route = ", ".join(f"{number:,} {route}" for route, number in self.calls.items())
        return (
            f"{count:,} customer{'s' * (count != 1)}, {_counted(self._cells, 'cell')}, "
            f"{_counted(calls, 'API call')} to write ({by_route or 'none'})"
            f"{', and some to follow and verify them' * bool(calls)}"
        )

    def _edits(self) -> Iterator[tuple[str, str, str, str]]:
        for change in self.changes:
            person = f"new {who(change.source_id or change.label)}"
            if change.customer_id is not None:
                person = who(change.customer_id, self.whois and _known_as(change, self.whois))
            for field, after in change.after.items():
                before, then = shown_pair(change.before[field], after)
                yield person, shown_text(field, _LONGEST_FIELD), before, then

    def _fields_table(self) -> str:
        cells: dict[str, int] = {}
        nulls: dict[str, int] = {}
        for edits in self.changes.fields():
            cells[edits.name] = cells.get(edits.name, 0) + len(edits.positions)
            nulls[edits.name] = nulls.get(edits.name, 0) + int(edits.after.missing.sum())
        if not cells:
            return ""
        rows = (
            _row((field, f"{count:,}", f"{nulls[field]:,}"))
            for field, count in islice(cells.items(), _HTML_FIELDS)
        )
        shown = list(_fitting(rows, _HTML_FIELD_ROWS))
        rest = len(cells) - len(shown)
        more = f"<p>and {_counted(rest, 'more field')}: see <code>plan.edits</code></p>"
        titles = ("field", "cells", "of them to null")
        return _details(_counted(len(cells), "field"), titles, shown, more * (rest > 0))

    def _edits_table(self) -> str:
        total = self._cells
        if not total:
            return ""
        shown = list(_fitting(map(_row, islice(self._edits(), HTML_EDITS)), _HTML_EDIT_ROWS))
        rest = total - len(shown)
        more = f"<p>and {rest:,} more: see <code>plan.edits</code></p>"
        titles = ("customer", "field", "before", "after")
        return _details(_counted(total, "edit"), titles, shown, more * (rest > 0))


def problem_lines(problems: Sequence[Problem], whois: WhoIs | None, room: int) -> list[str]:
    """Problems as lines of text, as many as there is room for; the number of the others is told.

    Args:
        problems: The problems.
        whois: Gives a customer's name or e-mail.
        room: Bytes that the lines may take.
    """
    told, left_out = sentences(grouped(problems), whois, room, lambda text: _line_bytes(text) + 4)
    lines = [f"  {_mark(problem)} {text}" for problem, text in told]
    return lines + [f"  {_more_problems(left_out)}"] * bool(left_out)


def problems_list(problems: Sequence[Problem], whois: WhoIs | None) -> str:
    """Problems as a list in HTML, as many as there is room for; the number of the others is told.

    Args:
        problems: The problems.
        whois: Gives a customer's name or e-mail.
    """
    told, left_out = sentences(
        grouped(problems), whois, _HTML_PROBLEMS, lambda text: _line_bytes(_item(text)) + 4
    )
    items = [_item(f"{_mark(problem)} {text}") for problem, text in told]
    if left_out:
        items.append(f"<li>{html.escape(_more_problems(left_out))}</li>")
    return f"<ul>{''.join(items)}</ul>" if items else ""


def refusal(blocking: Sequence[Problem], whois: WhoIs | None, heads: Sequence[str] = ()) -> str:
    """The text of the error that refuses a plan.

    Args:
        blocking: The problems that block it; one or more.
        whois: Gives a customer's name or e-mail.
        heads: What else is to be known of the plan.
    """
    told = [shown_text(head, _LONGEST_HEAD) for head in heads]
    room = TEXT_BYTES - 100 - sum(map(_line_bytes, told))
    lines = problem_lines(blocking, whois, room)
    if len(lines) == 1:
        return "\n".join([f"Nothing was sent. {lines[0].removeprefix('  ✗ ')}", *told])
    return "\n".join(["Nothing was sent:", *lines, *told])


def shown_pair(before: Any, after: Any) -> tuple[str, str]:
    r"""A cell before and after, so that the difference is seen.

    >>> shown_pair("Ann", "Ann "), shown_pair(1, "1")
    (('"Ann"', '"Ann\\x20"'), ('1', '"1"'))
    """
    if isinstance(before, str) and isinstance(after, str):
        show = spelt_out if look_alike(before, after) else shown_text
        one, other = shown_apart(before, after, _LONGEST_VALUE, show=show)
        return f'"{one}"', f'"{other}"'
    if isinstance(before, list | dict) and isinstance(after, list | dict):
        return shown_apart(str(before), str(after), _LONGEST_VALUE)
    return _shown(before), _shown(after)


def _known_as(change: Change, whois: WhoIs) -> WhoIs:
    """The names are known by the frame's labels."""
    return lambda _: whois(change.label)


def _fitting(parts: Iterable[str], room: int) -> Iterator[str]:
    """Those that come before there is no more room."""
    for part in parts:
        room -= _line_bytes(part)
        if room < 0:
            return
        yield part


def _line_bytes(line: str) -> int:
    return len(line.encode()) + 1


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"


def _more_edits(count: int) -> str:
    return f"  … and {count:,} more: see plan.edits"


def _more_problems(count: int) -> str:
    return f"… and {_counted(count, 'more problem')}: see plan.problems"


def _row(cells: Iterable[str]) -> str:
    return "<tr>" + "".join(f"<td>{shown_html(cell, 120)}</td>" for cell in cells) + "</tr>"


def _item(text: str) -> str:
    return f"<li>{html.escape(text)}</li>"


def _details(summary: str, titles: Sequence[str], rows: Sequence[str], more: str) -> str:
    head = "".join(f"<th>{title}</th>" for title in titles)
    return (
        f"<details><summary>{summary}</summary><table><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>{more}</details>"
    )


def _mark(problem: Problem) -> str:
    return "✗" if problem.blocks else "·"


def _shown(value: Any) -> str:
    """A value as it is sent, shortened; text in quotes, so that `"1"` is seen not to be 1."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{shown_text(value, _LONGEST_VALUE)}"'
    return shown_text(value, _LONGEST_VALUE)
