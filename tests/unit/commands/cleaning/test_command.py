"""`vfy-notebook clean` on files and folders."""

from __future__ import annotations

import json
import os
import stat

import pytest

from vfy_notebook.cli import main

KEY = "3266b9f8-e246-4f79-bdf0-833929b1380c"


def text_of(*, outputs=(), source="customers", indent=1, ending="\n"):
    cell = {
        "cell_type": "code",
        "execution_count": 1,
        "id": "łódź",
        "metadata": {},
        "outputs": list(outputs),
        "source": [source],
    }
    content = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(content, indent=indent, ensure_ascii=False) + ending


PRINTED = {"name": "stdout", "output_type": "stream", "text": ["Ann"]}


@pytest.fixture
def dirty(tmp_path):
    path = tmp_path / "dirty.ipynb"
    path.write_text(text_of(outputs=[PRINTED]))
    return path


@pytest.mark.parametrize("indent", [1, 2, 4, None])
@pytest.mark.parametrize("ending", ["\n", ""])
def test_the_rest_of_the_file_stays_to_the_byte(tmp_path, indent, ending, capsys):
    path = tmp_path / "a.ipynb"
    path.write_text(text_of(outputs=[PRINTED], indent=indent, ending=ending))
    assert main(["clean", str(path)]) == 0
    assert path.read_text() == text_of(indent=indent, ending=ending)
    assert capsys.readouterr().out == f"{path}: took out 1 output\n"


def test_a_clean_file_is_not_written(tmp_path, capsys):
    path = tmp_path / "a.ipynb"
    path.write_text(text_of())
    before = path.stat()
    assert main(["clean", str(path)]) == 0
    assert path.stat() == before
    assert capsys.readouterr().out == ""


def test_check_writes_nothing_and_says_what_it_would_take(dirty, capsys):
    before = dirty.read_bytes()
    assert main(["clean", "--check", str(dirty)]) == 1
    assert dirty.read_bytes() == before
    told = capsys.readouterr().out
    assert f"{dirty}: holds 1 output\n" in told
    assert "vfy-notebook clean PATH" in told
    assert main(["clean", str(dirty)]) == 0
    assert main(["clean", "--check", str(dirty)]) == 0


def test_a_credential_is_replaced_named_by_its_cell_and_never_shown(tmp_path, capsys):
    path = tmp_path / "a.ipynb"
    path.write_text(text_of(source=f'vfy.connect(app_token="{KEY}")'))
    assert main(["clean", str(path)]) == 0
    told = capsys.readouterr().out
    assert "1 credential (cell 1)" in told
    assert "make a new key" in told
    assert KEY not in told + path.read_text()
    assert main(["clean", "--check", str(path)]) == 0


def test_the_key_of_this_shell_goes_wherever_it_stands(tmp_path, monkeypatch):
    path = tmp_path / "a.ipynb"
    path.write_text(text_of(source="# open-sesame"))
    assert main(["clean", str(path)]) == 0
    assert "open-sesame" in path.read_text()
    monkeypatch.setenv("VOUCHERIFY_APP_TOKEN", "open-sesame")
    assert main(["clean", str(path)]) == 0
    assert "open-sesame" not in path.read_text()


def test_options_reach_the_cleaning(tmp_path):
    path = tmp_path / "a.ipynb"
    figure = {"output_type": "display_data", "data": {"image/png": "iVBO"}, "metadata": {}}
    path.write_text(text_of(outputs=[figure, PRINTED]))
    assert main(["clean", "--keep-plots", "--counts", str(path)]) == 0
    (cell,) = json.loads(path.read_text())["cells"]
    assert (cell["outputs"], cell["execution_count"]) == ([figure], None)


def test_folders_are_searched_except_hidden_ones(tmp_path, capsys):
    for name in ("a.ipynb", "b/c.ipynb", ".ipynb_checkpoints/a.ipynb", "b/.hidden/d.ipynb"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text_of(outputs=[PRINTED]))
    (tmp_path / "b" / "no.txt").write_text("Ann")
    # Said twice, cleaned once.
    assert main(["clean", str(tmp_path), str(tmp_path / "a.ipynb")]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told == [f"{tmp_path / name}: took out 1 output" for name in ("a.ipynb", "b/c.ipynb")]
    assert "Ann" in (tmp_path / ".ipynb_checkpoints" / "a.ipynb").read_text()


def test_a_folder_without_notebooks_is_said(tmp_path, capsys):
    assert main(["clean", str(tmp_path)]) == 0
    assert "no notebooks in this folder" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b"\xff\xfe{}", "not valid JSON"),
        (b"[" * 200_000, "not valid JSON"),
        (b"[]", "not a notebook"),
        (b'{"nbformat": 3}', "nbformat 3"),
    ],
)
def test_a_malformed_file_is_named_and_the_others_are_cleaned(
    tmp_path, dirty, capsys, content, words
):
    broken = tmp_path / "broken.ipynb"
    broken.write_bytes(content)
    assert main(["clean", str(broken), str(dirty)]) == 1
    told = capsys.readouterr()
    assert told.err.startswith(f"{broken}: ")
    assert words in told.err
    assert "It was not changed" in told.err
    assert broken.read_bytes() == content
    assert f"{dirty}: took out 1 output" in told.out


def test_a_file_that_is_not_there_is_a_sentence(tmp_path, capsys):
    assert main(["clean", str(tmp_path / "no.ipynb")]) == 1
    assert (
        capsys.readouterr().err
        == f"{tmp_path / 'no.ipynb'}: there is no such file. Check the spelling.\n"
    )


def test_links_and_permissions_stay(tmp_path, dirty):
    dirty.chmod(0o640)
    link = tmp_path / "link.ipynb"
    link.symlink_to(dirty)
    assert main(["clean", str(link)]) == 0
    assert link.is_symlink()
    assert "Ann" not in dirty.read_text()
    assert stat.S_IMODE(dirty.stat().st_mode) == 0o640


def test_a_file_that_may_not_be_written_stays(dirty, capsys, monkeypatch):
    dirty.chmod(0o444)
    # Root may write everything: say what the system would say to anybody else.
    monkeypatch.setattr(os, "access", lambda _, mode: mode != os.W_OK)
    before = dirty.read_bytes()
    assert main(["clean", str(dirty)]) == 1
    assert dirty.read_bytes() == before
    assert "Permission denied" in capsys.readouterr().err
    assert [path.name for path in dirty.parent.iterdir()] == [dirty.name]
