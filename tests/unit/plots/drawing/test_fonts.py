from __future__ import annotations

import logging

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from matplotlib import font_manager

from vfy_notebook.errors import MissingFontWarning
from vfy_notebook.plots.drawing.fonts import drawable
from vfy_notebook.plots.drawing.names import make_name

SCRIPTS = [
    "Łódź",
    "Καλημέρα",
    "Привет",
    "高价值客户",
    "東京のお客様",
    "우수 고객",
    "عملاء مميزون",
    "לקוחות",
    "ग्राहक",
    "ลูกค้า",
    "ደንበኛ",
    "VIP 🎉 👩‍👩‍👧 🛍️",
    "\U0001f9ff\U000e0041\u0378",
]


@pytest.fixture
def only_default_fonts(monkeypatch):
    """A machine that has nothing but the fonts in matplotlib's own box."""
    box = mpl.get_data_path()
    manager = font_manager.fontManager
    own = [entry for entry in manager.ttflist if entry.fname.startswith(box)]
    monkeypatch.setattr(manager, "ttflist", own)


@pytest.mark.parametrize("text", SCRIPTS)
def test_no_script_ends_in_warnings(text, caplog):
    figure, ax = plt.subplots()
    with caplog.at_level(logging.WARNING):
        make_name(text).put_on(ax.xaxis.label)
        figure.canvas.draw()  # warnings are errors in these tests
    assert not caplog.records


@pytest.mark.parametrize("text", SCRIPTS)
def test_no_script_ends_in_warnings_where_its_fonts_are_missing(text, caplog, only_default_fonts):
    figure, ax = plt.subplots()
    with caplog.at_level(logging.WARNING):
        make_name(text).put_on(ax.xaxis.label)
        figure.canvas.draw()
    assert not caplog.records


def test_what_no_font_can_draw_shows_as_boxes(only_default_fonts):
    text, families = drawable("VIP 高价")
    assert text == "VIP □□"
    assert list(families) == mpl.rcParams["font.family"]


@pytest.mark.parametrize(
    ("text", "script"),
    [("VIP 高价", "CJK"), ("ग्राहक", "Devanagari"), ("ลูกค้า", "Thai"), ("🎉", "symbols")],
)
def test_a_script_that_no_font_has_is_named_in_a_warning(only_default_fonts, text, script):
    with pytest.warns(MissingFontWarning, match=script):
        drawable(text)


def test_where_fonts_have_all_nothing_is_warned_of(recwarn):
    drawable("Newsletter Łódź")
    assert [w for w in recwarn if issubclass(w.category, MissingFontWarning)] == []


def test_variation_selectors_and_joiners_that_no_font_has_leave_no_box(only_default_fonts):
    assert drawable("高\U000e0100")[0] == "□"


def test_plain_text_asks_for_the_users_own_fonts_only():
    assert drawable("Newsletter Łódź") == ("Newsletter Łódź", tuple(mpl.rcParams["font.family"]))


def test_the_users_own_font_comes_first():
    with mpl.rc_context({"font.family": ["DejaVu Serif"]}):
        assert drawable("abc")[1][0] == "DejaVu Serif"


def test_a_font_that_is_not_installed_is_no_problem():
    with mpl.rc_context({"font.family": ["No Such Font 42"]}):
        assert drawable("é")[0] in {"é", "□", "?"}
