"""Changes one thing at a time in a copy of the package, and looks whether the tests notice.

Which tests run which lines is looked at once; of each mutant only those run that could notice it,
the quickest first, in a process that has imported all libraries before it was forked. Results are
written as they come: a run that was cut off goes on where it was, and looks anew only where
something was edited since.
"""

from __future__ import annotations

import argparse
import compileall
import contextlib
import importlib
import json
import multiprocessing
import os
import py_compile
import shutil
import signal
import subprocess
import sys
import time
import tomllib
import types
from collections import Counter
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import coverage
import pytest

from tools.mutants import Mutant, sample
from tools.reliability_page import write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

#: The rooms that are mutated.
ROOMS = ("push", "edits", "journal", "api/listing")

#: Their tests, without those that kill processes: they run long, and see no more.
TESTS = (
    *(f"vfy_notebook/{room}" for room in ROOMS),  # their examples
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
    "tests/contract/segments/test_segment_plans.py",
)

#: What the tests import and what no mutant changes. Not hypothesis, which pytest imports itself.
_LIBRARIES = ("numpy", "openpyxl", "pandas", "pyarrow.parquet", "requests")

#: After so many seconds no further test of a mutant is begun.
_CAP_S = 20

#: Seconds after which a test is taken to wait for ever, which is noticed: so many, or so many
#: times as long as without a mutant. The second bound is for all tests of a mutant together.
_TEST_S, _TIMES = 20, 10
_TESTS_S = 240

#: So many tests are run without a mutant as they are with one, before anything is believed.
_CONTROLS = 40

#: What pytest says where there is nothing to run.
_NO_TESTS = 5

_QUIETLY = ("-q", "-x", "-p", "no:cacheprovider")

#: Where the results are kept until the next run with the same seed, and the copy.
RESULTS = Path("build/mutants")

#: What is known of survivors, for the next run to write it again.
EXPLANATIONS = Path("tools/survivors.toml")


class Chosen:
    """A plugin that leaves only some tests, in this order, and begins none after a time.

    Args:
        tests: Their ids, or files and folders, of which all are meant, and the seconds that each
            may take.
        cap_s: So many seconds after the first no other is begun.
        begun: Counts them.
    """

    def __init__(self, tests: Mapping[str, float], cap_s: float, begun: Any) -> None:
        self._place = {name: place for place, name in enumerate(tests)}
        self._longest_s = tests
        self._cap_s = cap_s
        self._begun = begun
        self._ends = 0.0

    def _name(self, item: pytest.Item) -> str:
        file = Path(item.nodeid.partition("::")[0])
        wholes = (str(each) for each in (file, *file.parents) if str(each) in self._place)
        return next(wholes, item.nodeid)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Called once the tests are collected."""
        items[:] = [item for item in items if self._name(item) in self._place]
        items.sort(key=lambda item: self._place[self._name(item)])
        for item in items:
            item.add_marker(pytest.mark.timeout(self._longest_s[self._name(item)]))
        self._ends = time.monotonic() + self._cap_s

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self) -> bool | None:
        """Called before each test; True: it is not begun."""
        if time.monotonic() > self._ends:
            return True
        self._begun.value += 1
        return None


class Took:
    """A plugin that keeps how many seconds each test took, with what it needed first."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Called after each part of a test."""
        self.seconds[report.nodeid] += report.duration


