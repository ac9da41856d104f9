"""Looks the versions that users may get up in the databases of known holes: `make audit`.

Both ends: the versions that the checks run with, and the lowest that pyproject.toml allows of what
is installed for users. Where the databases cannot be reached, it says so, prints the floors with
their reasons, and looks whether they are kept.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]

#: Versions below which holes are known, and what meets with the package here.
FLOORS: dict[str, tuple[str, str]] = {
    "requests": ("2.32.4", "a crafted address had the login of ~/.netrc sent to its host"),
    "urllib3": ("2.7.0", "unpacks and redirects what any server answers"),
    "starlette": ("1.3.1", "serves the sandbox to whatever runs on this machine"),
    "python-multipart": ("0.0.31", "takes apart what is uploaded to the sandbox"),
    "jupyterlab": ("4.6.2", "shows notebooks, which come from anywhere"),
}

_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([\w.]+)")


def below_the_floor(constraints: str) -> list[str]:
    """The pinned versions that are below their floor.

    >>> below_the_floor("requests==2.32.3\\nurllib3==2.10.0\\n")
    ['requests==2.32.3: at least 2.32.4']
    """
    pinned = (_PINNED.match(line) for line in constraints.splitlines())
    return [
        f"{found[0]}: at least {FLOORS[found[1]][0]}"
        for found in pinned
        if found and found[1] in FLOORS and _order(found[2]) < _order(FLOORS[found[1]][0])
    ]


def _order(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)]


def _pins_only(text: str) -> str:
    lines = [line for line in text.splitlines() if _PINNED.match(line)]
    return "\n".join(lines) + "\n"


def _look_up(name: str) -> bool | None:
    """Whether no hole is known in a file's versions; None where that cannot be found out."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as pins:
        pins.write(_pins_only((ROOT / name).read_text(encoding="utf-8")))
        pins.flush()
        command = [sys.executable, "-m", "pip_audit", "--no-deps", "--disable-pip", "-r", pins.name]
        done = subprocess.run(
            [*command, "--progress-spinner=off", "--timeout=30"],
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
    told = done.stdout + done.stderr
    if done.returncode == 0:
        print(f"{name}: no known holes")
        return True
    if "Found" in told and "known vulnerabilit" in told:
        print(f"{name}: {told}")
        return False
    print(f"{name}: the databases of known holes cannot be reached from here")
    return None


def main() -> int:
    """Look up, else compare with the floors; gives the exit code."""
    names = ("constraints.txt", "constraints-lowest.txt")
    found = [_look_up(name) for name in names]
    too_low = [line for name in names for line in below_the_floor((ROOT / name).read_text())]
    if None in found:
        for package, (version, why) in FLOORS.items():
            print(f"  {package} >= {version}: {why}")
    for line in too_low:
        print(f"Too low: {line}")
    return int(bool(too_low) or False in found)


if __name__ == "__main__":
    sys.exit(main())
