"""Whether a customer, as it is shown now, carries a change."""

from __future__ import annotations

import enum
import json
from typing import TYPE_CHECKING, Any

from vfy_notebook.edits.cells.values import same_json, same_moment
from vfy_notebook.edits.checks.look_alike import without_form
from vfy_notebook.edits.fields import ADDRESS_PREFIX, value_of
from vfy_notebook.frames.schema import METADATA_PREFIX
from vfy_notebook.shown_text import shown_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vfy_notebook.api.models import Customer
    from vfy_notebook.edits.changes import Change
    from vfy_notebook.push.lookup.export_lookup import ExportedRow


class Shows(enum.Enum):
    """What a customer shows of a change."""

    ALL = enum.auto()  #: every cell is as it was sent
    NOT_ALL = enum.auto()  #: at least one cell is still as it was before
    OTHER = enum.auto()  #: a cell is neither as it was before nor as it was sent
    NOTHING_TO_TELL = enum.auto()  #: none of the cells that could tell is shown


def shown_by_customer(change: Change, customer: Customer) -> Shows:
    """What a customer shows of a change."""
    other = False
    for field, sent in change.after.items():
        now = value_of(customer, field)
        if same_json(now, sent):
            continue
        if same_json(now, change.before[field]):
            return Shows.NOT_ALL
        other = True
    return Shows.OTHER if other else Shows.ALL


def shown_otherwise(change: Change, customer: Customer) -> dict[str, Any]:
    """Cells that are neither as they were before nor as they were sent, as they are shown."""
    shown = {field: value_of(customer, field) for field in change.after}
    return {
        field: now
        for field, now in shown.items()
        if not same_json(now, change.after[field]) and not same_json(now, change.before[field])
    }


def is_rewritten(change: Change, shown: Mapping[str, Any]) -> bool:
    """Whether values differ from what was sent only as a server that tidies up would change them.

    >>> from vfy_notebook.edits.changes import Change
    >>> sent = Change("c", "c", "s", before={"email": None}, after={"email": " Ann@X.pl"})
    >>> is_rewritten(sent, {"email": "ann@x.pl"}), is_rewritten(sent, {"email": "bob@x.pl"})
    (True, False)
    """
    return all(_is_rewritten(change.after[field], now) for field, now in shown.items())


def _is_rewritten(sent: Any, now: Any) -> bool:
    if not isinstance(sent, str):
        return False
    if not isinstance(now, str):
        return now is None and not sent.strip()
    return without_form(sent) == without_form(now) or same_moment(sent, now)


def first_difference(change: Change, customer: Customer) -> str:
    """The first cell that is not as it was sent, as a sentence."""
    for field, sent in change.after.items():
        now = value_of(customer, field)
        if not same_json(now, sent):
            return f"{field} is {_shown(now)} on the server, not {_shown(sent)}"
    return "it carries the change"


def changed_beside(change: Change, customer: Customer) -> str | None:
    """What somebody else has changed between the last look and the push, as a sentence.

    There is no way to write only if nothing has changed, so that this can only be seen afterwards,
    and only where the push has not written over it.
    """
    known: dict[str, Any] = {
        **{METADATA_PREFIX + key: value for key, value in change.rest_of_metadata.items()},
        **{ADDRESS_PREFIX + part: value for part, value in change.rest_of_address.items()},
    }
    others = [
        name for name, value in known.items() if not same_json(value_of(customer, name), value)
    ]
    if not others:
        return None
    more = f" and {len(others) - 1} other fields" if len(others) > 1 else ""
    return f"somebody else changed {shown_text(others[0], 64)}{more} during the push"


def _shown(value: Any) -> str:
    text = "null" if value is None else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def shown_by_export(change: Change, row: ExportedRow) -> Shows:
    """What a row of an export shows of a change; text that fits both states tells nothing."""
    told = False
    other = False
    for field, sent in change.after.items():
        text = row.cells.get(field)
        if text is None:
            continue
        is_sent = _reads(text, sent)
        is_before = _reads(text, change.before[field])
        if is_sent and is_before:
            continue
        if is_before:
            return Shows.NOT_ALL
        told |= is_sent
        other |= not is_sent
    if other:
        return Shows.OTHER
    return Shows.ALL if told else Shows.NOTHING_TO_TELL


def _reads(text: str, value: Any) -> bool:
    """Whether an export's cell may stand for a value; an empty one stands for null, `""`, `[]`."""
    if value is None or value == "":
        return text == ""
    if isinstance(value, str):
        return text in (value, value[:10]) if _is_midnight(value) else text == value
    if isinstance(value, bool):
        return text.casefold() == str(value).casefold()
    if isinstance(value, list) and not text.startswith("["):
        return text == ",".join(map(_as_text, value))
    try:
        return same_json(json.loads(text), value)
    except ValueError:
        return False


def _as_text(value: Any) -> str:
    """An element of a list as it stands between commas."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _is_midnight(value: str) -> bool:
    return value.endswith("T00:00:00.000Z")
