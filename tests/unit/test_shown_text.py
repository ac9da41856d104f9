from __future__ import annotations

import html
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vfy_notebook.shown_text import shown_apart, shown_html, shown_text, spelt_out

#: What a terminal or a browser obeys instead of showing it.
OBEYED = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c\u2028\u2029]")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J\x1b[31mAnn", r"\x1b[2J\x1b[31mAnn"),
        ("\x9b31mAnn", r"\x9b31mAnn"),
        ("Ann\r\nPush: nothing", r"Ann\r\nPush: nothing"),
        ("gpj.\u202eexe", r"gpj.\u202eexe"),
        ("a\u2066b\u2069", r"a\u2066b\u2069"),
        ("\u200fAnn", r"\u200fAnn"),
        ("a\u2028b", r"a\u2028b"),
        ("\ufeffAnn", r"\ufeffAnn"),
        ("tag\U000e0041", r"tag\U000e0041"),
        ("half \ud83d", r"half \ud83d"),
        ("Zażółć gęślą 日本 👩‍👧 می\u200cخواهم", "Zażółć gęślą 日本 👩‍👧 می\u200cخواهم"),
    ],
)
def test_signs_that_do_something_are_written_out_and_others_stay(text, shown):
    assert shown_text(text) == shown


@given(st.text(st.characters()), st.integers(1, 40))
def test_nothing_that_is_obeyed_gets_through(text, longest):
    for shown in (shown_text(text, longest), spelt_out(text, longest)):
        assert not OBEYED.search(shown)
        assert len(shown) <= longest
        shown.encode()
    assert "<" not in shown_html(text)
    assert html.unescape(shown_html(text)) == shown_text(text)


@given(st.text(), st.text())
def test_what_is_spelt_out_tells_any_two_texts_apart(one, other):
    assert (spelt_out(one) == spelt_out(other)) == (one == other)
    assert spelt_out(one).isascii()


def test_shown_text_is_left_alone_when_shown_again():
    once = shown_text("a\x1b\u202eb\\x1b")
    assert shown_text(once) == once


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_values_that_are_no_text_are_shown_too(form):
    assert shown_text({"a": 1}) == "{'a': 1}"
    assert unicodedata.normalize(form, "é") in shown_text(unicodedata.normalize(form, "é"))


@given(st.text("ab", min_size=50, max_size=200), st.text("cd", min_size=1, max_size=200))
def test_the_first_difference_of_long_texts_is_in_sight(head, tail):
    one, other = shown_apart(head + tail, head + "x" + tail, 20)
    assert one != other
    assert max(len(one), len(other)) <= 20
    assert "x" in other
