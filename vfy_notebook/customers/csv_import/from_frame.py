"""A DataFrame of customers as the CSV that Voucherify imports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vfy_notebook.customers.csv_import.file import CsvFile, header_of
from vfy_notebook.edits.cells.cells import Cells, Held
from vfy_notebook.edits.cells.json_cells import Form, to_json
from vfy_notebook.edits.cells.values import Unsendable
from vfy_notebook.edits.columns import read_field
from vfy_notebook.edits.fields import Access, access_of, metadata_key
from vfy_notebook.edits.problems.problems import named
from vfy_notebook.errors import ArgumentError
from vfy_notebook.frames.attrs import MASKED
from vfy_notebook.frames.identities.id_places import SOURCE_ID
from vfy_notebook.frames.masking import MASK_SIGN, masked_cells, may_be_masked
from vfy_notebook.frames.schema import METADATA_REST

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from vfy_notebook.edits.metadata_schema import MetadataSchema


def csv_of_frame(frame: pd.DataFrame, schema: Callable[[], MetadataSchema]) -> CsvFile:
    """A DataFrame with the columns of `fetch_customers` as a CSV.

    Columns that cannot be written are left out. Flags become `true`, `false` and `null`; other
    missing cells are empty. `schema` is called where metadata is not all text.

    Raises:
        ArgumentError: It has no `source_id`, or a column or value that a CSV cannot carry.
    """
    if SOURCE_ID in frame.index.names and SOURCE_ID not in frame.columns:
        frame = frame.reset_index(SOURCE_ID)
    if SOURCE_ID not in frame.columns:
        message = "The frame has no column source_id, by which the API finds existing customers."
        raise ArgumentError(message)
    if frame.empty:
        message = "The frame has no rows: there is nothing to import."
        raise ArgumentError(message)
    labels = [str(label) for label in frame.index]
    _refuse_masked(frame, labels)
    _refuse_rest(frame, labels)
    columns = {}
    for name in frame.columns:
        if name == "source_id" or access_of(str(name)) is not Access.READ_ONLY:
            header, cells = header_of(name), read_field(frame[name], name)
            columns[header] = _texts(name, cells, labels)
            _refuse_lost_type(name, cells, schema)
    return CsvFile.of(list(columns), list(zip(*columns.values(), strict=True)))


def _refuse_masked(frame: pd.DataFrame, labels: Sequence[str]) -> None:
    """Masked cells are for showing; an import would store them."""
    marked = frame.attrs.get(MASKED) or ()
    for name in frame.columns:
        if may_be_masked(name, marked) and (masked := masked_cells(frame[name])).any():
            rows = [label for label, is_masked in zip(labels, masked, strict=True) if is_masked]
            message = (
                f"{name} is masked ({MASK_SIGN}) and would be stored so: "
                f"{named(rows, noun='row')}. Give a frame that is not masked."
            )
            raise ArgumentError(message)


def _refuse_rest(frame: pd.DataFrame, labels: Sequence[str]) -> None:
    """Keys without a column of their own would be lost: an import overwrites whole profiles."""
    if METADATA_REST not in frame.columns:
        return
    filled = frame[METADATA_REST].notna()
    rows = [label for label, is_filled in zip(labels, filled, strict=True) if is_filled]
    if rows:
        message = (
            f"{METADATA_REST} holds metadata that the import would empty: "
            f"{named(rows, noun='row')}. Use plan_push(), which changes what you edited and "
            "nothing else, or leave these rows out."
        )
        raise ArgumentError(message)


def _refuse_lost_type(name: str, cells: Cells, schema: Callable[[], MetadataSchema]) -> None:
    """Without a schema the import stores all metadata as text."""
    key = metadata_key(name)
    if key is None or cells.held is Held.TEXT or cells.missing.all():
        return
    kind = schema().kind_of(key)
    if kind in (None, "string"):
        message = (
            f"{name} is not text, but the import would turn it into text, because the project's "
            f"metadata schema does not define {key!r}: use plan_push(), or define the key in "
            "the project's settings."
        )
        raise ArgumentError(message)


def _texts(name: str, cells: Cells, labels: Sequence[str]) -> list[str]:
    """A column's cells as the CSV has them."""
    access = access_of(name)
    form = Form.ANY
    if name == "source_id" or access is Access.TEXT:
        form = Form.TEXT
    elif access is Access.DATE:
        form = Form.DATE
    told = to_json(cells, form)
    refused = dict(told.refused)
    empty = "null" if cells.held is Held.FLAG else ""
    texts = []
    for position, value in enumerate(told.values):
        if isinstance(value, list | dict):
            refused[position] = Unsendable(
                "holds a list or object, which a CSV cannot carry", "use plan_push()"
            )
        texts.append(_text(value, empty))
    if refused:
        reason = next(iter(refused.values()))
        rows = [labels[position] for position in refused]
        message = f"{name} {reason}: {named(rows, noun='row')}."
        raise ArgumentError(message)
    return texts


def _text(value: Any, empty: str) -> str:
    if value is None:
        return empty
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
