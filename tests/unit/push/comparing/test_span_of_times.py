"""In which span customers were created, as far as their times tell."""

from __future__ import annotations

import pytest

from vfy_notebook.push.comparing.reading import Span, span_of


@pytest.mark.parametrize(
    ("times", "span"),
    [([], Span()), ([None], Span()), ([3, None, 1], Span()), ([3, 1, 2], Span(1, 3))],
)
def test_one_time_that_is_not_known_leaves_the_span_open(times, span):
    assert span_of(times) == span
