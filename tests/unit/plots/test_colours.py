from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from vfy_notebook.errors import ArgumentError
from vfy_notebook.plots.colours import Wanted, colours_of, wanted_by
from vfy_notebook.plots.columns import fold, read_column
from vfy_notebook.plots.drawing.canvas import OTHER_COLOUR, PALETTE

TIERS = ["bronze", "silver", "gold"]
SCHEMA = pd.DataFrame({"eq": [TIERS, None]}, index=["tier", "note"])


def folded(values, wanted=None, dtype=None, limit=8):
    frame = pd.DataFrame({"metadata.tier": pd.Series(values, dtype=dtype)})
    ones = np.ones(len(frame), dtype=int)
    found = fold(read_column(frame, "metadata.tier"), ones, wanted=wanted, limit=limit)
    return dict(zip([name.text for name in found.names], found.colours, strict=True))


def test_a_value_has_its_colour_whatever_its_rank():
    few = folded(["rock", "rock", "jazz"])
    other_way_round = folded(["jazz", "jazz", "rock"])
    assert list(few) != list(other_way_round)
    assert few == {name: other_way_round[name] for name in few}


@pytest.mark.parametrize("ordered", [False, True])
def test_a_plot_of_more_values_gives_the_large_ones_the_same_colours(ordered):
    """A row for each of 20 cities, and a bar with 7 of them: each city has one colour."""
    cities = [chr(ord("A") + place) * 3 for place in range(20)]
    values = [city for place, city in enumerate(cities) for _ in range(25 - place)]
    dtype = pd.CategoricalDtype(sorted(cities, reverse=True), ordered=True) if ordered else None
    few, many = folded(values, dtype=dtype), folded(values, dtype=dtype, limit=25)
    own = [city for city in few if city in cities]
    assert len(own) == 7
    assert {city: many[city] for city in own} == {city: few[city] for city in own}
    assert {many[city] for city in cities if city not in own} == {OTHER_COLOUR}
    assert folded([*values, "gold"], limit=25)["gold"] == folded(["gold"])["gold"]


def test_no_two_of_eight_values_share_a_colour():
    for letters in itertools.islice(itertools.combinations("abcdefghijk", 8), 100):
        assert len(set(colours_of(letters, Wanted(), ordered=False))) == 8


def test_metals_look_like_themselves_and_are_no_other_values_colours():
    colours = folded([*TIERS, "Gold", "wood", "paper"])
    assert colours["gold"] == colours["Gold"]
    red, green, blue = (int(colours["gold"][i : i + 2], 16) for i in (1, 3, 5))
    assert red > green > blue
    assert colours["silver"] not in PALETTE
    assert len({colours[name] for name in (*TIERS, "wood", "paper")}) == 5


def test_the_schemas_list_is_the_order_of_its_values():
    wanted = wanted_by(None, SCHEMA, "metadata.tier")
    assert list(folded(["gold", "gold", "silver", "bronze", "tin"], wanted)) == [*TIERS, "tin"]
    assert wanted_by(None, SCHEMA, "metadata.note") == Wanted()
    assert wanted_by(None, SCHEMA, "metadata.other") == Wanted()
    assert wanted_by(None, SCHEMA, "name") == Wanted()


def test_an_ordered_category_keeps_its_colours_where_one_does_not_occur():
    sizes = pd.CategoricalDtype(["S", "M", "L"], ordered=True)
    all_of_them = folded(["S", "M", "L"], dtype=sizes)
    some = folded(["L", "L", "S"], dtype=sizes)
    assert list(some) == ["S", "L"]
    assert some == {name: all_of_them[name] for name in some}


def test_a_palette_decides_order_and_colours():
    wanted = wanted_by({"gold": "tomato", "silver": "#123456"}, SCHEMA, "metadata.tier")
    colours = folded(["silver", "silver", "gold", "tin"], wanted)
    assert list(colours) == ["gold", "silver", "tin"]
    assert colours["gold"] == "#ff6347"
    assert colours["silver"] == "#123456"
    assert list(folded(TIERS, wanted_by(TIERS[::-1], None, "metadata.tier"))) == TIERS[::-1]


@pytest.mark.parametrize("palette", ["gold", 7, {"gold": "no colour"}])
def test_what_is_no_palette_is_refused(palette):
    with pytest.raises(ArgumentError, match="palette"):
        wanted_by(palette, None, "metadata.tier")


def test_what_is_no_schema_is_refused():
    with pytest.raises(ArgumentError, match="fetch_metadata_schema"):
        wanted_by(None, pd.DataFrame(), "metadata.tier")
