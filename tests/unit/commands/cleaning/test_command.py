"""`vfy-notebook clean` on files and folders."""

from __future__ import annotations

import json
import os
import stat

import pytest

from vfy_notebook.cli import main
from vfy_notebook.commands import files

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
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)
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


SEARCHED = (
    ".c.ipynb",
    ".ipynb_checkpoints/a-checkpoint.ipynb",
    "B.IPYNB",
    "a.ipynb",
    "b/.hidden/d.Ipynb",
    "b/c.ipynb",
)
PASSED_OVER = (".git/x.ipynb", "env/lib/y.ipynb", "node_modules/z.ipynb")


def test_folders_are_searched_hidden_ones_too_but_for_those_of_programs(tmp_path, capsys):
    for name in (*SEARCHED, *PASSED_OVER):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text_of(outputs=[PRINTED]))
    (tmp_path / "b" / "no.txt").write_text("Ann")
    (tmp_path / "env" / "pyvenv.cfg").touch()
    # Said twice, cleaned once.
    assert main(["clean", "--check", str(tmp_path), str(tmp_path / "a.ipynb")]) == 1
    assert main(["clean", str(tmp_path), str(tmp_path / "a.ipynb")]) == 0
    told = capsys.readouterr().out.splitlines()[-len(SEARCHED) :]
    assert told == [f"{tmp_path / name}: took out 1 output" for name in SEARCHED]
    assert all("Ann" in (tmp_path / name).read_text() for name in PASSED_OVER)


def test_a_linked_folder_is_named_and_looked_into_when_it_is_asked_for(tmp_path, dirty, capsys):
    (tmp_path / "work").mkdir()
    link = tmp_path / "work" / "linked"
    link.symlink_to(dirty.parent, target_is_directory=True)
    assert main(["clean", str(tmp_path / "work")]) == 0
    assert str(link) in capsys.readouterr().out
    assert "Ann" in dirty.read_text()
    assert main(["clean", str(link)]) == 0
    assert "Ann" not in dirty.read_text()


def test_people_in_sources_are_named_left_and_refused_where_asked(tmp_path, capsys):
    path = tmp_path / "a.ipynb"
    path.write_text(text_of(source='who = "jane.zzyzx@example.com"'))
    before = path.read_bytes()
    assert main(["clean", "--check", str(path)]) == 0
    assert "an e-mail address in cell 1" in capsys.readouterr().out
    assert main(["clean", "--check", "--people", str(path)]) == 1
    assert main(["clean", "--people", str(path)]) == 0
    assert path.read_bytes() == before


def test_what_a_file_holds_twice_is_told_and_goes(tmp_path, capsys):
    """Readers of JSON see the last of two: the first would be in the repository all the same."""
    path = tmp_path / "a.ipynb"
    path.write_text(text_of().replace('"source":', '"source": ["Ann"],\n   "source":'))
    assert main(["clean", "--check", str(path)]) == 1
    assert "twice" in capsys.readouterr().out
    assert main(["clean", str(path)]) == 0
    assert "Ann" not in path.read_text()
    assert main(["clean", "--check", str(path)]) == 0


def test_a_name_cannot_move_the_cursor(tmp_path, capsys):
    path = tmp_path / "a\x1b[2J.ipynb"
    path.write_text(text_of(outputs=[PRINTED]))
    assert main(["clean", str(tmp_path)]) == 0
    assert "\x1b" not in capsys.readouterr().out


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


def test_the_owner_stays_or_the_file_is_written_in_place(dirty, monkeypatch):
    """A new file under the old name would be ours."""
    number = dirty.stat().st_ino
    given = []
    monkeypatch.setattr(os, "chown", lambda *given_to: given.append(given_to))
    owner = os.stat_result((*dirty.stat()[:4], 4711, 4712, *dirty.stat()[6:10]))
    assert files._give(dirty, owner)
    assert given == [(dirty, 4711, 4712)]
    monkeypatch.setattr(files, "_give", lambda _path, _owner: False)
    assert main(["clean", str(dirty)]) == 0
    assert "Ann" not in dirty.read_text()
    assert dirty.stat().st_ino == number
    assert [path.name for path in dirty.parent.iterdir()] == [dirty.name]


def test_a_cleaned_file_is_on_the_disk(dirty, monkeypatch):
    synced = []
    fsync = os.fsync
    monkeypatch.setattr(
        os, "fsync", lambda handle: (synced.append(os.fstat(handle)), fsync(handle))
    )
    assert main(["clean", str(dirty)]) == 0
    assert dirty.stat().st_ino in [each.st_ino for each in synced]
    assert any(stat.S_ISDIR(each.st_mode) for each in synced)


def test_a_file_that_may_not_be_written_stays(dirty, capsys, monkeypatch):
    dirty.chmod(0o444)
    # Root may write everything: say what the system would say to anybody else.
    monkeypatch.setattr(os, "access", lambda _, mode: mode != os.W_OK)
    before = dirty.read_bytes()
    assert main(["clean", str(dirty)]) == 1
    assert dirty.read_bytes() == before
    assert "Permission denied" in capsys.readouterr().err
    assert [path.name for path in dirty.parent.iterdir()] == [dirty.name]
