"""What a key looks like, and the words in sight of which it is one."""

from __future__ import annotations

import re

#: Stands where a credential was; it is none, so that a second pass finds nothing.
PLACEHOLDER = "CREDENTIAL-TAKEN-OUT"

UUID = r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"


UUID_IN_LINE = re.compile(rf"\b(?P<value>{UUID})\b")

#: In sight of such a word a UUID is a key, however it is written: in a tuple, a dict, a comment, a
#: table. Ids of others, such as `customer_id`, are not keys.
SECRET_WORD = re.compile(
    r"token|secret|passw(?:or)?d|passphrase|credential|voucherify"
    r"|(?<![a-z])(?:api|app)?_?keys?(?![a-z])",
    re.IGNORECASE,
)

#: Machine-made: hardly a word, hardly the name of a file.
_MACHINE_MADE = re.compile(r"[A-Za-z0-9_+/=~-]{16,}")
_JSON_WEB_TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*")


def looks_machine_made(value: str) -> bool:
    """Whether a program has made a text, rather than a person."""
    if UUID_IN_LINE.fullmatch(value) or _JSON_WEB_TOKEN.fullmatch(value):
        return True
    digits = sum(c.isdigit() for c in value)
    mixed = value != value.lower() and value != value.upper()
    return bool(_MACHINE_MADE.fullmatch(value)) and (digits >= 4 or (digits >= 1 and mixed))
