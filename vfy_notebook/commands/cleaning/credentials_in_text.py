"""Finds and replaces what looks like a credential in a notebook's sources and metadata.

Two kinds of names are told apart. Where Voucherify's own names or a plain `password` stand, any
value counts that is no placeholder. Where a name merely sounds like a secret (`my_token`), only a
value counts that looks made by a machine: `tokenizer = "bert-base"` stays. Application IDs are
names, not secrets, and stay.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from vfy_notebook.commands.cleaning.machine_made import PLACEHOLDER, looks_machine_made
from vfy_notebook.commands.cleaning.pieces import without_pieces
from vfy_notebook.commands.cleaning.uuids import uses_the_toolkit, without_keys, without_pairs

_OWN_NAME = r"""(?<![A-Za-z0-9]) (?:
    VOUCHERIFY_\w{0,20}?(?:TOKEN|SECRET)(?:_KEY)? | X-(?:App|Client|Management)-Token
  | (?:app|client|management)_?token | (?:client)?_?secret_?key
)"""
_LOGIN_NAME = r"(?<![A-Za-z0-9]) (?: passw(?:or)?d | pwd | passphrase )"
_SUSPECT_NAME = r"""(?<![\w.-])
    (?= [\w.-]*? (?:token|secret|passw(?:or)?d|api_?key|app_?key|credential) ) [\w.-]++
"""

#: From a name to its value: `name="…"`, `"name": "…"`, `name: str = "…"`, `environ["name"] = "…"`,
#: `setdefault("name", "…")`.
_IS = r"""
    ["']? \s*+ \]? \s*+ (?: : [ ]?[\w\[\].| ]{1,60}? )? \s*+ (?P<sign> [=:,] ) \s*+ \(? \s*+
    [rbuf]{0,2} (?P<quote>\"\"\"|\'\'\'|["'])
    (?P<value> (?: (?!(?P=quote)) [^\n\\] )+ ) (?=(?P=quote))
"""

#: Without quotes: in a shell, a `%env`, a header.
_BARE_VALUE = r"""(?P<value> [^\s"'`,;&|)}\]]+ )"""
_IS_BARE = rf"(?: =[ ]? | :[ ]* ) {_BARE_VALUE}"

_PLACEHOLDER_SIGN = re.compile(
    r"[<>{}$*…\s]|\.\.\.|^[A-Z_-]+$|^(?i:passw(or)?d$|your|my|the|some|xxx|none|null|true|false)"
)


def _is_password(value: str) -> bool:
    return len(value) >= 4 and not _PLACEHOLDER_SIGN.search(value)


def _is_token(value: str) -> bool:
    """What stands where a token belongs: made-up words such as `token` are left."""
    return bool(re.search(r"\d", value)) and _is_password(value)


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.VERBOSE | re.IGNORECASE | re.MULTILINE)


#: Where a credential may stand, and what tells there that it is one.
_RULES: tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...] = (
    (_pattern(_OWN_NAME + _IS), _is_token),
    (_pattern(_OWN_NAME + _IS_BARE), _is_token),
    (
        _pattern(r"%(?:set_)?env [ ]+ VOUCHERIFY_\w{0,20}?(?:TOKEN|SECRET)\w* [ ]+" + _BARE_VALUE),
        _is_token,
    ),
    (_pattern(_LOGIN_NAME + _IS), _is_password),
    # In an address, before the host.
    (
        _pattern(r"(?<![\w+.-]) [a-z][a-z0-9+.-]{0,20} :// [^\s/:@\"']*: (?P<value>[^\s/@\"']+) @"),
        _is_password,
    ),
    (_pattern(_SUSPECT_NAME + _IS), looks_machine_made),
    # As positional arguments.
    (
        _pattern(r"""\b(?:connect|Client|Credentials) \( \s*+ ["'][^"'\n]*["'] \s*+ , \s*+
       ["'] (?P<value>[^"'\n]+) (?=["'])"""),
        _is_token,
    ),
    (_pattern(r"\bBearer [ ]+ (?P<value>[\w.~+/=-]{16,})"), looks_machine_made),
    # Links that let in whoever has them.
    (
        _pattern(
            r"[?&] (?:\w{0,20}token|a[ip]p_?key|sig(?:nature)?|secret) = (?P<value>[\w.~+/%=-]+)"
        ),
        looks_machine_made,
    ),
)


def take_out(
    text: str, *, known: Iterable[str] = (), beside_toolkit: bool = False
) -> tuple[str, int]:
    """The text with a placeholder for each credential, and how many there were.

    Lines stay lines: whoever compares finds where a credential was.

    Args:
        text: Source code, prose or a value of a notebook's metadata.
        known: Credentials that are known to be some, wherever they stand.
        beside_toolkit: Whether the text belongs to a notebook that imports this package; one that
            imports it itself does.

    >>> take_out('project = vfy.connect("c70a", app_token="3266b9f8-e246")')
    ('project = vfy.connect("c70a", app_token="CREDENTIAL-TAKEN-OUT")', 1)
    >>> take_out('app_token = os.environ["VOUCHERIFY_APP_TOKEN"]')
    ('app_token = os.environ["VOUCHERIFY_APP_TOKEN"]', 0)
    """
    count = 0
    for secret in known:
        count += text.count(secret)
        text = text.replace(secret, PLACEHOLDER)

    def replace_with(is_secret: Callable[[str], bool]) -> Callable[[re.Match[str]], str]:
        def replacement(match: re.Match[str]) -> str:
            nonlocal count
            value = match["value"]
            # `("ID_VARIABLE", "TOKEN_VARIABLE", "URL_VARIABLE")` is a list, no assignment.
            told = looks_machine_made if match.groupdict().get("sign") == "," else is_secret
            if value == PLACEHOLDER or not told(value):
                return match[0]
            count += 1
            start = match.start("value") - match.start()
            return match[0][:start] + PLACEHOLDER + match[0][start + len(value) :]

        return replacement

    text, in_pieces = without_pieces(text)
    for pattern, is_secret in _RULES:
        text = pattern.sub(replace_with(is_secret), text)
    text, keys = without_keys(text)
    pairs = 0
    if beside_toolkit or uses_the_toolkit(text):
        text, pairs = without_pairs(text)
    return text, in_pieces + count + keys + pairs


def take_out_below(value: Any, *, known: Iterable[str] = (), name: str = "") -> tuple[Any, int]:
    """The same for everything in a JSON value, such as a notebook's metadata."""
    if isinstance(value, str):
        return _take_out_named(name, value, known)
    count = 0
    result: Any = value
    if isinstance(value, dict):
        result = {}
        for key, below in value.items():
            result[key], found = take_out_below(below, known=known, name=str(key))
            count += found
    elif isinstance(value, list):
        result = []
        for below in value:
            cleaned, found = take_out_below(below, known=known, name=name)
            result.append(cleaned)
            count += found
    return result, count


def _take_out_named(name: str, value: str, known: Iterable[str]) -> tuple[str, int]:
    """A string, and the key at which it stands: read together as they would be in a source."""
    text, count = take_out(value, known=known)
    if count or not name or any(sign in value for sign in "\"'\\\n"):
        return text, count
    lead = f'{name} = "'
    text, count = take_out(f'{lead}{value}"')
    return (text[len(lead) : -1], count) if count else (value, 0)
