"""An export's file or files as one table of text, its columns known by field and metadata key."""

from __future__ import annotations

import contextlib
from typing import IO, TYPE_CHECKING, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from vfy_notebook.errors import ResponseError
from vfy_notebook.frames.exports.csv_file import CsvFile
from vfy_notebook.frames.exports.layout import lay_out

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from vfy_notebook.frames.exports.objects import ExportedObject

#: A time as exports write it begins with a day.
_DAY = r"^\d{4}-\d{2}-\d{2}"


class ExportedRows(NamedTuple):
    """Some rows of an export: the cells as text by column, empty ones null.

    Attributes:
        ids: The objects' ids.
        fields: Every field that the file has, by its name.
        metadata: The metadata keys that have a column of their own, by key.
        whole_metadata: The column that holds all metadata as JSON, if one does.
    """

    ids: pa.Array
    fields: dict[str, pa.Array]
    metadata: dict[str, pa.Array]
    whole_metadata: pa.Array | None


class ExportedTable:
    """The rows of one export.

    Args:
        files: Its file, or its files in their order.
        what: The object that was exported; its `fields` are those that were asked for.
        keys: The metadata schema's keys, in its order; None if they are not known.

    Attributes:
        layout: Which column is what.
        rows: How many rows there are.
        is_cut: Whether a file surely ends too early: inside a row.
        may_be_cut: Whether the last line of a file has no line break.

    Raises:
        ResponseError: This is no table of such objects.
    """

    def __init__(
        self, files: Sequence[IO[bytes]], what: ExportedObject, *, keys: Collection[str] | None
    ) -> None:
        self._what = what
        with self._way_out():
            self._files = [CsvFile.of(files[0])]
            titles = self._files[0].titles
            self._files += [CsvFile.of(file, titles=titles) for file in files[1:]]
        self.layout = lay_out(titles, what, keys=keys)
        self.rows = sum(file.rows for file in self._files)
        self.is_cut = any(file.ends_in_a_row for file in self._files)
        self.may_be_cut = not all(file.ends_with_a_line_break for file in self._files)

    def pieces(self) -> Iterator[ExportedRows]:
        """The rows, some thousand at a time.

        Raises:
            ResponseError: Rows have no id, no readable time, or the wrong number of cells.
        """
        layout = self.layout
        for file in self._files:
            for number, columns in enumerate(self._columns(file)):
                rows = ExportedRows(
                    columns[layout.fields["id"]],
                    {name: columns[i] for name, i in layout.fields.items()},
                    {key: columns[i] for key, i in layout.metadata.items()},
                    None if layout.whole_metadata is None else columns[layout.whole_metadata],
                )
                if rows.ids.null_count or pc.any(pc.match_substring(rows.ids, "\ufffd")).as_py():
                    message = (
                        "The export has rows without a readable id, so its file cannot be used: "
                        f"{self._what.instead}."
                    )
                    raise ResponseError(message)
                if number == 0:
                    self._check_times(rows)
                yield rows

    def _columns(self, file: CsvFile) -> Iterator[list[pa.Array]]:
        columns = file.columns()
        while True:
            with self._way_out():
                found = next(columns, None)
            if found is None:
                return
            yield found

    @contextlib.contextmanager
    def _way_out(self) -> Iterator[None]:
        """Say what to do where a file is no CSV."""
        try:
            yield
        except ResponseError as error:
            message = f"{error}. Fetch again, or {self._what.instead}."
            raise ResponseError(message) from None

    def _check_times(self, rows: ExportedRows) -> None:
        """Refuse a column of times that holds something else: it is not where it should be."""
        for name in self._what.needed:
            is_time = name.endswith("_at") or name == "date"
            cells = rows.fields[name].drop_null() if is_time else []
            if len(cells) and not pc.any(pc.match_substring_regex(cells, _DAY)).as_py():
                message = (
                    f"The export's column for {name} holds no times, but such as "
                    f"{cells[0].as_py()[:40]!r}: {self._what.instead}."
                )
                raise ResponseError(message)
