"""`vfy-notebook find-keys` names lines of source files, and writes nothing."""

from __future__ import annotations

import re
from pathlib import Path

from vfy_notebook.cli import main

ROOT = Path(__file__).parents[4]
KEY = "3266b9f8-e246-4f79-bdf0-833929b1380c"


def test_lines_with_keys_are_named_and_the_key_is_not_shown(tmp_path, capsys):
    script, page, other = tmp_path / "a.py", tmp_path / "b.MD", tmp_path / "c.bin"
    script.write_text(f'import os\n\napp_token = ("{KEY[:19]}"\n    "{KEY[19:]}")\n')
    page.write_text(f"# Set-up\n\n| name | secret key |\n|---|---|\n| shop | {KEY} |\n")
    other.write_text(f"token {KEY}")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert main(["find-keys", str(tmp_path)]) == 1
    told = capsys.readouterr().out
    assert f"{script}:3: " in told
    assert f"{script}:4: " in told
    assert f"{page}:5: " in told
    assert str(other) not in told
    assert KEY not in told
    assert "make a new key" in told
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert main(["find-keys", str(other)]) == 1


def test_files_without_keys_are_fine(tmp_path, capsys):
    (tmp_path / "a.py").write_text('app_token = os.environ["VOUCHERIFY_APP_TOKEN"]\n')
    (tmp_path / "b.py").write_bytes(b"\xff\xfe no text in UTF-8")
    assert main(["find-keys", str(tmp_path)]) == 0
    assert capsys.readouterr().out == ""


def test_a_file_that_is_not_there_is_said(tmp_path, capsys):
    assert main(["find-keys", str(tmp_path / "no.py")]) == 1
    assert "no.py" in capsys.readouterr().err


def test_the_hooks_name_commands_that_there_are():
    text = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    entries = re.findall(r"entry: vfy-notebook (.+)", text)
    assert entries == ["clean --check", "find-keys"]
    # pre-commit knows files by how their names end, capitals or not.
    assert re.findall(r"types(?:_or)?: (.+)", text) == ["[jupyter]", "[python, markdown]"]
