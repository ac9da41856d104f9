"""A permanent deletion, and the disk after it: nothing of the customer, or it is named."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import warnings
from pathlib import Path

import openpyxl
import pytest

import vfy_notebook as vfy
from tests.contract.push_support import push
from vfy_notebook.errors import JournalError, NotFoundError, VfyNotebookWarning
from vfy_notebook.journal.file import JournalFile
from vfy_notebook.journal.journal import Journal
from vfy_notebook.snapshots.store import PROCESS_STORE

WHO, SOURCE_ID = "cust_zzyzx", "crm-zzyzx-9999"
MARK = "Zzyzx-Secretname"


@pytest.fixture
def disk(tmp_path, monkeypatch):
    """Everything that is written lies in one folder."""
    for variable in ("XDG_DATA_HOME", "HOME", "TMPDIR"):
        folder = tmp_path / variable.lower()
        folder.mkdir()
        monkeypatch.setenv(variable, str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def fill(sandbox):
    others = [
        {"id": f"cust_{i}", "source_id": f"s{i}", "name": f"N {i}", "metadata": {"tier": "a"}}
        for i in range(3)
    ]
    person = {"id": WHO, "source_id": SOURCE_ID, "name": MARK, "email": f"{MARK}@x.example"}
    sandbox.reset(customers=[*others, {**person, "metadata": {"tier": MARK}}])


@pytest.fixture
def connect(sandbox, disk, make_project):
    fill(sandbox)
    return make_project


def traces(folder):
    """The files that hold anything of the customer."""
    signs = [sign.encode() for sign in (WHO, SOURCE_ID, MARK)]
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and any(sign in path.read_bytes() for sign in signs)
    }


def live(project):
    """A week of work with the customer."""
    customers = project.fetch_customers(progress=False)
    edited = customers.assign(**{"metadata.tier": "gold"})
    edited.loc[WHO, ["description", "metadata.tier"]] = [f"about {MARK}", f"{MARK} gold"]
    report = push(project.plan_push(edited))
    push(report.plan_undo())
    with project._open_journal() as journal:
        for name in (WHO, SOURCE_ID):
            journal.log_consents(name, {"cnst_1": True}, outcome="sent")
        journal.begin_deletion([(WHO, SOURCE_ID)], permanent=False)
    return customers


def test_nothing_of_a_forgotten_customer_is_left_on_the_disk_but_copies_that_are_named(
    connect, disk
):
    with connect() as project:
        customers = live(project)
        assert traces(disk)  # or the search finds nothing at all
        project.save_customers(disk / "parts", progress=False)
        project.save_customers(disk / "others", created_before="2001-01-01", progress=False)
        vfy.to_excel(customers, "book.xlsx", ["metadata.tier"])
        vfy.to_excel(customers.drop(index=WHO), "without.xlsx")
        report = project.plan_deletion(customers.loc[[WHO]], permanent=True).delete(
            confirm=1, progress=False
        )
        assert report.rows["outcome"].to_list() == ["deleted"]
        # A workbook is compressed.
        assert {Path(path).parts[0] for path in traces(disk)} == {"parts"}
        told = " ".join(report.copies)
        assert str(disk / "parts") in told
        assert str(disk / "book.xlsx") in told
        assert str(disk / "others") not in told
        assert str(disk / "without.xlsx") not in told
        assert "save_customers" in repr(report)
        assert "book.xlsx" in report._repr_html_()
    # As the report says:
    with connect() as project:
        project.save_customers(disk / "parts", replace_existing=True, progress=False)
        (disk / "book.xlsx").unlink()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with pytest.raises(NotFoundError):
                project.delete_customer_permanently(WHO)


def test_the_journal_forgets_under_every_key_and_address(connect, sandbox, disk):
    with connect() as project:
        customers = project.fetch_customers(progress=False)
        edited = customers.copy()
        edited.loc[WHO, "description"] = f"about {MARK}"
        push(project.plan_push(edited))
        mark = customers.attrs["vfy_snapshot"]
        with Journal(disk / "journal.sqlite", site="https://api.voucherify.io OLD") as old:
            old.log_consents(SOURCE_ID, {"cnst_1": True}, outcome="sent")
        assert traces(disk)
        with connect(url=sandbox.url.replace("127.0.0.1", "localhost")) as other:
            other.delete_customer_permanently(SOURCE_ID)
        assert traces(disk) == set()
        held = PROCESS_STORE.marked(mark)
        assert WHO not in held.ids.to_pylist()


def test_a_single_deletion_warns_of_the_copies(connect, disk):
    with connect() as project:
        vfy.to_excel(project.fetch_customers(progress=False), "book.xlsx")
        # Saved by another program: shared strings, and no trace of ours but the cells.
        book = openpyxl.load_workbook("book.xlsx")
        book.save("book.xlsx")
        with pytest.warns(VfyNotebookWarning, match=r"book\.xlsx"):
            project.delete_customer_permanently(WHO)


def test_a_copy_that_cannot_be_read_is_named_too(connect, disk):
    with connect() as project:
        customers = project.fetch_customers(progress=False)
        vfy.to_excel(customers, "book.xlsx")
        (disk / "book.xlsx").write_bytes(b"damaged")
        plan = project.plan_deletion(customers.loc[[WHO]], permanent=True)
        report = plan.delete(confirm=1, progress=False)
        assert "book.xlsx" in repr(report)
        assert "cannot be read" in repr(report)


def test_another_reader_of_the_journal_is_told_and_it_is_tried_again(connect, disk, monkeypatch):
    monkeypatch.setattr("vfy_notebook.journal.file._SHRINK_WAIT_S", 0.05)
    path = disk / "journal.sqlite"
    with connect() as project:
        live(project)
        viewer = sqlite3.connect(path)
        viewer.execute("BEGIN")
        viewer.execute("SELECT count(*) FROM consents").fetchall()
        report = project.plan_deletion([WHO, "cust_1"], permanent=True, progress=False).delete(
            confirm=2, progress=False
        )
        assert report.rows["outcome"].to_list() == ["unknown", "unknown"]
        assert report.rows["reason"].str.contains("another program").all()
        assert WHO.encode() in path.with_name("journal.sqlite-wal").read_bytes()
        viewer.rollback()
        # Whatever opens the journal next, with the viewer still open.
        assert len(project.pushes())
        assert WHO.encode() not in path.read_bytes()
        assert WHO.encode() not in path.with_name("journal.sqlite-wal").read_bytes()
        again = report.plan_rest().delete(confirm=2, progress=False)
        assert again.rows["outcome"].to_list() == ["gone", "gone"]
        viewer.close()


@pytest.mark.skipif(os.name != "posix", reason="modes as POSIX has them")
def test_whatever_holds_customers_is_for_its_owner_only(connect, disk):
    before = os.umask(0)
    try:
        with connect() as project:
            customers = live(project)
            project.save_customers(disk / "parts", progress=False)
            vfy.to_excel(customers, "book.xlsx")
            held = sqlite3.connect(disk / "journal.sqlite")
            held.execute("SELECT count(*) FROM rows").fetchall()
            modes = {
                str(path.relative_to(disk)): oct(path.stat().st_mode & 0o777)
                for path in disk.rglob("*")
                if path.is_file()
            }
            held.close()
    finally:
        os.umask(before)
    (part,) = (disk / "parts").glob("part-*.parquet")
    assert {"journal.sqlite", "book.xlsx", f"parts/{part.name}"} <= modes.keys()
    assert set(modes.values()) == {"0o600"}
    assert {
        oct((disk / name).stat().st_mode & 0o777)
        for name in ("xdg_data_home/vfy-notebook", "parts")
    } == {"0o700"}


@pytest.mark.skipif(os.name != "posix", reason="links as POSIX has them")
@pytest.mark.parametrize(
    "name",
    ["_vfy_notebook.json.unfinished", "{part}.unfinished", "{part}", "part-00000.parquet",
     "_vfy_notebook.json", "_vfy_notebook.lock"],
)  # fmt: skip
def test_links_planted_in_a_folder_of_parts_are_not_followed(connect, disk, name):
    victim = disk / "thesis.txt"
    victim.write_bytes(b"precious")
    victim.chmod(0o644)
    folder = disk / "shared"
    folder.mkdir()
    with connect() as project:
        project.save_customers(disk / "elsewhere", progress=False)
        (part,) = (disk / "elsewhere").glob("part-*.parquet")
        name = name.format(part=part.name)
        (folder / name).symlink_to(victim)
        try:
            project.save_customers(folder, progress=False)
        except vfy.errors.VfyNotebookError as error:
            assert name in str(error)  # noqa: PT017 - either is right
        else:
            assert name.endswith(".unfinished")
    assert victim.read_bytes() == b"precious"
    assert victim.stat().st_mode & 0o777 == 0o644


@pytest.mark.skipif(os.name != "posix", reason="links as POSIX has them")
def test_a_journal_that_is_a_link_is_refused_before_anything_is_sent(connect, disk, sandbox):
    (disk / "journal.sqlite").symlink_to(disk / "elsewhere.sqlite")
    with pytest.raises(JournalError, match="link"):
        JournalFile(disk / "journal.sqlite")
    with connect() as project, pytest.raises(JournalError, match="link"):
        project.delete_customer_permanently(WHO)
    assert not (disk / "elsewhere.sqlite").exists()
    assert any(customer["id"] == WHO for customer in sandbox.customers())
