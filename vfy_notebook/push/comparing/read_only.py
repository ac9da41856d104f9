"""Edits of columns that cannot be written, told by their digests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vfy_notebook.edits.problems import messages
from vfy_notebook.snapshots.digests import GROUPS, digests

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from vfy_notebook.edits.cells.cells import Bools
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


def _known_elsewhere(ids: pa.Array, group: str, found: Digests, store: ProjectSnapshots) -> Bools:
    """Whether another fetch has shown these cells of these customers."""
    known = np.zeros(len(found), dtype=bool)
    for snapshot in store.all():
        positions = snapshot.positions(ids)
        told = snapshot.digest(group, positions)
        if told is not None:
            known |= (positions >= 0) & (told == found)
    return known
