"""`vfy.show_versions()` helps a bug report and gives nothing away."""

from __future__ import annotations

import importlib.metadata

import vfy_notebook as vfy
from vfy_notebook import versions


def told(capsys):
    assert vfy.show_versions() is None
    return dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())


def test_it_names_the_versions_at_work(capsys):
    facts = told(capsys)
    for name in ("vfy-notebook", "pandas", "jupyterlab"):
        assert facts[name] == importlib.metadata.version(name)


def test_every_dependency_is_named(capsys):
    facts = told(capsys)
    for requirement in importlib.metadata.requires("vfy-notebook"):
        if "extra" not in requirement:
            assert requirement.split(">")[0] in facts


def test_what_is_missing_is_said(monkeypatch, capsys):
    monkeypatch.setattr(versions, "_DISTRIBUTIONS", ("no-such-thing",))
    assert told(capsys)["no-such-thing"] == "not installed"


def test_variables_are_told_by_name_only(monkeypatch, capsys):
    monkeypatch.setenv("VOUCHERIFY_APP_TOKEN", "s3cret")
    vfy.show_versions()
    text = capsys.readouterr().out
    assert "s3cret" not in text
    assert text.count("not set") == 2
    assert "\nVOUCHERIFY_APP_TOKEN     set\n" in text
