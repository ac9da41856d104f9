"""The CSV that Voucherify imports, and its checks.

https://docs.voucherify.io/api-reference/customers/import-and-update-customers-using-csv
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vfy_notebook.api.operations import MAX_BODY_BYTES
from vfy_notebook.edits.fields import metadata_key
from vfy_notebook.edits.problems.problems import named
from vfy_notebook.errors import ArgumentError, PlanError
from vfy_notebook.frames.masking import MASK_SIGN, is_only_mask, may_be_masked
from vfy_notebook.frames.schema import FIXED_NAMES, INDEX, METADATA_PREFIX, METADATA_REST

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: The fields of a profile and their headers; further spellings are the vendor's template's.
_HEADERS = {
    "source_id": "Source_id",
    "name": "Name",
    "description": "Description",
    "email": "Email",
    "phone": "Phone",
    "birthdate": "Birthdate",
    "address.line_1": "Address_line_1",
    "address.line_2": "Address_line_2",
    "address.postal_code": "Address_Postal_Code",
    "address.city": "Address_City",
    "address.state": "Address_State",
    "address.country": "Address_Country",
}
_ALSO = {
    "city": "address.city",
    "postal_code": "address.postal_code",
    "state": "address.state",
    "country": "address.country",
    "birthday": "birthdate",
    "id": "id",
}
_FIELDS = {**{header.casefold(): field for field, header in _HEADERS.items()}, **_ALSO}


def field_of(header: str) -> str | None:
    """The field that a header stands for; None: it becomes metadata."""
    return _FIELDS.get(header.casefold())


#: What programs and spreadsheets make of an id of digits.
_NUMBER_LIKE = re.compile(r"\d+\.0|\d(\.\d+)?[eE]\+\d+")


@dataclass(frozen=True)
class CsvFile:
    """What is uploaded: its bytes, its fields, and the source_id of each row."""

    content: bytes
    headers: tuple[str, ...]
    source_ids: tuple[str, ...]

    @classmethod
    def of(cls, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> CsvFile:
        """Headers and rows, among them a column for the source_id, as they are uploaded.

        Raises:
            ArgumentError: The API takes no such headers.
        """
        _check_headers(headers)
        _refuse_masked(headers, rows)
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow(headers)
        at = next(i for i, header in enumerate(headers) if header.casefold() == "source_id")
        source_ids = []
        for row in rows:
            writer.writerow(row)
            source_ids.append(row[at])
        return cls(buffer.getvalue().encode(), tuple(headers), tuple(source_ids))

    def check(self, *, allow_partial: bool) -> None:
        """Refuse what would lose or double customers.

        Raises:
            PlanError: With the rows and the way out.
        """
        if len(self.content) > MAX_BODY_BYTES:
            message = (
                f"The CSV has {len(self.content):,} bytes, the API takes {MAX_BODY_BYTES:,}: "
                "import it in parts, or use plan_push()."
            )
            raise PlanError(message)
        self._check_source_ids()
        there = {_FIELDS.get(header.casefold()) for header in self.headers}
        lacking = [field for field in _HEADERS if field not in there]
        if lacking and not allow_partial:
            message = (
                f"Not in the CSV: {', '.join(lacking)}. An import overwrites existing profiles "
                "whole, so these would be emptied. Use plan_push(), which changes what you edited "
                "and nothing else, or add them."
            )
            raise PlanError(message)

    def _check_source_ids(self) -> None:
        self._refuse_ids(
            "With blanks around its source_id, which would make a new customer",
            lambda source_id: source_id != source_id.strip(),
            "Take the blanks away.",
        )
        self._refuse_ids(
            "With a number for a source_id, such as a spreadsheet or a program makes of digits",
            _NUMBER_LIKE.fullmatch,
            "Write the ids as text, or read them anew with dtype={'source_id': 'str'}.",
        )
        seen: set[str] = set()
        empty, doubled = [], []
        for number, source_id in enumerate(self.source_ids, start=1):
            if not source_id:
                empty.append(str(number))
            elif source_id in seen:
                doubled.append(str(number))
            seen.add(source_id)
        if empty:
            message = (
                f"Without a source_id: {named(empty, noun='row')}. An import would create new "
                "customers of them each time: fill it in, or leave them out."
            )
            raise PlanError(message)
        if doubled:
            message = (
                f"With the source_id of an earlier row: {named(doubled, noun='row')}. Keep one row "
                "of each customer."
            )
            raise PlanError(message)

    def _refuse_ids(self, what: str, is_wrong: Callable[[str], object], way_out: str) -> None:
        wrong = [str(n) for n, each in enumerate(self.source_ids, 1) if each and is_wrong(each)]
        if wrong:
            shown = next(each for each in self.source_ids if each and is_wrong(each))
            message = f"{what}: {named(wrong, noun='row')}, such as {shown!r}. {way_out}"
            raise PlanError(message)


def _check_headers(headers: Sequence[str]) -> None:
    from_frame = [header for header in headers if _is_of_a_frame(header)]
    if from_frame:
        shown = ", ".join(from_frame[:3]) + " …" * (len(from_frame) > 3)
        message = (
            f"The headers {shown} are those of a DataFrame, of which an import would make "
            "metadata: read the file with pandas and give the frame to plan_push(), or to "
            "import_csv() where whole profiles are meant."
        )
        raise ArgumentError(message)
    for header in headers:
        if not header or " " in header:
            message = f"The header {header!r}: the API takes none that are empty or hold a space."
            raise ArgumentError(message)
    meant = [_FIELDS.get(header.casefold(), header) for header in headers]
    twice = sorted({each for each in meant if meant.count(each) > 1})
    if twice:
        message = f"More than one column stands for {', '.join(twice)}: keep one of each."
        raise ArgumentError(message)


def _refuse_masked(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Masked cells are for showing; an import would store them."""
    for place, header in enumerate(headers):
        if not may_be_masked(_FIELDS.get(header.casefold())):
            continue
        masked = [str(n) for n, row in enumerate(rows, 1) if is_only_mask(row[place])]
        if masked:
            message = (
                f"{header} is masked ({MASK_SIGN}) and would be stored so: "
                f"{named(masked, noun='row')}. Take the customers from a frame that is not masked."
            )
            raise ArgumentError(message)


def _is_of_a_frame(header: str) -> bool:
    """Whether a header is a column of a customers' DataFrame, and none of the API's."""
    name = header.casefold()
    is_column = name in (INDEX, METADATA_REST, *FIXED_NAMES) or name.startswith(METADATA_PREFIX)
    return is_column and name not in _FIELDS


def header_of(name: Any) -> str:
    """The header of a frame's column.

    Raises:
        ArgumentError: It is none of the API's, or the API takes it for another field.
    """
    header = _HEADERS.get(name)
    if header is not None:
        return header
    key = metadata_key(name) if isinstance(name, str) else None
    if key is None:
        message = (
            f"Column {name!r} is not a field of the API: drop it, or name it 'metadata.{name}' to "
            "make it a metadata key."
        )
        raise ArgumentError(message)
    if key.casefold() in _FIELDS:
        message = f"The CSV route takes a column {key!r} for the field, not for metadata."
        raise ArgumentError(message + " Use plan_push().")
    return key
