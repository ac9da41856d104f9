"""The demo's copies: never in a clone, never over somebody's work."""

from __future__ import annotations

from pathlib import Path

import pytest

from vfy_notebook.commands.failure import CommandError
from vfy_notebook.commands.working_folder import MANIFEST, copy_notebooks, default_folder


@pytest.fixture
def notebooks(tmp_path):
    folder = tmp_path / "bundled"
    folder.mkdir()
    made = [folder / "01_a.ipynb", folder / "02_b.ipynb"]
    for notebook in made:
        notebook.write_text(f"first {notebook.name}")
    return made


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "work" / "here"


def test_the_notebooks_are_copied(notebooks, folder):
    copied = copy_notebooks(notebooks, folder)
    assert copied.fresh == ["01_a.ipynb", "02_b.ipynb"]
    assert (folder / "02_b.ipynb").read_text() == "first 02_b.ipynb"


def test_what_somebody_has_changed_stays_and_the_rest_follows_the_package(notebooks, folder):
    copy_notebooks(notebooks, folder)
    (folder / "01_a.ipynb").write_text("mine")
    for notebook in notebooks:
        notebook.write_text(f"second {notebook.name}")
    copied = copy_notebooks(notebooks, folder)
    assert (copied.kept, copied.fresh) == (["01_a.ipynb"], ["02_b.ipynb"])
    assert (folder / "01_a.ipynb").read_text() == "mine"
    assert (folder / "02_b.ipynb").read_text() == "second 02_b.ipynb"
    # A third time: what was kept once is still known to be somebody's.
    assert copy_notebooks(notebooks, folder).kept == ["01_a.ipynb"]


def test_a_file_of_that_name_that_was_there_before_stays(notebooks, folder):
    folder.mkdir(parents=True)
    (folder / "01_a.ipynb").write_text("mine")
    assert copy_notebooks(notebooks, folder).kept == ["01_a.ipynb"]
    assert (folder / "01_a.ipynb").read_text() == "mine"


@pytest.mark.parametrize("damaged", ["", "[]", "{", "null"])
def test_without_its_list_every_changed_file_counts_as_somebodys(notebooks, folder, damaged):
    copy_notebooks(notebooks, folder)
    (folder / MANIFEST).write_text(damaged)
    notebooks[0].write_text("second")
    assert copy_notebooks(notebooks, folder).kept == ["01_a.ipynb"]


def test_a_copy_that_was_deleted_comes_back(notebooks, folder):
    copy_notebooks(notebooks, folder)
    (folder / "02_b.ipynb").unlink()
    copy_notebooks(notebooks, folder)
    assert (folder / "02_b.ipynb").read_text() == "first 02_b.ipynb"


@pytest.mark.parametrize("below", [".", "notebooks", "a/b"])
def test_a_clone_is_known_and_not_written_to(notebooks, tmp_path, below):
    clone = tmp_path / "clone-of-any-name"
    (clone / "vfy_notebook").mkdir(parents=True)
    (clone / "vfy_notebook" / "__init__.py").touch()
    (clone / "pyproject.toml").touch()
    link = tmp_path / "link"
    link.symlink_to(clone)
    before = sorted(clone.rglob("*"))
    for way in (clone, link):
        with pytest.raises(CommandError, match=r"checkout of vfy-notebook.*--folder"):
            copy_notebooks(notebooks, way / below)
    assert sorted(clone.rglob("*")) == before


def test_a_folder_that_cannot_be_is_a_sentence(notebooks, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CommandError, match="--folder"):
        copy_notebooks(notebooks, tmp_path / "file" / "folder")


def test_the_default_is_in_the_users_home(monkeypatch):
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.setenv("USERPROFILE", "/home/somebody")
    assert default_folder() == Path("/home/somebody/vfy-notebook-demo")
