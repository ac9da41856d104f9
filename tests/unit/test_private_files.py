"""Files for their owner only, whatever the umask, and never through a link."""

from __future__ import annotations

import os
import stat

import pytest

from vfy_notebook.locks import FileLock
from vfy_notebook.private_files import make_folder, new_file, open_or_make, read_file

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes and links as POSIX has them")


@pytest.fixture(params=[0o000, 0o022, 0o077, 0o277, 0o777], ids=oct)
def umask(request, tmp_path):  # the folder is made before, or nobody but root could use it
    before = os.umask(request.param)
    yield
    os.umask(before)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.usefixtures("umask")
def test_modes_do_not_depend_on_the_umask(tmp_path):
    folder = tmp_path / "a" / "b"
    make_folder(folder)
    with new_file(folder / "new") as file:
        file.write(b"x")
    os.close(open_or_make(folder / "opened"))
    assert [mode(each) for each in (folder, folder.parent)] == [0o700, 0o700]
    assert [mode(each) for each in sorted(folder.iterdir())] == [0o600, 0o600]
    assert read_file(folder / "new") == b"x"


def test_a_folder_that_is_there_stays_as_it_is(tmp_path):
    tmp_path.chmod(0o755)
    make_folder(tmp_path)
    assert mode(tmp_path) == 0o755
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FileExistsError):
        make_folder(tmp_path / "file")


@pytest.fixture
def planted(tmp_path):
    """A link where a file of ours belongs, and what it points to."""
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    victim.chmod(0o644)
    link = tmp_path / "ours"
    link.symlink_to(victim)
    yield link
    assert victim.read_bytes() == b"precious"
    assert mode(victim) == 0o644


def test_a_new_file_takes_the_place_of_a_link(planted):
    with new_file(planted) as file:
        file.write(b"ours")
    assert not planted.is_symlink()
    assert planted.read_bytes() == b"ours"


def test_a_link_is_neither_opened_nor_read_nor_locked(planted):
    for use in (open_or_make, read_file, lambda path: FileLock(path).take()):
        with pytest.raises(OSError, match="is a link"):
            use(planted)


def test_a_link_to_nothing_makes_no_file_there(tmp_path):
    (tmp_path / "ours").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="is a link"):
        open_or_make(tmp_path / "ours")
    assert not (tmp_path / "elsewhere").exists()


def test_a_pipe_is_refused_at_once(tmp_path):
    """Reading it would wait for ever."""
    os.mkfifo(tmp_path / "pipe")
    for use in (open_or_make, read_file):
        with pytest.raises(OSError, match="no plain file"):
            use(tmp_path / "pipe")


def test_a_file_that_others_could_read_is_made_private_before_it_is_used(tmp_path):
    path = tmp_path / "ours"
    path.write_bytes(b"")
    path.chmod(0o644)
    os.close(open_or_make(path))
    assert mode(path) == 0o600
