"""Runs the fault matrix whole and writes what it found into docs/reliability.md."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.faults.faulty_proxy import FAULTS
from tools.reliability_page import write


def main() -> int:
    """Run all cells; gives the exit code of the tests."""
    with tempfile.TemporaryDirectory() as folder:
        cells = Path(folder) / "cells.jsonl"
        command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "tests/faults"]
        done = subprocess.run(
            command, env={**os.environ, "VFY_FAULT_CELLS": str(cells)}, check=False
        )
        if cells.exists():
            write("faults", table([json.loads(line) for line in cells.read_text().splitlines()]))
    return done.returncode


def table(cells: list[list[str]]) -> str:
    """The cells as Markdown: figures, then one row per fault with its cells by what they showed."""
    by_fault: dict[str, Counter[str]] = {fault.name: Counter() for fault in FAULTS}
    for _, fault, cell in cells:
        by_fault[fault][_kind(cell)] += 1
    kinds = ["right", "our error: not done", "our error: may have run", "report: unknown or failed"]
    operations = len({operation for operation, _, _ in cells})
    lines = [
        f"{len(cells):,} cells held: {operations} operations, {len(by_fault)} faults.",
        "",
        f"| fault | {' | '.join(kinds)} |",
        f"| --- | {' | '.join('---:' for _ in kinds)} |",
    ]
    for fault, counts in by_fault.items():
        shown = " | ".join(str(counts[kind] or "") for kind in kinds)
        lines.append(f"| {fault} | {shown} |")
    return "\n".join(lines)


def _kind(cell: str) -> str:
    if cell == "done":
        return "right"
    error, _, told = cell.rpartition(": ")
    if not error:
        return "report: unknown or failed"
    return "our error: not done" if told == "not done" else "our error: may have run"


if __name__ == "__main__":
    raise SystemExit(main())
