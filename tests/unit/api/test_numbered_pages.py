from __future__ import annotations

import pytest

from vfy_notebook.api.listing.numbered_pages import NumberedPages
from vfy_notebook.api.pages import Page, PageRequest, Row

ROWS = [Row(f"cust_{i}", i) for i in range(5)]


def read(*answers):
    """Two rows a page; gives the pages once each has come."""
    pages = NumberedPages(PageRequest(limit=2), Page.of(ROWS[:2], total=5, has_more=True))
    asked = []
    while (numbered := pages.take()) is not None:
        asked.append(numbered)
    assert [each.next_request().page for each in asked] == [2, 3]
    for numbered, answer in zip(asked, answers, strict=True):
        pages.receive(numbered, answer)
    return pages


def test_pages_with_all_rows_are_complete():
    assert read(Page.of(ROWS[2:4], total=5), Page.of(ROWS[4:], total=5)).is_complete


@pytest.mark.parametrize(
    "answers",
    [
        (Page.of(ROWS[2:4], total=5), Page.of(ROWS[4:], total=4)),
        (Page.of(ROWS[2:4], total=6), Page.of(ROWS[4:], total=5)),
        (Page.of(ROWS[2:5], total=5), Page.of(ROWS[4:], total=5)),
        (Page.of(ROWS[1:3], total=5), Page.of(ROWS[3:], total=5)),
        (Page.of(ROWS[2:4], total=5), Page.of([], total=5)),
    ],
    ids=["one less", "one more", "a long page", "a row again", "a row less"],
)
def test_pages_that_do_not_agree_prove_nothing(answers):
    assert not read(*answers).is_complete
