from __future__ import annotations

import pytest

from vfy_notebook.errors import ArgumentError
from vfy_notebook.push.comparing.request import PlanRequest

USUAL = {
    "columns": None,
    "new_keys": (),
    "retype": (),
    "near_twins": "refuse",
    "create_missing": False,
    "on_conflict": "refuse",
    "max_records": 100,
    "max_calls": None,
}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"on_conflict": "ignore"}, "on_conflict='ignore' is not one of 'refuse'"),
        ({"near_twins": "ask"}, "near_twins='ask' is not one of 'refuse', 'create'"),
        ({"max_records": 0}, "max_records=0"),
        ({"max_records": True}, "max_records=True"),
        ({"max_records": 2.0}, "max_records=2.0"),
        ({"max_calls": 0}, "max_calls=0"),
        ({"columns": "name"}, r"columns='name': give a list, \['name'\]"),
        ({"columns": ["created_at"]}, "'created_at' cannot be written"),
        ({"columns": []}, r"columns=\[\] means no column"),
        ({"retype": ["loyalty.points"]}, "'loyalty.points' cannot be written"),
        ({"new_keys": "tier"}, "new_keys='tier': give a list"),
        ({"retype": [1]}, r"retype=\[1\]: give a list of names"),
    ],
)
def test_options_that_are_none_are_refused(options, told):
    with pytest.raises(ArgumentError, match=told):
        PlanRequest.checked(**{**USUAL, **options})


def test_true_allows_any_new_key():
    assert PlanRequest.checked(**{**USUAL, "new_keys": True}).new_keys is None
    assert PlanRequest.checked(**{**USUAL, "new_keys": ["a"]}).new_keys == {"a"}
    assert PlanRequest.checked(**USUAL).new_keys == frozenset()
