"""Text of customers and servers, made safe for a terminal, a log, an error and HTML.

A name may hold escapes that recolour a terminal or move its cursor, line ends that fake a line of
ours, and signs that turn the direction of whatever follows. They are shown as Python writes them.
"""

from __future__ import annotations

import html
import re
from itertools import takewhile
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_Thing = TypeVar("_Thing")

#: Signs that do something where they should be seen: controls and line ends, marks and overrides
#: of direction, invisible separators, interlinear marks, tags, halves of surrogate pairs. The
#: joiners U+200C and U+200D are not among them: Persian and emoji need them.
_ACTIVE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff]"
)

_ACTIVE_BUT_LINES = re.compile(rf"(?![\n\t]){_ACTIVE.pattern}")

#: All that may be overlooked: blanks at an end or after another one, and what is not plain ASCII.
_OVERLOOKED = re.compile(r"^ +| +$|(?<= ) +|[^ -~]|\\")


def shown_text(value: object, longest: int | None = None) -> str:
    r"""Any value as one line of text that shows it and does nothing else.

    Args:
        value: The value; `str()` of it is shown.
        longest: The most characters to show; what is longer ends in `…`.

    >>> shown_text("Ann\x1b[31m\n"), shown_text("abc\u202edef"), shown_text("Łódź" * 9, 6)
    ('Ann\\x1b[31m\\n', 'abc\\u202edef', 'ŁódźŁ…')
    """
    text = str(value)
    if longest is not None:
        text = text[: longest + 1]
    return _cut(_ACTIVE.sub(_escaped, text), longest)


def first_few(
    things: Iterable[_Thing],
    most: int,
    *,
    show: Callable[[_Thing], str] = str,
    between: str = ", ",
) -> str:
    """The first of some things in a sentence, and how many more there are.

    Args:
        things: What is named.
        most: How many of them are named at most.
        show: How one of them is written; `str` is for what is safe to show as it is.
        between: What parts them.

    >>> first_few(["a", "b", "c"], 2), first_few(["a", "b"], 2, show=repr)
    ('a, b and 1 more', "'a', 'b'")
    """
    listed = list(things)
    shown = between.join(show(each) for each in listed[:most])
    return shown + (f" and {len(listed) - most:,} more" if len(listed) > most else "")


def shown_lines(text: str) -> str:
    r"""A text of several lines in which only the line ends and tabs still do something.

    >>> shown_lines("Ann\x1b[2J\n\tBob\u202e")
    'Ann\\x1b[2J\n\tBob\\u202e'
    """
    return _ACTIVE_BUT_LINES.sub(_escaped, text)


def spelt_out(text: str, longest: int | None = None) -> str:
    r"""Text in which nothing can hide: all but plain ASCII is escaped, and so are stray blanks.

    For two texts that look the same and are not.

    >>> spelt_out("Jose\u0301 "), spelt_out("José\u00a0"), spelt_out("a  b")
    ('Jose\\u0301\\x20', 'Jos\\xe9\\xa0', 'a \\x20b')
    """
    if longest is not None:
        text = text[: longest + 1]
    return _cut(_OVERLOOKED.sub(_spelt, text), longest)


def shown_html(value: object, longest: int | None = None) -> str:
    """Any value as HTML that shows it in one line and does nothing else.

    >>> shown_html("<b>Ann</b>")
    '&lt;b&gt;Ann&lt;/b&gt;'
    """
    return html.escape(shown_text(value, longest))


def shown_apart(
    one: str, other: str, longest: int, *, show: Callable[[str, int], str] = shown_text
) -> tuple[str, str]:
    """Two texts, each cut so that the place where they first differ is in sight.

    Args:
        one: A text.
        other: Another one.
        longest: The most characters to show of each.
        show: `shown_text`, or `spelt_out` for texts that look the same.

    >>> shown_apart("a" * 99 + "b", "a" * 99 + "c", 12)
    ('…aaaab', '…aaaac')
    """
    skipped = 0
    if max(len(one), len(other)) > longest:
        skipped = max(0, _same_letters(one, other) - longest // 3)
    dots = "…" * (skipped > 0)
    first, second = (dots + show(text[skipped:], longest - len(dots)) for text in (one, other))
    return first, second


def _same_letters(one: str, other: str) -> int:
    """How many letters two texts begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")


def _spelt(found: re.Match[str]) -> str:
    return _escaped(found) if found[0].strip(" ") else "\\x20" * len(found[0])


def _cut(text: str, longest: int | None) -> str:
    return text if longest is None or len(text) <= longest else f"{text[: longest - 1]}…"
