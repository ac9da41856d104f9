"""Removes customers' data and credentials from a notebook in memory."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vfy_notebook.commands.cleaning.credentials_in_text import take_out, take_out_below
from vfy_notebook.commands.cleaning.leftovers import (
    clean_beside,
    clean_beside_source,
    metadata_texts,
)
from vfy_notebook.commands.cleaning.people_in_text import people_in
from vfy_notebook.commands.cleaning.tables import small_table
from vfy_notebook.commands.cleaning.uuids import uses_the_toolkit

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Figures without text that could be searched; an SVG has its labels in clear.
_PLOT_TYPES = frozenset({"image/png", "image/jpeg"})
_FIGURE_TEXT = re.compile(r"<Figure size [\d.]+x[\d.]+ with \d+ Axes>")


class NotANotebookError(ValueError):
    """The file's content is no notebook; the message says what is wrong."""


@dataclass
class TakenOut:
    """What was taken out of a notebook, and what was found in its sources and left.

    Attributes:
        outputs: Outputs.
        counts: Execution counts.
        widget_state: Whether there was a state of widgets.
        attachments: Files attached to cells.
        leftovers: Entries of other programs in the metadata and beside it.
        doubled: Names that the file holds twice, of which only the last counts.
        credentials: What looks like a credential.
        credential_cells: The cells that held credentials, counted from 1.
        people: Cells by what in their sources looks like a customer. That is left.
    """

    outputs: int = 0
    counts: int = 0
    widget_state: bool = False
    attachments: int = 0
    leftovers: int = 0
    doubled: int = 0
    credentials: int = 0
    credential_cells: list[int] = field(default_factory=list)
    people: dict[str, list[int]] = field(default_factory=dict)

    @property
    def is_changed(self) -> bool:
        """Whether anything was taken out."""
        taken = (self.outputs, self.counts, self.widget_state, self.attachments)
        return any((*taken, self.leftovers, self.doubled, self.credentials))

    def __bool__(self) -> bool:
        return self.is_changed or bool(self.people)

    @property
    def people_named(self) -> str:
        """What in the sources looks like a customer, in words; empty if nothing."""
        return ", ".join(
            f"{kind} in cell{'s' * (len(cells) > 1)} {', '.join(map(str, cells))}"
            for kind, cells in self.people.items()
        )

    def __str__(self) -> str:
        parts = []
        if self.outputs:
            parts.append(_number(self.outputs, "output"))
        if self.widget_state:
            parts.append("widget state")
        if self.attachments:
            parts.append(_number(self.attachments, "attachment"))
        if self.leftovers:
            parts.append(f"other programs' metadata ({self.leftovers})")
        if self.doubled:
            parts.append(f"names that stand twice ({self.doubled})")
        if self.counts:
            parts.append(_number(self.counts, "execution count"))
        if self.credentials:
            cells = ", ".join(map(str, self.credential_cells)) or "its metadata"
            of = f"cell{'s' * (len(self.credential_cells) > 1)} " if self.credential_cells else ""
            parts.append(f"{_number(self.credentials, 'credential')} ({of}{cells})")
        return ", ".join(parts)


def clean_notebook(
    notebook: Any,
    *,
    keep_plots: bool,
    counts: bool,
    keep_tables: int = 0,
    known: Iterable[str] = (),
) -> TakenOut:
    """Take customers' data, widget state and credentials out of a notebook, in place.

    Any output can hold customers' data, so all outputs go, and so do attachments and what other
    programs leave in the metadata. What in a source looks like a customer is named and left.

    Args:
        notebook: The notebook as its JSON says.
        keep_plots: Whether figures (PNG, JPEG) stay, without what stands beside them.
        counts: Whether execution counts go too.
        keep_tables: Tables of no more rows stay, where nobody can be told from them; 0: none.
        known: Credentials that go wherever they stand.

    Raises:
        NotANotebookError: It is none, or one of an age this cannot read.
    """
    cells = _cells(notebook)
    known = list(known)
    taken = TakenOut()
    metadata = notebook.get("metadata", {})
    taken.widget_state = isinstance(metadata, dict) and metadata.pop("widgets", None) is not None
    taken.leftovers = clean_beside(notebook)
    notebook["metadata"], taken.credentials = take_out_below(
        notebook.get("metadata", {}), known=known
    )
    beside_toolkit = any(uses_the_toolkit(_source_of(cell)) for cell in cells)
    for number, cell in enumerate(cells, start=1):
        if "outputs" in cell:
            _clean_outputs(cell, taken, keep_plots=keep_plots, keep_tables=keep_tables)
        if "attachments" in cell:
            taken.attachments += max(1, len(cell.pop("attachments") or ()))
        taken.leftovers += clean_beside_source(cell)
        if counts:
            _clean_counts(cell, taken)
        found = _clean_source(cell, known, beside_toolkit=beside_toolkit)
        for kind in people_in(f"{_source_of(cell)}\n{metadata_texts(cell)}"):
            taken.people.setdefault(kind, []).append(number)
        if "metadata" in cell:
            cell["metadata"], more = take_out_below(cell["metadata"], known=known)
            found += more
        if found:
            taken.credentials += found
            taken.credential_cells.append(number)
    return taken


