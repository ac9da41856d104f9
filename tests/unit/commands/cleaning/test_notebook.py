"""What is taken out of a notebook, and what stays."""

from __future__ import annotations

import copy

import nbformat
import pytest

from vfy_notebook.commands.cleaning.machine_made import PLACEHOLDER
from vfy_notebook.commands.cleaning.notebook import NotANotebookError, clean_notebook

FIGURE = "<Figure size 640x480 with 1 Axes>"
KEY = "3266b9f8-e246-4f79-bdf0-833929b1380c"


def output(**data):
    return {"output_type": "display_data", "data": data, "metadata": {}}


def code(*outputs, source="customers", count=3, **metadata):
    return {
        "cell_type": "code",
        "execution_count": count,
        "metadata": metadata,
        "outputs": list(outputs),
        "source": source,
    }


def notebook(*cells, **metadata):
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    return {"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def clean(content, *, keep_plots=False, counts=False, known=()):
    cleaned = copy.deepcopy(content)
    taken = clean_notebook(cleaned, keep_plots=keep_plots, counts=counts, known=known)
    nbformat.validate(cleaned)
    again = copy.deepcopy(cleaned)
    second = clean_notebook(again, keep_plots=keep_plots, counts=counts, known=known)
    assert not second.is_changed
    assert again == cleaned
    assert taken.is_changed == (cleaned != content)
    return cleaned, taken


@pytest.mark.parametrize(
    "held",
    [
        {"output_type": "stream", "name": "stdout", "text": "Ann, ann@example.com"},
        {"output_type": "error", "ename": "E", "evalue": "Ann", "traceback": ["Ann"]},
        output(**{"text/html": "<td>Ann</td>", "text/plain": "Ann"}),
        {**output(**{"text/plain": "Ann"}), "output_type": "execute_result", "execution_count": 3},
        output(**{"application/vnd.jupyter.widget-view+json": {"model_id": "1"}}),
        output(**{"image/svg+xml": "<text>Ann</text>", "text/plain": FIGURE}),
        output(**{"image/png": "iVBO", "text/plain": FIGURE}),
    ],
    ids=["stream", "error", "table", "result", "widget", "svg", "figure"],
)
def test_every_output_goes_and_nothing_else(held):
    content = notebook(code(held, tags=["keep"]), language_info={"name": "python"})
    cleaned, taken = clean(content)
    assert cleaned == notebook(code(tags=["keep"]), language_info={"name": "python"})
    assert str(taken) == "1 output"


def test_figures_stay_where_they_are_wanted():
    figure = output(**{"image/png": ["iV", "BO"], "text/plain": [FIGURE]})
    figure["metadata"] = {"image/png": {"width": 640, "height": 480}}
    cleaned, taken = clean(
        notebook(code(figure), code(output(**{"text/plain": "Ann"}))), keep_plots=True
    )
    assert cleaned == notebook(code(figure), code())
    assert taken.outputs == 1


def test_what_stands_beside_a_figure_goes():
    figure = output(
        **{"image/png": "iVBO", "image/svg+xml": "<text>Ann</text>", "text/plain": "Ann's figure"}
    )
    figure["metadata"] = {"image/png": {"width": 640, "alt": "Ann"}, "source": "Ann"}
    cleaned, taken = clean(notebook(code(figure)), keep_plots=True)
    kept = {**output(**{"image/png": "iVBO"}), "metadata": {"image/png": {"width": 640}}}
    assert cleaned == notebook(code(kept))
    assert "Ann" not in str(cleaned)
    assert taken.outputs == 1


def test_the_state_of_widgets_goes():
    state = {"application/vnd.jupyter.widget-state+json": {"state": {"1": {"value": "Ann"}}}}
    cleaned, taken = clean(
        notebook(code(), widgets=state, kernelspec={"name": "p", "display_name": "P"})
    )
    assert cleaned == notebook(code(), kernelspec={"name": "p", "display_name": "P"})
    assert str(taken) == "widget state"


def test_execution_counts_go_only_when_asked():
    plot = {
        **output(**{"image/png": "iVBO"}),
        "output_type": "execute_result",
        "execution_count": 3,
    }
    content = notebook(code(plot))
    assert clean(content, keep_plots=True)[0] == content
    cleaned, taken = clean(content, keep_plots=True, counts=True)
    assert cleaned == notebook(code({**plot, "execution_count": None}, count=None))
    assert str(taken) == "2 execution counts"


@pytest.mark.parametrize("as_list", [False, True])
def test_a_credential_in_a_source_becomes_a_placeholder(as_list):
    source = f'import x\nproject = vfy.connect(\n    app_token="{KEY}",\n)'
    lines = source.splitlines(keepends=True) if as_list else source
    prose = {"cell_type": "markdown", "metadata": {}, "source": f"X-App-Token: {KEY}"}
    cleaned, taken = clean(notebook(code(), code(source=lines), prose))
    expected = source.replace(KEY, PLACEHOLDER)
    assert cleaned["cells"][1]["source"] == (
        expected.splitlines(keepends=True) if as_list else expected
    )
    assert KEY not in str(cleaned)
    assert str(taken) == "2 credentials (cells 2, 3)"


def test_a_credential_in_metadata_goes():
    cleaned, taken = clean(notebook(code(), jupytext={"app_token": KEY}))
    assert cleaned["metadata"] == {"jupytext": {"app_token": PLACEHOLDER}}
    assert str(taken) == "1 credential (its metadata)"
    cleaned, taken = clean(notebook(code(mystnb={"app_token": KEY})))
    assert cleaned["cells"][0]["metadata"] == {"mystnb": {"app_token": PLACEHOLDER}}
    assert str(taken) == "1 credential (cell 1)"


def test_a_known_key_goes_wherever_it_stands():
    cleaned, _ = clean(notebook(code(source="# open sesame 7")), known=["open sesame 7"])
    assert cleaned["cells"][0]["source"] == f"# {PLACEHOLDER}"


def test_a_clean_notebook_stays_as_it_is():
    content = notebook(code(), {"cell_type": "raw", "metadata": {}, "source": "x"})
    assert clean(content)[0] == content


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([], "not a notebook"),
        ({"cells": []}, "not a notebook"),
        ({"nbformat": 3, "worksheets": []}, "nbformat 3"),
        ({"nbformat": 4}, "its cells are not valid"),
        ({"nbformat": 4, "cells": [1]}, "its cells are not valid"),
        ({"nbformat": 4, "cells": [{"source": 1}]}, "source of its cell 1"),
        ({"nbformat": 4, "cells": [{}, {"source": ["a", None]}]}, "source of its cell 2"),
        ({"nbformat": 4, "cells": [{"outputs": None}]}, "outputs of its cell 1"),
        ({"nbformat": 4, "cells": [{"outputs": ["Ann"]}]}, "outputs of its cell 1"),
    ],
)
def test_what_is_no_notebook_is_refused(content, words):
    with pytest.raises(NotANotebookError, match=words):
        clean_notebook(content, keep_plots=False, counts=False)
