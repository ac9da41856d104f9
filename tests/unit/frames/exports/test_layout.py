"""Which column is what: by its place, by its title where places cannot be right."""

from __future__ import annotations

import dataclasses

import pytest

from vfy_notebook.errors import ResponseError
from vfy_notebook.frames.exports.customers import CUSTOMERS
from vfy_notebook.frames.exports.layout import lay_out

WHAT = dataclasses.replace(
    CUSTOMERS,
    fields=("id", "source_id", "name", "created_at", "updated_at", "loyalty_points", "metadata"),
)
FIELDS = WHAT.fields[:-1]
IN_ORDER = dict(zip(FIELDS, range(6), strict=True))
DISPLAYED = ["ID", "Source ID", "Name", "Creation Date", "Last Update Date", "Loyalty Points"]


def test_titles_that_nobody_knows_are_known_by_their_places():
    titles = ["Nummer", "Eigene Nummer", "Wie", "Seit", "Zuletzt", "Punkte", "tier", "score"]
    layout = lay_out(titles, WHAT, keys=["tier", "score"])
    assert layout.fields == IN_ORDER
    assert layout.metadata == {"tier": 6, "score": 7}
    assert layout.missing == ()


@pytest.mark.parametrize("keys", [None, [], ["tier"], ["tier", "score", "never filled"]])
def test_more_or_less_metadata_than_expected_does_not_move_the_fields(keys):
    layout = lay_out([*DISPLAYED, "tier", "score"], WHAT, keys=keys)
    assert layout.fields == IN_ORDER
    assert layout.metadata == {"tier": 6, "score": 7}


def test_an_order_of_the_servers_own_is_known_by_the_titles():
    titles = ["Creation Date", "ID", "Name", "Last Update Date", "source_id", "Loyalty Points"]
    layout = lay_out([*titles, "tier"], WHAT, keys=["tier"])
    assert layout.fields == {name: at for at, name in enumerate(FIELDS_OF(titles))}
    assert layout.metadata == {"tier": 6}


def FIELDS_OF(titles):  # noqa: N802 - reads as the constant that it turns round
    return [FIELDS[DISPLAYED.index("Source ID" if t == "source_id" else t)] for t in titles]


def test_a_field_left_out_in_the_middle_does_not_shift_the_others():
    titles = [title for title in DISPLAYED if title != "Name"]
    layout = lay_out([*titles, "tier"], WHAT, keys=["tier"])
    assert layout.fields == {n: i for i, n in enumerate(n for n in FIELDS if n != "name")}
    assert layout.metadata == {"tier": 5}
    assert layout.missing == ("name",)


def test_keys_with_the_names_of_fields_stand_behind_them():
    layout = lay_out([*DISPLAYED, "name", "Creation Date"], WHAT, keys=["name", "Creation Date"])
    assert layout.fields == IN_ORDER
    assert layout.metadata == {"name": 6, "Creation Date": 7}


@pytest.mark.parametrize("title", ["Creation Date", "created_at", "Created At", "email", "E-mail"])
def test_a_known_field_is_never_taken_for_metadata(title):
    layout = lay_out([*DISPLAYED, title, "tier"], WHAT, keys=["tier"])
    assert layout.fields == IN_ORDER
    assert layout.metadata == {"tier": 7}


def test_two_fields_may_share_a_title():
    what = dataclasses.replace(WHAT, fields=("id", "created_at", "birthdate", "birthday"))
    layout = lay_out(["ID", "Creation Date", "Birthdate", "Birthdate"], what, keys=[])
    assert layout.fields == {"id": 0, "created_at": 1, "birthdate": 2, "birthday": 3}


@pytest.mark.parametrize(
    ("titles", "named"),
    [
        (["ID", "Name"], "created_at"),
        (["Name", "Creation Date"], "id"),
        (["<html>"], "id, created_at"),
        ([], "id, created_at"),
        # What is not there may be what nobody knows.
        (["ID", "Creation Date", "Vor- und Zuname", "tier"], "name.* knows what Vor- und Zuname"),
    ],
)
def test_what_was_asked_for_and_is_not_there_is_an_error(titles, named):
    with pytest.raises(ResponseError, match=rf"no column for .*{named}.*via=.list"):
        lay_out(titles, WHAT, keys=["tier"])


def test_where_no_metadata_are_defined_what_nobody_knows_may_be_what_is_not_there():
    orders = ["id", "created_at", "status", "amount"]
    with pytest.raises(ResponseError, match=r"name.*nobody knows what status, amount is"):
        lay_out(orders, WHAT, keys=[])
    assert lay_out(orders, WHAT, keys=None).missing


def test_one_column_may_hold_all_metadata():
    layout = lay_out([*DISPLAYED, "Metadata"], WHAT, keys=["tier", "score"])
    assert (layout.fields, layout.metadata, layout.whole_metadata) == (IN_ORDER, {}, 6)
