"""The register of written copies."""

from __future__ import annotations

import json
import warnings

import pytest

from vfy_notebook import copies
from vfy_notebook.copies import PARTS, WORKBOOK, WrittenCopy, enter, register_path, written_copies
from vfy_notebook.errors import VfyNotebookWarning


@pytest.fixture(autouse=True)
def _a_register_of_its_own(monkeypatch, tmp_path):
    monkeypatch.setattr(copies, "data_folder", lambda: tmp_path / "data")


@pytest.fixture
def files(tmp_path):
    made = [WrittenCopy(WORKBOOK, tmp_path / f"{i} „Ł”.xlsx") for i in range(3)]
    for copy in made:
        copy.path.touch()
    return made


def test_what_was_written_is_known_once_and_for_as_long_as_it_is_there(files):
    assert written_copies() == []
    for copy in [*files, *files]:
        enter(copy, stacklevel=1)
    assert written_copies() == files
    files[1].path.unlink()
    assert written_copies() == [files[0], files[2]]
    assert len(register_path().read_bytes().split()) >= 3
    assert register_path().stat().st_mode & 0o777 == 0o600


def test_a_line_that_was_cut_off_costs_no_other(files):
    enter(files[0], stacklevel=1)
    with register_path().open("ab") as file:
        file.write(b'{"kind": "par')
    enter(files[1], stacklevel=1)
    assert written_copies() == files[:2]


def test_it_does_not_grow_for_ever(files, monkeypatch, tmp_path):
    monkeypatch.setattr(copies, "_MANY", 5)
    enter(files[0], stacklevel=1)
    for i in range(30):
        enter(WrittenCopy(PARTS, tmp_path / str(i)), stacklevel=1)
    lines = [json.loads(line) for line in register_path().read_bytes().splitlines() if line]
    assert len(lines) <= 6
    assert written_copies() == files[:1]


def test_a_register_that_cannot_be_written_is_told_and_stops_nothing(files, tmp_path):
    (tmp_path / "data").write_bytes(b"a file where the folder belongs")
    with pytest.warns(VfyNotebookWarning, match="register"):
        enter(files[0], stacklevel=1)
    (tmp_path / "data").unlink()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        enter(files[0], stacklevel=1)


def test_a_planted_link_is_not_written_through(files, tmp_path):
    victim = tmp_path / "victim"
    victim.write_bytes(b"")
    register_path().parent.mkdir()
    register_path().symlink_to(victim)
    with pytest.warns(VfyNotebookWarning, match="link"):
        enter(files[0], stacklevel=1)
    assert victim.read_bytes() == b""
