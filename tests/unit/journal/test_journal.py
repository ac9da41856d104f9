from __future__ import annotations

import multiprocessing
import os
import sqlite3
import stat
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from tests.processes import ENDS_S, heard, started
from tests.unit.edits.frames import change_of
from vfy_notebook.errors import JournalError, PlanError
from vfy_notebook.journal.entries import (
    ENDED,
    FINISHED,
    PLANNED,
    SENDING,
    SENT,
    Batch,
    Outcome,
    PushFacts,
)
from vfy_notebook.journal.file import JournalFile, RunLock
from vfy_notebook.journal.journal import Journal

SITE = "https://api.example app"

#: The user who may do nothing, on most systems.
NOBODY = 65_534


@pytest.fixture
def path(tmp_path):
    return tmp_path / "deep" / "journal.sqlite"


@pytest.fixture
def journal(path):
    with Journal(path, site=SITE) as opened:
        yield opened


def begin(journal, count=3, **facts):
    changes = [change_of(i, {"metadata.tier": "gold"}) for i in range(count)]
    return journal.begin(
        "push",
        PushFacts(**facts),
        changes,
        [Batch("metadata", (0, 1)), Batch("put", (2,))],
        {},
    )


def test_only_the_owner_can_read_the_files(journal, path):
    begin(journal)
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_file_that_others_could_read_is_made_private(path):
    path.parent.mkdir()
    path.touch(0o644)
    path.chmod(0o644)
    Journal(path, site=SITE).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_it_writes_ahead_and_syncs(journal):
    (mode,) = journal._file.read("PRAGMA journal_mode")[0]
    (sync,) = journal._file.read("PRAGMA synchronous")[0]
    assert (mode, sync) == ("wal", 2)


def test_a_push_is_read_back_as_it_was_entered(journal):
    change = change_of(
        0,
        {"metadata.big": 2**70, "name": None, "metadata.x": {"a": [1.5, None, "ü"]}},
        before={"metadata.big": 1, "name": "A", "metadata.x": None},
        rest_of_metadata={"kept": True},
        rest_of_address={"city": "Łódź"},
        unchanged_since_ms=5,
        created_ms=4,
    )
    facts = PushFacts(overwrite=True, as_of_ms=7, count=1, from_ms=4, to_ms=4)
    left_out = {0: Outcome("skipped", "why")}
    push_id = journal.begin("push", facts, [change], [], left_out)
    assert journal.facts(push_id) == replace(facts, file_number=journal.path.stat().st_ino)
    (row,) = journal.rows(push_id)
    assert row.change == change
    assert (row.position, row.batch, row.outcome, row.reason) == (0, None, "skipped", "why")


def test_a_batchs_life(journal):
    push_id = begin(journal)
    assert [(b.route, b.state) for b in journal.batches(push_id)] == [
        ("metadata", PLANNED),
        ("put", PLANNED),
    ]
    journal.sending(push_id, [0], 123)
    first = journal.batches(push_id)[0]
    assert (first.state, first.intent_ms, first.attempts) == (SENDING, 123, 1)
    journal.sent(push_id, 0, "aa_1", found_again=True)
    first = journal.batches(push_id)[0]
    assert (first.state, first.action_id, first.found_again) == (SENT, "aa_1", True)
    assert journal.claimed_actions() == {"aa_1"}
    journal.ended(push_id, {0: "DONE"})
    assert journal.batches(push_id)[0].state == ENDED
    journal.to_be_sent_again(push_id, 0)
    first = journal.batches(push_id)[0]
    assert (first.state, first.action_id, first.found_again) == (PLANNED, None, False)
    outcome = Outcome("updated", None, "read back", "cust_9", 99, 98)
    journal.enter_outcomes(push_id, {1: outcome}, batches=[0])
    assert journal.batches(push_id)[0].state == FINISHED
    row = journal.rows(push_id, 0)[1]
    assert (row.outcome, row.learnt, row.now_id, row.updated_ms, row.read_ms) == (
        "updated", "read back", "cust_9", 99, 98,
    )  # fmt: skip


