from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vfy_notebook.edits.checks.look_alike import as_seen, look_alike, without_form


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann", "Ann "),
        (" Ann", "Ann"),
        ("Ann Lee", "Ann\u00a0Lee"),
        ("Ann Lee", "Ann  Lee"),
        ("Ann", "Ann\u200b"),
        ("Ann", "\ufeffAnn"),
        ("Ann", "An\u00adn"),
        ("Ann", "Ann\n"),
        ("Ann", "\x00Ann"),
        ("José", "Jose\u0301"),
        ("Ann", "\u0410nn"),
        ("ОЛЬГА", "OЛЬГA"),
    ],
)
def test_differences_that_one_cannot_see(one, other):
    assert look_alike(one, other)
    assert look_alike(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann", "ann"),
        ("Ann", "Ann"),
        ("Ann Lee", "AnnLee"),
        ("Jose", "José"),
        ("", "x"),
        (1, "1"),
        (None, ""),
        ("Ольга", "Елена"),
    ],
)
def test_differences_that_one_can_see_and_no_differences(one, other):
    assert not look_alike(one, other)


@given(st.text(), st.text())
def test_the_quick_way_judges_as_the_whole_one(one, other):
    assert look_alike(one, other) == (one != other and as_seen(one) == as_seen(other))


@pytest.mark.parametrize(
    "twin",
    [
        "Ann@X.com",
        "ann@x.com ",
        "ann @x.com",
        "ann@x.com\u00a0",
        "\u200bann@x.com",
        "ANN@X.COM",
        "\uff41nn@x.com",
        "\u0430nn@x.com",
    ],
)
def test_source_ids_that_differ_in_form_only(twin):
    assert without_form(twin) == without_form("ann@x.com")


def test_unicode_forms_are_one_source_id_and_other_letters_are_not():
    assert without_form("jos\u00e9@x.com") == without_form("JOSE\u0301@x.com")
    assert without_form("jose@x.com") != without_form("jos\u00e9@x.com")
    assert without_form("Straße 1") == without_form("STRASSE 1")
