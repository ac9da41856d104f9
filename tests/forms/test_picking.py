"""Which customers a form is about."""

from __future__ import annotations

import pytest

from vfy_notebook.errors import ArgumentError
from vfy_notebook.forms import markup
from vfy_notebook.forms.customers.picking import Picked
from vfy_notebook.forms.state import Tone
from vfy_notebook.frames.identities.identities import CustomerIdentity
from vfy_notebook.progress import ProgressDisplay


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


# -- several at once ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["cust_1,s/2,n3@example.com", "cust_1\ns/2\r\nn3@example.com\n", "cust_1; s/2\tn3@example.com"],
)
def test_several_can_be_pasted(project, text):
    picked = Picked(project)
    picked.search(text, False)
    assert ids(picked) == ["cust_1", "cust_2", "cust_3"]
    assert picked.message.text == "Added 3 customers."


def test_blanks_part_names_too_as_a_text_field_makes_them_of_line_ends(project):
    picked = Picked(project)
    picked.search("cust_1 s/2 cust_1", False)
    assert ids(picked) == ["cust_1", "cust_2"]


def test_a_source_id_with_blanks_is_one(sandbox, project):
    sandbox.insert([{"id": "cust_a", "source_id": "Anna Kowalska 1990"}])
    picked = Picked(project)
    picked.search("Anna Kowalska 1990", False)
    assert ids(picked) == ["cust_a"]


def test_those_that_were_not_found_are_named(project):
    picked = Picked(project)
    picked.search("cust_1, nobody, s/2, none@example.com", False)
    assert ids(picked) == ["cust_1", "cust_2"]
    assert picked.message.tone is Tone.WARNING
    assert "Added 2 customers." in picked.message.text
    assert "nobody, none@example.com" in picked.message.text


def test_too_many_at_once_cost_nothing(project):
    picked = Picked(project)
    picked.search(" ".join(f"c{i}" for i in range(101)), False)
    assert "too many" in picked.message.text
    assert project.calls.total == 0


def test_a_search_can_be_stopped_and_keeps_whom_it_has_found(project):
    class Stops(ProgressDisplay):
        def show(self, done, *_, **__):
            if done == 2:
                raise KeyboardInterrupt

    picked = Picked(project)
    picked.search("cust_1, cust_2, cust_3", Stops())
    assert ids(picked) == ["cust_1", "cust_2"]
    assert "Stopped" in picked.message.text


# -- taking off --------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["cust_3", "s/3", "n3@example.com", "Name 3", "Name 3 (cust_3)"])
def test_one_can_be_taken_off_by_whatever_name(project, customers, text):
    picked = Picked(project, customers)
    picked.take_off(f" {text} ")
    assert len(picked) == 7
    assert "cust_3" not in ids(picked)
    assert "Name 3" in picked.message.text
    picked.take_off(text)
    assert picked.message.text == f"{text} is not on the list."


def test_who_shares_a_name_is_taken_off_by_id(sandbox, project):
    sandbox.insert([{"id": "cust_a", "name": "Name 1"}])
    picked = Picked(project, project.fetch_customers(progress=False))
    picked.take_off("Name 1")
    assert len(picked) == 9
    assert "2 customers" in picked.message.text
    assert {"Name 1 (cust_1)", "Name 1 (cust_a)"} <= set(picked.names)
    picked.take_off("Name 1 (cust_a)")
    assert len(picked) == 8


def test_without_a_name_nobody_is_taken_off(project, customers):
    picked = Picked(project, customers)
    picked.take_off("  ")
    assert len(picked) == 8
    assert "Whom?" in picked.message.text


def test_a_name_without_end_takes_no_more_than_a_line_or_two():
    long = CustomerIdentity("cust_1", "s1", "Name " * 60, "long" * 60 + "@example.com")
    shown = markup.customer_table([long])
    assert len(shown) < 700
    assert "cust_1" in shown
    assert "Name Name" in shown
