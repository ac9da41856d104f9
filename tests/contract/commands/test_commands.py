"""The commands with everything real behind them: JupyterLab, kernels, sandboxes."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import webbrowser
from urllib.parse import urlsplit

import nbformat
import psutil
import pytest

from tests.processes import ENDS_S, running
from vfy_notebook.cli import main
from vfy_notebook.commands import check, lab
from vfy_notebook.commands.bundled import bundled_notebooks
from vfy_notebook.commands.failure import CommandError
from vfy_notebook.commands.running import run_notebook
from vfy_notebook.commands.template import NAMES, notebook_of

#: A variable by which all processes of a test are known, however far they have wandered.
MARK = "VFY_NOTEBOOK_TEST_MARK"

#: A notebook's cell that asks the API without this package.
BYPASS = """
import os, requests
url = os.environ["VOUCHERIFY_API_BASE_URL"] + "/v1/customers"
id, token = os.environ["VOUCHERIFY_APP_ID"], os.environ["VOUCHERIFY_APP_TOKEN"]
assert requests.get(url, headers={"X-App-Id": id, "X-App-Token": token}, timeout=30).ok
"""

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@pytest.fixture
def mark(monkeypatch, tmp_path):
    """Marks what the test starts; nothing of it may be left behind, no process and no file."""
    value = f"{os.getpid()}-{tmp_path.name}"
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv(MARK, value)
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield value
    left = marked(value)
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, timeout=ENDS_S)
    assert left == []
    assert sorted(temporary.iterdir()) == []


def marked(value):
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get(MARK) == value and process.pid != os.getpid():
                found.append(process)
    return found


#: The processes of a demo, by a word of their command lines.
WORDS = {
    "vfy_notebook.cli": "the command",
    "lab_process.py": "JupyterLab",
    "ipykernel_launcher": "a kernel",
    "--end-with-stdin": "a sandbox",
}
PARTS = set(WORDS.values())


def kinds(processes):
    """What they are; some start others for a moment, to learn of the machine: they do not count."""
    lines = [" ".join(words_of(process)) for process in processes]
    return {kind for line in lines for word, kind in WORDS.items() if word in line}


def words_of(process):
    with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
        return process.cmdline()
    return []


@pytest.fixture
def check_runs(monkeypatch, tmp_path, mark, capsys):
    """Runs `demo --check` on notebooks given by the sources of their cells."""

    def run(**notebooks):
        paths = []
        for name, sources in notebooks.items():
            cells = [nbformat.v4.new_code_cell(source) for source in sources]
            paths.append(tmp_path / f"{name}.ipynb")
            nbformat.write(nbformat.v4.new_notebook(cells=cells), paths[-1])
        monkeypatch.setattr(check, "bundled_notebooks", lambda: paths)
        code = main(["demo", "--check"])
        return code, capsys.readouterr().out

    return run


# -- demo --check ------------------------------------------------------------------------------


def test_each_notebook_has_a_line_with_seconds_and_calls(check_runs):
    code, told = check_runs(
        both=[
            "import vfy_notebook as vfy",
            "project = vfy.demo(customers=250)\nlen(project.fetch_customers())",
            "print('calls', project.calls.total)\nassert project.calls.total == 3",
            # `connect` leads to a sandbox too, and what bypasses the package counts as well.
            "real = vfy.connect()\nassert len(real.fetch_customers(limit=1)) == 1",
            BYPASS,
        ],
        none=["1 + 1"],
    )
    lines = told.splitlines()
    assert code == 0, told
    assert [line.split()[:2] for line in lines[:2]] == [["both.ipynb", "ok"], ["none.ipynb", "ok"]]
    assert lines[0].endswith(" 5 API calls")
    assert lines[1].endswith(" 0 API calls")
    assert float(lines[0].split()[2]) > 0
    assert lines[2] == "All 2 notebooks ran through."


def test_a_failure_names_the_cell_and_the_error_and_the_others_still_run(check_runs):
    code, told = check_runs(
        broken=["x = 1", "# the third letter\n'ab'[2]", "raise AssertionError('never here')"],
        dead=["import os", "os._exit(3)"],
        fine=["1"],
    )
    lines = told.splitlines()
    assert code == 1
    assert lines[0].split()[:2] == ["broken.ipynb", "FAILED"]
    error = "IndexError: string index out of range"
    assert lines[1] == f"    cell 2 of 3 (# the third letter): {error}"
    assert lines[2].split()[:2] == ["dead.ipynb", "FAILED"]
    assert lines[3] == "    cell 2 of 2 (os._exit(3)): the kernel died"
    assert lines[4].split()[:2] == ["fine.ipynb", "ok"]
    assert lines[5] == "2 of 3 notebooks failed; the others ran through."


def test_notebooks_do_not_meet(check_runs):
    work = "from pathlib import Path\nassert sorted(p.suffix for p in Path.cwd().iterdir()) =="
    change = (
        "import vfy_notebook as vfy\nproject = vfy.connect()\n"
        "assert project.get_customer('crm-00002')\nproject.delete_customer('crm-00002')"
    )
    mess = "Path('mess.txt').touch()"
    sources = [f"{work} ['.ipynb']\n{mess}", change]
    code, told = check_runs(a=sources, b=sources)
    assert code == 0, told


def test_a_real_project_is_never_reached(check_runs, monkeypatch):
    monkeypatch.setenv("VOUCHERIFY_APP_TOKEN", "of-a-real-project")
    monkeypatch.setenv("VOUCHERIFY_API_BASE_URL", "https://api.voucherify.io")
    code, told = check_runs(
        a=[
            "import os\nassert 'of-a-real-project' not in str(dict(os.environ))",
            "import vfy_notebook as vfy\nassert '127.0.0.1' in vfy.connect().url",
        ]
    )
    assert code == 0, told


def test_the_users_own_startup_files_and_kernels_play_no_part(check_runs, monkeypatch, tmp_path):
    startup = tmp_path / "home" / ".ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text("surprise = True")
    kernel = tmp_path / "jupyter" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text(
        json.dumps({"argv": ["false"], "display_name": "no", "language": "python"})
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    code, told = check_runs(a=["assert 'surprise' not in globals()", "assert len(In) == 3"])
    assert code == 0, told


def test_a_missing_package_is_a_sentence(monkeypatch, capsys):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        "importlib.util.find_spec", lambda name: None if name == "nbclient" else find(name)
    )
    assert main(["demo", "--check"]) == 1
    assert "nbclient" in capsys.readouterr().err


def test_ctrl_c_in_the_middle_of_a_check_leaves_nothing(tmp_path, mark):
    program = f"""
