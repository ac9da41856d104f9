"""Which customers a form is about."""

from __future__ import annotations

import pytest

from vfy_notebook.errors import ArgumentError
from vfy_notebook.forms.picking import Picked
from vfy_notebook.forms.state import Tone


def ids(picked):
    return list(picked.customers.index)


def test_a_given_frame_is_shown_and_not_searched(project, customers):
    picked = Picked(project, customers)
    assert not picked.searchable
    assert len(picked) == 8
    assert [p.label for p in picked.shown] == [f"Name {i}" for i in range(5)]
    assert picked.more == 3
    assert picked.customers is not customers


def test_given_ids_are_customers_too(project):
    picked = Picked(project, ["cust_1", "s/2", "cust_1"])
    assert ids(picked) == ["cust_1", "s/2"]
    assert project.calls.total == 0


def test_what_names_no_customers_is_refused(project):
    with pytest.raises(ArgumentError):
        Picked(project, 7)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("cust_3", ["cust_3"]),
        ("s/3", ["cust_3"]),
        ("  s/3 ", ["cust_3"]),
        ("n3@example.com", ["cust_3"]),
    ],
)
def test_search_finds_by_id_source_id_and_email(project, text, found):
    picked = Picked(project)
    assert picked.searchable
    picked.search(text, False)
    assert ids(picked) == found
    assert picked.message.text == "Added 1 customer."
    assert picked.message.tone is Tone.GOOD


def test_a_source_id_that_looks_like_an_address_and_all_who_share_the_address(sandbox, project):
    sandbox.insert(
        [
            {"id": "cust_a", "source_id": "both@example.com"},
            {"id": "cust_b", "email": "both@example.com"},
            {"id": "cust_c", "email": "both@example.com", "source_id": "c"},
        ]
    )
    picked = Picked(project)
    picked.search("both@example.com", False)
    assert sorted(ids(picked)) == ["cust_a", "cust_b", "cust_c"]
    assert picked.message.text == "Added 3 customers."


def test_searches_add_up_and_nobody_is_there_twice(project):
    picked = Picked(project)
    for text in ("cust_1", "n2@example.com", "s/1"):
        picked.search(text, False)
    assert ids(picked) == ["cust_1", "cust_2"]
    assert picked.message.text == "s/1 is on the list already."
    picked.clear()
    assert len(picked) == 0
    assert picked.message is None


def test_nobody_found_is_said_and_an_empty_search_asks_for_something(project):
    picked = Picked(project)
    picked.search("nobody", False)
    assert picked.message.text == "No customer has the id, source_id or e-mail address nobody."
    calls = project.calls.total
    picked.search("   ", False)
    assert "Type an id" in picked.message.text
    assert project.calls.total == calls


def test_a_failing_search_is_a_sentence_and_keeps_the_list(sandbox, project):
    picked = Picked(project)
    picked.search("cust_1", False)
    sandbox.script(
        {
            "nth": "every",
            "do": "status",
            "status": 401,
            "body": {"code": 401, "key": "unauthorized"},
        }
    )
    picked.search("cust_2", False)
    assert picked.message.tone is Tone.BAD
    assert "Check the application ID" in picked.message.text
    assert ids(picked) == ["cust_1"]
