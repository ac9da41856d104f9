"""The reference builds without a warning, and has every public name."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys

import pytest

import vfy_notebook as vfy
from tools import reference


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    assert reference.build(folder) == []
    return folder


def test_every_public_name_has_its_place(site):
    page = (site / "vfy_notebook.html").read_text(encoding="utf-8")
    for name in vfy.__all__:
        if inspect.ismodule(getattr(vfy, name)):
            assert (site / "vfy_notebook" / f"{name}.html").is_file()
        else:
            assert f'id="{name}"' in page


def test_every_verb_of_a_project_has_its_place(site):
    page = (site / "vfy_notebook.html").read_text(encoding="utf-8")
    verbs = [name for name in dir(vfy.Project) if not name.startswith("_")]
    assert len(verbs) > 15
    assert [name for name in verbs if f'id="Project.{name}"' not in page] == []


def test_a_project_reads_as_one_class(site):
    page = (site / "vfy_notebook.html").read_text(encoding="utf-8")
    project = page.split('<section id="Project">')[1].split("</section>")[0]
    assert project.index('id="Project.fetch_customers"') < project.index('id="Project.edit_form"')
    assert "Methods" not in project  # the classes that it is put together from
    assert "forms.verbs" not in re.sub(r"</?span[^>]*>", "", project)  # the types of `self`
    assert "Project.fetch_customers" in (site / "search.js").read_text(encoding="utf-8")


def test_what_a_verb_gives_back_is_explained_too(site):
    page = (site / "vfy_notebook.html").read_text(encoding="utf-8")
    results = (site / "plans_and_reports.html").read_text(encoding="utf-8")
    linked = set(re.findall(r'href="plans_and_reports.html#(\w+)"', page))
    assert {"PushPlan", "PushReport", "DeletionPlan", "Calls"} <= linked
    assert [name for name in linked if f'id="{name}"' not in results] == []
    # A project's own classes are named by their pages, never by the rooms they live in.
    assert re.findall(r"vfy_notebook\.(?:push|api)[\w.]*\.\w*(?:Plan|Report|Calls)\b", page) == []


def test_constructors_are_no_part_of_it(site):
    assert "Project.__init__" not in (site / "vfy_notebook.html").read_text(encoding="utf-8")


def test_the_index_leads_to_every_page(site):
    index = (site / "index.html").read_text(encoding="utf-8")
    pages = {str(path.relative_to(site)) for path in site.rglob("*.html")} - {"index.html"}
    assert set(re.findall(r'href="([\w/]+\.html)"', index)) == pages


def test_a_machine_on_which_nothing_was_drawn_yet_is_no_obstacle(tmp_path):
    program = """
import sys
from pathlib import Path
from tools import reference
sys.exit(len(reference.build(Path(sys.argv[1]))))
"""
    subprocess.run(  # noqa: S603 - our own interpreter and program
        [sys.executable, "-c", program, str(tmp_path / "site")],
        cwd=reference.ROOT,
        env={**os.environ, "MPLCONFIGDIR": str(tmp_path / "fonts")},
        check=True,
    )


def test_what_is_not_explained_is_found(tmp_path, monkeypatch):
    module = tmp_path / "silent.py"
    module.write_text(
        '"""A module."""\n'
        "def loud():\n    'Says something.'\n"
        "def silent(): pass\n"
        "class Thing:\n    '''A thing.\n\n    Attributes:\n        a: Explained.\n    '''\n"
        "    a: int\n    b: int\n    def verb(self): pass\n    def _hidden(self): pass\n"
    )
    monkeypatch.setattr(reference, "SUBJECTS", (str(module),))
    assert list(reference.undocumented(reference.read_modules())) == [
        "silent.silent has no docstring",
        "silent.Thing.b has no docstring",
        "silent.Thing.verb has no docstring",
    ]


def test_a_warning_is_an_error(tmp_path, monkeypatch):
    module = tmp_path / "odd.py"
    module.write_text(
        '"""A module."""\ndef odd(a: "Nowhere.to_be") -> None:\n    "Says a little."\n'
    )
    monkeypatch.setattr(reference, "SUBJECTS", (str(module),))
    monkeypatch.setattr(reference, "_link_results", lambda _: None)
    (problem,) = reference.build(tmp_path / "site")
    assert problem.startswith("UserWarning: ")
    assert "Nowhere" in problem
