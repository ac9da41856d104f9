"""The sandbox's life: it comes up, says where, and goes with the process that started it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.processes import ENDS_S, running
from vfy_notebook import sandbox
from vfy_notebook.sandbox.__main__ import main

COMMAND = [sys.executable, "-m", "vfy_notebook.sandbox"]


def run(*command, **options):
    """Run a command of our own to its end."""
    return subprocess.run(  # noqa: S603  # our own interpreter and programs
        command, capture_output=True, text=True, timeout=ENDS_S, check=False, **options
    )


def talking(*command):
    """Start a command of our own that talks by pipes."""
    return running(*command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def connected(url):
    where = urlsplit(url)
    return socket.create_connection((where.hostname, where.port), timeout=ENDS_S)


def test_it_answers_when_started_and_stops_when_closed():
    box = sandbox.start(3)
    with connected(box.url):
        assert len(box.customers()) == 3
    box.close()
    box.close()
    with pytest.raises(sandbox.SandboxError, match=f"at {box.url} has ended"):
        box.switches()
    with pytest.raises(ProcessLookupError):
        os.kill(box.pid, 0)


def test_a_with_block_ends_it():
    with sandbox.start(0) as box:
        pid = box.pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_the_sandbox_ends_with_a_parent_that_is_killed():
    program = (
        "import sys; from vfy_notebook import sandbox\n"
        "box = sandbox.start(0); print(box.url, flush=True); sys.stdin.read()"
    )
    with talking(sys.executable, "-c", program) as parent:
        with connected(parent.stdout.readline().strip()) as open_connection:
            os.kill(parent.pid, signal.SIGKILL)
            # Nothing but the end of the sandbox closes a connection that has asked nothing yet;
            # one that it had not accepted is reset.
            with contextlib.suppress(ConnectionResetError):
                assert open_connection.recv(1) == b""
        assert parent.wait(ENDS_S) == -signal.SIGKILL


def test_interrupting_the_process_group_leaves_the_sandbox_alone():
    program = (
        "import os, signal, sys; from vfy_notebook import sandbox\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "with sandbox.start(2) as box:\n"
        "    os.killpg(os.getpgrp(), signal.SIGINT)\n"
        "    print(len(box.customers()))"
    )
    done = run(sys.executable, "-c", program, start_new_session=True)
    assert done.stdout == "2\n", done.stderr


def test_the_first_line_says_where_it_is_and_it_already_answers():
    command = [*COMMAND, "--customers", "2", "--app-id", "me", "--app-token", "s3cret"]
    with talking(*command, "--end-with-stdin") as started:
        ready = json.loads(started.stdout.readline())
        with connected(ready["url"]):
            assert ready.keys() == {"url", "app_id", "app_token"}
        assert (ready["app_id"], ready["app_token"]) == ("me", "s3cret")
        started.stdin.close()
        assert started.wait(ENDS_S) == 0


def test_a_token_is_made_up_where_none_is_given(process):
    with sandbox.start(0) as other:
        assert len(other.app_token) > 20
        assert other.app_token != process.app_token


def test_a_taken_port_is_a_sentence_and_exit_code_1(process):
    port = process.url.rsplit(":", 1)[1]
    done = run(*COMMAND, "--port", port, "--customers", "0")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"Port {port} cannot be used: ")
    assert "Traceback" not in done.stderr
    with pytest.raises(sandbox.SandboxError, match=f"did not start: Port {port} cannot be used"):
        sandbox.start(0, port=int(port))


@pytest.mark.parametrize("missing", ["starlette", "uvicorn", "python_multipart"])
def test_a_missing_library_is_a_sentence_and_exit_code_1(missing):
    program = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        "from vfy_notebook.sandbox.__main__ import main\n"
        "sys.exit(main(['--customers', '0']))"
    )
    done = run(sys.executable, "-c", program)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"needs {missing}" in done.stderr
    assert "-m pip install starlette uvicorn python-multipart" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--customers", "-1"], "-1 customers cannot be made up"),
        (["--customers", "many"], "invalid"),
        (["--port", "70000"], "argument --port: 70000"),
        (["--cust"], "expected one argument"),
        (["--unknown"], "unrecognized arguments"),
    ],
)
def test_wrong_arguments_are_exit_code_2(arguments, words, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert words in capsys.readouterr().err


def test_a_sandbox_that_takes_too_long_is_given_up():
    with pytest.raises(sandbox.SandboxError, match=r"did not answer within 0\.01 s"):
        sandbox.start(0, timeout_s=0.01)


def test_an_interrupt_from_the_keyboard_ends_it_without_a_traceback():
    with talking(*COMMAND, "--customers", "0") as started:
        ready = json.loads(started.stdout.readline())
        with connected(ready["url"]):
            started.send_signal(signal.SIGINT)
            assert started.wait(ENDS_S) == 0
        assert started.stdout.read() == ""


@pytest.fixture
def installed(tmp_path):
    """The sandbox as a wheel installs it: no checkout around it."""
    package = tmp_path / "site" / "vfy_notebook"
    shutil.copytree(
        Path(sandbox.__file__).parent,
        package / "sandbox",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    (package / "__init__.py").write_text("")
    return package


def test_the_sample_of_an_installed_package_is_found(installed):
    sample = installed / "_bundled" / "sample"
    sample.mkdir(parents=True)
    (sample / "customers.jsonl").write_text('{"id":"cust_1","created_at":"2024-01-01"}\n')
    (sample / "segments.json").write_text("[]")
    (sample / "consents.json").write_text("{}")
    (sample / "metadata_schema.json").write_text("{}")
    (sample / "order_schema.json").write_text("{}")
    program = (
        "from vfy_notebook import sandbox\nwith sandbox.start() as box: print(box.customers())"
    )
    done = run(sys.executable, "-c", program, cwd=installed.parent)
    assert "'cust_1'" in done.stdout, done.stderr


def test_a_missing_sample_is_a_sentence_and_exit_code_1(installed):
    done = run(*COMMAND, cwd=installed.parent)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "There is nothing to serve: the sample's customers.jsonl is missing from this "
        "installation. Give a number with --customers.\n"
    )


def test_made_up_customers_need_no_sample(installed):
    program = (
        "from vfy_notebook import sandbox\n"
        "with sandbox.start(3) as box:\n"
        "    print(len(box.customers()))"
    )
    done = run(sys.executable, "-c", program, cwd=installed.parent)
    assert done.stdout == "3\n", done.stderr


def test_importing_the_package_loads_neither_starlette_nor_uvicorn():
    program = (
        "import sys; import vfy_notebook.sandbox\n"
        "print([name for name in ('starlette', 'uvicorn', 'anyio') if name in sys.modules])"
    )
    done = run(sys.executable, "-c", program)
    assert done.stdout == "[]\n", done.stderr


def test_files_in_the_working_directory_cannot_replace_modules(tmp_path):
    (tmp_path / "uvicorn.py").write_text("raise RuntimeError('not this one')")
    program = "from vfy_notebook import sandbox\nwith sandbox.start(1) as box: print(box.url)"
    done = run(sys.executable, "-P", "-c", program, cwd=tmp_path)
    assert done.stdout.startswith("http://127.0.0.1:"), done.stderr


def test_the_process_loads_nothing_of_the_client(installed):
    (installed / "__init__.py").write_text(
        "import sys\nif '--port' in sys.argv: raise RuntimeError('loaded')"
    )
    program = "from vfy_notebook import sandbox\nwith sandbox.start(1) as box: print(box.url)"
    done = run(sys.executable, "-c", program, cwd=installed.parent)
    assert done.stdout.startswith("http://127.0.0.1:"), done.stderr


def test_it_says_what_it_is(process):
    assert repr(process) == f"<SandboxProcess {process.url} running>"


def test_it_is_asked_directly_where_a_proxy_is_set(box, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert box.customers() == []
