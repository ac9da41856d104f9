"""Customers as Parquet parts on disk, written while they arrive and resumed after an end.

A part and the note of what it completes are written one after the other, each under another
name first: whenever the process ends, the folder holds whole parts, and the note says which of
them count and which spans of time are still to be read. Rows belong to spans by the millisecond
of their creation, so nothing is lost or doubled where one run ends and the next begins.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pyarrow.parquet as pq

from vfy_notebook.api.listing.fetching import Listing, Rest
from vfy_notebook.errors import (
    ArgumentError,
    FetchInterrupted,
    IncompleteListingWarning,
    NotFoundError,
)
from vfy_notebook.fetch.exports import exported_batches
from vfy_notebook.frames.batches import pack
from vfy_notebook.frames.parquet import PartSchema
from vfy_notebook.frames.schema import transposed
from vfy_notebook.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from vfy_notebook.api.listing.fetching import Difference, ListedPage
    from vfy_notebook.api.listing.query import CustomerQuery
    from vfy_notebook.api.models import Customer
    from vfy_notebook.api.operations import Api
    from vfy_notebook.frames.batches import Batch
    from vfy_notebook.frames.schema import Transposed
    from vfy_notebook.progress import Shown

#: Rows of a part: enough for readers to be fast, few enough for 400 MB.
PART_ROWS = 50_000

#: Rows packed at a time.
_BATCH_ROWS = 1_000

#: Readers of Parquet folders pass over names that begin with an underscore.
STATE_NAME = "_vfy_notebook.json"

_PART_NAME = "part-{:05d}.parquet"


@dataclass(frozen=True)
class SavedCustomers:
    """Customers on disk.

    Attributes:
        path: The folder of the parts.
        rows: How many customers they hold.
        calls: The API calls that they took, those of interrupted runs included.
    """

    path: Path
    rows: int
    calls: int


class _State(msgspec.Struct):
    """The note beside the parts."""

    of: str  #: a fingerprint of the project, the filters and the route
    keys: dict[str, str]  #: the metadata columns
    left: list[tuple[int | None, int | None]]
    parts: list[str] = msgspec.field(default_factory=list)
    rows: int = 0
    calls: int = 0
    total: int | None = None
    closed_before_ms: int | None = None
    finished: bool = False


def save_customers(
    api: Api,
    query: CustomerQuery,
    path: str | os.PathLike[str],
    *,
    via: str,
    replace: bool,
    workers: int,
    progress: Shown,
) -> SavedCustomers:
    """Save all customers that match as Parquet parts; goes on where an earlier run ended."""
    bar = Progress(
        "Saving customers",
        unit="customers",
        calls=lambda: api.transport.calls.total,
        shown=progress,
    )
    folder = _Folder.open(Path(path), _fingerprint(api, query, via), replace=replace)
    with bar, folder.counting(lambda: api.transport.calls.total):
        if folder.state is None:
            folder.begin(_keys(api), query)
        if via == "export":
            _save_export(api, query, folder, bar)
        else:
            _save_listing(api, query, folder, bar, workers=workers)
    return SavedCustomers(folder.path, folder.known.rows, folder.known.calls)


def _keys(api: Api) -> Mapping[str, str]:
    try:
        return PartSchema.of(api.metadata_schema().get("properties") or {}).keys
    except NotFoundError:
        return {}  # nothing was ever demanded of metadata


def _fingerprint(api: Api, query: CustomerQuery, via: str) -> str:
    """What tells one copy from another; a hash, as filters may hold addresses and names."""
    credentials = api.transport.credentials
    told = [credentials.url, credentials.app_id, via, dataclasses.asdict(query)]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


# -- the routes --------------------------------------------------------------------------------


def _save_export(api: Api, query: CustomerQuery, folder: _Folder, bar: Progress) -> None:
    """An export cannot be resumed: what an earlier run has written of it is written anew."""
    folder.forget_parts()
    with (
        api.transport.governor.told_of_waits(bar.waits),
        _told_how_to_go_on(folder),
        exported_batches(api, query, bar) as batches,
    ):
        for batch in batches:
            folder.add(batch)
            bar.update(folder.rows)
        folder.finish()


def _save_listing(
    api: Api, query: CustomerQuery, folder: _Folder, bar: Progress, *, workers: int
) -> None:
    state = folder.known
    begun = bool(state.parts) or state.closed_before_ms is not None
    listing = Listing(
        api,
        query,
        workers=workers,
        on_wait=bar.waits,
        rest=Rest(tuple(state.left), state.closed_before_ms, state.rows) if begun else None,
    )
    desk = _SortingDesk(state.left)
    with _told_how_to_go_on(folder), contextlib.closing(listing.pages()) as pages:
        try:
            for page in pages:
                folder.add_customers(desk.take(page))
                folder.note(
                    desk.left(),
                    closed_before_ms=listing.closed_before_ms,
                    total=listing.progress.total,
                )
                bar.update(folder.rows, state.total)
        except BaseException:
            folder.flush()
            raise
        folder.finish()
    if listing.difference is not None:
        _warn(listing.difference)


class _SortingDesk:
    """Keeps back rows of a millisecond that may not be complete yet; knows what is left."""

    def __init__(self, left: Iterable[tuple[int | None, int | None]]) -> None:
        self._left = list(left)
        self._kept: dict[int, list[tuple[int, Customer]]] = {}
        self._done: dict[int, tuple[int | None, int | None]] = {}

    def take(self, page: ListedPage) -> list[Customer]:
        """The customers whose milliseconds a page has completed."""
        rows = [
            *self._kept.pop(page.window, ()),
            *zip(page.created_ms, page.customers, strict=True),
        ]
        end_ms = page.complete_to_ms
        self._done[page.window] = (page.complete_from_ms, end_ms)
        kept = [] if end_ms is None else [row for row in rows if row[0] >= end_ms]
        if not kept:
            return [customer for _, customer in rows]
        self._kept[page.window] = kept
        return [customer for ms, customer in rows if ms < end_ms]

    def left(self) -> list[tuple[int | None, int | None]]:
        """The spans that are not complete, oldest first."""
        left = self._left
        for done in self._done.values():
            left = [rest for span in left for rest in _without(span, done)]
        return left


def _without(
    span: tuple[int | None, int | None], done: tuple[int | None, int | None]
) -> list[tuple[int | None, int | None]]:
    """What is left of a span; None is the beginning of time in front, and the end behind."""
    from_ms, to_ms = _finite(span)
    done_from_ms, done_to_ms = _finite(done)
    pieces = [(from_ms, min(to_ms, done_from_ms)), (max(from_ms, done_to_ms), to_ms)]
    return [
        (None if a == _BEGINNING else int(a), None if b == _END else int(b))
        for a, b in pieces
        if a < b
    ]


_BEGINNING, _END = float("-inf"), float("inf")


def _finite(span: tuple[int | None, int | None]) -> tuple[float, float]:
    return (_BEGINNING if span[0] is None else span[0], _END if span[1] is None else span[1])


def _warn(difference: Difference) -> None:
    warnings.warn(
        f"The parts hold {difference.read:,} distinct customers, but the API now counts "
        f"{difference.counted:,}: customers were created or deleted meanwhile, or the API "
        "counts late.",
        IncompleteListingWarning,
        stacklevel=5,
    )


@contextlib.contextmanager
def _told_how_to_go_on(folder: _Folder) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        message = (
            f"Interrupted after {folder.known.rows:,} customers, which are in {folder.path}: "
            "call save_customers() again with the same arguments to go on."
        )
        raise FetchInterrupted(message) from None


# -- the folder --------------------------------------------------------------------------------


class _Folder:
    """The parts, and the note of what they complete."""

    def __init__(self, path: Path, of: str, state: _State | None) -> None:
        self.path = path
        self.state = state
        self._of = of
        self._schema: PartSchema | None = None
        self._unpacked: list[Transposed] = []
        self._batches: list[Batch] = []
        self._held = 0
        self._calls: Callable[[], int] = lambda: 0

    @classmethod
    def open(cls, path: Path, of: str, *, replace: bool) -> _Folder:
        """The folder, if it is empty or holds an unfinished copy of the same.

        Raises:
            ArgumentError: It holds something else; nothing was sent and nothing changed.
        """
        if path.exists() and not path.is_dir():
            message = f"{path} is a file: give a folder for the parts."
            raise ArgumentError(message)
        state = _read_state(path / STATE_NAME)
        if replace or state is None:
            folder = cls(path, of, None)
            folder._clear(replace=replace, state=state)
            return folder
        if state.of != of:
            message = (
                f"{path} holds customers of another project, or by other filters: choose another "
                "folder, or replace_existing=True to write over it."
            )
            raise ArgumentError(message)
        if state.finished:
            message = (
                f"{path} holds {state.rows:,} customers already, all that there were then: choose "
                "another folder, or replace_existing=True to save them anew."
            )
            raise ArgumentError(message)
        folder = cls(path, of, state)
        folder._remove_parts(but=state.parts)
        return folder

    def _clear(self, *, replace: bool, state: _State | None) -> None:
        found = sorted(self.path.glob("*.parquet"))
        if found and not (replace and state is not None):
            message = (
                f"{self.path} holds {found[0].name}, which save_customers() did not write: "
                "choose another folder."
            )
            raise ArgumentError(message)
        if state is not None:
            (self.path / STATE_NAME).unlink()
            self._remove_parts(but=[])

    def _remove_parts(self, *, but: Sequence[str]) -> None:
        """Remove what a run wrote that ended before it could note it."""
        for part in self.path.glob("part-*.parquet*"):
            if part.name not in but:
                part.unlink()

    @contextlib.contextmanager
    def counting(self, calls: Callable[[], int]) -> Iterator[None]:
        """Add the calls made meanwhile to those of earlier runs."""
        before = calls()
        earlier = self.state.calls if self.state is not None else 0
        self._calls = lambda: earlier + calls() - before
        yield

    @property
    def known(self) -> _State:
        """The note, once the copy has begun."""
        assert self.state is not None  # noqa: S101 - begin() has been called
        return self.state

    @property
    def rows(self) -> int:
        """Rows in the parts and on their way there."""
        return self.known.rows + self._held

    def begin(self, keys: Mapping[str, str], query: CustomerQuery) -> None:
        """Begin a copy."""
        self.path.mkdir(parents=True, exist_ok=True)
        span = (query.created_from_ms, query.created_to_ms)
        self.state = _State(self._of, dict(keys), [span])
        self._pending_left = [span]
        self._write_state()

    def add_customers(self, customers: list[Customer]) -> None:
        """Add customers whose millisecond is complete."""
        if customers:
            self._unpacked.append(transposed(customers))
            self._held += len(customers)
        if sum(len(page.ids) for page in self._unpacked) >= _BATCH_ROWS:
            self._pack()

    def _pack(self) -> None:
        if self._unpacked:
            self._batches.append(pack(self._unpacked))
            self._unpacked = []

    def add(self, batch: Batch) -> None:
        """Add customers who are packed already; writes a part when there are enough."""
        self._batches.append(batch)
        self._held += len(batch)
        if self._held >= PART_ROWS:
            self._write_part()
            self._write_state()

    def note(
        self,
        left: list[tuple[int | None, int | None]],
        *,
        closed_before_ms: int | None,
        total: int | None,
    ) -> None:
        """Say what is left to read beside all that was added; writes a part if it is time."""
        state = self.known
        state.total = state.total if total is None else total
        self._pending_left = left
        self._pending_closed_ms = closed_before_ms
        if self._held >= PART_ROWS:
            self.flush()

    def flush(self) -> None:
        """Write what is held, and note what it completes."""
        self._pack()
        self._write_part()
        state = self.known
        state.left = self._pending_left
        if self._pending_closed_ms is not None:
            state.closed_before_ms = self._pending_closed_ms
        self._write_state()

    def finish(self) -> None:
        """Write what is left to write; a copy of nobody is one empty part."""
        self._pack()
        if self._held or not self.known.parts:
            self._write_part(even_empty=True)
        self.known.left = []
        self.known.finished = True
        self._write_state()

    def forget_parts(self) -> None:
        """Begin anew with the same columns."""
        state = self.known
        state.parts, state.rows = [], 0
        self._write_state()
        self._remove_parts(but=[])

    _pending_left: list[tuple[int | None, int | None]]
    _pending_closed_ms: int | None = None

    def _write_part(self, *, even_empty: bool = False) -> None:
        if not (self._held or even_empty):
            return
        state = self.known
        self._schema = self._schema or PartSchema(state.keys)
        name = _PART_NAME.format(len(state.parts))
        unfinished = self.path / f"{name}.unfinished"
        pq.write_table(self._schema.table(self._batches), unfinished)
        _settle(unfinished, self.path / name)
        state.parts = [*state.parts, name]
        state.rows += self._held
        self._batches, self._held = [], 0

    def _write_state(self) -> None:
        state = self.known
        state.calls = self._calls()
        unfinished = self.path / f"{STATE_NAME}.unfinished"
        unfinished.write_bytes(msgspec.json.encode(state))
        _settle(unfinished, self.path / STATE_NAME)


def _settle(unfinished: Path, final: Path) -> None:
    """Give a file its name once it is on the disk."""
    with unfinished.open("rb+") as file:
        os.fsync(file.fileno())
    unfinished.replace(final)


def _read_state(path: Path) -> _State | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_State)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError:
        message = f"{path} is no note of save_customers(): remove it, or choose another folder."
        raise ArgumentError(message) from None
