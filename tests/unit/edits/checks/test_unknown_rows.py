from __future__ import annotations

import pytest

from vfy_notebook.edits.checks.unknown_rows import unknown_rows
from vfy_notebook.frames.identities.id_places import IdPlace

ID = "cust_0123456789abcdefABCDEF12"


def told(label, place):
    (problem,) = unknown_rows(
        [label],
        place,
        [],
        all_are=False,
        knows=lambda each: each == ID,
        source_ids={"s1"},
        ids=lambda: [ID],
    )
    return problem


LABELS = [f" {ID} ", ID.lower(), "s1", " s1", "ann@example.com"]


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("level", [None, 0], ids=["a column", "the index"])
def test_the_way_out_begins_where_the_ids_are(label, level):
    problem = told(label, IdPlace("customer_id", level))
    assert problem.blocks
    assert problem.customers == (label,)
    assert "columns of the index first" not in problem.way_out


@pytest.mark.parametrize("label", LABELS)
def test_of_an_index_of_several_levels_columns_are_made_first(label):
    place = IdPlace("customer_id", 1, only_level=False)
    assert told(label, place).way_out.endswith("edited.reset_index().")
