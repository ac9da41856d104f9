"""Small tables stay where somebody asks for it, and nobody can be told from them."""

from __future__ import annotations

import pandas as pd
import pytest

from vfy_notebook.commands.cleaning.notebook import clean_notebook


def output_of(frame, **more):
    data = {"text/html": frame._repr_html_().splitlines(keepends=True), "text/plain": repr(frame)}
    return {
        "output_type": "execute_result",
        "execution_count": 3,
        "data": data | more,
        "metadata": {"who": "Ann"},
    }


def kept(output, keep_tables=10):
    cell = {"cell_type": "code", "metadata": {}, "execution_count": 3, "source": "x"}
    book = {"cells": [{**cell, "outputs": [output]}], "metadata": {}, "nbformat": 4}
    clean_notebook(book, keep_plots=False, counts=False, keep_tables=keep_tables)
    return book["cells"][0]["outputs"]


TIERS = pd.DataFrame(
    {"customers": [90, 310], "spent": [12.5, 3.25]},
    index=pd.Index(["gold", "silver"], name="metadata.tier"),
)


def test_a_small_table_stays_without_what_stands_beside_it():
    (output,) = kept(output_of(TIERS, **{"application/json": {"who": "Ann"}}))
    assert output["data"] == {"text/html": output_of(TIERS)["data"]["text/html"]}
    assert "Ann" not in str(output)
    assert kept(output) == [output]


def test_none_stays_unless_it_is_asked_for():
    assert kept(output_of(TIERS), keep_tables=0) == []
    assert kept(output_of(TIERS), keep_tables=1) == []


PEOPLE = {
    "ids": TIERS.rename_axis("customer_id"),
    "names": TIERS.rename(columns={"spent": "name"}),
    "e-mail addresses": TIERS.rename(index={"gold": "ann@example.com"}),
    "phones": TIERS.rename(index={"gold": "+48 600 100 200"}),
    "a customer": TIERS.rename(index={"gold": "cust_AWWhSS3lX1pVdZJbKFYtLjjf"}),
    "an id of their own": TIERS.rename(index={"gold": "3266b9f8-e246-4f79-bdf0-833929b1380c"}),
    "addresses": TIERS.rename(columns={"spent": "address.city"}),
    "a cut text": TIERS.rename(index={"gold": "a" * 100}).reset_index(),
}


@pytest.mark.parametrize("frame", PEOPLE.values(), ids=PEOPLE)
def test_a_table_that_may_tell_of_somebody_goes(frame):
    assert kept(output_of(frame)) == []


def test_a_large_table_goes_however_few_rows_are_shown():
    assert kept(output_of(pd.DataFrame({"n": range(12)}))) == []
    with pd.option_context("display.max_rows", 4):
        assert kept(output_of(pd.DataFrame({"n": range(100)}))) == []


TABLE = "<table><tbody><tr><td>1</td></tr></tbody></table>"


@pytest.mark.parametrize(
    "html",
    [
        f"{TABLE}<script>alert(1)</script>",
        f"{TABLE}<!-- Ann -->",
        f'{TABLE}<img src="https://example.com/x.png">',
        f'<div onclick="x()">{TABLE}</div>',
        f"<style>@import 'https://example.com';</style>{TABLE}",
        f'<div style="background: url(x)">{TABLE}</div>',
        f"{TABLE}{TABLE}",
        "<p>Ann</p>",
        "Ann",
        "",
    ],
)
def test_anything_else_than_one_plain_table_goes(html):
    output = {"output_type": "display_data", "metadata": {}, "data": {"text/html": html}}
    assert kept(output) == []
