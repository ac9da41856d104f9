"""Changes one thing at a time in a copy of the package, and looks whether the tests notice.

A small sampler: for each mutant only the tests of its room run, the quick ones first, so that 300
mutants take about an hour.
"""

from __future__ import annotations

import argparse
import ast
import copy
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tools.reliability import write

#: The rooms that are mutated, and the tests of each, the quick ones first.
ROOMS = {
    "push": [
        "tests/unit/push",
        "tests/properties/test_push_batches.py",
        "tests/contract/test_push_truth.py",
        "tests/contract/test_push_undo.py",
        "tests/contract/test_push.py",
        "tests/contract/test_push_faults.py",
    ],
    "edits": [
        "tests/unit/edits",
        "tests/properties/test_push_edits.py",
        "tests/contract/test_push_dress.py",
        "tests/contract/test_push_shapes.py",
    ],
    "journal": [
        "tests/unit/journal",
        "tests/contract/test_push_truth.py",
        "tests/contract/test_deletions.py",
    ],
    "api/listing": [
        "tests/properties/test_walk.py",
        "tests/properties/test_finer_times.py",
        "tests/properties/test_parallel_listing.py",
        "tests/contract/test_listing.py",
        "tests/contract/test_parallel_listing.py",
        "tests/contract/test_odd_records.py",
    ],
}

#: One mutant's tests may take so long; who takes longer waits for ever, which is noticed.
_TESTS_S = 300

_COMPARED = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}


@dataclass(frozen=True)
class Mutant:
    """One change of one file."""

    room: str
    path: Path
    line: int
    what: str
    source: str


def mutants_of(room: str, path: Path) -> list[Mutant]:
    """All mutants of a file."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    found = []
    for number, node in enumerate(ast.walk(tree)):
        for what in _changes_of(node):
            changed = copy.deepcopy(tree)
            twin = list(ast.walk(changed))[number]
            _change(twin, what)
            line = getattr(node, "lineno", 0)
            found.append(Mutant(room, path, line, what, ast.unparse(changed)))
    return found


def _changes_of(node: ast.AST) -> list[str]:
    kinds = {
        "the comparison turned round": (
            isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARED
        ),
        "the condition negated": isinstance(node, ast.If | ast.While | ast.IfExp),
        "and for or": isinstance(node, ast.BoolOp),
        "plus for minus": isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub),
        "a number off by one": isinstance(node, ast.Constant) and type(node.value) is int,
        "nothing returned": (
            isinstance(node, ast.Return)
            and node.value is not None
            and not (isinstance(node.value, ast.Constant) and node.value.value is None)
        ),
    }
    return [what for what, holds in kinds.items() if holds]


def _change(node: ast.AST, what: str) -> None:
    if isinstance(node, ast.Compare):
        node.ops[0] = _COMPARED[type(node.ops[0])]()
    elif isinstance(node, ast.If | ast.While | ast.IfExp):
        node.test = ast.UnaryOp(ast.Not(), node.test)
    elif isinstance(node, ast.BoolOp):
        node.op = ast.And() if isinstance(node.op, ast.Or) else ast.Or()
    elif isinstance(node, ast.BinOp):
        node.op = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
    elif isinstance(node, ast.Constant):
        node.value += 1
    elif isinstance(node, ast.Return):
        node.value = ast.Constant(None)
    else:
        raise AssertionError(what)


def sample(count: int, seed: int) -> list[Mutant]:
    """So many mutants, each room by its share."""
    every = [
        mutant
        for room in ROOMS
        for path in sorted(Path("vfy_notebook", room).rglob("*.py"))
        for mutant in mutants_of(room, path)
    ]
    return random.Random(seed).sample(every, min(count, len(every)))  # noqa: S311


def is_noticed(mutant: Mutant, folder: Path) -> bool:
    """Whether a test fails with it."""
    file = folder / mutant.path
    whole = file.read_text(encoding="utf-8")
    file.write_text(mutant.source, encoding="utf-8")
    try:
        return any(not passes(tests, folder) for tests in ROOMS[mutant.room])
    finally:
        file.write_text(whole, encoding="utf-8")


def passes(tests: str, folder: Path) -> bool:
    """Whether these tests pass, and end in time."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", tests]
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, timeout=_TESTS_S, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def main() -> int:
    """Run a sample within its time; write what it showed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    ends = time.monotonic() + 60 * given.minutes
    tried: Counter[str] = Counter()
    survived: list[Mutant] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("vfy_notebook", "tests", "data", "notebooks"):
            shutil.copytree(part, folder / part)
        for file in ("pyproject.toml", "conftest.py"):
            shutil.copy(file, folder / file)
        # Tests that fail without a mutant would notice each of them.
        failing = [tests for room in ROOMS.values() for tests in room if not passes(tests, folder)]
        if failing:
            print(f"These fail without any mutant: {', '.join(failing)}. None was tried.")
            return 1
        for mutant in sample(given.count, given.seed):
            if time.monotonic() > ends:
                break
            tried[mutant.room] += 1
            noticed = is_noticed(mutant, folder)
            told = "noticed " if noticed else "SURVIVED"
            print(f"{told} {mutant.path}:{mutant.line} {mutant.what}", flush=True)
            if not noticed:
                survived.append(mutant)
    write("mutants", report(tried, survived, given.seed))
    return 0


def report(tried: Counter[str], survived: list[Mutant], seed: int) -> str:
    """The figures, and each survivor by its place."""
    count = tried.total()
    rooms = ", ".join(f"{number} of `{room}/`" for room, number in sorted(tried.items()))
    figures = (
        f"{count} mutants were tried (seed {seed}: {rooms}); {count - len(survived)} were noticed, "
        f"{len(survived)} survived."
    )
    lines = [figures]
    if survived:
        lines += ["", "| survivor | what was changed |", "| --- | --- |"]
        lines += [f"| `{m.path}`, line {m.line} | {m.what} |" for m in survived]
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
