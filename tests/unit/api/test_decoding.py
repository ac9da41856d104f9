from __future__ import annotations

import pytest

from vfy_notebook.api.decoding import decode_page
from vfy_notebook.api.models import Customer
from vfy_notebook.errors import ResponseError


def page(body):
    return decode_page(body, operation="list_customers")


def test_what_is_unknown_is_ignored():
    found = page(b'{"customers":[{"id":"a","new":{"x":1},"address":{"planet":"?"}}],"x":2}')
    assert found.customers[0].id == "a"
    assert found.customers[0].address.city is None


def test_integers_stay_exact_however_large():
    found = page(b'{"customers":[{"id":"a","metadata":{"n":123456789012345678901234567890}}]}')
    assert found.customers[0].metadata == {"n": 123456789012345678901234567890}


def test_half_an_emoji_does_not_cost_a_page():
    found = page(rb'{"customers":[{"id":"a","name":"\ud83d cut","email":"\ud83d\ude00"}]}')
    assert found.customers == [
        Customer(id="a", name="\ufffd cut", email="\U0001f600", odd={"name": r'"\ud83d cut"'})
    ]


def test_a_line_break_that_was_not_escaped_does_not_cost_a_page():
    found = page(b'{"customers":[{"id":"a","name":"two\nlines","metadata":{"k":"a\tb"}}]}')
    assert found.customers == [Customer(id="a", name="two\nlines", metadata={"k": "a\tb"})]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"<html>maintenance</html>", "HTML page"),
        (b"", "check the address"),
        (b'{"customers":[{"id":"a"', "check the address"),
        (b'{"customers":7}', "unexpected shape"),
        (b'{"customers":' + b"[" * 100_000, "check the address|unexpected shape"),
    ],
)
def test_what_is_no_answer_is_a_clear_error(body, told):
    with pytest.raises(ResponseError, match=told) as info:
        page(body)
    assert "list_customers" in str(info.value)
