"""Looks up what has become of a customer whose request was answered in a way that nobody can read.

Such a request may have run. Where the API shows its effect, that is read; where it does not, the
outcome is unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vfy_notebook.edits.values import same_json
from vfy_notebook.errors import NotFoundError, VfyNotebookError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vfy_notebook.api.operations import Api

#: Fields whose values are objects: of these, what was sent is a part.
_OBJECTS = ("address", "metadata")


def is_gone(api: Api, ref: str, error: VfyNotebookError) -> bool:
    """Whether a deletion that ended with this error has taken effect after all.

    Costs one call if the request may have run, none if not.
    """
    return error.may_have_run and is_missing(api, ref)


def is_missing(api: Api, ref: str) -> bool:
    """Whether the API says that there is no such customer; False also if it cannot be asked."""
    try:
        api.get_customer(ref)
    except NotFoundError:
        return True
    except VfyNotebookError:
        return False
    return False


def shown_as_sent(
    api: Api, ref: str | None, body: Mapping[str, Any], error: VfyNotebookError
) -> dict[str, Any] | None:
    """The customer, if the request that ended with this error has taken effect after all.

    None if it has not, or if that cannot be told. Costs one call if the request may have run.
    """
    if ref is None or not error.may_have_run:
        return None
    try:
        customer = api.get_customer(ref)
    except VfyNotebookError:
        return None
    return customer if all(_shows(customer, *item) for item in body.items()) else None


def _shows(customer: Mapping[str, Any], name: str, sent: Any) -> bool:
    shown = customer.get(name)
    if name == "birthdate" and shown is None:
        shown = customer.get("birthday")
    if name in _OBJECTS and isinstance(sent, dict):
        held = shown if isinstance(shown, dict) else {}
        return all(same_json(held.get(key), value) for key, value in sent.items())
    return same_json(shown, sent)
