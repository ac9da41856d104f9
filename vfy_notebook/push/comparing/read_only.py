"""Edits of columns that cannot be written, told by their digests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from vfy_notebook.edits.cells.values import same_json
from vfy_notebook.edits.problems import messages
from vfy_notebook.frames.metadata.rest import read_rest
from vfy_notebook.frames.schema import METADATA_PREFIX, METADATA_REST
from vfy_notebook.snapshots.digests import GROUPS, digests

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from vfy_notebook.edits.cells.cells import Bools, Positions
    from vfy_notebook.edits.problems.problems import Problem
    from vfy_notebook.push.comparing.bases import Bases
    from vfy_notebook.snapshots.digests import Digests
    from vfy_notebook.snapshots.store import ProjectSnapshots


def edited_read_only(edited: pd.DataFrame, bases: Bases, store: ProjectSnapshots) -> list[Problem]:
    """Cells that are not as they were in the frame's own fetch, nor in any other that is known.

    Of frames without a mark nothing can be told: what is counted there moves on the server without
    a new `updated_at`.
    """
    marked = store.marked(edited)
    if marked is None:
        return []
    numbers = [i for i, each in enumerate(bases.base.snapshots) if each.mark == marked.mark]
    places = np.flatnonzero(np.isin(bases.base.source, numbers))
    rows, positions = bases.rows[places], bases.base.position[places]
    problems = []
    for group, found in digests(edited).items():
        known = marked.digest(group, positions)
        if known is None:
            continue
        here = found[rows]
        changed = np.flatnonzero(here != known)
        if changed.size:
            changed = changed[
                ~_known_elsewhere(marked.ids_at(positions[changed]), group, here[changed], store)
            ]
        if changed.size:
            labels = [str(label) for label in edited.index.take(rows[changed]).tolist()]
            problems.append(messages.read_only_group(group, GROUPS[group], labels))
    return problems


def edited_rest(edited: pd.DataFrame, bases: Bases, new_rows: Positions) -> list[Problem]:
    """Cells of `metadata_rest` that hold anything else than the customer's metadata.

    Args:
        edited: The frame.
        bases: The bases of its rows.
        new_rows: Rows of customers that would be created; they do not get what is there.
    """
    if METADATA_REST not in edited.columns:
        return []
    return [*_edited_rest(edited, bases), *_rest_of_new_rows(edited, new_rows)]


def _edited_rest(edited: pd.DataFrame, bases: Bases) -> list[Problem]:
    texts = [
        text if isinstance(text, str) else "" if pd.isna(text) else str(text)
        for text in edited[METADATA_REST].take(bases.rows).astype(object)
    ]
    base = bases.base.column(METADATA_REST)
    known = [None] * len(texts) if base is None else base.values.to_pylist()
    # As it came in nearly all rows; the others may be of a fetch that had other columns.
    others = [i for i, text in enumerate(texts) if text != (known[i] or "")]
    shown = bases.base.take(np.array(others, dtype=np.intp)).customers()
    wrong = [
        i
        for i, customer in zip(others, shown, strict=True)
        if not _is_of(texts[i], known[i], customer.metadata or {}, edited.columns)
    ]
    if not wrong:
        return []
    return [messages.edited_rest([str(edited.index[bases.rows[i]]) for i in wrong])]


def _rest_of_new_rows(edited: pd.DataFrame, new_rows: Positions) -> list[Problem]:
    filled = new_rows[edited[METADATA_REST].notna().to_numpy()[new_rows]]
    labels = [str(label) for label in edited.index.take(filled)]
    return [messages.ignored(METADATA_REST, labels)] if labels else []


def _is_of(
    text: str, as_it_was: str | None, metadata: Mapping[str, Any], columns: Collection[Any]
) -> bool:
    """Whether a cell says nothing else than what a customer has, and leaves nothing out."""
    held = read_rest(text)
    if held is None or not all(same_json(metadata.get(key), held[key]) for key in held):
        return False
    lacking = (read_rest(as_it_was) or {}).keys() - held.keys()
    return all(METADATA_PREFIX + key in columns for key in lacking)


def _known_elsewhere(ids: pa.Array, group: str, found: Digests, store: ProjectSnapshots) -> Bools:
    """Whether another fetch has shown these cells of these customers."""
    known = np.zeros(len(found), dtype=bool)
    for snapshot in store.all():
        positions = snapshot.positions(ids)
        told = snapshot.digest(group, positions)
        if told is not None:
            known |= (positions >= 0) & (told == found)
    return known
