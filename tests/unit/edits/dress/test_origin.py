from __future__ import annotations

import pandas as pd
import pytest

from tests.unit.edits.frames import some_frame
from vfy_notebook.edits.dress.origin import may_be_from_a_file
from vfy_notebook.frames.attrs import FROM_A_FILE
from vfy_notebook.snapshots.store import MARK


def unmarked():
    frame = some_frame(metadata={"vip": True})
    frame.attrs.clear()
    return frame


@pytest.mark.parametrize(
    "columns",
    [slice(None), ["name", "metadata.vip"], ["loyalty.points"]],
    ids=["all", "some", "no texts"],
)
def test_the_types_of_a_fetch_are_known_without_its_mark(columns):
    assert not may_be_from_a_file(unmarked().loc[:, columns])


@pytest.mark.parametrize(
    "reread",
    [
        lambda frame: frame.convert_dtypes(),
        lambda frame: frame[["name", "metadata.vip"]].convert_dtypes(),
        lambda frame: frame.assign(created_at=frame["created_at"].astype("str")),
        lambda frame: frame[["name"]],
    ],
    ids=["nullable", "nullable in part", "times as text", "nothing but text"],
)
def test_types_that_a_reader_gives_are_a_files(reread):
    assert may_be_from_a_file(reread(unmarked()))


def test_a_mark_says_more_than_types_and_a_readers_word_too():
    frame = pd.DataFrame({"name": ["a"]})
    frame.attrs[MARK] = "mark"
    assert not may_be_from_a_file(frame)
    frame = unmarked()
    frame.attrs[FROM_A_FILE] = True
    assert may_be_from_a_file(frame)
