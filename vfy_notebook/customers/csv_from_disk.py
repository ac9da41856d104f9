"""A CSV from disk, read as a whole: what is uploaded is what was read."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from vfy_notebook.customers.csv_file import CsvFile
from vfy_notebook.edits.problems.problems import named
from vfy_notebook.errors import ArgumentError

if TYPE_CHECKING:
    from pathlib import Path

#: What separates the cells where it is no comma, and what that is called.
_OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}


def read_csv_file(path: Path) -> CsvFile:
    """A CSV from disk; a mark of its encoding and empty lines are left out.

    Raises:
        ArgumentError: It is not there, or no CSV in UTF-8 with headers the API takes.
    """
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
        lines = [line for line in csv.reader(io.StringIO(text, newline=""), strict=True) if line]
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}."
        raise ArgumentError(message) from None
    except (UnicodeDecodeError, csv.Error) as error:
        message = f"{path} is no CSV in UTF-8 with commas between the cells: {error}."
        raise ArgumentError(message) from None
    if len(lines) < 2:
        message = f"{path} has no rows: the first line holds the headers, customers follow."
        raise ArgumentError(message)
    headers = tuple(header.strip() for header in lines[0])
    _refuse_other_separators(path, headers)
    at = [i for i, header in enumerate(headers) if header.casefold() == "source_id"]
    if not at:
        message = f"{path} has no column Source_id, by which the API finds existing customers."
        raise ArgumentError(message)
    ragged = [str(n) for n, line in enumerate(lines[1:], 1) if len(line) != len(headers)]
    if ragged:
        message = f"More or fewer cells than headers in {named(ragged, noun='row')} of {path}."
        raise ArgumentError(message)
    return CsvFile.of(headers, lines[1:])


def _refuse_other_separators(path: Path, headers: tuple[str, ...]) -> None:
    """Spreadsheets in many languages write semicolons."""
    for sign, name in _OTHER_SEPARATORS.items():
        if len(headers) == 1 and sign in headers[0]:
            message = (
                f"{path} has {name} between its cells, the API takes commas: save it as "
                '"CSV UTF-8" with commas, or read it with '
                f"pd.read_csv({path.name!r}, sep={sign!r}, dtype='str') and write it anew with "
                f".to_csv({path.name!r}, index=False)."
            )
            raise ArgumentError(message)
