"""One customer at a time against the sandbox: any name, any answer the vendor may have meant."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from vfy_notebook.errors import ApiError, ArgumentError, ConnectError, NotFoundError

STRANGE_REFS = [
    "plain-1",
    "a/b/../c",
    "ann+vip@example.com",
    "with spaces  inside",
    "Łódź-źrebię",
    "客户#42?x=1&y=2",
    "100%25 sure",
    "semi;colon,comma",
    "back\\slash",
    "emoji-🦊",
    '<img src=x onerror="alert(1)">',
    "..%2F..",
]


@pytest.mark.parametrize("ref", STRANGE_REFS)
def test_any_source_id_names_its_customer_in_every_operation(sandbox, project, ref):
    sandbox.reset([{"source_id": "neighbour", "name": "Stays"}])
    made = project.create_customer(source_id=ref, name="Someone")
    assert made.created
    assert project.get_customer(ref)["id"] == made.id
    assert project.update_customer(ref, name="Else")["name"] == "Else"
    project.delete_customer(ref)
    assert [c["source_id"] for c in sandbox.customers()] == ["neighbour"]


@pytest.mark.parametrize("ref", ["", "   ", ".", "..", None, 42])
def test_what_names_no_customer_is_refused_before_it_is_sent(project, ref):
    with pytest.raises(ArgumentError, match="give an id"):
        project.get_customer(ref)
    assert project.calls.total == 0


def test_an_unknown_customer_is_told_in_words_that_help(project):
    for verb in (
        lambda: project.get_customer("nobody"),
        lambda: project.update_customer("nobody", name="x"),
        lambda: project.update_customer("nobody", metadata={"a": 1}),
        lambda: project.delete_customer("nobody"),
    ):
        with pytest.raises(NotFoundError, match=r"no customer 'nobody'.*check the id") as caught:
            verb()
        assert caught.value.status == 404
        assert caught.value.request_id


# -- creating --------------------------------------------------------------------------------


def test_a_new_customer_is_said_to_be_new(sandbox, project):
    saved = project.create_customer(
        source_id="n-1", name="Ann", birthdate=date(1990, 5, 1), metadata={"tier": "gold", "n": 2.0}
    )
    assert saved.created
    assert saved.before is None
    assert "Created customer cust_" in repr(saved)
    stored = sandbox.customer("n-1")
    assert stored["birthdate"] == "1990-05-01"
    assert stored["metadata"] == {"tier": "gold", "n": 2}
    assert saved.customer == stored
    assert project.calls.by_operation == {"get_customer": 1, "create_customer": 1}


def test_without_a_name_of_its_own_a_customer_is_always_new_and_costs_one_call(sandbox, project):
    assert project.create_customer(name="Ann").created
    assert project.create_customer(name="Ann").created
    assert len(sandbox.customers()) == 2
    assert project.calls.total == 2


@pytest.mark.parametrize("put", ["merge", "replace"])
def test_creating_an_existing_customer_says_so_and_loses_nothing(sandbox, project, put):
    sandbox.reset(
        [
            {
                "source_id": "n-1",
                "name": "Before",
                "email": "kept@example.com",
                "address": {"city": "Łódź", "country": "PL"},
                "metadata": {"tier": "bronze", "score": 3},
            }
        ]
    )
    sandbox.set(put_metadata=put, put_address=put)
    saved = project.create_customer(
        source_id="n-1", name="After", metadata={"tier": "gold"}, address={"city": "Kraków"}
    )
    assert not saved.created
    assert saved.before["name"] == "Before"
    assert "existed already" in repr(saved)
    stored = sandbox.customer("n-1")
    assert (stored["name"], stored["email"]) == ("After", "kept@example.com")
    assert stored["metadata"] == {"tier": "gold", "score": 3}
    assert (stored["address"]["city"], stored["address"]["country"]) == ("Kraków", "PL")


def test_an_upsert_that_answers_like_a_fresh_customer_is_still_known_for_one(sandbox, project):
    """An answer without `updated_at` proves nothing: the vendor nowhere says that it would."""
    sandbox.reset([{"source_id": "n-1"}])
    customer = sandbox.customer("n-1")
    sandbox.script(
        {"method": "POST", "path": "/v1/customers", "do": "status", "status": 200, "body": customer}
    )
    assert "updated_at" not in customer
    assert not project.create_customer(source_id="n-1", name="x").created


def test_a_create_whose_answer_was_lost_is_new_all_the_same(sandbox, project):
    sandbox.script({"method": "POST", "path": "/v1/customers", "nth": 1, "do": "lose"})
    saved = project.create_customer(source_id="n-1", name="Ann")
    assert saved.created
    assert len(sandbox.customers()) == 1


def test_a_nameless_create_whose_answer_was_lost_is_not_sent_twice(sandbox, project):
    sandbox.script({"method": "POST", "path": "/v1/customers", "nth": 1, "do": "lose"})
    with pytest.raises(ConnectError) as caught:
        project.create_customer(name="Ann")
    assert caught.value.may_have_run
    assert len(sandbox.customers()) == 1


def test_a_source_id_that_is_another_customers_id_does_not_confuse(sandbox, project):
    sandbox.reset([{"id": "cust_other", "source_id": "x", "name": "Other"}])
    saved = project.create_customer(source_id="cust_other", name="New")
    assert saved.created
    assert {c["name"] for c in sandbox.customers()} == {"Other", "New"}


def test_an_id_that_nobody_has_is_explained(sandbox, project):
    sandbox.set(post_unknown_id="refuse")
    with pytest.raises(NotFoundError, match="leave id out, and name the customer by source_id"):
        project.create_customer(id="cust_nobody", name="x")


def test_an_existing_customer_is_found_by_its_id_too(sandbox, project):
    sandbox.reset([{"id": "cust_known", "source_id": "k", "metadata": {"a": 1}}])
    sandbox.set(put_metadata="replace")
    saved = project.create_customer(id="cust_known", metadata={"b": 2})
    assert not saved.created
    assert sandbox.customer("k")["metadata"] == {"a": 1, "b": 2}


# -- updating --------------------------------------------------------------------------------


@pytest.mark.parametrize("put", ["merge", "replace"])
def test_an_update_changes_what_is_given_and_nothing_else(sandbox, project, put):
    sandbox.reset(
        [
            {
                "source_id": "n-1",
                "name": "Ann",
                "address": {"city": "Łódź", "line_1": "ul. Piękna 1"},
                "metadata": {"tier": "bronze", "tags": ["a"], "note": None},
            }
        ]
    )
    sandbox.set(put_metadata=put, put_address=put)
    project.update_customer("n-1", metadata={"tier": None}, address={"city": "Gdańsk"})
    stored = sandbox.customer("n-1")
    assert stored["metadata"] == {"tier": None, "tags": ["a"], "note": None}
    assert (stored["address"]["city"], stored["address"]["line_1"]) == ("Gdańsk", "ul. Piękna 1")
    assert stored["name"] == "Ann"


def test_empty_metadata_does_not_wipe_what_is_there(sandbox, project):
    sandbox.reset([{"source_id": "n-1", "metadata": {"tier": "gold"}}])
    sandbox.set(put_metadata="replace")
    project.update_customer("n-1", metadata={})
    assert sandbox.customer("n-1")["metadata"] == {"tier": "gold"}


def test_plain_fields_cost_one_call_and_metadata_two(sandbox, project):
    sandbox.reset([{"source_id": "n-1"}])
    project.update_customer("n-1", name="Ann", phone=None)
    assert project.calls.total == 1
    project.update_customer("n-1", metadata={"a": 1})
    assert project.calls.total == 3


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"source_id": "other"}, "source_id cannot be changed"),
        ({"id": "cust_x"}, "id cannot be changed"),
        ({"summary": {}}, "summary cannot be written"),
        ({"birthday": "1990-01-01"}, "write birthdate"),
        ({"emial": "x"}, "did you mean 'email'"),
        ({"favourite_colour": "red"}, "other values go into metadata"),
        ({"metadata.tier": "gold"}, r"give metadata=\{'tier': …\}"),
        ({"metadata": None}, "metadata cannot be null"),
        ({"metadata": "gold"}, "give a dict"),
        ({"metadata": {"score": float("nan")}}, "metadata.score is nan"),
        ({"metadata": {"score": float("inf")}}, "metadata.score is inf"),
        ({"metadata": {"when": object()}}, "metadata.when is of type object"),
        ({"name": float("nan")}, "name is nan"),
        ({"name": pd.NA}, "name is <NA>"),
        ({"name": 7}, "give a text"),
        ({"birthdate": "1.5.1990"}, "birthdate is '1.5.1990', which is no date"),
        ({"address": {"town": "Łódź"}}, "address.town is not a part of an address"),
        ({"address": {"city": 7}}, "address.city is 7"),
        ({}, "Nothing to change"),
    ],
)
def test_what_cannot_be_written_is_refused_before_it_is_sent(sandbox, project, fields, says):
    sandbox.reset([{"source_id": "n-1"}])
    with pytest.raises(ArgumentError, match=says):
        project.update_customer("n-1", **fields)
    assert sandbox.requests() == []


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({}, "No fields"),
        ({"source_id": ""}, "source_id is empty"),
        ({"source_id": None}, "source_id cannot be null"),
        ({"source_id": 42}, "give a text"),
    ],
)
def test_a_create_that_cannot_be_meant_is_refused(sandbox, project, fields, says):
    with pytest.raises(ArgumentError, match=says):
        project.create_customer(**fields)
    assert sandbox.requests() == []


def test_values_of_numpy_and_pandas_are_sent_as_what_they_are(sandbox, project):
    project.create_customer(
        source_id="n-1",
        metadata={
            "whole": np.int64(5),
            "flag": np.bool_(True),
            "when": pd.Timestamp("2024-01-31T12:00:00Z"),
            "list": np.array([1, 2]),
        },
    )
    assert sandbox.customer("n-1")["metadata"] == {
        "whole": 5,
        "flag": True,
        "when": "2024-01-31T12:00:00.000Z",
        "list": [1, 2],
    }


def test_the_apis_refusal_keeps_its_own_words(sandbox, project):
    sandbox.reset(
        [{"source_id": "n-1"}],
        metadata_schema={"properties": {"tier": {"type": "string", "eq": ["gold"]}}},
    )
    with pytest.raises(ApiError, match="must be equal to one of gold"):
        project.update_customer("n-1", metadata={"tier": "platinum"})


def test_deleting_after_a_lost_answer_is_done_and_deleting_nobody_is_not(sandbox, project):
    sandbox.reset([{"source_id": "n-1"}])
    sandbox.script({"method": "DELETE", "path": "/v1/customers/*", "nth": 1, "do": "lose"})
    project.delete_customer("n-1")
    assert sandbox.customers() == []
    with pytest.raises(NotFoundError):
        project.delete_customer("n-1")


def test_a_saved_customers_text_cannot_run_in_the_notebook(project):
    saved = project.create_customer(source_id="<b>x</b>", name="<img src=x onerror=alert(1)>")
    shown = saved._repr_html_()
    assert "<img" not in shown
    assert "<b>x</b>" not in shown
    assert "&lt;img" in shown
