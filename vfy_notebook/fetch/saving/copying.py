"""How anything is saved as Parquet parts while it arrives, and continued after an interruption."""

from __future__ import annotations

import abc
import contextlib
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from vfy_notebook.errors import FetchInterrupted, FolderError
from vfy_notebook.fetch.partial import only_our_errors
from vfy_notebook.fetch.saving.folder import PartsFolder, parts_in
from vfy_notebook.fetch.saving.parts import Parts
from vfy_notebook.frames.files.dask_parts import dask_frame
from vfy_notebook.progress import Progress

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import dask.dataframe as dd

    from vfy_notebook.api.operations import Api
    from vfy_notebook.fetch.saving.folder import Note
    from vfy_notebook.frames.files.schema import PartSchema
    from vfy_notebook.progress import Shown


@dataclass(frozen=True)
class SavedParts:
    """Customers, orders, redemptions or memberships as Parquet parts.

    Attributes:
        path: The folder of the parts; in an object store its address, such as
            `s3://bucket/customers`. `pandas.read_parquet` takes either.
        rows: The number of rows in them.
        calls: The API calls that they took, including earlier runs. Of a run that was killed,
            only the calls up to its last part are known.

    >>> saved = project.save_customers("customers/", progress=False)
    >>> saved.rows, len(pd.read_parquet(saved.path))
    (2357, 2357)
    """

    path: Path | str
    rows: int
    calls: int

    def to_dask(
        self,
        *,
        columns: Sequence[str] | None = None,
        filters: Sequence[Any] | None = None,
        index: str | None = None,
    ) -> dd.DataFrame:
        """Give the parts as a Dask DataFrame. Makes no API calls, however often it is computed.

        A partition for each part, in the types of the DataFrame. Lists and objects are JSON text,
        as in the parts.

        **Only some months.** Customers who were listed lie in order of `created_at`, each part
        with a span of its own, so a filter by time opens the parts of that time only. Dask prunes
        by `filters=` and by divisions of the index. A comparison on the frame, such as
        `lazy[lazy["created_at"] >= start]`, gives the same rows, but Dask reads all parts for it.
        Parts of exports (orders, redemptions, `via="export"`) hold the rows as they came: there a
        part is passed over if none of its rows is of that time, and there are no divisions.

        Args:
            columns: Only these; the rest is never read.
            filters: The rows that are wanted, as `dask.dataframe.read_parquet` takes them: a list
                of conditions that must all hold, such as `[("created_at", ">=", "2025-01-01")]`,
                or a list of such lists. Times are those that the filters of `fetch_customers`
                take. Parts, and quarters of parts, that hold none of the rows are not read.
            index: None for `customer_id`, `order_id` or `redemption_id`, which are in no order
                and have no divisions; memberships have no index. `"created_at"` for the time,
                with divisions: `lazy.loc["2025-01":"2025-03"]` reads the parts of these months
                only, and their neighbours where Dask reads several small parts together. The ids
                are a column then.

        Returns:
            A lazy DataFrame, as `dask.dataframe.read_parquet` makes it.

        Raises:
            ArgumentError: There is no such column, a filter cannot be compared with its column,
                the parts are in no order of the index, or Dask is not installed; the message has
                the command.
            FolderError: The parts have been moved, removed or changed.

        >>> saved = project.save_customers("customers/", progress=False)
        >>> cities = saved.to_dask(columns=["address.city"])["address.city"]
        >>> int((cities == "Łódź").sum().compute())
        91
        >>> by_time = saved.to_dask(columns=["customer_id"], index="created_at")
        >>> len(by_time.loc["2025-02":"2025-02"])
        857
        """
        return dask_frame(
            self.path, parts_in(self.path), columns=columns, filters=filters, index=index
        )


class Copy(abc.ABC):
    """What is to be saved, and how it is read.

    Attributes:
        noun: What the rows are called.
        verb: The method that saves them.
        can_go_on: Whether a copy that was cut off can be continued; else it begins anew.
    """

    noun: ClassVar[str]
    verb: ClassVar[str]
    can_go_on: bool = True

    def __init__(self, api: Api) -> None:
        self.api = api

    @abc.abstractmethod
    def identity(self) -> Any:
        """What tells this copy from another one, as JSON; may ask the API for it."""

    @abc.abstractmethod
    def begin(self, of: str) -> Note:
        """The note of a copy that begins; may ask the API for what the parts need."""

    @abc.abstractmethod
    def schema(self, note: Note) -> PartSchema:
        """The schema of all parts of a copy."""

    @abc.abstractmethod
    def run(self, parts: Parts, bar: Progress) -> None:
        """Read what is left, put it into the parts and finish them."""


def save(copy: Copy, path: str | os.PathLike[str], *, replace: bool, progress: Shown) -> SavedParts:
    """Save all that a copy reads as Parquet parts; goes on where an earlier run ended."""
    transport = copy.api.transport
    calls_before = transport.calls.total
    folder = PartsFolder(path, noun=copy.noun, verb=copy.verb)
    with (
        only_our_errors(),
        _resume_advice(folder, replaced=replace, can_go_on=copy.can_go_on),
        folder.open(),
        Progress(
            f"Saving {copy.noun}",
            unit=copy.noun,
            calls=lambda: transport.calls.total,
            shown=progress,
        ) as bar,
    ):
        folder.check(replace=replace)
        of = _fingerprint(copy)
        if not replace:
            folder.check_unfinished(of)
        known = None if replace else folder.note
        calls_earlier = 0 if known is None else known.calls
        if known is None or not copy.can_go_on:
            with transport.governor.told_of_waits(bar.waits):
                known = copy.begin(of)
            folder.begin(known)
        else:
            folder.remove_parts(but=known.parts)
        parts = Parts(
            folder,
            known,
            copy.schema(known),
            calls=lambda: calls_earlier + transport.calls.total - calls_before,
        )
        with _kept(parts):
            copy.run(parts, bar)
    note = folder.noted
    return SavedParts(folder.path, note.rows, note.calls)


def _fingerprint(copy: Copy) -> str:
    """What tells one copy from another; a hash, as filters may hold addresses and names."""
    credentials = copy.api.transport.credentials
    told = [credentials.url, credentials.app_id, copy.noun, copy.identity()]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


@contextlib.contextmanager
def _kept(parts: Parts) -> Iterator[None]:
    """Write what had arrived, and what it has cost, whatever cuts a copy off."""
    try:
        yield
    except FolderError:
        raise
    except BaseException:
        parts.flush()
        raise


@contextlib.contextmanager
def _resume_advice(folder: PartsFolder, *, replaced: bool, can_go_on: bool) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        rows = 0 if folder.note is None else folder.note.rows
        arguments = "the same arguments" + (" but replace_existing" if replaced else "")
        message = (
            f"Interrupted after {rows:,} {folder.noun}, which are in {folder.path}: "
            f"call {folder.verb}() again with {arguments} to "
            + ("continue." if can_go_on else "begin anew, as an export cannot be continued.")
        )
        raise FetchInterrupted(message) from None
