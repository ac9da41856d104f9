"""What a push would bring into being and could not take back: metadata keys and customers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from vfy_notebook.api.pages import PageRequest
from vfy_notebook.edits.checks.near_twins import near_twins
from vfy_notebook.edits.checks.new_keys import KnownKeys, new_keys
from vfy_notebook.edits.fields import metadata_key
from vfy_notebook.edits.problems import messages
from vfy_notebook.push.comparing.source_ids import find_source_ids

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from vfy_notebook.api.operations import Api
    from vfy_notebook.edits.metadata_schema import MetadataSchema
    from vfy_notebook.edits.problems.problems import Problem
    from vfy_notebook.edits.tables.changes import Changes
    from vfy_notebook.push.comparing.reading import CustomerReader
    from vfy_notebook.push.comparing.request import PlanRequest
    from vfy_notebook.snapshots.store import ProjectSnapshots


@dataclass(frozen=True)
class Irreversible:
    """Looks for what cannot be taken back.

    Args:
        api: The project's API.
        snapshots: What is remembered of the project.
        reader: Reads what is not, within the calls that planning may take.
        request: What the user asks for.
        schema: Gives the metadata schema.
    """

    api: Api
    snapshots: ProjectSnapshots
    reader: CustomerReader
    request: PlanRequest
    schema: Callable[[], MetadataSchema]

    def problems(self, changes: Changes, columns: Iterable[str]) -> list[Problem]:
        """What is wrong with it, or to be known.

        Cost in API calls: none where nothing comes into being; one for the number of customers
        where a metadata key does, and those of `find_source_ids` where customers do.

        Args:
            changes: What is to be sent.
            columns: The columns of the edited frame.
        """
        return [*self._new_keys(changes, columns), *self._near_twins(changes)]

    # -- metadata keys ---------------------------------------------------------------------------

    def _new_keys(self, changes: Changes, columns: Iterable[str]) -> list[Problem]:
        held = self._held_columns()
        columns = list(columns)
        new = {
            name: key
            for name in columns
            if name not in held and (key := metadata_key(name)) and not self._is_in_rest(key)
        }
        if not new or not changes:
            return []
        defined = self.schema().demands.keys()
        written: dict[str, list[str]] = {}
        for name, key in sorted(new.items()):
            if key not in defined and not self.snapshots.has_pushed(name):
                labels = changes.labels_of(name)
                if labels:
                    written[key] = labels
        if not written:
            return []
        keys = {key for name in held if (key := metadata_key(name))}.union(
            *(snapshot.keys_in_rest for snapshot in self.snapshots.all() if snapshot.is_verified)
        )
        known = KnownKeys(defined, keys, self._customers_read(), self._total())
        return new_keys(written, known, self.request.new_keys, columns)

    def _held_columns(self) -> set[str]:
        """The columns that any customer was read with; what a file says of itself is not enough."""
        known = [snapshot for snapshot in self.snapshots.all() if snapshot.is_verified]
        return {name for snapshot in known for name in snapshot.names}

    def _is_in_rest(self, key: str) -> bool:
        """Whether a customer was read with a key that had no column of its own."""
        known = [snapshot for snapshot in self.snapshots.all() if snapshot.is_verified]
        return any(key in snapshot.keys_in_rest for snapshot in known)

    def _customers_read(self) -> int:
        """How many different customers were read with all their metadata."""
        known = self.snapshots.all()
        ids = [each.ids for each in known if each.is_whole and each.is_verified]
        return len(pc.unique(pa.chunked_array(ids))) if len(ids) > 1 else sum(map(len, ids))

    def _total(self) -> int | None:
        """How many customers the project has."""
        return self.api.list_customers({}, PageRequest(limit=1)).total

    # -- customers -------------------------------------------------------------------------------

    def _near_twins(self, changes: Changes) -> list[Problem]:
        new = {each.label: each.source_id for each in changes.created() if each.source_id}
        if not new:
            return []
        may_create = self.request.near_twins == "create"
        known, looked = find_source_ids(new.values(), self.api, self.snapshots, self.reader)
        there = set(known)
        existing = [label for label, source_id in new.items() if source_id in there]
        told = [messages.existing_source_id(existing)] if existing else []
        return [*told, *near_twins(new, known, looked, may_create=may_create)]
