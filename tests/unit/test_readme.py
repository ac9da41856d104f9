"""The README promises nothing that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import vfy_notebook as vfy

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"

pytestmark = pytest.mark.skipif(
    not README.exists(), reason="an installed package has no README beside it"
)


def test_every_file_named_exists():
    text = README.read_text()
    named = set(re.findall(r"`((?:tests|data|docs|benchmarks)/[\w./-]+)`", text))
    named |= set(re.findall(r"\]\((?!http)([\w./-]+)\)", text))
    assert len(named) > 10
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_the_first_code_block_is_the_two_commands():
    block = re.search(r"```\n(.*?)```", README.read_text(), re.DOTALL)
    commands = [line.split("#")[0].strip() for line in block[1].splitlines()]
    assert commands == ["make demo", "make test"]


def test_the_example_runs_as_it_is_printed():
    code = re.search(r"```python\n(.*?)```", README.read_text(), re.DOTALL)[1]
    names = {}
    exec(compile(code, "README.md", "exec"), names)  # noqa: S102 - our own README
    try:
        tier = names["project"].fetch_customers(progress=False)["metadata.tier"]
        assert tier.equals(names["customers"]["metadata.tier"])
        assert set(names["report"].rows["outcome"]) == {"updated"}
    finally:
        names["project"].close()


def _found(path):
    """What `project.plan_push` or `vfy.plots.signups` names, or None."""
    head, *names = path.split(".")
    found = {"project": vfy.Project, "vfy": vfy}[head]
    for name in names:
        found = getattr(found, name, None)
    return found


def test_every_call_named_is_there():
    named = set(re.findall(r"\b(?:project|vfy)(?:\.[a-z_]+)+(?=\()", README.read_text()))
    assert len(named) > 30
    assert [name for name in sorted(named) if _found(name) is None] == []


def test_every_operation_of_the_vendors_reference_has_its_call():
    section = README.read_text().split("## The vendor's eleven operations")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (\w+) \| (.+) \|$", section, re.MULTILINE)[1:]
    assert len(rows) == len({operation for operation, _ in rows}) == 11
    for operation, calls in rows:
        named = re.findall(r"\b(?:project\.)?(\w+)\(", calls)
        # The last row says "the same": the call is in the row above.
        assert named or calls.startswith("the same"), operation
        assert all(_found(f"project.{name}") or name == "push" for name in named), operation


def test_the_speed_is_what_was_measured():
    readme, results = (
        " ".join(path.read_text().split()) for path in (README, ROOT / "benchmarks" / "RESULTS.md")
    )
    (worst_round,) = re.findall(
        r"The worst round of each: (Fetching .*? memory\. Against .*? memory\.)", results
    )
    assert worst_round in readme
