"""What can be said to `vfy-notebook`, and how it answers."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import vfy_notebook
from tests.processes import ENDS_S, running
from vfy_notebook import cli
from vfy_notebook.cli import main
from vfy_notebook.commands import demo
from vfy_notebook.commands.template import NAMES
from vfy_notebook.errors import CredentialsError


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    for command in ("demo", "sandbox", "new", "clean"):
        assert f"\n    {command} " in told


@pytest.mark.parametrize("command", ["demo", "sandbox", "new", "clean"])
def test_every_command_has_help(command, capsys):
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert f"usage: vfy-notebook {command}" in capsys.readouterr().out


def test_it_says_its_version(capsys):
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"vfy-notebook {vfy_notebook.__version__}\n"


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ([], "required: COMMAND"),
        (["dmeo"], "invalid choice"),
        (["demo", "--port", "0"], "--port: 0 "),
        (["demo", "--port", "70000"], "--port: 70000 "),
        (["demo", "--port", "http"], "invalid"),
        (["new"], "required: PATH"),
        (["new", "a", "--template", "none"], "choose from"),
        (["clean"], "required: PATH"),
        (["sandbox", "--port", "-1"], "--port"),
    ],
)
def test_what_is_not_understood_is_exit_code_2(words, answer, capsys):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert answer in capsys.readouterr().err


def test_the_templates_offered_are_those_there_are():
    offered = cli._parser().parse_args(["new", "a"]).template
    assert offered in NAMES
    for name in NAMES:
        assert cli._parser().parse_args(["new", "a", "--template", name]).template == name


def test_an_error_of_ours_is_a_sentence_and_exit_code_1(monkeypatch, capsys):
    def fail(**_):
        raise CredentialsError("No key: set the variable.")

    monkeypatch.setattr(demo, "run_demo", fail)
    assert main(["demo"]) == 1
    assert capsys.readouterr().err == "vfy-notebook: No key: set the variable.\n"


def test_ctrl_c_is_no_traceback(monkeypatch):
    def interrupt(**_):
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "run_demo", interrupt)
    assert main(["demo"]) == 130


def test_options_reach_the_demo(monkeypatch, tmp_path):
    told = {}
    monkeypatch.setattr(demo, "run_demo", lambda **options: told.update(options) or 0)
    assert main(["demo", "--folder", str(tmp_path), "--port", "9000", "--no-browser"]) == 0
    assert told == {"folder": tmp_path, "port": 9000, "browser": False}


def test_the_sandbox_runs_alone_and_says_where():
    command = [sys.executable, "-m", "vfy_notebook.cli", "sandbox", "--customers", "1"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with running(*command, "--end-with-stdin", **pipes) as started:
        assert json.loads(started.stdout.readline()).keys() == {"url", "app_id", "app_token"}
        started.stdin.close()
        assert started.wait(ENDS_S) == 0


def test_a_package_that_is_missing_is_named_with_its_cure(monkeypatch, capsys):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if "lab" in name else name)
    assert main(["demo", "--folder", "nowhere"]) == 1
    told = capsys.readouterr().err
    assert "needs jupyterlab" in told
    assert f"{sys.executable} -m pip install jupyterlab" in told


def test_the_package_can_be_run_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "vfy_notebook", "--version"],
        capture_output=True,
        text=True,
        timeout=ENDS_S,
        check=True,
    )
    assert vfy_notebook.__version__ in done.stdout
