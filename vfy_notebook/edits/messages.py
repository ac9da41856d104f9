"""Every sentence that a plan may have to say: what, in which rows, and the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vfy_notebook.edits.fields import metadata_key
from vfy_notebook.edits.problems import Problem, named

if TYPE_CHECKING:
    from collections.abc import Sequence


def unknown_column(name: Any) -> Problem:
    """A column that is none of the API's."""
    return Problem(
        "unknown_column",
        f"Column {name!r} is none of the API's: drop it with edited.drop(columns={name!r}), or "
        f"name it 'metadata.{name}' to make it a metadata key.",
        blocks=True,
        field=str(name),
    )


def missing_columns(names: Sequence[str]) -> Problem:
    """Writable columns that the edited frame no longer has."""
    return Problem(
        "missing_column",
        f"Not in the edited frame, so left as they are: {', '.join(names)}. "
        "A push removes no column; to empty one, set it to NA.",
        blocks=False,
    )


def read_only(name: str, labels: Sequence[str]) -> Problem:
    """A change of what cannot be written."""
    why = (
        "a source_id is set once, when the customer is created, and cannot be changed"
        if name == "source_id"
        else "the API does not let it be written"
    )
    return Problem(
        "read_only",
        f"{name} was changed in {named(labels, noun='row')}, but {why}: put it back with "
        f"edited[{name!r}] = before[{name!r}].",
        blocks=True,
        customers=tuple(labels),
        field=name,
    )


def ignored(name: str, labels: Sequence[str]) -> Problem:
    """What a created customer cannot be given."""
    return Problem(
        "ignored",
        f"{name} cannot be written and is left out for {named(labels, noun='new row')}.",
        blocks=False,
        customers=tuple(labels),
        field=name,
    )


def unsendable(name: str, reason: str, labels: Sequence[str]) -> Problem:
    """Cells that are no JSON, or not of the field's type."""
    return Problem(
        "value",
        f"{name} {reason}: {named(labels, noun='row')}.",
        blocks=True,
        customers=tuple(labels),
        field=name,
    )


def violates_schema(name: str, violation: str, labels: Sequence[str]) -> Problem:
    """Values that the project's metadata schema does not allow."""
    return Problem(
        "schema",
        f"{violation}: {named(labels, noun='row')}. Change the value, or the metadata schema in "
        "Voucherify's project settings.",
        blocks=True,
        customers=tuple(labels),
        field=name,
    )


def required_key(key: str, name: str, labels: Sequence[str]) -> Problem:
    """Customers that lack a key which nobody touched."""
    return Problem(
        "required",
        f"{key}: property is required, and is missing for {named(labels)}: the API may refuse "
        "their metadata as a whole. Fill it in as well.",
        blocks=False,
        customers=tuple(labels),
        field=name,
    )


def emptied(name: str, labels: Sequence[str]) -> Problem:
    """Cells set to NA."""
    stays = " The key stays: no call of the API removes a key from one customer."
    return Problem(
        "null",
        f"{name} is emptied: null is stored for {named(labels)}."
        + stays * (metadata_key(name) is not None),
        blocks=False,
        customers=tuple(labels),
        field=name,
    )


def unknown_customers(labels: Sequence[str]) -> Problem:
    """Rows of nobody who is known."""
    return Problem(
        "unknown_customer",
        f"Neither fetched nor on the server: {named(labels, noun='row')}. A push would create new "
        "customers of them. Leave them out with edited.drop([...]), or give create_missing=True.",
        blocks=True,
        customers=tuple(labels),
    )


def without_source_id(labels: Sequence[str]) -> Problem:
    """New rows that a bulk request cannot address."""
    return Problem(
        "no_source_id",
        f"Without a source_id: {named(labels, noun='new row')}. A bulk request creates nothing "
        "without one: fill it in, or use project.create_customer().",
        blocks=True,
        customers=tuple(labels),
    )


def doubled_source_id(labels: Sequence[str]) -> Problem:
    """New rows that address the same customer as another row."""
    return Problem(
        "doubled_source_id",
        f"With the source_id of another row: {named(labels, noun='new row')}. Keep one of each.",
        blocks=True,
        customers=tuple(labels),
    )


def too_large(labels: Sequence[str]) -> Problem:
    """Customers whose change alone is more than a request may hold."""
    return Problem(
        "too_large",
        f"Too large: {named(labels)} would need a request of more than 10 MB, the most that the "
        "API takes. Shorten the values.",
        blocks=True,
        customers=tuple(labels),
    )


def gone(labels: Sequence[str]) -> Problem:
    """Customers that the server no longer has."""
    return Problem(
        "gone",
        f"No longer on the server: {named(labels)}. A bulk request would create them anew. "
        "Leave them out with edited.drop([...]), or give create_missing=True.",
        blocks=True,
        customers=tuple(labels),
    )


def conflicts(name: str, labels: Sequence[str], *, on_conflict: str) -> Problem:
    """Cells that someone else has changed since they were fetched."""
    told = {
        "refuse": "Fetch again and redo the edit, or give on_conflict='skip' to leave these cells "
        "as they are or 'overwrite' to push all the same",
        "skip": "These cells are left as they are",
        "overwrite": "What is there now is overwritten in these cells, all others are kept",
    }
    return Problem(
        "conflict",
        f"{name} was changed on the server since the fetch: {named(labels)}. {told[on_conflict]}.",
        blocks=on_conflict == "refuse",
        customers=tuple(labels),
        field=name,
    )


def unclear_base(name: str, labels: Sequence[str]) -> Problem:
    """Cells of which it is not known whether they were edited."""
    return Problem(
        "unclear_base",
        f"{name} was not the same in all fetches, and the frame tells neither its fetch nor "
        f"updated_at: {named(labels, noun='row')} may be edited there or only old. Keep the column "
        "updated_at in the frame, or give the frame that you started from as before=.",
        blocks=True,
        customers=tuple(labels),
        field=name,
    )


def aged_copy(labels: Sequence[str], cells: int) -> Problem:
    """Rows of a version that nobody remembers, which the server has changed since."""
    return Problem(
        "aged_copy",
        f"{named(labels, noun='row')} are of a version that is neither on the server any more nor "
        f"remembered, and differ from it in {cells:,} cells: which of them you edited and which "
        "are only old cannot be told. Give the frame as it was before you edited it as before=, "
        "or the columns that you mean as columns=[...], or fetch again and redo the edit.",
        blocks=True,
        customers=tuple(labels),
    )
