"""Each notebook is run from the file as it is, and shows there what it shows when it is run."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from tools.notebooks import ENVIRONMENT, blemishes, make_reproducible, text_of, texts
from vfy_notebook.commands.bundled import bundled_notebooks
from vfy_notebook.commands.check import run_copy

ROOT = Path(__file__).parents[2]

NOTEBOOKS = bundled_notebooks()

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path):
    return nbformat.read(path, as_version=4)


@each_notebook
def test_it_runs_and_its_saved_results_are_true(path, sandbox, tmp_path):
    sandbox.reset()
    notebook = read(path)
    saved = texts(notebook)
    run = run_copy(path, tmp_path / "run", sandbox, notebook=notebook, extra=ENVIRONMENT)
    assert run.error == ""
    assert run.calls > 0
    make_reproducible(notebook)
    if re.search(rf"^pandas=={re.escape(pd.__version__)}$", constraints(), re.MULTILINE):
        assert texts(notebook) == saved  # else: `make notebooks`
    else:  # another pandas may draw its tables in another way
        assert [len(shown) > 2 for shown in texts(notebook)] == [len(s) > 2 for s in saved]


@each_notebook
def test_it_is_saved_without_what_passes(path):
    notebook = read(path)
    assert list(blemishes(notebook)) == []
    make_reproducible(notebook)
    assert path.read_text(encoding="utf-8") == text_of(notebook)  # else: `make notebooks`


@each_notebook
def test_it_is_prose_and_short_cells(path):
    notebook = read(path)
    kinds = [cell.cell_type for cell in notebook.cells]
    assert kinds[0] == "markdown"
    assert notebook.cells[0].source.startswith("# ")
    assert kinds.count("markdown") >= kinds.count("code") / 2
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert all(source.strip() for source in code)
    assert max(len(source.splitlines()) for source in code) <= 20
    assert max(len(line) for source in code for line in source.splitlines()) <= 100  # no scrolling


def test_what_was_written_in_pieces_is_one():
    said = [("stdout", "all "), ("stdout", "of it\n"), ("stderr", "but"), ("stdout", "x")]
    outputs = [nbformat.v4.new_output("stream", name=name, text=text) for name, text in said]
    outputs.insert(2, nbformat.v4.new_output("display_data", {"text/plain": "y"}))
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", outputs=outputs)])
    make_reproducible(notebook)
    shown = [output.get("text") for output in notebook.cells[0].outputs]
    assert shown == ["all of it\n", None, "but", "x"]


def test_they_are_numbered_from_one():
    numbers = [int(path.name[:2]) for path in NOTEBOOKS]
    assert numbers == list(range(1, len(numbers) + 1))


def constraints():
    return (ROOT / "constraints.txt").read_text(encoding="utf-8")


# -- what `make notebooks` takes out and refuses -----------------------------------------------


def notebook_with(*outputs, source="x"):
    v4 = nbformat.v4
    return v4.new_notebook(
        cells=[v4.new_code_cell(source, outputs=list(outputs), metadata={"scrolled": True})],
        metadata={"widgets": {}, "language_info": {"name": "python", "version": "3.11.7"}},
    )


def stream(text, name="stdout"):
    return nbformat.v4.new_output("stream", name=name, text=text)


@pytest.mark.parametrize(
    ("output", "blemish"),
    [
        (stream("in /tmp/vfy-notebook-abc"), "shows a path: /tmp/vfy-notebook-abc"),
        (stream("<Axes at 0x7f16b6c6e350>"), "an address in memory"),
        (stream("x", name="stderr"), "on stderr"),
        (stream("UserWarning: do not"), "a warning"),
        (stream('X-App-Token: "3266b9f8-e246"'), "like a credential"),
        (nbformat.v4.new_output("error", ename="E", evalue="no", traceback=[]), "failed: no"),
        (
            nbformat.v4.new_output("display_data", data={"text/html": "<b>/home/me</b>"}),
            "shows a path: /home/me",
        ),
    ],
)
def test_what_passes_is_found(output, blemish):
    found = list(blemishes(notebook_with(stream("fine"), output)))
    assert len(found) == 1
    assert blemish in found[0]


def test_an_empty_notebook_is_found():
    assert list(blemishes(notebook_with())) == ["no cell has a result"]


def test_what_only_the_run_has_put_in_is_taken_out():
    widget = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "VBox()"}
    result = nbformat.v4.new_output(
        "execute_result",
        data={"text/plain": "<Project at http://127.0.0.1:43210>", "image/png": "x"},
        metadata={"needs_background": "light"},
        execution_count=9,
    )
    notebook = notebook_with(nbformat.v4.new_output("display_data", data=widget), result)
    make_reproducible(notebook)
    (cell,) = notebook.cells
    (shown,) = cell.outputs
    assert shown.data == {"text/plain": "<Project at http://127.0.0.1:8000>", "image/png": "x"}
    assert (shown.execution_count, cell.execution_count, shown.metadata) == (1, 1, {})
    assert (cell.id, cell.metadata) == ("cell-00", {})
    assert "widgets" not in notebook.metadata
    assert "version" not in notebook.metadata.language_info
    again = text_of(notebook)
    make_reproducible(notebook)
    assert text_of(notebook) == again
