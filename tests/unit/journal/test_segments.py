"""Segments that were about to be made, in the journal."""

from __future__ import annotations

import pytest

from vfy_notebook.journal.journal import Journal

SITE = "https://api.example app"
DAY_S = 86_400
RULE = {"junction": "and", "metadata.vip": {"conditions": {"$is": [True]}}}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal.sqlite"


def opened(path, *, site=SITE, days=0.0):
    now_s = 1_800_000_000 + days * DAY_S
    return Journal(path, site=site, now=lambda: now_s, server_ms=lambda: int(now_s * 1000))


def begin(journal, name="VIP", kind="passive", rule=RULE):
    return journal.begin_segment(name, kind, rule, "digest", {"seg_old"})


def test_an_entry_is_there_until_it_is_ended(path):
    with opened(path) as journal:
        number = begin(journal)
        begin(journal, "Others")
    with opened(path) as journal:
        (entry,) = journal.open_segments("VIP")
        assert (entry.number, entry.type, entry.rule) == (number, "passive", RULE)
        assert (entry.members_digest, entry.known_ids) == ("digest", ("seg_old",))
        journal.end_segment(number)
        assert journal.open_segments("VIP") == []
        assert len(journal.open_segments("Others")) == 1


def test_a_static_one_has_no_rule(path):
    with opened(path) as journal:
        begin(journal, kind="static", rule=None)
        assert journal.open_segments("VIP")[0].rule is None


def test_other_projects_do_not_see_it_until_it_is_adopted(path):
    with opened(path) as journal:
        begin(journal)
    with opened(path, site="another") as journal:
        assert journal.open_segments("VIP") == []
        journal.adopt(SITE)
        assert len(journal.open_segments("VIP")) == 1


@pytest.mark.parametrize(("days", "left"), [(29, 1), (31, 0)])
def test_old_entries_are_removed(path, days, left):
    with opened(path) as journal:
        begin(journal)
    with opened(path, days=days) as journal:
        assert len(journal.open_segments("VIP")) == left


def test_no_customer_is_in_the_file(path):
    """An entry knows a selection again by a digest, which tells nobody of it."""
    with opened(path) as journal:
        begin(journal)
        journal.forget_customer("cust_1", "s1")
        assert len(journal.open_segments("VIP")) == 1
    assert b"cust_" not in path.read_bytes()