def test_pushes_are_open_until_closed_and_known_to_their_project_only(journal, path):
    first, second = begin(journal), begin(journal)
    assert journal.open_pushes() == [first, second]
    journal.close_push(first)
    assert journal.open_pushes() == [second]
    with Journal(path, site="https://api.example other") as other:
        assert other.open_pushes() == []
        with pytest.raises(PlanError, match="no push"):
            other.facts(second)


DAY_S = 86_400


def opened(path, *, days=0.0, server_days=None, **options):
    """The journal so many days later, by this computer's clock and by the server's."""
    told = days if server_days is None else server_days
    server_ms = None if server_days == "unknown" else int(told * DAY_S * 1000)
    return Journal(
        path, site=SITE, now=lambda: days * DAY_S, server_ms=lambda: server_ms, **options
    )


def fill_and_close(path, **options):
    with opened(path, **options) as journal:
        push_id = begin(journal)
        journal.log_consents("cust_1", {"cnst_a": True}, outcome="sent")
        journal.close_push(push_id)


def held(journal):
    tables = ("pushes", "rows", "batches", "consents")
    return [len(journal._file.read_checked(table, "true")) for table in tables]


def test_old_entries_are_removed_when_it_is_opened(path):
    fill_and_close(path)
    with opened(path, days=29) as journal:
        assert held(journal) == [1, 3, 2, 1]
    with opened(path, days=31) as journal:
        assert held(journal) == [0, 0, 0, 0]


@pytest.mark.parametrize(
    "clocks",
    [
        {"days": 31, "server_days": 1},
        {"days": 1, "server_days": 31},
        {"days": 31, "server_days": "unknown"},
        {"days": -0.1, "server_days": -0.1},
        {"days": 31, "server_days": 29.9},
    ],
    ids=str,
)
def test_one_clock_that_is_wrong_loses_nothing(path, clocks):
    fill_and_close(path)
    opened(path, **clocks).close()
    with opened(path, days=2) as journal:
        assert held(journal) == [1, 3, 2, 1]


def test_an_entry_that_was_made_with_a_wrong_clock_is_kept_by_the_other(path):
    fill_and_close(path, days=-40, server_days=0)
    with opened(path, days=1) as journal:
        assert held(journal) == [1, 3, 2, 1]


def test_a_push_that_is_not_finished_is_never_removed(path):
    with opened(path) as journal:
        push_id = begin(journal)
    with opened(path, days=1_000) as journal:
        assert journal.open_pushes() == [push_id]
        assert len(journal.rows(push_id)) == 3


def test_keep_days_can_be_set(path):
    fill_and_close(path)
    with opened(path, days=31, keep_days=60) as journal:
        assert held(journal) == [1, 3, 2, 1]


# -- damage ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("rows", "cells", '["cust_0",{"metadata.tier":null},{"metadata.tier":"GOLD"},{},{}]'),
        ("rows", "cells", b"\xff\xfe"),
        ("rows", "customer_id", "cust_7"),
        ("rows", "updated_ms", 5),
        ("rows", "outcome", "updated"),
    ],
)
def test_damage_in_a_row_is_refused_by_name(journal, table, column, value):
    push_id = begin(journal)
    damage(journal, f"UPDATE {table} SET {column} = ? WHERE position = 0", value)  # noqa: S608
    for read in (journal.rows, journal.outcomes):
        with pytest.raises(JournalError, match=f"damaged.*{push_id}.*position 0"):
            read(push_id)


@pytest.mark.parametrize(
    ("statement", "read"),
    [
        ("UPDATE pushes SET facts = '{}'", lambda journal, push_id: journal.facts(push_id)),
        ("UPDATE pushes SET is_open = 0", lambda journal, _: journal.open_pushes()),
        (
            "UPDATE batches SET state = 'finished'",
            lambda journal, push_id: journal.batches(push_id),
        ),
        (
            "UPDATE batches SET action_id = 'aa_2'",
            lambda journal, push_id: journal.batches(push_id),
        ),
        (
            "UPDATE consents SET consents = '{}'",
            lambda journal, _: journal.last_consents(["cust_1"]),
        ),
    ],
)
def test_damage_elsewhere_is_refused_too(journal, statement, read):
    push_id = begin(journal)
    journal.log_consents("cust_1", {"a": True}, outcome="sent")
    read(journal, push_id)
    damage(journal, statement)
    with pytest.raises(JournalError, match="damaged"):
        read(journal, push_id)


