"""Reads, creates and updates one customer.

It is not documented whether the API keeps the metadata keys and parts of the address that a
request leaves out. So for an existing customer they are read first and sent along; the result is
the same in both cases.
"""

from __future__ import annotations

import difflib
import html
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import pandas as pd

from vfy_notebook.customers.lookup import shown_as_sent
from vfy_notebook.edits.cells.values import Unsendable, as_json, date_text
from vfy_notebook.errors import ArgumentError, NotFoundError, ResponseError, VfyNotebookError
from vfy_notebook.shown_text import shown_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vfy_notebook.api.operations import Api

_TEXTS = ("name", "description", "email", "phone")
_NAMES = ("id", "source_id")
_ADDRESS_PARTS = ("city", "state", "line_1", "line_2", "country", "postal_code")
_WRITABLE = (*_TEXTS, "birthdate", "address", "metadata")
_READ_ONLY = ("summary", "loyalty", "referrals", "system_metadata", "created_at", "updated_at")

#: Parts whose keys a request may leave out, with an unknown outcome.
_MERGED = ("address", "metadata")


@dataclass(frozen=True)
class SavedCustomer:
    """What `create_customer` has made, or changed.

    Attributes:
        customer: The customer as the API shows it now.
        created: Whether it is new; False means that a customer with this id or source_id existed
            and was updated.
        before: The customer as it was; None for a new one.

    >>> made = project.create_customer(source_id="crm-4711", name="Ada Example")
    >>> made.created, made.customer["name"]
    (True, 'Ada Example')
    """

    customer: dict[str, Any]
    created: bool
    before: dict[str, Any] | None = None

    @property
    def id(self) -> str:
        """Voucherify's id of the customer."""
        return str(self.customer["id"])

    def __repr__(self) -> str:
        return f"<{self._sentence()}>"

    def _repr_html_(self) -> str:
        shown = shown_lines(json.dumps(self.customer, indent=2, ensure_ascii=False))
        return (
            f"<b>{html.escape(self._sentence())}</b>"
            f"<details><summary>The customer now</summary><pre>{html.escape(shown)}</pre></details>"
        )

    def _sentence(self) -> str:
        source_id = self.customer.get("source_id")
        who = f"{self.id}" + (f" (source_id {source_id!r})" if source_id is not None else "")
        if self.created:
            return f"Created customer {who}"
        return f"Customer {who} existed already and was updated"


def get_customer(api: Api, ref: str) -> dict[str, Any]:
    """One customer as the API shows it.

    Raises:
        NotFoundError: There is none.
    """
    try:
        return api.get_customer(ref)
    except NotFoundError as error:
        raise no_such_customer(ref, error) from None


def create_customer(api: Api, fields: Mapping[str, Any]) -> SavedCustomer:
    """Create a customer, or update the one that has this id or source_id."""
    body = sendable(fields, naming=True)
    if not body:
        message = "No fields were given: create_customer(source_id='…', name='…', …)."
        raise ArgumentError(message)
    # A fresh customer's answer looks like an updated one's: only reading first tells them apart.
    known = _known_customers(api, [body[name] for name in _NAMES if body.get(name)])
    if known:
        body = _with_what_stays(body, next(iter(known.values())))
    try:
        customer = api.create_customer(body)
    except NotFoundError as error:
        message = (
            f"There is no customer with the id {body.get('id')!r} (404), and Voucherify makes the "
            "ids of new ones itself: leave id out, and name the customer by source_id."
        )
        raise error.saying(message) from None
    except VfyNotebookError as error:
        shown = shown_as_sent(api, body.get("source_id") or body.get("id"), body, error)
        if shown is None:
            raise
        customer = shown
    before = known.get(customer["id"])
    return SavedCustomer(customer, created=before is None, before=before)


