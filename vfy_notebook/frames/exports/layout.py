"""Which column of an export's file is what.

Titles are display titles (`created_at` is headed *Creation Date*) that are documented for hardly
any field, but columns come in the order in which the fields were asked for, metadata last, one
column for each key of the schema under its bare name. So a column's place tells what it is, as
long as no title says otherwise; where places cannot be right, titles decide alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vfy_notebook.errors import ResponseError
from vfy_notebook.frames.exports.objects import METADATA

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from vfy_notebook.frames.exports.objects import ExportedObject

_PREFIXES = ("metadata.", "metadata_", "metadata ")
_SHOWN, _TITLE_SHOWN = 10, 40


@dataclass(frozen=True)
class Layout:
    """Where an export's fields and metadata stand, by column.

    Attributes:
        fields: The column of each field that is there.
        metadata: The column of each metadata key.
        whole_metadata: The column that holds all metadata as JSON, if one does.
        missing: Fields that were asked for and are not there.
    """

    fields: dict[str, int]
    metadata: dict[str, int]
    whole_metadata: int | None
    missing: tuple[str, ...]


def lay_out(titles: Sequence[str], what: ExportedObject, *, keys: Collection[str] | None) -> Layout:
    """Find the columns of an export's file.

    Args:
        titles: The first row of the file.
        what: The object that was exported; its `fields` are what was asked for.
        keys: The metadata schema's keys, in its order; None if they are not known.

    Raises:
        ResponseError: A field that is needed is not there, or one that was asked for is missing
            while a title is there that nobody knows.
    """
    finder = _Finder(titles, what, keys)
    layout = finder.by_place() or finder.by_title()
    _check(layout, titles, what, keys)
    return layout


class _Finder:
    def __init__(
        self, titles: Sequence[str], what: ExportedObject, keys: Collection[str] | None
    ) -> None:
        self._titles = [title.strip() for title in titles]
        self._fields = [name for name in what.fields if name != METADATA]
        self._with_metadata = METADATA in what.fields
        self._keys = list(keys or ())
        self._names = {_plain(name): name for name in self._fields}
        for name, others in what.titles.items():
            for title in others:
                self._names.setdefault(_plain(title), name)
        self._known = {_plain(name) for name in what.known}
        #: The field asked for that each title names, if it names one.
        self._named = [self._field_named(title) for title in self._titles]

    def _field_named(self, title: str) -> str | None:
        return None if _is_dotted(title) else self._names.get(_plain(title))

    # -- by place ------------------------------------------------------------------------------

    def by_place(self) -> Layout | None:
        """Fields where they were asked for; None if a title contradicts that."""
        count = len(self._fields)
        if len(self._titles) < count or any(map(self._contradicts, range(count))):
            return None
        agreeing = sum(self._named[i] == name for i, name in enumerate(self._fields))
        expected = count + len(self._keys)
        # Numbers that agree vouch for the places; else the titles must, as far as they are known.
        if len(self._titles) != expected and not 2 * agreeing >= count:
            return None
        return self._with_the_metadata_of(dict(zip(self._fields, range(count), strict=True)))

    def _contradicts(self, place: int) -> bool:
        """Whether the title at a field's place is that of something else."""
        title, named, asked = self._titles[place], self._named[place], self._fields[place]
        if named is None:
            return _is_dotted(title) or (title in self._keys and _plain(title) != _plain(asked))
        # Two fields may well have the same title, each at its own place.
        return named not in (asked, self._named[self._fields.index(named)])

    # -- by title ------------------------------------------------------------------------------

    def by_title(self) -> Layout:
        """Fields by the first column whose title names them; a field's own name goes first."""
        found: dict[str, int] = {}
        for own in (True, False):
            for place, name in enumerate(self._named):
                title = self._titles[place]
                if name is None or (own and _plain(title) != _plain(name)):
                    continue
                if own or title not in self._keys or self._titles.count(title) > 1:
                    found.setdefault(name, place)
        return self._with_the_metadata_of(found)

    # -- metadata ------------------------------------------------------------------------------

    def _with_the_metadata_of(self, fields: dict[str, int]) -> Layout:
        taken = set(fields.values())
        after = max(taken, default=-1)
        metadata: dict[str, int] = {}
        whole = None
        for place, title in enumerate(self._titles):
            if place in taken or not self._with_metadata:
                continue
            if _plain(title) == METADATA and title not in self._keys:
                whole = place
            elif self._is_metadata(place, after):
                metadata.setdefault(self._key(title), place)
        missing = tuple(name for name in self._fields if name not in fields)
        return Layout(fields, metadata, whole, missing)

    def _is_metadata(self, place: int, after: int) -> bool:
        """Whether a column that is no field's is metadata: never a known field once more.

        Behind all fields a field's title may well be that of a key of the same name.
        """
        title = self._titles[place]
        if title in self._keys or _is_dotted(title):
            return True
        if self._named[place] is None:
            return _plain(title) not in self._known
        return not self._keys and place > after and title in self._fields

    def _key(self, title: str) -> str:
        """The key that a title means, as the schema spells it if it knows it."""
        name = (
            title[len(_PREFIXES[0]) :] if title not in self._keys and _is_dotted(title) else title
        )
        if name in self._keys:
            return name
        alike = [key for key in self._keys if _plain(key) == _plain(name)]
        return alike[0] if len(alike) == 1 else name


def _check(
    layout: Layout, titles: Sequence[str], what: ExportedObject, keys: Collection[str] | None
) -> None:
    if not layout.missing:
        return
    needed = [name for name in layout.missing if name in what.needed]
    known = set(map(_plain, [*(keys or ()), *what.fields]))
    strangers = [
        key
        for key, place in layout.metadata.items()
        if keys is not None and _plain(key) not in known and not _is_dotted(titles[place])
    ]
    if not (needed or strangers):
        return
    also = f", and nobody knows what {_listed(strangers)} is" if strangers else ""
    message = (
        f"The export has no column for {_listed(needed or layout.missing)}, which was asked for"
        f"{also} (its titles: {_listed(titles) or 'none'}): {what.instead}."
    )
    raise ResponseError(message)


def _listed(names: Sequence[str]) -> str:
    """The first names, each not longer than titles are."""
    shown = ", ".join(name[:_TITLE_SHOWN] for name in names[:_SHOWN])
    return shown + ", …" * (len(names) > _SHOWN)


def _is_dotted(title: str) -> bool:
    return title[: len(_PREFIXES[0])].casefold() in _PREFIXES


def _plain(title: str) -> str:
    """A title's letters and digits.

    >>> _plain("Source Id") == _plain("source_id") == _plain(" SOURCE_ID ")
    True
    """
    return "".join(character for character in title.casefold() if character.isalnum())