def damage(journal, statement, *values):
    """Change a cell as a bad disk would: nothing that guards the tables notices."""
    db = journal._file._db
    triggers = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        db.execute(f"DROP TRIGGER {name}")
    db.execute(statement, values)
    for _, sql in triggers:
        db.execute(sql)


# -- consents ----------------------------------------------------------------------------------


def test_the_last_consents_sent_are_told_by_customer(path):
    seconds = iter(range(100, 200))
    with Journal(path, site=SITE, now=lambda: float(next(seconds))) as journal:
        journal.log_consents("cust_1", {"a": True, "b": True}, outcome="sent")
        journal.log_consents("cust_1", {"b": False}, outcome="sent")
        journal.log_consents("cust_1", {"a": False}, outcome="failed")
        journal.log_consents("cust_2", {"a": False}, outcome="sent")
        told = journal.last_consents(["cust_1", "cust_2", "cust_3"])
    assert {who: {c: s.given for c, s in what.items()} for who, what in told.items()} == {
        "cust_1": {"a": True, "b": False},
        "cust_2": {"a": False},
    }
    assert told["cust_1"]["b"].sent_at > told["cust_1"]["a"].sent_at


# -- forgetting --------------------------------------------------------------------------------


def test_no_byte_of_a_forgotten_customer_is_left(path):
    journal = Journal(path, site=SITE)
    changes = [
        change_of(i, {"name": f"After-{i}-name"}, before={"name": f"Before-{i}-name"})
        for i in range(60)
    ]
    for change in changes:
        change.rest_of_metadata = {"secret": f"Secret-{change.label}-secret" * 50}
    push_id = journal.begin("push", PushFacts(), changes, [Batch("bulk", tuple(range(60)))], {})
    quoting = Outcome("failed", "must be a string (actual value is 'Secret-cust_7-secret')")
    journal.enter_outcomes(push_id, {6: quoting, 7: quoting})
    journal.log_consents("s7", {"cnst_a": True}, outcome="sent")
    assert holds(path, b"-7-name")
    journal.forget_customer("cust_7", "s7")
    assert not holds(path, b"-7-name")
    assert not holds(path, b"cust_7-")
    assert not holds(path, b"cust_7\x00")
    assert b"Before-8-name" in path.read_bytes()
    rows = journal.rows(push_id)
    assert [row.position for row in rows] == [p for p in range(60) if p != 7]
    assert journal.last_consents(["s7"]) == {}
    assert rows[6].reason == "removed with a deleted customer"
    journal.close()


def holds(path, needle):
    return any(needle in file.read_bytes() for file in path.parent.iterdir())


def test_a_customer_is_forgotten_under_every_key_and_address_of_the_file(path):
    """The same project may have been reached by another key, or by its address spelt otherwise."""
    with Journal(path, site="other app") as other:
        push_id = begin(other)
        other.log_consents("s1", {"a": True}, outcome="sent")
        other.log_consents("s2", {"a": True}, outcome="sent")
        with Journal(path, site=SITE) as journal:
            journal.forget_customer("cust_1", "s1")
        assert [row.change.label for row in other.rows(push_id)] == ["cust_0", "cust_2"]
        assert list(other.last_consents(["s1", "s2"])) == ["s2"]


# -- when it cannot be used --------------------------------------------------------------------


def test_a_file_that_is_no_journal_is_refused_with_the_way_out(path):
    path.parent.mkdir()
    path.write_bytes(b"this is no database, but it is long enough to look like one" * 50)
    with pytest.raises(JournalError, match=r"connect\(journal=\.\.\.\)"):
        Journal(path, site=SITE)


@pytest.mark.parametrize("version", [1, 2, 99])
def test_a_journal_of_another_version_is_refused_and_stays_as_it_is(path, version):
    Journal(path, site=SITE).close()
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {version}")
    db.close()
    before = path.read_bytes()
    with pytest.raises(JournalError, match=f"version {version}.*journal=") as caught:
        Journal(path, site=SITE)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == before


