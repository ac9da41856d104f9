"""What notebooks keep beside cells: of it only what is known to be harmless stays.

Papermill writes its parameters into the metadata, Databricks, Deepnote, Synapse and others the
values of widgets and variables, Colab who has run a cell. So this is a list of what may stay, not
of what has to go: whatever tool comes next is covered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_NOTEBOOK_KEYS = frozenset({"cells", "metadata", "nbformat", "nbformat_minor"})
_CELL_KEYS = frozenset(
    {"attachments", "cell_type", "execution_count", "id", "metadata", "outputs", "source"}
)

#: Names → what below them may stay; None is everything.
_Allowed = dict[str, frozenset[str] | None]

_NOTEBOOK_METADATA: _Allowed = {
    "kernelspec": frozenset({"argv", "display_name", "env", "language", "name"}),
    "kernel_info": frozenset({"name"}),
    "language_info": frozenset(
        {
            "codemirror_mode",
            "file_extension",
            "mimetype",
            "name",
            "nbconvert_exporter",
            "pygments_lexer",
            "version",
        }
    ),
    **dict.fromkeys(
        (
            "authors",
            "celltoolbar",
            "jupytext",
            "livereveal",
            "mystnb",
            "nbsphinx",
            "orig_nbformat",
            "rise",
            "title",
            "toc",
        )
    ),
}

_CELL_METADATA: _Allowed = {
    "jupyter": frozenset({"outputs_hidden", "source_hidden"}),
    "slideshow": frozenset({"slide_type"}),
    "vscode": frozenset({"languageId"}),
    "execution": frozenset(
        {
            "iopub.execute_input",
            "iopub.status.busy",
            "iopub.status.idle",
            "shell.execute_reply",
            "shell.execute_reply.started",
        }
    ),
    **dict.fromkeys(("alt", "format", "mystnb", "name", "nbsphinx", "raw_mimetype", "tags")),
}


def clean_beside(notebook: dict[str, Any]) -> int:
    """Take out, in place, what stands beside a notebook's cells; gives how many entries went."""
    return _keep(notebook, _NOTEBOOK_KEYS) + _clean_metadata(notebook, _NOTEBOOK_METADATA)


def clean_beside_source(cell: dict[str, Any]) -> int:
    """The same for what stands beside a cell's source."""
    return _keep(cell, _CELL_KEYS) + _clean_metadata(cell, _CELL_METADATA)


def _keep(held: dict[str, Any], names: frozenset[str]) -> int:
    strange = held.keys() - names
    for name in strange:
        del held[name]
    return len(strange)


def _clean_metadata(holder: dict[str, Any], allowed: _Allowed) -> int:
    metadata = holder.get("metadata")
    if not isinstance(metadata, dict):
        return 0
    count = 0
    for name, value in list(metadata.items()):
        if name not in allowed:
            if not _is_only_flags(value):
                del metadata[name]
                count += 1
            continue
        below = allowed[name]
        if below is not None and isinstance(value, dict):
            count += _keep(value, below)
        elif below is not None:
            del metadata[name]
            count += 1
    return count


def _is_only_flags(value: object) -> bool:
    """Whether a value tells nothing but yes or no, such as `"collapsed": true`."""
    if isinstance(value, bool):
        return True
    return isinstance(value, dict) and bool(value) and all(map(_is_only_flags, value.values()))


def metadata_texts(held: Mapping[str, Any]) -> str:
    """All texts of what is left in the metadata, to be searched."""
    return "\n".join(_texts(held.get("metadata")))


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for each in below for text in _texts(each)]
