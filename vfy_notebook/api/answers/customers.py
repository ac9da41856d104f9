"""Reads the answers to requests about one customer: a status of 200 alone proves nothing.

A proxy's login page has it too, and so has an answer that was meant for someone else. An answer
that is not what the reference promises is a `ResponseError`, which says that the request may have
run.

https://docs.voucherify.io/api-reference/customers/customer-object
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vfy_notebook.api.decoding import decode
from vfy_notebook.errors import ResponseError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vfy_notebook.api.transport import Response


#: Parts of a customer that hold keys: what a request leaves out is sent along from them.
_OBJECTS = ("metadata", "address")


def read_customer(response: Response, *, operation: str, ref: str | None) -> dict[str, Any]:
    """The customer that an answer shows.

    Args:
        response: The answer.
        operation: What was asked.
        ref: The id or source_id by which the customer was asked for; None if by neither.

    Raises:
        ResponseError: It shows no customer, or not this one.
    """
    customer = decode(response.body, dict[str, Any], operation=operation)
    if not isinstance(customer.get("id"), str) or customer.get("object") not in (None, "customer"):
        raise _unreadable(operation, "shows no customer")
    source_id = customer.get("source_id")
    if isinstance(source_id, int | float) and not isinstance(source_id, bool):
        source_id = customer["source_id"] = str(source_id)
    if not isinstance(source_id, str | None):
        named = customer["id"]
        raise _unreadable(operation, f"shows a customer whose source_id is no text ({named})")
    for name in _OBJECTS:
        if not _is_believable(customer, name):
            raise _unreadable(operation, f"shows {customer['id']} with {name} that is no object")
    if ref is not None and not _is_named(customer, ref):
        raise _unreadable(operation, f"shows another customer than {ref!r}")
    return customer


def read_receipt(response: Response, *, operation: str, ref: str) -> dict[str, Any]:
    """The receipt of a permanent deletion.

    Raises:
        ResponseError: It is none, or another customer's.
    """
    receipt = decode(response.body, dict[str, Any], operation=operation)
    texts = (receipt.get("id"), receipt.get("status"))
    if not all(isinstance(text, str) and text for text in texts):
        raise _unreadable(operation, "is no receipt: it has no id or no status")
    if not isinstance(receipt.get("data_json"), dict | None):
        raise _unreadable(operation, "is no receipt: its data_json is no object")
    of = receipt.get("related_object_id")
    if of is not None and of != ref and ref.startswith("cust_"):
        raise _unreadable(operation, f"is the receipt of another customer than {ref!r}")
    return receipt


def read_nothing(response: Response, *, operation: str) -> None:
    """Accept what the reference promises where there is nothing to tell: 204 and no body.

    Raises:
        ResponseError: It is another answer.
    """
    if response.status != 204 or response.body.strip():
        raise _unreadable(operation, f"has the status {response.status}, where 204 is promised")


def _is_named(customer: Mapping[str, Any], ref: str) -> bool:
    """Whether this is the customer asked for; how the API compares texts is not documented."""
    names = (customer["id"], customer.get("source_id"))
    return any(isinstance(n, str) and n.strip().casefold() == ref.strip().casefold() for n in names)


def _is_believable(customer: Mapping[str, Any], part: str) -> bool:
    """Whether a part is an object, or odd in a customer that is whole: then the server has it so.

    An empty list stands for nothing, in answers of programs that know no empty objects.
    """
    if isinstance(customer.get(part), dict | None) or customer.get(part) == []:
        return True
    return customer.get("object") == "customer" and isinstance(customer.get("created_at"), str)


def _unreadable(operation: str, what: str) -> ResponseError:
    return ResponseError(
        f"The answer to {operation} {what}: check the address given to connect(), and any proxy "
        "in between."
    )