def open_as_nobody(path, told):
    """Open a journal without the rights that root has everywhere."""
    if os.geteuid() == 0:
        os.seteuid(NOBODY)
    try:
        Journal(path, site=SITE).close()
    except JournalError as error:
        told.send(str(error))
    else:
        told.send("")


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="rights are others on this system")
@pytest.mark.parametrize(("file", "folder"), [(0o400, 0o700), (0o600, 0o500)])
def test_a_journal_that_may_only_be_read_is_refused_with_the_way_out(file, folder):
    # Not in pytest's folder, which is root's alone where root runs the tests.
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "journal.sqlite"
        Journal(path, site=SITE).close()
        for each, mode in ((path, file), (path.parent, folder)):
            if os.geteuid() == 0:
                os.chown(each, NOBODY, NOBODY)
            each.chmod(mode)
        context = multiprocessing.get_context("spawn")
        theirs, ours = context.Pipe(duplex=False)
        with started(context.Process(target=open_as_nobody, args=(path, ours))):
            message = heard(theirs)
        path.parent.chmod(0o700)
    assert "cannot be used" in message
    assert "connect(journal=...)" in message
    assert "Nothing was sent" in message


def test_a_folder_in_its_place_is_refused(path):
    path.mkdir(parents=True)
    with pytest.raises(JournalError, match="cannot be used"):
        Journal(path, site=SITE)


def test_a_full_disk_is_told_of(journal):
    push_id = begin(journal)
    journal._file._db.execute("PRAGMA max_page_count = 1")
    with pytest.raises(JournalError, match="cannot be written"):
        fill(journal)
    assert len(journal.rows(push_id)) == 3


def fill(journal):
    for _ in range(200):
        begin(journal)


def test_a_step_that_fails_leaves_nothing(journal):
    with pytest.raises(ZeroDivisionError):
        fail_midway(journal)
    assert journal._file.read("SELECT * FROM receipts") == []


def fail_midway(journal):
    with journal._file.step("test") as db:
        db.execute("INSERT INTO receipts (site, customer_digest, receipt) VALUES ('a', 'b', '{}')")
        raise ZeroDivisionError


def test_steps_are_told_before_and_after(journal, monkeypatch):
    told = []
    monkeypatch.setattr(JournalFile, "on_step", lambda name, when: told.append((name, when)))
    begin(journal)
    assert told == [("begin", "before"), ("begin", "after")]


# -- one runner at a time ----------------------------------------------------------------------


def hold(path, push_id, held, release):
    with RunLock(path, push_id, f"Push {push_id}"):
        held.set()
        release.wait(ENDS_S)


def test_two_processes_cannot_run_the_same_push(path):
    path.parent.mkdir()
    context = multiprocessing.get_context("spawn")
    held, release = context.Event(), context.Event()
    other = context.Process(target=hold, args=(path, "push_1", held, release))
    with started(other):
        assert held.wait(ENDS_S)
        busy = pytest.raises(JournalError, match="push_1 is running in another process")
        with busy, RunLock(path, "push_1", "Push push_1"):
            pass
        with RunLock(path, "push_2", "Push push_2"):
            pass
        release.set()
        other.join(ENDS_S)
    with RunLock(path, "push_1", "Push push_1"):
        pass
    assert list(path.parent.iterdir()) == []


def test_a_receipt_keeps_counts_and_times_and_nobodys_data(journal):
    journal.keep_receipt(
        "cust_1",
        {
            "id": "del_1",
            "status": "DONE",
            "created_at": "2024-01-01T00:00:00Z",
            "related_object_id": "cust_1",
            "data_json": {"events": 16, "customer": 1, "email": "ada@example.com", "odd": True},
        },
    )
    (kept,) = journal.receipts("cust_1")
    assert (kept["id"], kept["status"]) == ("del_1", "DONE")
    assert kept["data_json"] == {"events": 16, "customer": 1}
    assert "ada@" not in str(kept)
