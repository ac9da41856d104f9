"""`make demo` and `make test` can install on every Python that pyproject.toml names."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from tests.processes import ENDS_S
from tools import check_python

ROOT = Path(__file__).parents[2]
OURS = SpecifierSet(
    tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "requires-python"
    ]
)


def pins():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def lowest_version():
    """The first release of the lowest Python that is allowed."""
    (bound,) = OURS
    assert bound.operator == ">="
    return bound.version if bound.version.count(".") > 1 else f"{bound.version}.0"


def environment(python):
    """What markers see in this Python."""
    return {"python_full_version": python, "python_version": re.match(r"\d+\.\d+", python)[0]}


def test_what_is_installed_takes_the_lowest_python_or_has_a_pin_of_its_own_there():
    lowest = lowest_version()
    refused = {}
    for pin in pins():
        if pin.marker is not None and not pin.marker.evaluate(environment(lowest)):
            continue
        try:
            found = importlib.metadata.distribution(pin.name)
        except importlib.metadata.PackageNotFoundError:  # only for other systems or extras
            continue
        if found.version not in pin.specifier:  # not the one that would be taken there
            continue
        needed = found.metadata.get("Requires-Python") or ""
        if not SpecifierSet(needed).contains(lowest):
            refused[pin.name] = needed
    assert refused == {}  # pin an older version for `python_full_version < …`


@pytest.mark.parametrize("python", ["3.11.0", "3.11.2", "3.11.7", "3.12.1", "3.13.0", "3.14.0"])
def test_each_package_is_pinned_once_whatever_the_python(python):
    assert OURS.contains(python)
    names = [
        pin.name.lower().replace("_", "-").replace(".", "-")
        for pin in pins()
        if pin.marker is None or pin.marker.evaluate(environment(python))
    ]
    assert sorted(set(names)) == sorted(names)
    assert len(names) == len({pin.name for pin in pins()})


def test_the_floor_that_is_checked_is_the_one_that_is_said():
    assert lowest_version() == ".".join(map(str, (*check_python.LOWEST, 0)))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "Python {}.{} or newer".format(*check_python.LOWEST) in " ".join(readme.split())


def test_this_python_will_do():
    assert check_python.problem(sys.version_info) == ""


def test_an_old_python_is_told_the_floor_and_the_way_out():
    told = check_python.problem((3, 10, 13))
    assert "3.11" in told
    assert "3.10" in told
    assert "PYTHON=" in told


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_a_python_that_cannot_make_environments_is_told_what_to_install(missing):
    def find(name):
        if name == missing:
            raise ModuleNotFoundError(name)

    told = check_python.problem((3, 11, 2), find)
    assert missing in told
    assert "python3-venv" in told
    assert "PYTHON=" in told


@pytest.fixture
def make():
    """Runs the Makefile with another Python, and says whether it has begun an environment."""
    if shutil.which("make") is None:
        pytest.skip("there is no make here")
    # In the checkout: make takes no folder with a space in it, and temporary ones may have one.
    environment = ROOT / "build" / f"never-made-{os.getpid()}"

    def run(target, python, **variables):
        # What the make above us was told is not for this one.
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
        words = [f"PYTHON={python}", f"VENV={environment.relative_to(ROOT)}", target]
        done = subprocess.run(  # noqa: S603 - our own Makefile
            ["make", *words],  # noqa: S607 - the one that the user has
            cwd=ROOT,
            env={**inherited, **variables},
            capture_output=True,
            text=True,
            timeout=ENDS_S,
            check=False,
        )
        return done, list(environment.parent.glob(f"{environment.name}*"))

    yield run
    for begun in environment.parent.glob(f"{environment.name}*"):
        shutil.rmtree(begun)


@pytest.mark.parametrize("target", ["demo", "test"])
def test_nothing_is_made_where_there_is_no_python(make, target):
    done, begun = make(target, "no-such-python")
    assert done.returncode != 0
    assert "no-such-python" in done.stderr
    assert begun == []


@pytest.mark.parametrize("target", ["demo", "test"])
def test_nothing_is_made_with_a_python_that_lacks_ensurepip(make, target, tmp_path):
    (tmp_path / "ensurepip.py").write_text("raise ModuleNotFoundError('ensurepip')")
    done, begun = make(target, sys.executable, PYTHONPATH=str(tmp_path))
    assert done.returncode != 0
    assert "python3-venv" in done.stderr
    assert begun == []
