"""Which installed fonts can draw a text, so that no draw ends in a storm of glyph warnings."""

from __future__ import annotations

import functools
import unicodedata
import warnings

import matplotlib as mpl
from matplotlib import font_manager

from vfy_notebook.errors import MissingFontWarning

__all__ = ["drawable"]

#: Stands for a character that no installed font can draw.
_UNKNOWN = "□"

# Asked first, in this order: families with even strokes and wide coverage that Linux, macOS
# and Windows bring along. Whatever else is installed comes after them.
_PREFERRED = (
    "Noto Sans",
    "Arial",
    "Segoe UI",
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "PingFang SC",
    "Microsoft YaHei",
    "Hiragino Sans",
    "Yu Gothic",
    "Apple SD Gothic Neo",
    "Malgun Gothic",
    "WenQuanYi Zen Hei",
    "Noto Sans Arabic",
    "Geeza Pro",
    "Noto Sans Hebrew",
    "Noto Sans Devanagari",
    "Nirmala UI",
    "Noto Sans Thai",
    "Leelawadee UI",
    "Noto Emoji",
    "Segoe UI Emoji",
    "Segoe UI Symbol",
    "Noto Sans Symbols2",
    "Symbola",
    "Arial Unicode MS",
)

# Placeholder fonts have a glyph for everything and say nothing with it; colour bitmaps cannot
# be scaled.
_USELESS = ("last resort", "lastresort", "color emoji")

#: What font files call the regular weight.
_REGULAR = (400, "400", "normal", "regular")


def drawable(text: str) -> tuple[str, tuple[str, ...]]:
    """Fit a text to the fonts that are installed.

    Args:
        text: What is to be drawn.

    Returns:
        The text with `□` in place of each character that no font has (marks and joiners that no
        font has are dropped), and the font families to ask for: those of `rcParams` and, behind
        them, only those that this text needs.
    """
    own = tuple(mpl.rcParams["font.family"])
    installed = len(font_manager.fontManager.ttflist)
    extra: dict[str, None] = {}
    drawn: list[str] = []
    missing: dict[str, None] = {}
    for char in text:
        if char.isascii() or _has_glyph(own, char):
            drawn.append(char)
            continue
        # no script has these, and a look through all fonts takes time
        nobodys = unicodedata.category(char) in {"Cn", "Co"}
        family = None if nobodys else _family_with(char, installed)
        if family is not None:
            extra[family] = None
            drawn.append(char)
        elif unicodedata.category(char) not in {"Cf", "Mn", "Me"}:
            drawn.append(_UNKNOWN if _has_glyph(own, _UNKNOWN) else "?")
            if not nobodys:
                missing[_script_of(char)] = None
    if missing:
        message = (
            f"No installed font can draw {' and '.join(missing)}: {_UNKNOWN} stands for what is "
            "missing. Install a font for it, such as Noto Sans, and restart the kernel."
        )
        warnings.warn(message, MissingFontWarning, stacklevel=2)
    return "".join(drawn), (*own, *extra)


def _script_of(char: str) -> str:
    """The script that a character is of, as Unicode's own name of it begins."""
    words = unicodedata.name(char, "").split()
    if not words or unicodedata.category(char)[0] not in "LMN":
        return "symbols"
    return words[0] if words[0] == "CJK" else words[0].capitalize()


def _has_glyph(families: tuple[str, ...], char: str) -> bool:
    return any(_family_has_glyph(family, char) for family in families)


def _family_has_glyph(family: str, char: str) -> bool:
    try:
        path = font_manager.findfont(
            font_manager.FontProperties(family=[family]), fallback_to_default=False
        )
        return bool(font_manager.get_font(path).get_char_index(ord(char)))
    except (ValueError, OSError, RuntimeError):  # not installed, unreadable, not a font after all
        return False


# The number of fonts is part of the key: a font added while the notebook runs is found.
@functools.lru_cache(maxsize=4096)
def _family_with(char: str, installed: int) -> str | None:
    return next(
        (family for family in _candidates(installed) if _family_has_glyph(family, char)), None
    )


@functools.lru_cache(maxsize=2)
def _candidates(installed: int) -> tuple[str, ...]:  # noqa: ARG001 - the key of the cache
    families = {
        entry.name
        for entry in font_manager.fontManager.ttflist
        # only families with a regular face: matplotlib logs a warning for each other one
        if entry.style == "normal"
        and entry.weight in _REGULAR
        and not any(word in entry.name.casefold() for word in _USELESS)
    }
    preferred = [family for family in _PREFERRED if family in families]
    rest = sorted(families.difference(preferred), key=lambda name: ("Sans" not in name, name))
    return (*preferred, *rest)