class Reach:
    """Which tests run which lines of a copy of the project, and how long each takes.

    Args:
        folder: The copy.
        looked: What a run of all tests in it has left.
    """

    def __init__(self, folder: Path, looked: Path) -> None:
        self._data = coverage.CoverageData(looked / "coverage")
        self._data.read()
        self._folder = folder
        self._took: dict[str, float] = json.loads((looked / "took.json").read_text())

    def tests_of(self, mutant: Mutant) -> dict[str, float]:
        """Tests that can notice a mutant, the quickest first, and the seconds each may take."""
        by_line = self._data.contexts_by_lineno(str((self._folder / mutant.path).resolve()))
        at = {_test(context) for line in mutant.lines for context in by_line.get(line, ())}
        if "" in at:  # it ran when the file was imported, and concerns whoever uses the file
            at = {_test(context) for contexts in by_line.values() for context in contexts}
        return self._bounded(sorted(at - {""}, key=lambda test: (self._took.get(test, 0), test)))

    def some_tests(self) -> dict[str, float]:
        """A few tests from everywhere: they pass as long as nothing is changed."""
        every = sorted(self._took)
        return self._bounded(every[1 :: max(1, len(every) // _CONTROLS)])

    def _bounded(self, tests: Iterable[str]) -> dict[str, float]:
        return {test: max(_TEST_S, _TIMES * self._took.get(test, 0)) for test in tests}


def _test(context: str) -> str:
    return context.rpartition("|")[0]


def passes(tests: Mapping[str, float], folder: Path, cap_s: float = _TESTS_S) -> tuple[bool, int]:
    """Whether these tests pass, and end in time; and how many of them were begun."""
    context = multiprocessing.get_context("fork")
    begun = context.Value("i", 0)
    forked = context.Process(target=_run, args=(tests, folder, cap_s, begun))
    forked.start()
    forked.join(_TESTS_S)
    code = forked.exitcode
    with contextlib.suppress(ProcessLookupError):
        os.killpg(forked.pid or 0, signal.SIGKILL)  # with all that it has started
    forked.join()
    if code == _NO_TESTS:
        raise RuntimeError(f"There are no such tests: {list(tests)[:3]}")
    return code == 0, begun.value


def _run(tests: Mapping[str, float], folder: Path, cap_s: float, begun: Any) -> None:
    os.setsid()
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    _enter(folder)
    files = dict.fromkeys(test.partition("::")[0] for test in tests)
    os._exit(pytest.main([*_QUIETLY, *files], plugins=[Chosen(tests, cap_s, begun)]))


def _enter(folder: Path) -> None:
    """Be a process that was started in this folder."""
    os.chdir(folder)
    # Nothing is compiled for later but what `compile_all` has: a mutant is there for one run.
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(folder))
    # What the tests start in turn begins as under pytest, and not by importing this file.
    sys.modules["__main__"] = types.ModuleType("__main__")


def is_noticed(
    mutant: Mutant, tests: Mapping[str, float], folder: Path, cap_s: float
) -> tuple[bool, int]:
    """Whether one of these tests fails with it; and how many were begun."""
    file = folder / mutant.path
    whole = file.read_text(encoding="utf-8")
    file.write_text(mutant.source, encoding="utf-8")
    try:
        is_passed, begun = passes(tests, folder, cap_s)
    finally:
        file.write_text(whole, encoding="utf-8")
    return not is_passed, begun


#: What the tests need.
_COPIED = ("vfy_notebook", "tests", "data", "notebooks", "pyproject.toml", "conftest.py")


def copy_into(folder: Path) -> None:
    """Copy what the tests need, and compile it so that a changed file is told by what it holds."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for part in map(Path, _COPIED):
        if part.is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(part, folder / part, ignore=ignored)
        else:
            shutil.copy(part, folder / part)


def compile_all(folder: Path) -> None:
    """Compile a copy once, as each of hundreds of runs would have to."""
    by_content = py_compile.PycInvalidationMode.CHECKED_HASH
    compileall.compile_dir(folder / "vfy_notebook", quiet=1, invalidation_mode=by_content)
    # Tests are compiled by pytest.
    command = [sys.executable, "-m", "pytest", "-q", "--collect-only", *TESTS]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)


def digest_of_project() -> str:
    """Tells whether anything was edited that a run with mutants depends on."""
    digest = blake2b(digest_size=16)
    for part in map(Path, _COPIED):
        for file in [part] if part.is_file() else sorted(part.rglob("*.py")):
            digest.update(f"{file} ".encode() + file.read_bytes())
    return digest.hexdigest()


def look(folder: Path, looked: Path) -> bool:
    """Run all tests without any mutant; keep which lines each of them runs, and for how long.

    Args:
        folder: A copy of the project.
        looked: What was found is put there, where it did not pass too.

    Returns:
        Whether they pass.
    """
    looked.mkdir(parents=True, exist_ok=True)
    forked = multiprocessing.get_context("fork").Process(target=_look, args=(folder, looked))
    forked.start()
    forked.join()
    return forked.exitcode == 0


def _look(folder: Path, looked: Path) -> None:
    os.environ["COVERAGE_FILE"] = str(looked.resolve() / "coverage")
    took_file = looked.resolve() / "took.json"
    _enter(folder)
    rooms = [f"--cov=vfy_notebook/{room}" for room in ROOMS]
    took = Took()
    asked = ["-q", "-x", "-p", "no:cacheprovider", *rooms, "--cov-context=test", "--cov-report="]
    code = pytest.main([*asked, *TESTS], plugins=[took])
    took_file.write_text(json.dumps(took.seconds))
    os._exit(code)


def main() -> int:
    """Run a sample within its time; write what it showed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--again", action="store_true", help="try those that survived again, with today's tests"
    )
    parser.add_argument(
        "--tests", nargs="+", default=[], help="try only survivors, with all tests of these files"
    )
    parser.add_argument(
        "--only", default="", help="try only mutants of files with this in the path"
    )
    parser.add_argument("--cap", type=float, default=_CAP_S, help="seconds for one mutant")
    parser.add_argument("--write", action="store_true", help="only write what is known")
    given = parser.parse_args()
    ends = time.monotonic() + 60 * given.minutes
    paths = [path for room in ROOMS for path in sorted(Path("vfy_notebook", room).rglob("*.py"))]
    mutants = sample(paths, given.count, given.seed)  # of the copy, whatever is edited since
    run = Run(mutants, given.seed, cap_s=given.cap, only=given.only)
    if not given.write:
        for library in _LIBRARIES:
            importlib.import_module(library)
        folder = RESULTS.resolve() / "copy"
        if given.tests:
            copy_into(folder)
            some = dict.fromkeys(given.tests, float(_TEST_S))
            if not passes(some, folder)[0]:
                print("These tests fail without any mutant. None was tried.")
                return 1
            run.go(folder, lambda _mutant: some, ends, which=run.survivors())
        elif (reach := looked_at(folder)) is None:
            print("Tests fail without any mutant. None was tried.")
            return 1
        else:
            missing = [mutant for mutant in mutants if mutant not in run]
            run.go(folder, reach.tests_of, ends, which=run.survivors() if given.again else missing)
    write("mutants", run.report())
    return 0


def looked_at(folder: Path) -> Reach | None:
    """A copy of the project, and which tests run which of its lines; None: they fail."""
    looked = RESULTS.resolve() / "looked"
    kept = looked / "digest"
    digest = digest_of_project()
    if not kept.exists() or kept.read_text() != digest:
        copy_into(folder)
        shutil.rmtree(looked, ignore_errors=True)
        if not look(folder, looked):
            return None
        kept.write_text(digest)
    compile_all(folder)
    reach = Reach(folder, looked)
    # Tests that fail without a mutant would notice each of them.
    return reach if passes(reach.some_tests(), folder)[0] else None


class Run:
    """A sample, and what is known of each of its mutants.

    Args:
        mutants: The sample.
        seed: What it was drawn by.
        cap_s: After so many seconds no further test of a mutant is begun.
        only: Only mutants of files with this in their path are tried.
    """

    def __init__(
        self, mutants: Sequence[Mutant], seed: int, *, cap_s: float, only: str = ""
    ) -> None:
        self._mutants = mutants
        self._seed = seed
        self._cap_s = cap_s
        self._only = only
        self._file = RESULTS / f"seed-{seed}.jsonl"
        self._by_draw = {mutant.draw(seed): mutant for mutant in mutants}
        known = results_in(self._file)
        self._known = {draw: known[draw] for draw in self._by_draw if draw in known}

    def __contains__(self, mutant: Mutant) -> bool:
        return mutant.draw(self._seed) in self._known

    def survivors(self) -> list[Mutant]:
        """Those that no test has noticed."""
        return [self._by_draw[draw] for draw, told in self._known.items() if not told["noticed"]]

    def go(
        self,
        folder: Path,
        tests_of: Callable[[Mutant], Mapping[str, float]],
        ends: float,
        *,
        which: Sequence[Mutant],
    ) -> None:
        """Try some of them, and write what is known after each, until a moment."""
        for mutant in which:
            if self._only not in str(mutant.path):
                continue
            if time.monotonic() > ends:
                return
            draw = mutant.draw(self._seed)
            result = try_out(mutant, tests_of(mutant), folder, self._cap_s)
            result["survived_once"] = draw in self._known
            self._known[draw] = result
            keep(self._file, {draw: result})
            write("mutants", self.report())

    def report(self) -> str:
        """What is known, for the page."""
        return report(list(self._known.values()), len(self._mutants), self._seed)


def try_out(
    mutant: Mutant, tests: Mapping[str, float], folder: Path, cap_s: float
) -> dict[str, Any]:
    """What became of a mutant."""
    began = time.monotonic()
    noticed, begun = is_noticed(mutant, tests, folder, cap_s) if tests else (False, 0)
    told = "noticed" if noticed else "SURVIVED" if tests else "REACHED BY NO TEST"
    took_s = time.monotonic() - began
    where = f"{mutant.path}:{mutant.lines.start}"
    print(
        f"{told} {where} {mutant.what}: {mutant.code!r} "
        f"({begun} of {len(tests)} tests, {took_s:.0f} s)",
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
        "begun": begun,
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


def report(tried: Sequence[Mapping[str, Any]], count: int, seed: int) -> str:
    """The figures, and each survivor by its place, with what is known about it."""
    survived = [each for each in tried if not each["noticed"]]
    late = sum(each["noticed"] and each["survived_once"] for each in tried)
    by_room = Counter(each["room"] for each in tried)
    rooms = ", ".join(f"{number} of `{room}/`" for room, number in sorted(by_room.items()))
    why = explanations()
    not_looked_at = sum(_key(each) not in why for each in survived)
    left = f", {not_looked_at} of which nobody has looked at" if not_looked_at else ""
    figures = (
        f"{len(tried)} of {count} mutants were tried (seed {seed}: {rooms}); "
        f"{len(tried) - len(survived)} were noticed, {late} of them by tests that were written "
        f"because they had survived; {len(survived)} survived{left}."
    )
    lines = [figures]
    if survived:
        lines += ["", "| survivor | what was changed | tests | why it may |", "|---|---|---:|---|"]
        lines += [
            f"| `{each['path'].removeprefix('vfy_notebook/')}`, {each['what']} "
            f"| `{_cell(each['code'])}` | {_tests(each)} | {why.get(_key(each), '')} |"
            for each in sorted(survived, key=_key)
        ]
    return "\n".join(lines)


def explanations() -> dict[tuple[str, str, str], str]:
    """Why survivors are no lack of a test, by file, change and code."""
    told = tomllib.loads(EXPLANATIONS.read_text(encoding="utf-8"))
    return {_key(each): each["why"] for each in told.get("survivor", [])}


def _key(survivor: Mapping[str, Any]) -> tuple[str, str, str]:
    return survivor["path"], survivor["what"], survivor["code"]


def _tests(survivor: Mapping[str, Any]) -> str:
    """How many have run it; of how many, where its time was over before."""
    begun, tests = survivor.get("begun", survivor["tests"]), survivor["tests"]
    return str(max(begun, tests)) if begun >= tests else f"{begun} of {tests}"


def _cell(code: str) -> str:
    return " ".join(code.split()).replace("|", "\\|")


if __name__ == "__main__":
    raise SystemExit(main())
