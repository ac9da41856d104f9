"""The wheel holds what the demo needs, and nothing of the workshop."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import vfy_notebook

ROOT = Path(__file__).parents[2]
IN_CHECKOUT = (ROOT / "vfy_notebook").is_dir()


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    """The files of the wheel: built from the checkout, or else as it was installed."""
    if not IN_CHECKOUT:
        return {str(file) for file in importlib.metadata.files("vfy-notebook")}
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(  # noqa: S603 - our own interpreter and arguments
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def below(folder, pattern):
    return {path.name for path in (ROOT / folder).glob(pattern)}


@pytest.mark.parametrize(
    ("folder", "pattern", "bundled"),
    [
        ("data/sample", "*", "vfy_notebook/_bundled/sample"),
        ("notebooks", "*.ipynb", "vfy_notebook/_bundled/notebooks"),
        ("vfy_notebook/commands/templates", "*", "vfy_notebook/commands/templates"),
    ],
)
def test_what_the_commands_need_is_there(names, folder, pattern, bundled):
    if folder.startswith("vfy_notebook") and not IN_CHECKOUT:
        pytest.skip("the package is not beside the tests: there is nothing to compare with")
    expected = below(folder, pattern)
    assert expected
    assert {f"{bundled}/{name}" for name in expected} <= names


def test_every_module_and_the_types_marker_are_there(names):
    package = Path(vfy_notebook.__file__).parent
    modules = {
        f"vfy_notebook/{path.relative_to(package).as_posix()}" for path in package.rglob("*.py")
    }
    assert len(modules) > 50
    assert modules <= names
    assert "vfy_notebook/py.typed" in names


def test_nothing_else_is_there(names):
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} - {".."} == {"vfy_notebook"}
    suffixes = {Path(name).suffix for name in names if name.startswith("vfy_notebook/")} - {".pyc"}
    assert suffixes == {".py", ".typed", ".md", ".ipynb", ".json", ".jsonl", ".csv"}
