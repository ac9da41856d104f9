"""Templates of notebooks: Markdown files whose Python blocks become code cells."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from nbformat import v4

FOLDER = Path(__file__).with_name("templates")

#: The commonest question first.
NAMES = ("explore", "segments", "bulk-edit", "consents")

_PYTHON_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def notebook_of(name: str) -> Any:
    """A notebook from a template, one cell for each block of code and for the text between."""
    cells: list[Any] = []
    text = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    # A split by a pattern with one group gives prose and code in turn.
    for number, part in enumerate(_PYTHON_BLOCK.split(text)):
        if source := part.strip():
            make = v4.new_code_cell if number % 2 else v4.new_markdown_cell
            cells.append(make(source, id=f"{name}-{len(cells) + 1:02}"))  # type: ignore[no-untyped-call]
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return v4.new_notebook(cells=cells, metadata=metadata)  # type: ignore[no-untyped-call]
