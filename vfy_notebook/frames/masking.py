"""How masked cells are known: by the frame's own word, and by the sign that stands for letters.

A masked frame is for showing. What its cells hold are no values, so none of them is ever an edit.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from vfy_notebook.frames.schema import METADATA_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable


#: Stands for a letter or digit that is not shown.
MASK_SIGN = "\u2022"

_SIGN = re.compile(MASK_SIGN.encode())

#: The columns that are ever masked; parts of the address are too. Elsewhere the sign is a text's
#: own, such as of a list in a description.
_PERSONAL = frozenset({"name", "email", "phone", "birthdate"})
_ADDRESS = "address."


#: The names that such columns get in people's hands, without case, blanks and dots; an address may
#: have any part.
_RENAMED = frozenset(
    {
        "name", "firstname", "lastname", "fullname", "givenname", "familyname", "surname",
        "customername", "middlename", "nickname",
        "email", "emailaddress", "mail", "customeremail",
        "phone", "phonenumber", "mobile", "mobilephone", "telephone", "customerphone",
        "birthdate", "birthday", "dateofbirth",
    }
)  # fmt: skip
_PARTS = ("city", "state", "line1", "line2", "country", "postalcode", "street", "zip")

#: What pandas appends to columns that both sides of a merge have.
_MERGED = re.compile("_[xy]$")
_LETTERS = re.compile("[^a-z0-9]+")

#: What stands for a value, by what the column is about.
_MASK = MASK_SIGN * 3
_MASK_OF_EMAIL = f"{_MASK}@{_MASK}"
_MASK_OF_DAY = "-".join(MASK_SIGN * count for count in (4, 2, 2))

#: A cell of which nothing else is there than a mask.
_ONLY_MASK = f"^[{MASK_SIGN}@-]*{MASK_SIGN}[{MASK_SIGN}@-]*$"


def is_personal(column: object) -> bool:
    """Whether a column is about who somebody is, under the API's name or one that people give it.

    >>> is_personal("address.city"), is_personal("E-Mail_x"), is_personal("metadata.name")
    (True, True, False)
    """
    if isinstance(column, tuple):
        return any(map(is_personal, column))
    if not isinstance(column, str) or column.startswith(METADATA_PREFIX):
        return False
    parts = [_plain(part) for part in column.split(".")]
    whole = "".join(parts)
    is_address = any(part.endswith("address") for part in parts) or (
        "address" in whole and whole.endswith(_PARTS)
    )
    return is_address or whole in _RENAMED or parts[-1] in _RENAMED


def _plain(name: str) -> str:
    return _LETTERS.sub("", _MERGED.sub("", name).casefold())


def mask_of(column: object) -> str:
    """What stands in a masked cell of a column.

    >>> mask_of("email"), mask_of("birthdate"), mask_of("address.city")
    ('•••@•••', '••••-••-••', '•••')
    """
    plain = _plain(str(column))
    if "mail" in plain:
        return _MASK_OF_EMAIL
    return _MASK_OF_DAY if plain.startswith(("birth", "dateofbirth")) else _MASK


def is_only_mask(text: str) -> bool:
    """Whether a text holds a mask and nothing else.

    >>> is_only_mask("•••@•••"), is_only_mask("Ann •"), is_only_mask("@")
    (True, False, False)
    """
    return re.fullmatch(_ONLY_MASK, text) is not None


def may_be_masked(column: object, marked: Iterable[str] = ()) -> bool:
    """Whether a column's cells may be masked.

    Args:
        column: The column's name.
        marked: The columns that the frame says it masked (`attrs[MASKED]`).
    """
    if not isinstance(column, str):
        return False
    return column in _PERSONAL or column.startswith(_ADDRESS) or column in set(marked)


def masked_cells(column: pd.Series[Any]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Where a column that may be masked holds masked text.

    >>> masked_cells(pd.Series(["a••@x.com", "ann@x.com", None])).tolist()
    [True, False, False]
    """
    if column.dtype.kind in "biufcmM":
        return np.zeros(len(column), dtype=bool)
    if isinstance(column.dtype, pd.StringDtype):
        texts = pa.array(column.array, from_pandas=True)
        if not _may_hold_the_sign(texts):
            return np.zeros(len(column), dtype=bool)
        found = pc.fill_null(pc.match_substring(texts, MASK_SIGN), False)
        return np.asarray(found, dtype=bool)
    return np.fromiter(
        (isinstance(value, str) and MASK_SIGN in value for value in column),
        dtype=bool,
        count=len(column),
    )


def _may_hold_the_sign(texts: pa.Array | pa.ChunkedArray) -> bool:
    """Whether the sign is anywhere in the memory of texts: told sooner than of each of them."""
    chunks = texts.chunks if isinstance(texts, pa.ChunkedArray) else [texts]
    letters = [chunk.buffers()[-1] for chunk in chunks]
    return any(each is not None and _SIGN.search(each) is not None for each in letters)
