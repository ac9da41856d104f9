"""Fault scripts: what goes wrong with the n-th request of a kind.

A fault is a dict. ``method`` (default: any), ``path`` (a glob over the path without the
query, default ``*``) and ``query`` (a glob over the raw query string) say which requests
match; ``nth`` (a number, a list of numbers or ``"every"``; default 1) which of the matching
ones since the fault was scripted; ``do`` what happens to them:

``status``    answers `status` with `headers` and `body`; the operation does not run
``html``      answers an HTML page with `status` (default 502); the operation does not run
``redirect``  answers `status` (default 302) to `location`; the operation does not run
``cut``       runs the operation, sends half of the answer's body and closes
``lose``      runs the operation and closes without an answer
``hints``     runs the operation and tells early hints (103) before its answer
``delay``     runs the operation and answers `seconds` later
``run``       changes data (`insert`, `remove`, `touch`) or the clock (`advance`) before the
              request is served; other faults may still befall the same request

A fault comes before credentials and quota. Of several that match, the first one counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

_OPTIONS: dict[str, frozenset[str]] = {
    "status": frozenset({"status", "headers", "body"}),
    "html": frozenset({"status", "body"}),
    "redirect": frozenset({"status", "location"}),
    "cut": frozenset(),
    "lose": frozenset(),
    "hints": frozenset(),
    "delay": frozenset({"seconds"}),
    "run": frozenset({"insert", "remove", "touch", "advance"}),
}
_COMMON = frozenset({"method", "path", "query", "nth", "do"})
_MAX_DELAY_S = 3600


@dataclass(slots=True)
class Fault:
    """One scripted fault and how many requests it has matched."""

    do: str
    method: str | None
    path: str
    query: str | None
    nth: frozenset[int] | None
    options: Mapping[str, Any] = field(default_factory=dict)
    seen: int = 0

    def is_hit_by(self, method: str, path: str, query: str) -> bool:
        """Count the request if it matches; tells whether it is one of the n-th."""
        if self.method is not None and self.method != method:
            return False
        if not fnmatchcase(path, self.path):
            return False
        if self.query is not None and not fnmatchcase(query, self.query):
            return False
        self.seen += 1
        return self.nth is None or self.seen in self.nth


class Faults:
    """The script: faults in the order in which they were added."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, descriptions: list[Any]) -> None:
        """Script further faults, all of them or none.

        Raises:
            ValueError: If one cannot be understood.
        """
        self._faults.extend([_parse(each) for each in descriptions])

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        self._faults.clear()

    def hits(self, method: str, path: str, query: str) -> list[Fault]:
        """The faults that befall this request: every ``run``, and the first other one."""
        hit = [fault for fault in self._faults if fault.is_hit_by(method, path, query)]
        runs = [fault for fault in hit if fault.do == "run"]
        return runs + [fault for fault in hit if fault.do != "run"][:1]


def _parse(described: Any) -> Fault:
    if not isinstance(described, dict):
        raise ValueError(f"a fault is a dict, not {described!r}")
    do = described.get("do")
    if do not in _OPTIONS:
        raise ValueError(f"a fault's 'do' is one of {', '.join(_OPTIONS)}, not {do!r}")
    unknown = set(described) - _COMMON - _OPTIONS[do]
    if unknown:
        raise ValueError(f"a fault that does {do!r} has no {', '.join(sorted(unknown))}")
    options = {name: described[name] for name in _OPTIONS[do] if name in described}
    _check_options(do, options)
    method = described.get("method")
    query = described.get("query")
    return Fault(
        do=do,
        method=None if method is None else _text(method, "method").upper(),
        path=_text(described.get("path", "*"), "path"),
        query=None if query is None else _text(query, "query"),
        nth=_nth(described.get("nth", 1)),
        options=options,
    )


def _check_options(do: str, options: Mapping[str, Any]) -> None:
    if do in ("status", "html", "redirect"):
        status = options.get("status", 502 if do == "html" else 302)
        if do == "status" and "status" not in options:
            raise ValueError("a fault that does 'status' needs a 'status'")
        if not isinstance(status, int) or not 200 <= status <= 599:
            raise ValueError(f"'status' is a number from 200 to 599, not {status!r}")
    if do == "redirect":
        _text(options.get("location"), "location")
    if do == "delay":
        seconds = options.get("seconds")
        if not isinstance(seconds, int | float) or not 0 <= seconds <= _MAX_DELAY_S:
            raise ValueError(f"'seconds' is a number from 0 to {_MAX_DELAY_S}, not {seconds!r}")
    headers = options.get("headers", {})
    if not isinstance(headers, dict) or not all(
        isinstance(k, str) and isinstance(v, str) and (k + v).isascii() for k, v in headers.items()
    ):
        raise ValueError(f"'headers' is a dict of ASCII texts, not {headers!r}")
    if do == "run" and not options:
        raise ValueError("a fault that does 'run' needs 'insert', 'remove', 'touch' or 'advance'")


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name!r} is a text, not {value!r}")
    return value


def _nth(value: Any) -> frozenset[int] | None:
    if value == "every":
        return None
    numbers = value if isinstance(value, list) else [value]
    if not numbers or not all(
        isinstance(n, int) and not isinstance(n, bool) and n > 0 for n in numbers
    ):
        raise ValueError(f"'nth' is a number from 1, a list of them or 'every', not {value!r}")
    return frozenset(numbers)
