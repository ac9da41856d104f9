"""Ids in the API's style, the same ones for the same seed."""

from __future__ import annotations

import random
import string

_LETTERS = string.ascii_letters + string.digits
_HEX = "0123456789abcdef"


class Ids:
    """Makes ids; two makers with the same seed make the same ones in the same order."""

    def __init__(self, seed: int | str) -> None:
        self._random = random.Random(f"ids {seed}")  # noqa: S311  # names, not secrets

    def make(self, prefix: str) -> str:
        """An id such as ``cust_CSnYd37MXmrbS19XCrghjBsv``."""
        return prefix + "".join(self._random.choices(_LETTERS, k=24))

    def make_hex(self, prefix: str) -> str:
        """An id such as ``aa_0ba518c55290c6fd62``."""
        return prefix + "".join(self._random.choices(_HEX, k=18))
