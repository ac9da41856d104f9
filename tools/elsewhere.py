"""`make test-wheel` and `make test-lowest`: the tests where the checkout is not in the way.

A wheel is built and installed in an environment of its own, and the tests are run on it in a copy
of the checkout that lacks the package.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
ENVIRONMENTS = ROOT / "build"


def build_wheel(folder: Path) -> Path:
    """The wheel of the checkout."""
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=ROOT)
    (wheel,) = folder.glob("*.whl")
    return wheel


def make_environment(name: str, wheel: Path, constraints: str) -> Path:
    """A new environment with the wheel and what its tests need; gives its Python."""
    folder = ENVIRONMENTS / name
    venv.create(folder, clear=True, with_pip=True)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    options = ("--quiet", "--disable-pip-version-check", "-c", str(ROOT / constraints))
    run(str(python), "-m", "pip", "install", *options, f"{wheel}[test,keyring]", cwd=ROOT)
    return python


def copy_without_package(target: Path) -> None:
    """Everything that is or may be committed, except the package."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in listed.split("\0"):
        source = ROOT / name
        if name and source.is_file() and not name.startswith("vfy_notebook/"):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name)


def run_tests(python: Path, folder: Path, words: list[str]) -> int:
    """Run the tests, and the doctests of the package that is installed."""
    where = run(
        *(str(python), "-c", "import vfy_notebook; print(vfy_notebook.__file__)"),
        cwd=folder,
        capture_output=True,
    ).stdout
    if not Path(where).is_relative_to(python.parents[1]):
        raise RuntimeError(f"these would be tests of {where}")
    # In the order of the folders: what starts JupyterLab comes early, and small files fill the end.
    command = [str(python), "-m", "pytest", "-m", "not browser and not office"]
    command += ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
    command += words or ["tests", "--pyargs", "vfy_notebook"]
    return subprocess.run(command, cwd=folder, env=environment(), check=False).returncode


def run(*command: str, cwd: Path, capture_output: bool = False) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=cwd, env=environment(), check=True, text=True, capture_output=capture_output
    )


def environment() -> dict[str, str]:
    """This environment without what would lead back to the checkout."""
    return {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}


def main() -> int:
    """Build, install, test; gives the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="of the environment, in build/")
    parser.add_argument("constraints", help="a file with the versions to install")
    parser.add_argument("words", nargs="*", help="for pytest instead of all tests")
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="vfy-notebook-") as folder:
        wheel = build_wheel(Path(folder) / "dist")
        python = make_environment(options.name, wheel, options.constraints)
        print(f"{wheel.name} installed after {time.monotonic() - began:.0f} s", flush=True)
        copy = Path(folder) / "copy"
        copy_without_package(copy)
        code = run_tests(python, copy, options.words)
    print(f"{options.name}: {time.monotonic() - began:.0f} s")
    return code


if __name__ == "__main__":
    sys.exit(main())
