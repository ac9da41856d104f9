"""Every sentence that a plan may have to say: what, in which rows, and the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from vfy_notebook.edits.fields import metadata_key
from vfy_notebook.edits.problems.problems import Problem, blocking, column_shown, note, who
from vfy_notebook.frames.schema import METADATA_PREFIX, METADATA_REST
from vfy_notebook.shown_text import first_few, shown_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from vfy_notebook.edits.cells.values import Unsendable
    from vfy_notebook.edits.metadata_schema import Violation

T = TypeVar("T")

#: Columns that a sentence names, and characters of a schema's demands that it shows.
_NAMED_COLUMNS = 8
_LONGEST_DEMANDS = 240

#: From so many emptied cells of a column on, it is asked whether somebody has emptied them.
_MANY_EMPTIED = 2

#: What is said wherever a metadata key comes into being or is emptied.
KEY_STAYS = "No call of the API removes a key from one customer."


def columns_named(names: Sequence[str]) -> str:
    """Columns in a sentence.

    >>> columns_named([f"c{i}" for i in range(10)])
    'c0, c1, c2, c3, c4, c5, c6, c7 and 2 more'
    """
    return first_few(names, _NAMED_COLUMNS, show=column_shown)


def missing_columns(names: Sequence[str]) -> Problem:
    """Writable columns that the edited frame no longer has."""
    return note(
        "missing_column",
        f"Not in the edited frame, so left as they are: {columns_named(names)}",
        columns=tuple(names),
        way_out="A push removes no column; to empty one, set it to NA.",
    )


def read_only(name: str, labels: Sequence[str]) -> Problem:
    """A change of what cannot be written."""
    why = (
        "a source_id is set once, when the customer is created, and cannot be changed"
        if name == "source_id"
        else "the API does not let it be written"
    )
    return blocking(
        "read_only",
        f"{name} was changed, but {why}",
        labels,
        field=name,
        way_out=f"Put it back with edited[{name!r}] = customers[{name!r}], or leave the column out "
        f"with edited.drop(columns={name!r}).",
    )


def read_only_group(group: str, names: Sequence[str], labels: Sequence[str]) -> Problem:
    """A change of one of several columns that cannot be written."""
    return blocking(
        "read_only",
        f"A column {group}.* was changed, but the API does not let it be written",
        labels,
        field=f"{group}.*",
        columns=tuple(names),
        way_out=f"Put it back with edited[column] = customers[column], or leave these columns out "
        f"with edited.drop(columns=edited.filter(like='{group}.').columns).",
    )


def edited_rest(labels: Sequence[str]) -> Problem:
    """A change of the metadata keys that have no column of their own."""
    return blocking(
        "read_only",
        f"{METADATA_REST} was changed, but it only shows the keys that have no column of their own",
        labels,
        field=METADATA_REST,
        way_out=f"Give the key that you mean a column, edited.loc[rows, '{METADATA_PREFIX}KEY'] = "
        f"value, and leave this one out with edited.drop(columns={METADATA_REST!r}).",
    )


def ignored(name: str, labels: Sequence[str]) -> Problem:
    """What a created customer cannot be given."""
    return note(
        "ignored", f"{name} cannot be written and is left out", labels, field=name, noun="new row"
    )


def unsendable(name: str, refused: Iterable[tuple[str, Unsendable]]) -> list[Problem]:
    """Cells that are no JSON, or not of the field's type: one problem for each way out."""
    return [
        blocking(
            "value",
            f"{column_shown(name)} holds what the API does not take",
            [label for label, _ in same],
            field=name,
            example=f"{who(same[0][0])}, which {shown_text(same[0][1].reason)}",
            way_out=f"{way_out[:1].upper()}{way_out[1:]}.",
        )
        for way_out, same in _by(refused, lambda each: each.way_out)
    ]


def violates_schema(name: str, violations: Iterable[tuple[str, Violation]]) -> list[Problem]:
    """Values that the project's metadata schema does not allow: one problem for each demand."""
    return [
        blocking(
            "schema",
            shown_text(demands, _LONGEST_DEMANDS),
            [label for label, _ in same],
            field=name,
            example=_actual(*same[0]),
            way_out="Change the value, or the metadata schema in Voucherify's project settings.",
        )
        for demands, same in _by(violations, lambda each: each.demands)
    ]


def _actual(label: str, violation: Violation) -> str:
    return "" if violation.actual is None else f"{who(label)}: the value is {violation.actual}"


def _by(
    pairs: Iterable[tuple[str, T]], kind_of: Callable[[T], str]
) -> Iterable[tuple[str, list[tuple[str, T]]]]:
    """Cells that share a kind, in the order in which the kinds first come."""
    groups: dict[str, list[tuple[str, T]]] = {}
    for label, told in pairs:
        groups.setdefault(kind_of(told), []).append((label, told))
    return groups.items()


