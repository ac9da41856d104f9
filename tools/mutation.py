"""Changes one thing at a time in a copy of the package, and looks whether the tests notice.

Which tests run which lines is looked at once; of each mutant only those run that could notice it,
those that run little first, in a process that has imported all libraries before it was forked.
Results are written as they come: a run that was cut off goes on where it was.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import types
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import coverage
import pytest

from tools.mutants import Mutant, sample
from tools.reliability_page import write

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: The rooms that are mutated.
ROOMS = ("push", "edits", "journal", "api/listing")

#: Their tests, without those that kill processes: they run long, and see no more.
TESTS = (
    "tests/unit/push",
    "tests/unit/edits",
    "tests/unit/journal",
    "tests/unit/api",
    "tests/properties/test_push_batches.py",
    "tests/properties/test_push_edits.py",
    "tests/properties/test_walk.py",
    "tests/properties/test_finer_times.py",
    "tests/properties/test_parallel_listing.py",
    "tests/properties/test_odd_pages.py",
    "tests/contract/customers/test_deletions.py",
    "tests/contract/pushing/test_full_disk.py",
    "tests/contract/customers/test_imports_found_again.py",
    "tests/contract/listing/test_listing.py",
    "tests/contract/listing/test_odd_records.py",
    "tests/contract/listing/test_parallel_listing.py",
    "tests/contract/pushing/test_push.py",
    "tests/contract/planning/test_push_bases.py",
    "tests/contract/planning/test_push_corners.py",
    "tests/contract/customers/test_push_csv.py",
    "tests/contract/planning/test_push_dress.py",
    "tests/contract/pushing/test_push_faults.py",
    "tests/contract/planning/test_push_looks.py",
    "tests/contract/planning/test_push_readable.py",
    "tests/contract/planning/test_push_shapes.py",
    "tests/contract/pushing/test_push_truth.py",
    "tests/contract/pushing/test_push_undo.py",
    "tests/contract/planning/test_push_versions.py",
    "tests/contract/planning/test_refreshing.py",
    "tests/contract/pushing/test_rotated_keys.py",
    "tests/contract/pushing/test_shared_journal.py",
    "tests/contract/pushing/test_tickets_of_others.py",
)

#: What the tests import and what no mutant changes. Not hypothesis, which pytest imports itself.
_LIBRARIES = ("numpy", "openpyxl", "pandas", "pyarrow.parquet", "requests")

#: Seconds for one test and for all tests of a mutant: who takes longer waits for ever, which is
#: noticed.
_TEST_S, _TESTS_S = 60, 240

#: So many tests are run without a mutant as they are with one, before anything is believed.
_CONTROLS = 40

_QUIETLY = ("-q", "-x", "-p", "no:cacheprovider", "-o", f"timeout={_TEST_S}")

#: Where the results are kept until the next run with the same seed.
RESULTS = Path("build/mutants")


class Chosen:
    """A plugin that leaves only some tests, in this order."""

    def __init__(self, ids: Iterable[str]) -> None:
        self._place = {name: place for place, name in enumerate(ids)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Called once the tests are collected."""
        items[:] = [item for item in items if item.nodeid in self._place]
        items.sort(key=lambda item: self._place[item.nodeid])


class Reach:
    """Which tests run which lines of a copy of the project.

    Args:
        folder: The copy, with the data of a run of all tests in it.
    """

    def __init__(self, folder: Path) -> None:
        self._data = coverage.CoverageData(folder / ".coverage")
        self._data.read()
        self._folder = folder
        self._size: Counter[str] = Counter()
        for file in self._data.measured_files():
            for contexts in self._data.contexts_by_lineno(file).values():
                self._size.update({_test(context) for context in contexts})

    def tests_of(self, mutant: Mutant) -> list[str]:
        """Tests that can notice a mutant, those that run the least first."""
        by_line = self._data.contexts_by_lineno(str((self._folder / mutant.path).resolve()))
        at = {_test(context) for line in mutant.lines for context in by_line.get(line, ())}
        if "" in at:  # it ran when the file was imported, and concerns whoever uses the file
            at = {_test(context) for contexts in by_line.values() for context in contexts}
        return sorted(at - {""}, key=lambda test: (self._size[test], test))

    def some_tests(self) -> list[str]:
        """A few tests from everywhere: they pass as long as nothing is changed."""
        every = sorted(self._size)
        return every[1 :: max(1, len(every) // _CONTROLS)]


def _test(context: str) -> str:
    return context.rpartition("|")[0]


def passes(tests: Sequence[str], folder: Path) -> bool:
    """Whether these tests pass, and end in time."""
    forked = multiprocessing.get_context("fork").Process(target=_run, args=(tests, folder))
    forked.start()
    forked.join(_TESTS_S)
    is_passed = forked.exitcode == 0
    with contextlib.suppress(ProcessLookupError):
        os.killpg(forked.pid or 0, signal.SIGKILL)  # with all that it has started
    forked.join()
    return is_passed


def _run(tests: Sequence[str], folder: Path) -> None:
    os.setsid()
    os.chdir(folder)
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    # Two files that were written in one second are the same file to Python's own copies.
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(folder))
    # What the tests start in turn begins as under pytest, and not by importing this file.
    sys.modules["__main__"] = types.ModuleType("__main__")
    files = dict.fromkeys(test.partition("::")[0] for test in tests)
    os._exit(pytest.main([*_QUIETLY, *files], plugins=[Chosen(tests)]))


def is_noticed(mutant: Mutant, tests: Sequence[str], folder: Path) -> bool:
    """Whether one of these tests fails with it."""
    file = folder / mutant.path
    whole = file.read_text(encoding="utf-8")
    file.write_text(mutant.source, encoding="utf-8")
    try:
        return not passes(tests, folder)
    finally:
        file.write_text(whole, encoding="utf-8")


def copy_into(folder: Path) -> None:
    """Copy what the tests need."""
    for part in ("vfy_notebook", "tests", "data", "notebooks"):
        shutil.copytree(part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "conftest.py"):
        shutil.copy(file, folder / file)


def look(folder: Path) -> int:
    """Run all tests without any mutant, and keep which lines each of them runs."""
    rooms = [f"--cov=vfy_notebook/{room}" for room in ROOMS]
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "2", "-p", "no:cacheprovider"]
    command += [*rooms, "--cov-context=test", "--cov-report=", *TESTS]
    return subprocess.run(command, cwd=folder, check=False).returncode


