"""A journal that cannot be used stops each verb before it sends; what needs none goes on."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import warnings

import pandas as pd
import pytest

from tests.contract.push_support import fetched, fill, outcomes, push
from tests.faults.cut_off import deletion_cut_off, push_cut_off
from vfy_notebook.errors import (
    JournalError,
    OverwriteWarning,
    PushInterrupted,
    VfyNotebookWarning,
)

NOBODY = 65_534
WHO = pd.DataFrame(index=pd.Index(["s0"], name="source_id"))
CONSENTS = {"consents": [{"id": "cnst_1", "name": "One"}]}


@contextlib.contextmanager
def no_journal(path):
    """The file is none."""
    before = path.read_bytes()
    path.write_bytes(b"nothing of ours" * 99)
    yield
    path.write_bytes(before)


@contextlib.contextmanager
def of_another_version(path):
    with contextlib.closing(sqlite3.connect(path)) as db:
        (before,) = db.execute("PRAGMA user_version").fetchone()
        db.execute("PRAGMA user_version = 99")
        yield
        db.execute(f"PRAGMA user_version = {before}")


@contextlib.contextmanager
def only_read(path):
    """No right to write, for root as little as for anybody."""
    is_root = os.geteuid() == 0
    before = path.stat().st_mode, path.parent.stat().st_mode
    path.chmod(0o400)
    path.parent.chmod(0o500)
    if is_root:
        os.seteuid(NOBODY)
    yield
    if is_root:
        os.seteuid(0)
    path.parent.chmod(before[1])
    path.chmod(before[0])


SPOILT = [
    no_journal,
    of_another_version,
    pytest.param(
        only_read,
        marks=pytest.mark.skipif(not hasattr(os, "geteuid"), reason="rights are others here"),
    ),
]


def renamed(project):
    return project.plan_push(fetched(project)[1].assign(name="New"))


def failed(sandbox, project):
    sandbox.set(job_failures={f"s{i}": "try later" for i in range(4)})
    report = push(renamed(project))
    sandbox.set(job_failures={})
    return report


def imported(project):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OverwriteWarning)
        frame = pd.DataFrame({"source_id": ["s0"], "name": ["New"]})
        return project.import_csv(frame, allow_partial=True, progress=False)


def consents(project):
    given = pd.DataFrame({"cnst_1": [True]}, index=["s0"])
    return project.push_consents(given, progress=False)


def deletion(project, *, permanent):
    some = project.fetch_customers(progress=False).head(1)
    plan = project.plan_deletion(some, permanent=permanent, progress=False)
    return lambda: plan.delete(confirm=1, progress=False)


def segment(project, **options):
    some = project.fetch_customers(progress=False).head(2)
    plan = project.plan_segment("Made", some, new_keys=True, **options)

    def create():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", VfyNotebookWarning)  # the schema lacks its key
            return plan.create(progress=False)

    return create


def after(before, act):
    """What is to be done after something else."""

    def prepared(sandbox, project):
        before(sandbox, project)
        return lambda: act(project)

    return prepared


#: Makes what is needed, while the journal is sound; gives what is done with it.
STOPPED = {
    "push": lambda _box, p: renamed(p).push,
    "undo, its plan": lambda _box, p: push(renamed(p)).plan_undo,
    "undo": lambda _box, p: push(renamed(p)).plan_undo().push,
    "retry, its plan": lambda box, p: failed(box, p).plan_retry,
    "retry": lambda box, p: failed(box, p).plan_retry().push,
    "resume": after(push_cut_off("sending", "before"), lambda p: p.resume_push(progress=False)),
    "pushes": lambda _box, p: p.pushes,
    "push_consents": lambda _box, p: lambda: consents(p),
    "update_consents": lambda _box, p: lambda: p.update_consents("s0", {"cnst_1": True}),
    "last_sent_consents": lambda _box, p: lambda: p.last_sent_consents(WHO),
    "deletion": lambda _box, p: deletion(p, permanent=False),
    "permanent deletion": lambda _box, p: deletion(p, permanent=True),
    "permanent deletion of one": lambda _box, p: lambda: p.delete_customer_permanently("s0"),
    "deletions cut off": after(
        deletion_cut_off(permanent=False), lambda p: p.plan_cut_off_deletions()
    ),
    "receipts": lambda _box, p: p.deletion_receipts,
    "import_csv": lambda _box, p: lambda: imported(p),
    "segment": lambda _box, p: segment(p),
    "segment via metadata": lambda _box, p: segment(p, via="metadata"),
    "adopt_pushes": lambda _box, p: lambda: p.adopt_pushes("http://127.0.0.1:1 other"),
}

#: What is written at Voucherify only, and needs no journal.
GOES_ON = {
    "fetch": lambda p: p.fetch_customers(progress=False),
    "create_customer": lambda p: p.create_customer(source_id="new", name="New"),
    "update_customer": lambda p: p.update_customer("s0", name="New"),
    "delete_customer": lambda p: p.delete_customer("s0"),
    "plan_push": renamed,
    "plan_deletion": lambda p: deletion(p, permanent=True),
    "fetch_consents": lambda p: p.fetch_consents(),
}


def customers_with_consents(sandbox):
    fill(sandbox, 4)
    sandbox.reset(sandbox.customers(), consents=CONSENTS)


def written(sandbox):
    return [r["path"] for r in sandbox.requests() if r["method"] != "GET"]


@pytest.mark.parametrize("spoilt", SPOILT)
@pytest.mark.parametrize("verb", STOPPED)
def test_each_verb_says_so_before_anything_is_sent(sandbox, project, tmp_path, verb, spoilt):
    customers_with_consents(sandbox)
    act = STOPPED[verb](sandbox, project)
    project.pushes()  # so that there is a journal
    sandbox.forget_requests()
    with spoilt(tmp_path / "journal.sqlite"), pytest.raises(JournalError) as caught:
        act()
    assert written(sandbox) == []
    assert not caught.value.may_have_run
    assert str(tmp_path / "journal.sqlite") in str(caught.value)
    act()  # nothing is used up


@pytest.mark.parametrize("spoilt", SPOILT)
def test_what_needs_no_journal_goes_on(sandbox, project, tmp_path, spoilt):
    customers_with_consents(sandbox)
    project.pushes()
    with spoilt(tmp_path / "journal.sqlite"):
        for act in GOES_ON.values():
            act(project)


def damage(project, table):
    with project._open_journal() as journal, journal._file.step("damage") as db:
        asked = "SELECT sql FROM sqlite_master WHERE name = ?"
        (trigger,) = db.execute(asked, (f"{table}_UPDATE",)).fetchone()
        db.execute(f"DROP TRIGGER {table}_UPDATE")
        assert db.execute(f"UPDATE {table} SET checksum = 'wrong'").rowcount  # noqa: S608
        db.execute(trigger)


@pytest.mark.parametrize("verb", ["undo", "retry", "resume"])
def test_no_push_goes_back_or_on_by_damaged_rows(sandbox, project, verb):
    customers_with_consents(sandbox)
    act = STOPPED[verb](sandbox, project)
    if verb != "resume":  # what is planned is planned, and is entered anew
        report = project.get_push(project.pushes()["push_id"].iloc[0])
        act = {"undo": report.plan_undo, "retry": report.plan_retry}[verb]
    damage(project, "rows")
    sandbox.forget_requests()
    with pytest.raises((JournalError, PushInterrupted), match="position 0"):
        act()
    assert written(sandbox) == []


def test_damage_in_what_was_does_not_stop_what_is_new(sandbox, project):
    customers_with_consents(sandbox)
    push(renamed(project))
    consents(project)
    deletion_cut_off(permanent=False)(sandbox, project)
    for table in ("rows", "consents", "deletions"):
        damage(project, table)
    again = project.plan_push(fetched(project)[1].assign(name="Newer"))
    assert set(outcomes(push(again)).values()) == {"updated"}
    assert consents(project).rows["outcome"].tolist() == ["sent"]
    with pytest.raises(JournalError):
        project.plan_cut_off_deletions()
    assert deletion(project, permanent=False)().rows["outcome"].tolist() == ["deleted"]
    with pytest.raises(JournalError):
        project.last_sent_consents(WHO)