import sys
from pathlib import Path
from vfy_notebook.commands import check
from vfy_notebook.cli import main
check.bundled_notebooks = lambda: [Path({str(tmp_path / "a.ipynb")!r})]
sys.exit(main(["demo", "--check"]))
"""
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(ENDS_S)
        cell = (
            "import socket, threading\n"
            f"knock = socket.create_connection({door.getsockname()!r})\n"
            "threading.Event().wait()"
        )
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)])
        nbformat.write(notebook, tmp_path / "a.ipynb")
        with running(sys.executable, "-c", program, stderr=subprocess.PIPE) as started:
            door.accept()[0].close()  # the cell runs
            started.send_signal(signal.SIGTERM)
            assert started.wait(ENDS_S) == 130
            assert started.stderr.read() == ""


# -- demo --------------------------------------------------------------------------------------


@contextlib.contextmanager
def running_demo(*arguments):
    command = [sys.executable, "-m", "vfy_notebook.cli", "demo", "--no-browser", *arguments]
    with running(*command, stdout=subprocess.PIPE) as started:
        told = []
        for line in started.stdout:
            told.append(line.strip())
            if "Ctrl-C" in line:
                break
        url = next((line for line in told if line.startswith("http://")), None)
        yield started, url, told


def ask(url, path, token=None, data=None):
    headers = {"Authorization": f"token {token}"} if token else {}
    where = urlsplit(url)
    request = urllib.request.Request(f"http://{where.netloc}{path}", headers=headers, data=data)
    with OPENER.open(request, timeout=ENDS_S) as answer:
        return json.load(answer)


def test_the_demo_serves_copies_and_ends_with_everything_it_started(tmp_path, mark):
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "02_mine.ipynb").write_text("mine")
    (folder / "01_explore_customers.ipynb").write_text("mine")
    with running_demo("--folder", str(folder)) as (started, url, told):
        assert any("01_explore_customers.ipynb. Delete" in line for line in told)
        token = url.partition("token=")[2]
        assert urlsplit(url).path == "/lab/tree/01_explore_customers.ipynb"
        served = ask(url, "/api/contents", token)["content"]
        assert {path.name for path in bundled_notebooks()} <= {each["name"] for each in served}
        with pytest.raises(urllib.error.HTTPError) as refused:
            ask(url, "/api/contents", token="wrong")
        with refused.value as error:
            assert error.code == 403
        assert ask(url, "/api/kernels", token, data=b"{}")["name"] == "python3"
        assert kinds(marked(mark)) == PARTS
        assert not any(token in word for p in marked(mark) for word in words_of(p))
        started.send_signal(signal.SIGINT)
        assert started.wait(ENDS_S) == 0
    assert marked(mark) == []
    assert not (tmp_path / "home").exists()
    assert (folder / "01_explore_customers.ipynb").read_text() == "mine"
    assert (folder / "02_mine.ipynb").read_text() == "mine"


def test_the_demo_ends_its_children_even_when_it_is_killed(tmp_path, mark):
    with running_demo("--folder", str(tmp_path / "work")) as (started, url, _told):
        ask(url, "/api/kernels", url.partition("token=")[2], data=b"{}")
        children = [process for process in marked(mark) if process.pid != started.pid]
        assert kinds(children) == PARTS - {"the command"}
        started.kill()
        assert psutil.wait_procs(children, timeout=ENDS_S)[1] == []
    # Nobody was left to clear up; what lies in the temporary folder is no more than settings.
    for folder in (tmp_path / "temporary").iterdir():
        assert folder.name.startswith("vfy-notebook-")
        shutil.rmtree(folder)


@pytest.mark.parametrize("kind", [webbrowser.GenericBrowser, webbrowser.BackgroundBrowser])
def test_the_browser_gets_a_file_that_only_its_user_can_read(tmp_path, monkeypatch, kind):
    door = tmp_path / ".door.html"
    browser = kind("true")
    monkeypatch.setattr(webbrowser, "get", lambda: browser)
    given = []
    monkeypatch.setattr(kind, "open", lambda _, url: given.append(url) or True)
    opened = lab.Lab(None, "http://127.0.0.1:1/lab?token=t", tmp_path / "log", door).open_browser()
    if kind is webbrowser.GenericBrowser:  # one for terminals
        assert (opened, given, door.exists()) == (False, [], False)
    else:
        assert (opened, given) == (True, [door.as_uri()])
        assert "http://127.0.0.1:1/lab?token=t" in door.read_text()
        assert stat.S_IMODE(door.stat().st_mode) == 0o600


def test_no_browser_is_no_error(tmp_path, monkeypatch):
    def fail():
        raise webbrowser.Error("none")

    monkeypatch.setattr(webbrowser, "get", fail)
    assert lab.Lab(None, "http://x", tmp_path / "log", tmp_path / "door").open_browser() is False


def test_a_port_in_use_is_a_sentence(tmp_path, mark, capsys):
    with socket.create_server((lab.HOST, 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["demo", "--port", str(port), "--folder", str(tmp_path / "work")]) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"vfy-notebook: Port {port} cannot be used: ")
    assert "--port" in told


def test_a_folder_in_a_clone_is_refused(tmp_path, mark, capsys):
    (tmp_path / "vfy_notebook").mkdir()
    (tmp_path / "vfy_notebook" / "__init__.py").touch()
    (tmp_path / "pyproject.toml").touch()
    assert main(["demo", "--folder", str(tmp_path / "x")]) == 1
    assert "checkout of vfy-notebook" in capsys.readouterr().err


def started_lab(tmp_path, port=None):
    for folder in ("work", "private"):
        (tmp_path / folder).mkdir()
    return lab.start_lab(
        tmp_path / "work",
        first="a.ipynb",
        port=port,
        env=dict(os.environ),
        private=tmp_path / "private",
    )


def test_a_jupyterlab_that_cannot_start_says_why(tmp_path, mark, monkeypatch):
    settings = tmp_path / "settings.json"
    settings.write_text(json.dumps({"ServerApp": {"port": "none"}}))
    monkeypatch.setattr(lab, "_write_settings", lambda *_: settings)
    with pytest.raises(CommandError, match=r"did not start. It said last:\n[^$]*'port' trait"):
        started_lab(tmp_path)


def test_where_a_port_is_taken_at_the_last_moment_another_one_is(tmp_path, mark, monkeypatch):
    with socket.create_server((lab.HOST, 0)) as faster:
        seen_free = [faster.getsockname()[1]]
        look = lab.choose_port
        monkeypatch.setattr(
            lab, "choose_port", lambda port: seen_free.pop() if seen_free else look(port)
        )
        with started_lab(tmp_path) as started:
            assert not seen_free
            assert f":{faster.getsockname()[1]}/" not in started.url


def test_a_port_that_was_asked_for_is_no_other(tmp_path, mark, monkeypatch):
    with socket.create_server((lab.HOST, 0)) as faster:
        port = faster.getsockname()[1]
        monkeypatch.setattr(lab, "choose_port", lambda port: port)
        with pytest.raises(CommandError, match="did not start"):
            started_lab(tmp_path, port=port)


def test_without_a_port_a_free_one_is_taken(monkeypatch):
    with socket.create_server((lab.HOST, 0)) as taken:
        monkeypatch.setattr(lab, "DEFAULT_PORT", taken.getsockname()[1])
        assert lab.choose_port(None) != taken.getsockname()[1]


# -- new ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_every_template_runs_against_the_projects_in_the_environment(name, sandbox, tmp_path, mark):
    sandbox.reset()
    before = sandbox.customers()
    env = {
        **os.environ,
        "VOUCHERIFY_APP_ID": sandbox.app_id,
        "VOUCHERIFY_APP_TOKEN": sandbox.app_token,
        "VOUCHERIFY_API_BASE_URL": sandbox.url,
    }
    for folder in ("work", "private"):
        (tmp_path / folder).mkdir()
    run = run_notebook(
        notebook_of(name), cwd=tmp_path / "work", private=tmp_path / "private", env=env
    )
    assert run.error == ""
    assert run.calls == len(sandbox.requests()) > 0
    assert sandbox.customers() == before
