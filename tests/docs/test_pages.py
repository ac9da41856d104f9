"""What the pages say of the commands is so."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path

import pytest

from vfy_notebook import cli
from vfy_notebook.commands.cleaning.credentials_in_text import PLACEHOLDER
from vfy_notebook.commands.template import NAMES
from vfy_notebook.sandbox import __main__ as sandbox

ROOT = Path(__file__).parents[2]
COMMANDS = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")


def options(parser):
    return {s for action in parser._actions for s in action.option_strings if s.startswith("--")}


def subcommands():
    for action in cli._parser()._actions:
        if isinstance(action, argparse._SubParsersAction):
            return {**action.choices, "sandbox": sandbox._parser()}
    raise AssertionError


@pytest.mark.parametrize("name", ["demo", "sandbox", "new", "clean", "find-keys"])
def test_every_option_is_described_and_no_other(name):
    section = re.split(r"^## ", COMMANDS, flags=re.MULTILINE)
    (text,) = [part for part in section if part.startswith(f"`vfy-notebook {name}")]
    described = set(re.findall(r"[` ](--[a-z][a-z-]+)", text)) - {"--help"}
    assert described == options(subcommands()[name]) - {"--help"}


def test_every_template_and_the_placeholder_are_described():
    row = re.compile(r"^\| `([a-z][a-z-]+)`(?: \(default\))? \|", re.MULTILINE)
    assert row.findall(COMMANDS) == list(NAMES)
    assert PLACEHOLDER in COMMANDS


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))
    inside = [link for link in links if "://" not in link]
    assert [link for link in inside if not (page.parent / link).exists()] == []


def test_the_hook_does_what_it_says(tmp_path, capsys):
    hook = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    entry = re.search(r"^  entry: (.+)$", hook, re.MULTILINE)[1]
    assert entry in COMMANDS
    assert re.search(r"^  types: \[jupyter\]$", hook, re.MULTILINE)
    command, *words = shlex.split(entry)
    assert command == "vfy-notebook"
    notebook = tmp_path / "a.ipynb"
    notebook.write_text('{"nbformat": 4, "cells": [{"source": "app_token=\'tok-12345\'"}]}')
    assert cli.main([*words, str(notebook)]) == 1
    assert "1 credential" in capsys.readouterr().out
    cli.main(["clean", str(notebook)])
    assert cli.main([*words, str(notebook)]) == 0