def required_key(key: str, name: str, labels: Sequence[str]) -> Problem:
    """Customers that lack a key which nobody touched."""
    return note(
        "required",
        f"{column_shown(key)}: property is required, and is missing",
        labels,
        field=name,
        way_out="The API may refuse their metadata as a whole. Fill it in as well.",
        noun="customer",
    )


def emptied(name: str, labels: Sequence[str], *, of_frame: bool) -> Problem:
    """Cells set to NA; a frame's may have become so by accident."""
    told = [f"The key stays. {KEY_STAYS}"] if metadata_key(name) is not None else []
    if of_frame and len(labels) >= _MANY_EMPTIED:
        told.append(
            "If nobody emptied them, as where merge(how='left') found nothing, leave their rows "
            f"out with edited.dropna(subset=[{column_shown(name)!r}])."
        )
    return note(
        "null",
        f"{column_shown(name)} is emptied, null is stored",
        labels,
        field=name,
        way_out=" ".join(told),
        noun="customer",
    )


def blank_left_alone(cells: Mapping[str, int], labels: Sequence[str]) -> Problem:
    """Blank cells of rows that hold values to set, where there is a value.

    Args:
        cells: How many there are, by column.
        labels: All rows that have one.
    """
    named = columns_named([f"{name} ({count:,})" for name, count in cells.items()])
    return note(
        "blank_left_alone",
        f"Blank cells of rows that hold values to set leave what is there: {named}",
        labels,
        columns=tuple(cells),
        way_out="To empty cells on purpose, give the frame that you started from as before=.",
    )


def swapped(cells: int) -> Problem:
    """A frame `before` that was edited, and an edited one that was not."""
    return blocking(
        "swapped",
        f"All {cells:,} cells in which edited and before differ are in edited as they were "
        "fetched, so nothing in it was edited: the two may be swapped",
        way_out="Call project.plan_push(edited), with before=customers where it is of use.",
    )


def no_customers(labels: Sequence[str]) -> Problem:
    """A frame none of whose rows is a customer's."""
    first = ", ".join(who(label) for label in labels[:3]) + ", …" * (len(labels) > 3)
    return blocking(
        "no_customers",
        f"The index ({first}) is no customer's: none of its labels is a customer_id",
        labels,
        way_out="Index the frame by customer_id, such as with edited.set_index('customer_id'); a "
        "merge keeps it as a column with customers.reset_index().merge(…). To create customers "
        "of all rows, give create_missing=True.",
    )


def unknown_customers(labels: Sequence[str]) -> Problem:
    """Rows of nobody who is known."""
    return blocking(
        "unknown_customer",
        "Neither fetched nor on the server",
        labels,
        way_out="A push would create new customers of them. Leave them out with "
        "edited.drop([...]), or give create_missing=True.",
    )


def not_in_before(labels: Sequence[str]) -> Problem:
    """Customers of whom the frame that they are to be compared with tells nothing."""
    return blocking(
        "not_in_before",
        "Not in the frame given as before=, so what was edited cannot be told",
        labels,
        way_out="Leave them out with edited[edited.index.isin(before.index)], or leave before= "
        "out, which compares with what was fetched or is on the server.",
    )


def without_source_id(labels: Sequence[str]) -> Problem:
    """New rows that a bulk request cannot address."""
    return blocking(
        "no_source_id",
        "Without a source_id",
        labels,
        way_out="A bulk request creates nothing without one: fill it in, or use "
        "project.create_customer().",
        noun="new row",
    )


def doubled_source_id(labels: Sequence[str]) -> Problem:
    """New rows that address the same customer as another row."""
    return blocking(
        "doubled_source_id",
        "With the source_id of another row",
        labels,
        way_out="Keep one of each.",
        noun="new row",
    )


def existing_source_id(labels: Sequence[str]) -> Problem:
    """New rows of customers that there are already."""
    return blocking(
        "existing_source_id",
        "With the source_id of a customer who is on the server already",
        labels,
        field="source_id",
        way_out="A push would change these customers unseen: fetch them and edit their rows.",
        noun="new row",
    )


def too_large(labels: Sequence[str]) -> Problem:
    """Customers whose change alone is more than a request may hold."""
    return blocking(
        "too_large",
        "Too large: a request of more than 10 MB, the most that the API takes, would be needed",
        labels,
        way_out="Shorten the values.",
        noun="customer",
    )


