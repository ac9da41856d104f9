"""JupyterLab as the demo runs it: alone, quiet, with a token, and gone when the demo ends."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

from vfy_notebook.commands.failure import CommandError
from vfy_notebook.private_files import new_file

if TYPE_CHECKING:
    from collections.abc import Mapping

HOST = "127.0.0.1"
DEFAULT_PORT = 8888

_START_S = 120
_POLL_S = 0.1
_ANSWER_S = 10
_END_S = 20

#: So many ports are tried, if none is asked for: two demos may be started in the same moment.
_TRIES = 3

#: Asking this machine never goes through a proxy.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))

#: The page that logs a browser in. It lies beside the notebooks: browsers in a sandbox of their
#: own (snaps) read neither temporary nor hidden folders.
_DOOR = ".open-in-browser.html"


class Lab:
    """A running JupyterLab; `start_lab` makes one. Also a context manager that ends it."""

    def __init__(self, process: subprocess.Popen[bytes], url: str, log: Path, door: Path) -> None:
        self._process = process
        self._log = log
        self._door = door
        self.url = url

    def open_browser(self) -> bool:
        """Open it in a browser; False where there is none with windows."""
        try:
            browser = webbrowser.get()
        except webbrowser.Error:
            return False
        if type(browser) is webbrowser.GenericBrowser:  # one for terminals: it would take ours
            return False
        # The address has the token, and a command line can be read by everybody on the machine:
        # the browser gets a file that only its user can read.
        with new_file(self._door) as page:
            text = f'<!doctype html><meta http-equiv="refresh" content="0; url={self.url}">'
            page.write(text.encode())
        return browser.open(self._door.as_uri())

    def wait(self) -> None:
        """Wait until somebody shuts it down in the browser.

        Raises:
            CommandError: It ended by itself.
        """
        code = self._process.wait()
        if code:
            raise CommandError(_with_last_words("JupyterLab ended by itself", self._log))

    def close(self) -> None:
        """End JupyterLab and its kernels; a second call does nothing."""
        _end(self._process)
        self._door.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def start_lab(
    folder: Path, *, first: str, port: int | None, env: Mapping[str, str], private: Path
) -> Lab:
    """Start JupyterLab on a folder, and wait until it answers.

    Args:
        folder: What it shows.
        first: The notebook that is open at first.
        port: None takes 8888 or the next free one.
        env: The kernels' environment.
        private: A folder for its settings and records, so that it neither obeys nor changes
            what the user has set for his own JupyterLab.

    Raises:
        CommandError: The port is in use, or it does not start.
    """
    token = secrets.token_hex(24)
    log = private / "jupyterlab.log"
    _decline_news(private)
    for tries_left in reversed(range(_TRIES)):
        chosen = choose_port(port)
        process = _started(folder, chosen, {**env, "JUPYTER_TOKEN": token}, private, log)
        try:
            _wait_until_ready(process, chosen, token, log)
            break
        except BaseException as error:
            _end(process)
            # Somebody else may have taken the port between our look at it and JupyterLab's.
            is_lost = isinstance(error, CommandError) and port is None and _is_taken(chosen)
            if not is_lost or not tries_left:
                raise
    url = f"http://{HOST}:{chosen}/lab/tree/{quote(first)}?token={token}"
    return Lab(process, url, log, folder / _DOOR)


def _started(
    folder: Path, port: int, env: Mapping[str, str], private: Path, log: Path
) -> subprocess.Popen[bytes]:
    with log.open("wb") as complaints:
        return subprocess.Popen(  # noqa: S603 - our own interpreter and arguments
            [
                *(sys.executable, "-P", str(Path(__file__).with_name("lab_process.py"))),
                f"--config={_write_settings(private, folder, port)}",
            ],
            cwd=folder,
            env={**env, **_private_environment(private)},
            stdin=subprocess.PIPE,
            stdout=complaints,
            stderr=complaints,
            # Ctrl-C reaches us alone: JupyterLab would ask whether it is meant.
            start_new_session=True,
        )


def choose_port(port: int | None) -> int:
    """The port asked for, or one that is free.

    Raises:
        CommandError: The one asked for cannot be had.
    """
    if port is not None:
        try:
            return _try_port(port)
        except OSError as error:
            raise CommandError(
                f"Port {port} cannot be used: {error.strerror or error}. "
                "Choose another one with --port, or leave it out."
            ) from None
    for candidate in range(DEFAULT_PORT, DEFAULT_PORT + 10):
        with contextlib.suppress(OSError):
            return _try_port(candidate)
    return _try_port(0)


def _is_taken(port: int) -> bool:
    try:
        _try_port(port)
    except OSError:
        return True
    return False


def _try_port(port: int) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as trial:
        if os.name == "posix":  # elsewhere this would let two listen at one port
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        trial.bind((HOST, port))
        return int(trial.getsockname()[1])


def _write_settings(private: Path, folder: Path, port: int) -> Path:
    settings = {
        "ServerApp": {
            "ip": HOST,
            "port": port,
            "port_retries": 0,
            "root_dir": str(folder),
            "open_browser": False,
            "allow_root": True,  # it listens on loopback only, for the user who has started us
            "log_level": "WARN",
        },
        "LabApp": {
            "news_url": None,
            "check_for_updates_class": "jupyterlab.handlers.announcements.NeverCheckForUpdate",
            "extension_manager": "readonly",
        },
        # Looking for language servers runs npm, and the notebooks need none.
        "LanguageServerManager": {"autodetect": False},
        # Only the Python that runs us: it has this package.
        "KernelSpecManager": {"kernel_dirs": []},
    }
    path = private / "settings.json"
    path.write_text(json.dumps(settings), encoding="utf-8")
    return path


def _decline_news(private: Path) -> None:
    """Answer beforehand what JupyterLab asks everybody at the first start."""
    folder = private / "config" / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension"
    folder.mkdir(parents=True)
    answers = {"fetchNews": "false", "checkForUpdates": False}
    (folder / "notification.jupyterlab-settings").write_text(json.dumps(answers), encoding="utf-8")


def _private_environment(private: Path) -> dict[str, str]:
    return {
        "JUPYTER_CONFIG_DIR": str(private / "config"),
        "JUPYTERLAB_SETTINGS_DIR": str(private / "config" / "lab" / "user-settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(private / "config" / "lab" / "workspaces"),
        "JUPYTER_DATA_DIR": str(private / "data"),
        "JUPYTER_RUNTIME_DIR": str(private / "runtime"),
        "IPYTHONDIR": str(private / "ipython"),
    }


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, token: str, log: Path) -> None:
    """Ask until it answers: what it writes about itself comes before it listens."""
    deadline = time.monotonic() + _START_S
    while not _answers(port, token):
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_POLL_S)
            raise CommandError(_with_last_words("JupyterLab did not start", log))
        if time.monotonic() > deadline:
            raise CommandError(_with_last_words(f"JupyterLab is silent after {_START_S} s", log))


def _answers(port: int, token: str) -> bool:
    """Whether the server with this token is the one that answers at the port."""
    request = urllib.request.Request(
        f"http://{HOST}:{port}/api/status", headers={"Authorization": f"token {token}"}
    )
    try:
        with _OPENER.open(request, timeout=_ANSWER_S) as answer:
            return bool(answer.status == 200)
    except (OSError, http.client.HTTPException):
        return False


def _with_last_words(what: str, log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    said = "\n".join(f"    {line}" for line in lines[-5:])
    said = f". It said last:\n{said}" if said else ", without a word."
    return f"{what}{said}\nTry whether `{Path(sys.executable).name} -m jupyterlab` works."


def _end(process: subprocess.Popen[bytes]) -> None:
    """JupyterLab ends when its standard input does; if not, it is made to."""
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
    for insist in (process.terminate, process.kill):
        try:
            process.wait(_END_S)
        except subprocess.TimeoutExpired:
            insist()
        else:
            return
    process.wait()
