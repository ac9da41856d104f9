from __future__ import annotations

import msgspec
import pytest

from tests.unit.edits.frames import change_of, customer
from vfy_notebook.api.models import Customer
from vfy_notebook.push.lookup.export_lookup import ExportedRow
from vfy_notebook.push.outcomes.shown_values import (
    Shows,
    first_difference,
    shown_by_customer,
    shown_by_export,
)


def shown(change, **fields):
    return shown_by_customer(change, msgspec.convert(customer(0, **fields), Customer))


CHANGE = change_of(
    0,
    {"name": "New", "metadata.tier": "gold", "address.city": None, "birthdate": "1990-05-01"},
    before={"name": "Old", "metadata.tier": None, "address.city": "Łódź", "birthdate": None},
)
DONE = {"name": "New", "metadata": {"tier": "gold"}, "birthdate": "1990-05-01"}


@pytest.mark.parametrize(
    ("fields", "shows"),
    [
        (DONE, Shows.ALL),
        ({**DONE, "address": {"country": "PL"}}, Shows.ALL),
        ({**DONE, "birthdate": None, "birthday": "1990-05-01T00:00:00.000Z"}, Shows.ALL),
        ({**DONE, "name": "Old"}, Shows.NOT_ALL),
        ({**DONE, "metadata": None}, Shows.NOT_ALL),
        ({**DONE, "address": {"city": "Łódź"}}, Shows.NOT_ALL),
        ({**DONE, "metadata": {"tier": "GOLD"}}, Shows.OTHER),
        ({**DONE, "name": "Old", "metadata": {"tier": "GOLD"}}, Shows.NOT_ALL),
    ],
)
def test_a_customer_shows_all_cells_or_not(fields, shows):
    assert shown(CHANGE, **fields) is shows


def test_the_first_cell_that_differs_is_told_shortly():
    now = msgspec.convert(customer(0, **{**DONE, "metadata": {"tier": "x" * 100}}), Customer)
    told = first_difference(CHANGE, now)
    assert told.startswith("metadata.tier is 'xxx")
    assert told.endswith("on the server, not 'gold'")
    assert len(told) < 120
    now = msgspec.convert(customer(0, **{**DONE, "birthdate": None}), Customer)
    assert first_difference(CHANGE, now) == "birthdate is null on the server, not '1990-05-01'"


@pytest.mark.parametrize(
    ("before", "sent", "text", "shows"),
    [
        ("a", "b", "b", Shows.ALL),
        ("a", "b", "a", Shows.NOT_ALL),
        ("a", "b", "c", Shows.OTHER),
        ("a", "b", None, Shows.NOTHING_TO_TELL),
        ("a", None, "", Shows.ALL),
        (None, "a", "", Shows.NOT_ALL),
        ("", None, "", Shows.NOTHING_TO_TELL),
        (None, "", "", Shows.NOTHING_TO_TELL),
        (1, 2, "2", Shows.ALL),
        (1, 2, "2.0", Shows.ALL),
        (1, 2, "two", Shows.OTHER),
        (1, "1", "1", Shows.NOTHING_TO_TELL),
        (False, True, "true", Shows.ALL),
        (False, True, "TRUE", Shows.ALL),
        (False, True, "false", Shows.NOT_ALL),
        (1, 2, "2.00", Shows.ALL),
        ([1], [1, 2], "[1, 2]", Shows.ALL),
        (["a"], ["a", "b"], "a,b", Shows.ALL),
        (["a"], ["a", "b"], "a", Shows.NOT_ALL),
        ([], [1, True], "1,true", Shows.ALL),
        (["a"], [], "", Shows.ALL),
        ({"a": 1}, {"a": 2}, '{"a":1}', Shows.NOT_ALL),
        (None, "2024-01-31T00:00:00.000Z", "2024-01-31", Shows.ALL),
    ],
)
def test_text_of_an_export_proves_only_what_it_cannot_mean_otherwise(before, sent, text, shows):
    change = change_of(0, {"metadata.k": sent}, before={"metadata.k": before})
    cells = {} if text is None else {"metadata.k": text}
    assert shown_by_export(change, ExportedRow("cust_0", "s0", None, cells)) is shows


def test_one_cell_that_tells_speaks_for_a_row_whose_others_do_not():
    change = change_of(0, {"metadata.k": "b", "metadata.unknown": 1})
    row = ExportedRow("cust_0", "s0", None, {"metadata.k": "b"})
    assert shown_by_export(change, row) is Shows.ALL