def gone(labels: Sequence[str], *, kind: str = "push", is_left_out: bool = False) -> Problem:
    """Customers that the server no longer has.

    Args:
        labels: The customers.
        kind: `push`, `undo` or `retry`.
        is_left_out: Whether the plan goes on without them.
    """
    told = {
        "push": "Leave them out with edited.drop([...]), or give create_missing=True.",
        "retry": "Plan the others from a frame: project.plan_push(edited.drop([...])).",
        "undo": "report.plan_undo(on_conflict='skip') leaves them out.",
    }
    return Problem(
        "gone",
        "No longer on the server",
        blocks=not is_left_out,
        customers=tuple(labels),
        way_out="They are left out."
        if is_left_out
        else f"A bulk request would create them anew. {told[kind]}",
        noun="customer",
    )


def conflicts(name: str, labels: Sequence[str], *, on_conflict: str, kind: str = "push") -> Problem:
    """Cells that someone else has changed since they were fetched, or pushed.

    Args:
        name: The column.
        labels: The customers.
        on_conflict: What is done about it.
        kind: `push`, `undo` or `retry`.
    """
    refused = {
        "push": "Fetch again and redo the edit, or give on_conflict='skip' to leave these cells "
        "as they are or 'overwrite' to push all the same.",
        "retry": "Fetch again, redo the edit and plan it with project.plan_push(edited).",
        "undo": "Give report.plan_undo(on_conflict='skip') to leave these cells as they are now, "
        "or 'overwrite' to put them back to what they were before the push all the same.",
    }
    told = {
        "refuse": refused[kind],
        "skip": "These cells are left as they are.",
        "overwrite": "What is there now is overwritten in these cells, all others are kept.",
    }
    since = "push" if kind == "undo" else "fetch"
    return Problem(
        "conflict",
        f"{column_shown(name)} was changed on the server since the {since}",
        blocks=on_conflict == "refuse",
        customers=tuple(labels),
        field=name,
        way_out=told[on_conflict],
        noun="customer",
    )


def only_times(count: int) -> Problem:
    """Customers of whom it was not read whether a cell has changed."""
    return note(
        "only_times",
        f"Of {count:,} customers it was seen only that their updated_at has not moved since they "
        "were fetched; that it moves with each write is documented nowhere, and no push has shown "
        "it yet",
        way_out="A first push of one or two customers, who are always read and compared, shows it.",
    )


def odd_values(name: str, labels: Sequence[str]) -> Problem:
    """Cells that cannot be sent without what no cell holds."""
    return blocking(
        "odd_value",
        f"{column_shown(name)} cannot be pushed in bulk: it, or what has to be sent along with it, "
        "came as a value of another kind than the column holds, so that it could not be taken back",
        labels,
        field=name,
        way_out="Leave these customers out with edited.drop([...]), or set what you mean one by "
        "one with project.update_customer(); project.get_customer() shows what is there.",
    )


def pushed_since(name: str, labels: Sequence[str]) -> Problem:
    """Cells of the frame that are older than what has been pushed."""
    return note(
        "pushed_since",
        f"{column_shown(name)} is in the frame as it was fetched, and was pushed since: left alone",
        labels,
        field=name,
        noun="customer",
    )


def unclear_base(
    name: str, labels: Sequence[str], *, on_conflict: str, has_version: bool
) -> Problem:
    """Cells of which it is not known whether they were edited.

    Args:
        name: The column.
        labels: The customers.
        on_conflict: What is done about it.
        has_version: Whether the frame tells its fetch or `updated_at`, which several fetches share.
    """
    why = (
        "one fetch has shown it otherwise than another, with the same updated_at"
        if has_version
        else "it was not the same in all fetches, and the frame tells neither its fetch nor "
        "updated_at"
    )
    before = "give the frame that you started from, as it was fetched, as before="
    told = {
        "refuse": f"{before[:1].upper()}{before[1:]}, or fetch again and redo the edit."
        if has_version
        else f"Keep the column updated_at in the frame, or {before}.",
        "skip": "These cells are left as they are.",
        "overwrite": "They are pushed all the same.",
    }
    return Problem(
        "unclear_base",
        f"{column_shown(name)} may be edited or only old: {why}",
        blocks=on_conflict == "refuse",
        customers=tuple(labels),
        field=name,
        way_out=told[on_conflict],
    )


def aged_copy(labels: Sequence[str], cells: int) -> Problem:
    """Rows of a version that nobody remembers, which the server has changed since."""
    return blocking(
        "aged_copy",
        f"{cells:,} cells differ from the server in rows of a version that is neither there any "
        "more nor remembered: which of them were edited and which are only old cannot be told",
        labels,
        way_out="Give the frame as it was before you edited it as before=, or the columns that "
        "you mean as columns=[...], or fetch again and redo the edit.",
    )
