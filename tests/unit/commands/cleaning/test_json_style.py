"""JSON is written back in the hand in which it was written."""

from __future__ import annotations

import codecs
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vfy_notebook.commands.cleaning.json_style import read_json

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(), below, max_size=3),
    max_leaves=8,
)


@given(
    content=st.dictionaries(st.text(), values, min_size=1, max_size=4),
    indent=st.sampled_from([None, 1, 2, 4, "\t"]),
    separators=st.sampled_from([(",", ": "), (", ", ": "), (",", ":")]),
    escapes=st.booleans(),
    newline=st.sampled_from(["\n", "\r\n"]),
    ending=st.sampled_from(["", "\n", "\n\n", " \n"]),
    mark=st.sampled_from([b"", codecs.BOM_UTF8]),
)
def test_what_is_read_is_written_back_to_the_byte(
    content, indent, separators, escapes, newline, ending, mark
):
    text = json.dumps(content, indent=indent, separators=separators, ensure_ascii=escapes)
    raw = mark + (text + ending).replace("\n", newline).encode()
    read, style = read_json(raw)
    assert style.write(read) == raw


def test_half_a_character_is_written_as_an_escape():
    raw = b'{\n "a": "\\ud83d"\n}\n'
    read, style = read_json(raw)
    assert style.write(read) == raw


def test_a_hand_that_nobody_can_imitate_keeps_its_indent_and_ending():
    read, style = read_json(b'{\n   "a": [1,\n2], "b": "\\u00e9"}')
    assert style.write(read) == '{\n   "a": [\n      1,\n      2\n   ],\n   "b": "é"\n}'.encode()


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe{}", b'{"a": 1} b'])
def test_what_is_no_json_is_a_value_error(raw):
    with pytest.raises(ValueError, match=r".+"):
        read_json(raw)
