"""`vfy-notebook new` writes a notebook, and never over another one."""

from __future__ import annotations

import re

import nbformat
import pytest

from vfy_notebook.cli import main
from vfy_notebook.commands.template import FOLDER, NAMES, notebook_of


def test_there_is_a_template_for_each_name_and_a_name_for_each_template():
    assert {path.stem for path in FOLDER.iterdir()} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_template_is_a_valid_notebook_with_one_idea_a_cell(name):
    notebook = notebook_of(name)
    nbformat.validate(notebook)
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert sum("vfy.connect(" in source for source in code) == 1
    assert all(len(source.splitlines()) <= 5 for source in code)
    assert notebook.cells[0].cell_type == "markdown"
    assert notebook.cells[0].source.startswith("# ")
    assert not any("```" in cell.source for cell in notebook.cells)


@pytest.mark.parametrize("name", NAMES)
def test_a_template_sends_nothing_before_somebody_says_so(name):
    code = "\n".join(c.source for c in notebook_of(name).cells if c.cell_type == "code")
    writes = re.findall(
        r"^.*\b(?:push|push_consents|delete\w*|update\w*|create\w*)\(.*$", code, re.MULTILINE
    )
    assert all(line.endswith(" if send else None") for line in writes)
    assert "send = True" not in code


def test_it_is_written_with_the_folders_on_the_way(tmp_path, capsys):
    path = tmp_path / "a" / "b" / "mine.ipynb"
    assert main(["new", str(path)]) == 0
    assert nbformat.read(path, as_version=4) == notebook_of("explore")
    assert path.read_text(encoding="utf-8").endswith("}\n")
    told = capsys.readouterr().out
    assert f"Wrote {path}" in told
    assert "set VOUCHERIFY_APP_ID and VOUCHERIFY_APP_TOKEN" in told


def test_the_same_command_writes_the_same_file(tmp_path):
    for name in ("a", "b"):
        main(["new", str(tmp_path / name)])
    assert (tmp_path / "a.ipynb").read_bytes() == (tmp_path / "b.ipynb").read_bytes()


def test_variables_that_are_set_are_not_asked_for(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("VOUCHERIFY_APP_ID", "a")
    monkeypatch.setenv("VOUCHERIFY_APP_TOKEN", "b")
    assert main(["new", str(tmp_path / "a.ipynb"), "--template", "consents"]) == 0
    assert "VOUCHERIFY" not in capsys.readouterr().out


def test_a_notebook_that_is_there_is_replaced_only_by_force(tmp_path, capsys):
    path = tmp_path / "mine.ipynb"
    path.write_text("work of months")
    assert main(["new", str(path)]) == 1
    assert path.read_text() == "work of months"
    assert "--force" in capsys.readouterr().err
    assert main(["new", str(path), "--force"]) == 0
    assert nbformat.read(path, as_version=4).cells


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "is a folder"),
        ("mine.py", "end it with .ipynb"),
        ("file/mine.ipynb", "Choose another place"),
    ],
)
def test_a_place_where_it_cannot_be_is_a_sentence(tmp_path, capsys, name, words):
    (tmp_path / "file").write_text("")
    before = sorted(tmp_path.rglob("*"))
    assert main(["new", str(tmp_path / name)]) == 1
    assert words in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before
