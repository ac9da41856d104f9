"""Texts that a person takes for the same: what they have in common once nothing can hide."""

from __future__ import annotations

import re
import unicodedata

#: Blanks of all kinds, and signs that are not seen.
_UNSEEN = re.compile(
    r"[\s\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    r"\u2028-\u202f\u205f-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    r"\U000e0000-\U000e0fff]+"
)

#: Letters of other scripts that look like Latin ones (or, for the Greek and Cyrillic themselves,
#: like each other), after Unicode's list of confusables: the ones on keyboards.
_TWINS = str.maketrans(
    dict(
        zip(
            "аеорсухіјѕԁһӏԛԝАВЕКМНОРСТУХІЈЅԌΑΒΕΖΗΙΚΜΝΟΡΤΥΧονικ",
            "aeopcyxijsdhlqwABEKMHOPCTYXIJSGABEZHIKMNOPTYXovik",
            strict=True,
        )
    )
)


def as_seen(text: str) -> str:
    r"""A text as the eye takes it; two that differ in nothing one can see give the same.

    Blanks count as blanks wherever they are, but not how many, nor of what kind, nor at the ends.

    >>> as_seen("  José\u00a0Kowalski ") == as_seen("Jose\u0301 Kowalski"), as_seen("аnn")
    (True, 'ann')
    """
    if text.isascii():
        return _spaced(text)
    composed = unicodedata.normalize("NFC", text)
    return _spaced(unicodedata.normalize("NFC", composed.translate(_TWINS)))


def _spaced(text: str) -> str:
    """With one blank where any were; signs that are not even blank are nothing."""
    return _UNSEEN.sub(lambda run: " " if any(map(str.isspace, run[0])) else "", text).strip()


def look_alike(one: object, other: object) -> bool:
    """Whether two values are texts that differ in nothing that one can see.

    >>> look_alike("Ann", "Ann "), look_alike("Ann", "ann"), look_alike("Ann", "Ann")
    (True, False, False)
    """
    if type(one) is not str or type(other) is not str or one == other:
        return False
    if one.isascii() and other.isascii() and one.isprintable() and other.isprintable():
        return one.split() == other.split()
    return as_seen(one) == as_seen(other)


def without_form(text: str) -> str:
    r"""What is left of a name for people who do not heed case, blanks and Unicode's forms.

    >>> without_form("Ann@X.com ") == without_form("\u200bann@x.com")
    True
    """
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text).translate(_TWINS)
    return unicodedata.normalize("NFKC", _UNSEEN.sub("", plain).casefold())