def main() -> int:
    """Run a sample within its time; write what it showed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--again", action="store_true", help="try those that survived again, with today's tests"
    )
    given = parser.parse_args()
    ends = time.monotonic() + 60 * given.minutes
    file = RESULTS / f"seed-{given.seed}.jsonl"
    paths = [path for room in ROOMS for path in sorted(Path("vfy_notebook", room).rglob("*.py"))]
    for library in _LIBRARIES:
        importlib.import_module(library)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        copy_into(folder)
        mutants = sample(paths, given.count, given.seed)  # of the copy, whatever is edited since
        # Tests that fail without a mutant would notice each of them.
        if look(folder) or not passes((reach := Reach(folder)).some_tests(), folder):
            print("Tests fail without any mutant. None was tried.")
            return 1
        draws = {mutant.draw(given.seed) for mutant in mutants}
        known = {draw: result for draw, result in results_in(file).items() if draw in draws}
        for mutant in mutants:
            draw = mutant.draw(given.seed)
            if draw in known and (known[draw]["noticed"] or not given.again):
                continue
            if time.monotonic() > ends:
                break
            result = try_out(mutant, reach.tests_of(mutant), folder)
            result["survived_once"] = draw in known
            known[draw] = result
            keep(file, {draw: result})
            write("mutants", report(known.values(), given.count, given.seed))
    write("mutants", report(known.values(), given.count, given.seed))
    return 0


def try_out(mutant: Mutant, tests: Sequence[str], folder: Path) -> dict[str, Any]:
    """What became of a mutant."""
    began = time.monotonic()
    noticed = bool(tests) and is_noticed(mutant, tests, folder)
    told = "noticed" if noticed else "SURVIVED" if tests else "REACHED BY NO TEST"
    took_s = time.monotonic() - began
    where = f"{mutant.path}:{mutant.lines.start}"
    print(
        f"{told} {where} {mutant.what}: {mutant.code!r} ({len(tests)} tests, {took_s:.0f} s)",
        flush=True,
    )
    room = next(room for room in ROOMS if Path("vfy_notebook", room) in mutant.path.parents)
    return {
        "room": room,
        "path": str(mutant.path),
        "line": mutant.lines.start,
        "what": mutant.what,
        "code": mutant.code,
        "tests": len(tests),
        "noticed": noticed,
    }


def results_in(file: Path) -> dict[str, dict[str, Any]]:
    """The results of earlier runs, the later of two about one mutant."""
    if not file.exists():
        return {}
    known: dict[str, dict[str, Any]] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        known |= json.loads(line)
    return known


def keep(file: Path, result: Mapping[str, Any]) -> None:
    """Add a result to its file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as lines:
        print(json.dumps(result), file=lines)


def report(results: Iterable[Mapping[str, Any]], count: int, seed: int) -> str:
    """The figures, and each survivor by its place."""
    tried = list(results)
    survived = [each for each in tried if not each["noticed"]]
    late = sum(each["noticed"] and each["survived_once"] for each in tried)
    by_room = Counter(each["room"] for each in tried)
    rooms = ", ".join(f"{number} of `{room}/`" for room, number in sorted(by_room.items()))
    figures = (
        f"{len(tried)} of {count} mutants were tried (seed {seed}: {rooms}); "
        f"{len(tried) - len(survived)} were noticed, {late} of them by tests that were written "
        f"because they had survived; {len(survived)} survived."
    )
    lines = [figures]
    if survived:
        lines += ["", "| survivor | what was changed | tests that run it |", "| --- | --- | ---: |"]
        lines += [
            f"| `{each['path'].removeprefix('vfy_notebook/')}`, {each['what']} "
            f"| `{_cell(each['code'])}` | {each['tests']} |"
            for each in survived
        ]
    return "\n".join(lines)


def _cell(code: str) -> str:
    return " ".join(code.split()).replace("|", "\\|")


if __name__ == "__main__":
    raise SystemExit(main())
