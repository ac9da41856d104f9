"""A flag in the customers' metadata, and the rule of the passive segment on it.

It is for more customers than a static segment holds, and for segments whose members change.

https://docs.voucherify.io/prepare/metadata
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from vfy_notebook.edits.fields import metadata_key
from vfy_notebook.edits.one_value import refuse_unlike_a_key
from vfy_notebook.errors import ArgumentError
from vfy_notebook.fetch.metadata_schema import fetch_metadata_schema
from vfy_notebook.frames.schema import INDEX, METADATA_PREFIX, Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from vfy_notebook.api.models import Segment
    from vfy_notebook.api.operations import Api
    from vfy_notebook.snapshots.columns import Column
    from vfy_notebook.snapshots.store import ProjectSnapshots

_NO_WORD = re.compile(r"\W+")

#: Characters that are kept of a segment's name.
_LONGEST = 60


@dataclass(frozen=True)
class Flag:
    """The key of a flag."""

    key: str

    @property
    def column(self) -> str:
        """What the key is called in a frame."""
        return METADATA_PREFIX + self.key

    @property
    def rule(self) -> dict[str, Any]:
        """The filter of those who have it: there is no operator for true."""
        return {"junction": "and", self.column: {"conditions": {"$is": [True]}}}

    def edited(self, ids: Sequence[str], attrs: Mapping[Any, Any]) -> pd.DataFrame:
        """The frame that a push of the flag starts from.

        Args:
            ids: Who gets it.
            attrs: The marks of the frame that they are from.
        """
        index = pd.Index(list(ids), dtype="str", name=INDEX)
        frame = pd.DataFrame({self.column: pd.array([True] * len(ids), dtype="boolean")}, index)
        frame.attrs = dict(attrs)
        return frame


def given_flag(key: str) -> Flag:
    """The flag of a key that a user names.

    Raises:
        ArgumentError: It is no key, or has blanks or quotation marks around it.
    """
    if not isinstance(key, str) or not key.strip():
        message = f"key={key!r}: give the metadata key of the flag, such as 'lapsed_gold'."
        raise ArgumentError(message)
    bare = metadata_key(key) or key
    refuse_unlike_a_key(bare)
    return Flag(bare)


def flag_for(name: str, segments: Iterable[Segment]) -> Flag:
    """A flag called after a segment, which no other segment is made of.

    >>> flag_for("Lapsed gold!", []).key, flag_for("Złote", []).key
    ('segment_lapsed_gold', 'segment_złote')
    """
    told = _NO_WORD.sub("_", name.casefold()).strip("_")[:_LONGEST].strip("_")
    base = f"segment_{told or blake2b(name.encode(), digest_size=4).hexdigest()}"
    rules = [json.dumps(each.filter, ensure_ascii=False) for each in segments if each.filter]
    number, key = 1, base
    while any(json.dumps(METADATA_PREFIX + key, ensure_ascii=False) in rule for rule in rules):
        number += 1
        key = f"{base}_{number}"
    return Flag(key)


def flag_of(rule: Mapping[str, Any]) -> Flag:
    """The flag that a rule of ours asks for."""
    return Flag(next(key for name in rule if (key := metadata_key(name)) is not None))


def defined_as(api: Api, flag: Flag) -> str | None:
    """The type of the key in the metadata schema, such as `boolean`; None where it has none.

    Costs a call.
    """
    definition = fetch_metadata_schema(api).get("properties", {}).get(flag.key)
    if definition is None or definition.get("deleted"):
        return None
    return "list of " * bool(definition.get("array")) + str(definition.get("type"))


def others_flagged(
    snapshots: ProjectSnapshots, flag: Flag, ids: Collection[str]
) -> tuple[str, ...]:
    """Who has the flag and is not among these, as far as the project remembers."""
    flagged: set[str] = set()
    for snapshot in snapshots.all():
        column = snapshot.column(flag.column)
        if column is not None:
            # What it tells of a customer is newer than what others told before.
            known = pa.array(sorted(flagged), pa.large_string())
            is_elsewhere = pa.array(snapshot.positions(known) < 0)
            flagged = {*known.filter(is_elsewhere).to_pylist(), *_flagged_in(snapshot.ids, column)}
    for push in snapshots.pushes():
        if push.has(flag.column):
            cells = {who: push.cells(who) for who in push.rows}
            written = {w: c[flag.column] is True for w, c in cells.items() if flag.column in c}
            flagged -= written.keys()
            flagged |= {who for who, is_flagged in written.items() if is_flagged}
    return tuple(sorted(flagged.difference(ids)))


def _flagged_in(ids: pa.Array, column: Column) -> list[str]:
    if column.kind is Kind.FLAG:
        return list(ids.filter(column.values.fill_null(fill_value=False)).to_pylist())
    if column.kind is Kind.OBJECT:  # values of several types
        return [who for at, who in enumerate(ids.to_pylist()) if column.value(at) is True]
    return []