def _cells(notebook: Any) -> list[dict[str, Any]]:
    if not isinstance(notebook, dict) or not isinstance(notebook.get("nbformat"), int):
        raise NotANotebookError("it is not a notebook: leave it out")
    if notebook["nbformat"] != 4:
        raise NotANotebookError(
            f"it is of nbformat {notebook['nbformat']}, and only 4 is known here: "
            "open it in JupyterLab and save it once"
        )
    cells = notebook.get("cells")
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise NotANotebookError("its cells are not valid: save it again in JupyterLab")
    for number, cell in enumerate(cells, start=1):
        source = cell.get("source", "")
        lines = source if isinstance(source, list) else [source]
        if not all(isinstance(line, str) for line in lines):
            raise NotANotebookError(
                f"the source of its cell {number} is not text: save it again in JupyterLab"
            )
        outputs = cell.get("outputs", [])
        if not isinstance(outputs, list) or not all(isinstance(o, dict) for o in outputs):
            raise NotANotebookError(
                f"the outputs of its cell {number} are not valid: save it again in JupyterLab"
            )
    return cells


def _clean_outputs(
    cell: dict[str, Any], taken: TakenOut, *, keep_plots: bool, keep_tables: int
) -> None:
    kept = []
    for output in cell["outputs"]:
        shown = _plot_of(output) if keep_plots else None
        if shown is None and keep_tables:
            shown = small_table(output, at_most=keep_tables)
        taken.outputs += shown != output
        if shown is not None:
            kept.append(shown)
    cell["outputs"] = kept


def _plot_of(output: dict[str, Any]) -> dict[str, Any] | None:
    """The output's figure alone; None if it has none."""
    data = output.get("data")
    if not isinstance(data, dict) or not data.keys() & _PLOT_TYPES:
        return None
    kept = {kind: value for kind, value in data.items() if _is_harmless(kind, value)}
    plot = {key: value for key, value in output.items() if key in _PLOT_FIELDS}
    metadata = output.get("metadata")
    sizes = {
        kind: {k: v for k, v in size.items() if k in ("width", "height") and _is_number(v)}
        for kind, size in (metadata.items() if isinstance(metadata, dict) else ())
        if kind in _PLOT_TYPES and isinstance(size, dict)
    }
    return {**plot, "data": kept, "metadata": sizes}


_PLOT_FIELDS = ("data", "metadata", "output_type", "execution_count")


def _is_harmless(kind: str, value: Any) -> bool:
    if kind == "text/plain":
        text = "".join(value) if isinstance(value, list) else value
        return isinstance(text, str) and _FIGURE_TEXT.fullmatch(text) is not None
    return kind in _PLOT_TYPES


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)


def _clean_counts(cell: dict[str, Any], taken: TakenOut) -> None:
    for counted in (cell, *cell.get("outputs", ())):
        if counted.get("execution_count") is not None:
            counted["execution_count"] = None
            taken.counts += 1


def _source_of(cell: dict[str, Any]) -> str:
    source = cell.get("source", "")
    return "".join(source) if isinstance(source, list) else source


def _clean_source(cell: dict[str, Any], known: list[str], *, beside_toolkit: bool) -> int:
    source = cell.get("source", "")
    cleaned, found = take_out(_source_of(cell), known=known, beside_toolkit=beside_toolkit)
    if found:
        cell["source"] = cleaned.splitlines(keepends=True) if isinstance(source, list) else cleaned
    return found


def _number(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"
