"""Names on a plot: any script, markup and length, and no two alike."""

from __future__ import annotations

import textwrap
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vfy_notebook.plots.drawing.fonts import drawable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axis import Axis
    from matplotlib.legend import Legend
    from matplotlib.text import Text

__all__ = ["Name", "columns_of", "label_ticks", "make_name", "make_names", "rename_legend"]

_JOINERS = "\u200c\u200d"
_MIN_TAIL = 4
#: Rather than that much of a name, part of a word is cut.
_MOST_OF_IT = 0.6


@dataclass(frozen=True)
class Name:
    """A text made fit to be drawn.

    Attributes:
        text: One line, or as many as were asked for, none wider than asked for.
        families: The fonts that can draw it, for this text only.
    """

    text: str
    families: tuple[str, ...]

    def put_on(self, artist: Text) -> None:
        """Write the name on a text artist: letter by letter, never as mathtext or TeX."""
        artist.set_text(self.text)
        artist.set_usetex(False)
        artist.set_fontfamily(list(self.families))
        if "$" in self.text:  # otherwise whoever writes over it may use mathtext
            artist.set_parse_math(False)


def make_name(text: str, *, width: int = 40) -> Name:
    """Make one text drawable; see `make_names`."""
    return make_names([text], width=width)[0]


def make_names(
    texts: Sequence[str], *, width: int = 32, lines: int = 1, ids: Sequence[str] | None = None
) -> list[Name]:
    """Make texts drawable, and keep them apart.

    Args:
        texts: The texts; line breaks and control characters become spaces.
        width: The widest allowed, in Latin letters; a CJK character counts as two. What is
            longer loses its middle.
        lines: In so many lines a text may be wrapped between its words before that.
        ids: An id for each text. Texts that would look alike get the ends of their ids; without
            ids, or where these do not help, they are numbered.

    Returns:
        As many names, in the same order, no two with the same text.
    """
    whole = [drawable(_tidy(text))[0] for text in texts]
    short = [_wrapped(text, width, lines) or _elide(text, width) for text in whole]
    if ids is not None:
        short = _add_tails(whole, short, ids, width)
    return [Name(*drawable(text)) for text in _numbered(short)]


def label_ticks(axis: Axis, positions: Sequence[float], names: Sequence[Name]) -> None:
    """Put a name at each of these positions of an axis."""
    axis.set_ticks(positions, labels=[""] * len(positions))
    axis.set_ticklabels([name.text for name in names])
    for label, name in zip(axis.get_ticklabels(), names, strict=True):
        name.put_on(label)


def rename_legend(legend: Legend, names: Sequence[Name]) -> None:
    """Write names into a legend, also those that matplotlib would skip (`_x`) or parse (`$x$`)."""
    for text, name in zip(legend.get_texts(), names, strict=True):
        name.put_on(text)


def _tidy(text: str) -> str:
    kept: list[str] = []
    for char in unicodedata.normalize("NFC", text):
        category = unicodedata.category(char)
        if char.isspace() or category == "Cc":
            kept.append(" ")
        elif category == "Cs":  # half a surrogate pair: no font draws it, no file stores it
            kept.append("\ufffd")
        elif category != "Cf" or char in _JOINERS:  # a direction override would turn all around
            kept.append(char)
    return " ".join("".join(kept).split())


def columns_of(char: str) -> int:
    """How many Latin letters wide a character is: 0, 1 or 2."""
    if unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _wrapped(text: str, width: int, lines: int) -> str | None:
    """The text in several lines, no word of it cut; None if that cannot be."""
    if lines == 1 or sum(map(columns_of, text)) <= width:
        return None
    wrapped = textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
    fits = len(wrapped) <= lines and all(sum(map(columns_of, line)) <= width for line in wrapped)
    return "\n".join(wrapped) if fits else None


def _elide(text: str, width: int) -> str:
    """Take the middle out: the end of a label is often what tells it from the next."""
    if sum(map(columns_of, text)) <= width:
        return text
    room = width - 1
    tail = _tail(text, room // 3)
    words = tail.partition(" ")[2].lstrip()
    if words and not text[: len(text) - len(tail)].endswith(" "):  # it begins in a word
        tail = words
    head: list[str] = []
    room -= sum(map(columns_of, tail))
    for char in text:
        room -= columns_of(char)
        if room < 0:
            break
        head.append(char)
    return _whole_words("".join(head), text[len(head) :]) + "…" + tail.lstrip()


def _whole_words(head: str, rest: str) -> str:
    """The head without the beginning of a word, where most of it is left then."""
    if rest[:1].isspace() or head[-1:].isspace():
        return head.rstrip()
    kept = head.rpartition(" ")[0].rstrip()
    return kept if len(kept) >= len(head) * _MOST_OF_IT else head.rstrip()


def _tail(text: str, width: int) -> str:
    start = len(text)
    for index in range(len(text) - 1, -1, -1):
        width -= columns_of(text[index])
        if width < 0:
            break
        if columns_of(text[index]):  # never begin with a mark that belongs to the letter before
            start = index
    return text[start:]


def _add_tails(
    whole: Sequence[str], short: Sequence[str], ids: Sequence[str], width: int
) -> list[str]:
    """Give texts that look alike the shortest ends of their ids that differ."""
    counts = Counter(short)
    apart = list(short)
    for look in (look for look, count in counts.items() if count > 1):
        alike = [index for index, other in enumerate(short) if other == look]
        longest = max(len(ids[index]) for index in alike)
        length = next(
            (
                length
                for length in range(_MIN_TAIL, longest)
                if len({ids[index][-length:] for index in alike}) == len(alike)
            ),
            longest,
        )
        for index in alike:
            tail = _tidy(ids[index][-length:])
            mark = f" (…{tail})" if length < len(ids[index]) else f" ({tail})"
            apart[index] = _elide(whole[index], max(width - len(mark), width // 2)) + mark
    return apart


def _numbered(texts: Sequence[str]) -> list[str]:
    """Number what is still alike; the first keeps its text, as do those that are unique."""
    taken = set(texts)
    met: set[str] = set()
    numbered: list[str] = []
    for text in texts:
        candidate, number = text, 1
        while candidate in met if number == 1 else candidate in taken:
            number += 1
            candidate = f"{text} ({number})"
        met.add(text)
        taken.add(candidate)
        numbered.append(candidate)
    return numbered
