from __future__ import annotations

import pytest

from vfy_notebook.api.listing.query import CustomerQuery
from vfy_notebook.api.models import Customer
from vfy_notebook.api.pages import iso_from_ms

MOMENT_MS = 1_700_000_000_500
SPAN = CustomerQuery(updated_from_ms=MOMENT_MS, updated_to_ms=MOMENT_MS + 10)


@pytest.mark.parametrize(
    ("after_ms", "held"), [(-1, False), (0, True), (9, True), (10, False), (11, False)]
)
def test_a_span_of_updates_has_its_beginning_and_not_its_end(after_ms, held):
    customer = Customer("cust_1", updated_at=iso_from_ms(MOMENT_MS + after_ms))
    assert SPAN.holds(customer) is held


def test_what_is_shown_by_the_second_may_be_later():
    shown = Customer("cust_1", updated_at=iso_from_ms(MOMENT_MS - 500))
    assert SPAN.holds(shown, unit_ms=1000)
    assert not SPAN.holds(shown)


def test_who_was_never_updated_is_in_no_span_of_updates():
    never = Customer("cust_1", updated_at=None)
    assert not SPAN.holds(never)
    assert CustomerQuery().holds(never)


def test_of_a_time_that_nobody_can_read_the_api_is_believed():
    assert SPAN.holds(Customer("cust_1", updated_at="lately"))
