"""Errors cross process borders whole."""

from __future__ import annotations

import pickle
import threading
import warnings

import pandas as pd
import pytest

from vfy_notebook import errors

KINDS = [
    kind
    for kind in (getattr(errors, name) for name in errors.__all__)
    if issubclass(kind, errors.VfyNotebookError)
]


def made(kind):
    if issubclass(kind, errors.ApiError):
        return kind("told", status=404, details="more", request_id="v-1")
    if kind is errors.ImportInterrupted:
        return kind("told", async_action_id="aa_1")
    if kind is errors.PushInterrupted:
        return kind("told", report=["row"], push_id="push_1")
    if kind in (errors.PushFailed, errors.RunInterrupted):
        return kind("told", report=["row"])
    return kind("told")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_error_can_be_pickled_with_what_it_carries(kind):
    error = made(kind)
    error.may_have_run, error.attempts = True, 3
    error.partial = pd.DataFrame({"a": [1]})
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert type(again) is kind
    assert str(again) == "told"
    assert again.__dict__.keys() == error.__dict__.keys()
    assert (again.may_have_run, again.attempts) == (True, 3)
    assert again.partial.equals(error.partial)


def test_what_is_bound_to_a_process_stays_behind():
    error = errors.PushFailed("told", report=threading.Lock())
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (str(again), "report" in again.__dict__) == ("told", False)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_no_error_acts_on_a_terminal(kind):
    """Names and servers' answers stand in messages: an escape in them is shown, not obeyed."""
    error = made(kind)
    error.args = ("Ann\x1b[2J\u202e\n\tnext line", *error.args[1:])
    assert str(error).startswith("Ann\\x1b[2J\\u202e\n\tnext line")


def test_no_warning_acts_on_a_terminal():
    with pytest.warns(errors.VfyNotebookWarning) as told:
        warnings.warn("Ann\x9b31m", errors.VfyNotebookWarning, stacklevel=1)
    assert str(told[0].message) == "Ann\\x9b31m"
