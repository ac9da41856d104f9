"""What stands beside a notebook's sources: only what is known to be harmless stays."""

from __future__ import annotations

import copy

import pytest

from vfy_notebook.commands.cleaning.notebook import clean_notebook

ANN = "ann@example.com"


def notebook(cell, **metadata):
    return {"cells": [cell], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def code(source="x", **metadata):
    return {
        "cell_type": "code",
        "id": "a",
        "metadata": metadata,
        "execution_count": 1,
        "source": source,
        "outputs": [],
    }


def clean(content):
    cleaned = copy.deepcopy(content)
    return cleaned, clean_notebook(cleaned, keep_plots=False, counts=False)


PROSE = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "![](attachment:x.png)"}
LEFT_BY = {
    "an attachment": notebook({**PROSE, "attachments": {"x.png": {"image/png": ANN}}}),
    "papermill": notebook(code(), papermill={"parameters": {"who": ANN}, "exception": ANN}),
    "papermill, a cell": notebook(code(papermill={"exception": ANN})),
    "Databricks": notebook(
        code(), **{"application/vnd.databricks.v1+notebook": {"widgets": {"who": {"value": ANN}}}}
    ),
    "Databricks, a cell": notebook(
        code(**{"application/vnd.databricks.v1+cell": {"inputWidgets": {"who": ANN}}})
    ),
    "Deepnote": notebook(code(deepnote_variable_value=ANN)),
    "Colab": notebook(code(executionInfo={"user": {"displayName": ANN}})),
    "Colab, output ids": notebook(code(outputId=ANN, colab={"base_uri": ANN})),
    "Synapse": notebook(code(), synapse_widget={"state": {"1": {"table": [ANN]}}}),
    "a tool to come": notebook(code(), some_tool={"last_result": [ANN]}),
    "a kernel": notebook(code(), kernelspec={"name": "python3", "last_user": ANN}),
    "beside the cells": {**notebook(code()), "variables": {"who": ANN}},
    "beside a source": notebook({**code(), "result": ANN}),
    "a text for an object": notebook(code(), language_info=ANN),
}


@pytest.mark.parametrize("content", LEFT_BY.values(), ids=LEFT_BY)
def test_what_programs_leave_goes(content):
    cleaned, taken = clean(content)
    assert ANN not in str(cleaned)
    assert taken.is_changed
    assert str(taken)
    assert not clean(cleaned)[1].is_changed


def test_what_is_known_to_be_harmless_stays():
    cell = code(
        tags=["keep"],
        collapsed=True,
        scrolled=False,
        editable=False,
        jupyter={"source_hidden": True},
        slideshow={"slide_type": "slide"},
        execution={"iopub.status.busy": "2026-01-01T00:00:00Z"},
        **{"jp-MarkdownHeadingCollapsed": True},
    )
    content = notebook(
        cell,
        kernelspec={"name": "python3", "display_name": "Python 3", "language": "python"},
        language_info={"name": "python", "version": "3.12", "codemirror_mode": {"name": "ipython"}},
        jupytext={"formats": "ipynb,py:percent"},
        title="Spring sale",
    )
    cleaned, taken = clean(content)
    assert cleaned == content
    assert not taken


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        (f"who = '{ANN}'", "an e-mail address"),
        ("call +48 600 100 200", "a phone number"),
        ("phone = '+1 (555) 010-9999'", "a phone number"),
        ('customers.loc["cust_AWWhSS3lX1pVdZJbKFYtLjjf"]', "a customer's id"),
    ],
)
@pytest.mark.parametrize("cell_type", ["code", "markdown", "raw"])
def test_people_in_sources_are_named_by_their_cells_and_left(source, kind, cell_type):
    cell = {"cell_type": cell_type, "id": "a", "metadata": {}, "source": source}
    cleaned, taken = clean(notebook(cell))
    assert cleaned == notebook(cell)
    assert taken.people == {kind: [1]}
    assert not taken.is_changed


@pytest.mark.parametrize(
    "source",
    [
        "@property\ndef a(self): ...",
        "a @ b.T",
        "https://me@example.com/x",
        "cust_frame = customers_2024",
        "df['a'] + 48600100200",
        "total = 1 +2 +3",
        "git@github.com:vfy/notebook.git",
    ],
)
def test_what_only_resembles_them_is_not_named(source):
    assert not clean(notebook(code(source)))[1].people
