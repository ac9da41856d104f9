"""What a newcomer sees who asks for help where people look."""

from __future__ import annotations

import inspect

import pytest
from IPython.core.completer import IPCompleter, provisionalcompleter

import vfy_notebook as vfy
from vfy_notebook.api.calls import Quota
from vfy_notebook.customers.consents import ConsentReport
from vfy_notebook.customers.deletion.plan import DeletionPlan, DeletionReport
from vfy_notebook.customers.single import SavedCustomer
from vfy_notebook.fetch.saving.copying import SavedParts
from vfy_notebook.push.plan import PushPlan, PushReport
from vfy_notebook.segments.plan import SegmentPlan
from vfy_notebook.segments.report import SegmentReport

MODULES = [vfy, vfy.analysis, vfy.plots, vfy.errors]
each_module = pytest.mark.parametrize("module", MODULES, ids=lambda m: m.__name__)


def completions(text, *, jedi):
    completer = IPCompleter(namespace={"vfy": vfy, "project": vfy.Project}, use_jedi=jedi)
    with provisionalcompleter():
        return {found.text for found in completer.completions(text, len(text))}


def verbs_of_a_project():
    return {n: v for n, v in inspect.getmembers(vfy.Project) if not n.startswith("_")}


@pytest.mark.parametrize("jedi", [False, True])
@each_module
def test_the_tab_key_shows_what_is_public(module, jedi, monkeypatch, tmp_path):
    monkeypatch.setattr("jedi.settings.cache_directory", str(tmp_path))  # there may be no home
    way = "vfy" if module is vfy else f"vfy.{module.__name__.partition('.')[2]}"
    found = completions(f"{way}.", jedi=jedi)
    assert {name.removeprefix(f"{way}.").lstrip(".") for name in found} == set(module.__all__)


@each_module
def test_dir_shows_what_is_public_and_help_has_something_to_say(module):
    assert dir(module) == sorted(module.__all__)
    assert [name for name in module.__all__ if not inspect.getdoc(getattr(module, name))] == []


def test_every_verb_of_a_project_says_what_it_costs():
    verbs = {name: verb for name, verb in verbs_of_a_project().items() if callable(verb)}
    sends = ("fetch_", "save_", "get_", "create_", "update_", "delete_", "plan_", "push", "import_")
    silent = [
        name
        for name, verb in verbs.items()
        if name.startswith(sends) and "Cost in API calls:" not in (verb.__doc__ or "")
    ]
    assert silent == []
    assert len(verbs) > 15


def test_every_verb_of_a_project_says_how_long_it_may_take():
    """Forms apart, which use the other verbs and can be closed meanwhile."""
    verbs = {name: verb for name, verb in verbs_of_a_project().items() if callable(verb)}
    silent = [
        name
        for name, verb in verbs.items()
        if not name.endswith("_form")
        and "Cost in API calls:" in verb.__doc__
        and "How long it may take:" not in verb.__doc__
    ]
    assert silent == []


def test_every_verb_of_a_project_that_sends_names_its_source():
    costs = {
        name: verb.__doc__.split("Cost in API calls:")[1]
        for name, verb in verbs_of_a_project().items()
        if callable(verb) and "Cost in API calls:" in verb.__doc__
    }
    forms = {name for name in costs if name.endswith("_form")}  # which use the other verbs
    free = {name for name, cost in costs.items() if cost.strip().startswith(("none.", "none, or"))}
    assert len(costs) > 35
    assert [n for n in sorted({*costs} - forms - free) if "Source" not in costs[n]] == []


def test_every_verb_of_a_project_describes_each_of_its_arguments():
    verbs = {name: verb for name, verb in verbs_of_a_project().items() if callable(verb)}
    silent = [
        f"{name}({argument})"
        for name, verb in verbs.items()
        for argument in inspect.signature(verb).parameters
        if argument != "self" and f"\n    {argument}: " not in inspect.getdoc(verb).replace("*", "")
    ]
    assert silent == []


def test_everything_public_shows_how_it_is_used():
    shown = {
        f"{module.__name__}.{name}": getattr(module, name)
        for module in (vfy, vfy.analysis, vfy.plots)
        for name in module.__all__
    }
    verbs = {f"Project.{name}": verb for name, verb in verbs_of_a_project().items()}
    results = {
        kind.__name__: kind
        for kind in (
            ConsentReport,
            DeletionPlan,
            DeletionReport,
            PushPlan,
            PushReport,
            Quota,
            SavedCustomer,
            SavedParts,
            SegmentPlan,
            SegmentReport,
        )
    }
    silent = [
        name
        for name, thing in {**shown, **verbs, **results}.items()
        if not inspect.ismodule(thing) and ">>> " not in (inspect.getdoc(thing) or "")
    ]
    assert silent == []


def test_a_project_in_a_cell_tells_its_address_its_calls_and_the_quota():
    with vfy.connect("id", "key-4711", url="https://api.example.com/<x>") as project:
        project.calls.count("list_customers")
        project.calls.count("list_customers")
        project.calls.saw_quota(100, 98, None)
        told = "2 API calls (list_customers 2); 98 of 100 calls left in this window"
        assert repr(project) == f"<Project at https://api.example.com/<x>: {told}>"
        assert f"<code>https://api.example.com/&lt;x&gt;</code><br>{told}" in project._repr_html_()
        assert "key-4711" not in project._repr_html_() + repr(project)
