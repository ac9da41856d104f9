"""The lowest versions that pyproject.toml allows, as constraints: `make test-lowest` holds them.

Only what users install is pinned low: the package's own dependencies and those of the extras `demo`
and `keyring`. The tools of the tests stay as new as they like.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "constraints-lowest.txt"

HEAD = """\
# The lowest versions that pyproject.toml allows; written by `python -m tools.lowest`.
# `make test-lowest` runs the tests with them.
"""

#: What those versions need and do not bound themselves.
COMPANIONS = """\
# Later ones warn of how matplotlib 3.10.0 calls them.
pyparsing<3.3
"""

_REQUIREMENT = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?\s*>=\s*(?P<version>[\w.]+)")


def lowest(project: dict[str, Any]) -> Iterator[str]:
    """A constraint for each requirement that users may install.

    Raises:
        ValueError: A requirement has no lower bound.
    """
    extras = project["optional-dependencies"]
    optional = [*extras["demo"], *extras["excel"], *extras["keyring"]]
    for requirement in sorted({*project["dependencies"], *optional}):
        bound = _REQUIREMENT.match(requirement)
        if bound is None:
            raise ValueError(f"{requirement!r} has no lower bound")
        yield f"{bound['name']}=={bound['version']}"


def text() -> str:
    """The file as it should be."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return HEAD + "".join(f"{line}\n" for line in lowest(pyproject["project"])) + COMPANIONS


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
    print(f"Wrote {TARGET.name}")
    sys.exit()
