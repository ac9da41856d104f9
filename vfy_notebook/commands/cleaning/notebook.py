"""Removes customers' data and credentials from a notebook in memory."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vfy_notebook.commands.cleaning.credentials_in_text import take_out, take_out_below

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Figures without text that could be searched; an SVG has its labels in clear.
_PLOT_TYPES = frozenset({"image/png", "image/jpeg"})
_FIGURE_TEXT = re.compile(r"<Figure size [\d.]+x[\d.]+ with \d+ Axes>")


class NotANotebookError(ValueError):
    """The file's content is no notebook; the message says what is wrong."""


@dataclass
class TakenOut:
    """What was taken out of a notebook."""

    outputs: int = 0
    counts: int = 0
    widget_state: bool = False
    credentials: int = 0
    #: The cells that held credentials, counted from 1.
    credential_cells: list[int] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.outputs or self.counts or self.widget_state or self.credentials)

    def __str__(self) -> str:
        parts = []
        if self.outputs:
            parts.append(_number(self.outputs, "output"))
        if self.widget_state:
            parts.append("widget state")
        if self.counts:
            parts.append(_number(self.counts, "execution count"))
        if self.credentials:
            cells = ", ".join(map(str, self.credential_cells)) or "its metadata"
            of = f"cell{'s' * (len(self.credential_cells) > 1)} " if self.credential_cells else ""
            parts.append(f"{_number(self.credentials, 'credential')} ({of}{cells})")
        return ", ".join(parts)


def clean_notebook(
    notebook: Any, *, keep_plots: bool, counts: bool, known: Iterable[str] = ()
) -> TakenOut:
    """Take customers' data, widget state and credentials out of a notebook, in place.

    Any output can hold customers' data, so all outputs go.

    Args:
        notebook: The notebook as its JSON says.
        keep_plots: Whether figures (PNG, JPEG) stay, without what stands beside them.
        counts: Whether execution counts go too.
        known: Credentials that go wherever they stand.

    Raises:
        NotANotebookError: It is none, or one of an age this cannot read.
    """
    cells = _cells(notebook)
    known = list(known)
    taken = TakenOut()
    metadata = notebook.get("metadata", {})
    taken.widget_state = isinstance(metadata, dict) and metadata.pop("widgets", None) is not None
    notebook["metadata"], taken.credentials = take_out_below(metadata, known=known)
    for number, cell in enumerate(cells, start=1):
        if "outputs" in cell:
            _clean_outputs(cell, taken, keep_plots=keep_plots)
        if counts:
            _clean_counts(cell, taken)
        found = _clean_source(cell, known)
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


def _clean_outputs(cell: dict[str, Any], taken: TakenOut, *, keep_plots: bool) -> None:
    kept = []
    for output in cell["outputs"]:
        plot = _plot_of(output) if keep_plots else None
        taken.outputs += plot != output
        if plot is not None:
            kept.append(plot)
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


def _clean_source(cell: dict[str, Any], known: list[str]) -> int:
    source = cell.get("source", "")
    text = "".join(source) if isinstance(source, list) else source
    cleaned, found = take_out(text, known=known)
    if found:
        cell["source"] = cleaned.splitlines(keepends=True) if isinstance(source, list) else cleaned
    return found


def _number(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"