def update_customer(api: Api, ref: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Change the fields given, and nothing else.

    Raises:
        NotFoundError: There is no such customer.
    """
    body = sendable(fields, naming=False)
    if not body:
        message = f"Nothing to change for {ref!r}: update_customer(ref, name='…', metadata={{…}})."
        raise ArgumentError(message)
    if any(isinstance(body.get(part), dict) for part in _MERGED):
        body = _with_what_stays(body, get_customer(api, ref))
    try:
        return api.update_customer(ref, body)
    except NotFoundError as error:
        raise no_such_customer(ref, error) from None
    except VfyNotebookError as error:
        shown = shown_as_sent(api, ref, body, error)
        if shown is None:
            raise
        return shown


def no_such_customer(ref: str, error: NotFoundError) -> NotFoundError:
    """The API's 404, said of the customer that was asked for."""
    message = (
        f"There is no customer {ref!r} in this project (404): check the id or source_id and the "
        "project; fetch_customers(email=…) finds one by e-mail address."
    )
    return error.saying(message)


def _known_customers(api: Api, refs: list[str]) -> dict[str, dict[str, Any]]:
    """The customers that have one of these names already, by Voucherify's id."""
    known = {}
    for ref in dict.fromkeys(refs):
        try:
            customer = api.get_customer(ref)
        except NotFoundError:
            continue
        known[customer["id"]] = customer
    return known


def _with_what_stays(body: dict[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """The body with the metadata keys and parts of the address that it leaves out.

    Raises:
        ResponseError: What is left out cannot be read, so that it cannot be sent along either.
    """
    whole = dict(body)
    for part in _MERGED:
        given, held = body.get(part), before.get(part)
        # An empty list stands for nothing, in answers of programs that know no empty objects.
        if not isinstance(given, dict) or held in (None, []):
            continue
        if not isinstance(held, dict):
            raise _cannot_be_kept(before, part, "is no object")
        for key in held.keys() - given.keys():
            if not _is_readable(held[key]):
                raise _cannot_be_kept(before, f"{part}.{key}", "holds what Python cannot read")
        whole[part] = {**held, **given}
    return whole


def _is_readable(value: Any) -> bool:
    """Whether a value is what the server holds, rather than what a lenient decoder made of it."""
    if isinstance(value, dict):
        return all(_is_readable(key) and _is_readable(each) for key, each in value.items())
    if isinstance(value, list):
        return all(map(_is_readable, value))
    if isinstance(value, str):
        return "\ufffd" not in value
    return not isinstance(value, float) or math.isfinite(value)


def _cannot_be_kept(customer: Mapping[str, Any], what: str, why: str) -> ResponseError:
    return ResponseError(
        f"{what} of customer {customer['id']} {why}, and would have to be sent along, as the API "
        "may drop what an update leaves out. Nothing was changed: give a value for it too, or mend "
        "it in Voucherify."
    )


# -- fields ----------------------------------------------------------------------------------


def sendable(fields: Mapping[str, Any], *, naming: bool) -> dict[str, Any]:
    """Fields as the API takes them.

    Args:
        fields: Names and values as a user writes them.
        naming: Whether `id` and `source_id` may be among them.

    Raises:
        ArgumentError: One of them cannot be written; the message names it and the way out.
    """
    return {name: _sendable(name, value, naming=naming) for name, value in fields.items()}


def _sendable(name: str, value: Any, *, naming: bool) -> Any:
    _check_name(name, naming=naming)
    if _is_missing(value):
        if value is not None:
            _refuse(name, f"is {value}: give None where null is meant, or leave it out")
        if name in _NAMES or name == "metadata":
            _refuse(name, "cannot be null: leave it out")
        return None
    try:
        if name == "birthdate":
            return date_text(value)
        if name in _MERGED:
            return _object(name, value)
        if not isinstance(value, str):
            _refuse(name, f"is {value!r}: give a text")
        if name in _NAMES and not value.strip():
            _refuse(name, "is empty: leave it out, or give a text")
        return as_json(value)
    except Unsendable as error:
        _refuse(name, f"{error}")


def _object(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        _refuse(name, f"is {value!r}: give a dict")
    if name == "address":
        for part, text in value.items():
            if part not in _ADDRESS_PARTS:
                _refuse(
                    f"address.{part}", f"is not a part of an address{_near(part, _ADDRESS_PARTS)}"
                )
            if text is not None and not isinstance(text, str):
                _refuse(f"address.{part}", f"is {text!r}: give a text, or None")
    shown = {}
    for key, each in value.items():
        try:
            shown.update(as_json({key: None if each is None else _scalar(each)}))
        except Unsendable as error:
            _refuse(f"{name}.{key}", str(error))
    return shown


def _scalar(value: Any) -> Any:
    """Top-level numbers as a cell of a DataFrame would be sent; the rest as it is."""
    if _is_missing(value):
        raise Unsendable(f"is {value}", "use None where null is meant")
    return as_json(value)


def _check_name(name: str, *, naming: bool) -> None:
    if name in _WRITABLE or (naming and name in _NAMES):
        return
    if name in _NAMES:
        _refuse(name, "cannot be changed: Voucherify sets it once")
    if name == "birthday":
        _refuse(name, "is the field's old name: write birthdate")
    if name.partition(".")[0] in _READ_ONLY:
        _refuse(name, "cannot be written: Voucherify computes it")
    head, _, rest = name.partition(".")
    if head in _MERGED and rest:
        _refuse(name, f"is a column's name: give {head}={{{rest!r}: …}}")
    _refuse(name, f"is not a field of a customer{_near(name, (*_WRITABLE, *_NAMES))}")


def _near(name: object, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(str(name), known, n=1)
    if near:
        return f": did you mean {near[0]!r}?"
    return f": there are {', '.join(known)}; other values go into metadata={{…}}"


def _is_missing(value: Any) -> bool:
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))


def _refuse(name: str, problem: str) -> NoReturn:
    ending = "" if problem.endswith("?") else "."
    message = f"{name} {problem}{ending} Nothing was sent."
    raise ArgumentError(message)
