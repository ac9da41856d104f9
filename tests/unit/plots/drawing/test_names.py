from __future__ import annotations

import unicodedata

import matplotlib.pyplot as plt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vfy_notebook.plots.drawing.names import columns_of, label_ticks, make_name, make_names


def test_a_short_name_stays_as_it_is():
    assert make_name("Big spenders").text == "Big spenders"


@pytest.mark.parametrize("name", ["$x^2$", "<b>x</b>", "_x_", "back\\slash", "100 %", "{0} %s"])
def test_markup_stays_letter_for_letter(name):
    assert make_name(name).text == name


def test_line_breaks_and_control_characters_become_one_space():
    assert make_name("a\n\tb\x00c\u2028d").text == "a b c d"


def test_direction_overrides_are_dropped():
    assert make_name("abc\u202edef\u2066").text == "abcdef"


def test_half_a_surrogate_pair_is_replaced():
    assert "\ud800" not in make_name("a\ud800b").text


def test_a_long_name_loses_its_middle():
    name = make_name("Everyone who bought in spring and came back in autumn", width=20).text
    assert len(name) <= 20
    assert name.startswith("Everyone")
    assert name.endswith("autumn")
    assert "…" in name


def test_wide_characters_count_twice():
    # ⚡ is as wide as 高, and matplotlib's own font draws it: 高 is a narrow box on many machines.
    name = make_name("⚡" * 30, width=20).text
    assert set(name) == {"⚡", "…"}
    assert 8 <= len(name) <= 11
    assert [columns_of(char) for char in "⚡高a"] == [2, 2, 1]


def test_equal_names_get_the_shortest_ends_of_their_ids_that_differ():
    names = make_names(["VIP", "VIP", "New"], ids=["seg_0001aaaa", "seg_0002aaaa", "seg_0003"])
    assert [name.text for name in names] == ["VIP (…1aaaa)", "VIP (…2aaaa)", "New"]


def test_long_names_that_differ_in_the_middle_only_are_told_apart():
    names = make_names(["x" * 40 + a + "y" * 40 for a in "ab"], ids=["seg_aaaa", "seg_bbbb"])
    assert names[0].text.endswith("(…aaaa)")
    assert names[1].text.endswith("(…bbbb)")


def test_equal_names_without_ids_are_numbered():
    names = make_names(["a", "a", "a (2)", "a"])
    assert [name.text for name in names] == ["a", "a (3)", "a (2)", "a (4)"]


@given(
    st.lists(st.tuples(st.text(max_size=60), st.text(max_size=8)), max_size=12),
    st.integers(min_value=12, max_value=40),
)
def test_no_two_names_look_alike_and_all_fit_on_a_line(pairs, width):
    names = make_names([name for name, _ in pairs], ids=[ident for _, ident in pairs], width=width)
    drawn = [name.text for name in names]
    assert len(set(drawn)) == len(drawn)
    for text in drawn:
        assert not any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in text)
        assert sum(map(columns_of, text)) <= width + 16  # the end of an id, or a number


@given(st.text(max_size=80), st.integers(min_value=4, max_value=40))
def test_one_name_is_never_wider_than_asked(text, width):
    assert sum(map(columns_of, make_name(text, width=width).text)) <= width


def test_tick_labels_are_drawn_letter_by_letter_after_a_draw_too():
    _, ax = plt.subplots()
    label_ticks(ax.yaxis, [0, 1], make_names(["$x^2$", "$\\broken{$"]))
    ax.figure.canvas.draw()
    assert [label.get_text() for label in ax.get_yticklabels()] == ["$x^2$", "$\\broken{$"]
    assert not any(label.get_parse_math() for label in ax.get_yticklabels())
    assert not any(label.get_usetex() for label in ax.get_yticklabels())


def test_whoever_writes_over_a_plain_name_may_use_mathtext():
    _, ax = plt.subplots()
    make_name("tier").put_on(ax.xaxis.label)
    assert ax.xaxis.label.get_parse_math()
