"""A JupyterLab of its own, seen through a headless Chromium.

Nothing of the user's own Jupyter is read or written: configuration, data, kernels' connection
files and IPython's history lie in one temporary folder.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue

import nbformat

#: How long JupyterLab and Chromium may take until they answer.
START_S = 120

#: How long a page may take until it shows what a test waits for.
PATIENCE_MS = 60_000

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


#: Asking our own server never goes through a proxy.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class NoBrowser(Exception):
    """There is no Chromium on this machine."""


def find_browser(playwright):
    """A Chromium's path: `CHROMIUM`, `chromium`, `google-chrome`, or Playwright's own.

    Raises:
        NoBrowser: None of them is there; the message says what to install.
    """
    for name in (os.environ.get("CHROMIUM"), "chromium", "google-chrome"):
        path = shutil.which(name) if name else None
        if path is not None:
            return path
    own = playwright.chromium.executable_path
    if Path(own).exists():
        return own
    raise NoBrowser(
        "no browser: install chromium, name one in CHROMIUM, or run 'playwright install chromium'"
    )


@contextmanager
def launched_browser(playwright):
    """A headless Chromium."""
    browser = playwright.chromium.launch(
        executable_path=find_browser(playwright), args=CHROMIUM_ARGUMENTS, timeout=START_S * 1000
    )
    try:
        yield browser
    finally:
        browser.close()


class Lab:
    """A running JupyterLab; `start_lab` makes one."""

    def __init__(self, process, reader, url, token, folder):
        self._process = process
        self._reader = reader
        self.url = url
        self.token = token
        self.notebooks = folder / "notebooks"
        self._settings = folder / "config" / "lab" / "user-settings"

    def write(self, name, *cells):
        """Write a notebook of code cells; gives its path."""
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
            # Without it a dialog asks for a kernel.
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        )
        path = self.notebooks / f"{name}.ipynb"
        nbformat.write(notebook, path)
        return path

    def address(self, path):
        """Where a notebook opens, without anything left of earlier visits."""
        return f"{self.url}/lab/tree/{path.name}?token={self.token}&reset"

    def configure(self, plugin, **settings):
        """Change JupyterLab's own settings for pages that are opened from now on."""
        extension, name = plugin.split(":")
        path = self._settings / extension / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings), encoding="utf-8")

    def end_kernels(self):
        """End all kernels: each holds as much memory as a browser's tab."""
        for session in self._ask("GET", "/api/sessions"):
            try:
                self._ask("DELETE", f"/api/sessions/{session['id']}")
            except urllib.error.HTTPError as error:
                with error:
                    if error.code not in (404, 410):  # it has ended by itself meanwhile
                        raise

    def _ask(self, method, path):
        request = urllib.request.Request(  # noqa: S310 - our own server on loopback
            self.url + path, method=method, headers={"Authorization": f"token {self.token}"}
        )
        with _OPENER.open(request, timeout=START_S) as answer:
            return json.loads(answer.read() or b"null")

    def close(self):
        """End JupyterLab and its kernels."""
        self._process.terminate()
        try:
            self._process.wait(START_S / 2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        # Kernels hold the pipe as well: it is at its end when the last of them is.
        self._reader.join(START_S / 2)


def start_lab(folder):
    """Start JupyterLab in a folder, on a free port."""
    for name in ("notebooks", "config", "data", "runtime", "ipython"):
        (folder / name).mkdir(parents=True)
    token = secrets.token_hex(16)
    environment = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_NO_CONFIG": "1",
        "JUPYTER_PREFER_ENV_PATH": "1",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    process = subprocess.Popen(  # noqa: S603 - our own interpreter, our own arguments
        [
            sys.executable,
            "-m",
            "jupyterlab",
            "--no-browser",
            "--allow-root",
            "--ServerApp.ip=127.0.0.1",
            "--ServerApp.port=0",
            f"--IdentityProvider.token={token}",
            f"--ServerApp.root_dir={folder / 'notebooks'}",
            f"--LabApp.workspaces_dir={folder / 'config' / 'lab' / 'workspaces'}",
            f"--LabApp.user_settings_dir={folder / 'config' / 'lab' / 'user-settings'}",
            "--LabApp.news_url=None",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        ],
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    try:
        url, reader = _address_told_by(process)
    except BaseException:
        process.kill()
        process.wait()
        raise
    lab = Lab(process, reader, url, token, folder)
    lab.configure("@jupyterlab/apputils-extension:notification", fetchNews="false")
    return lab


def _address_told_by(process):
    """The address that JupyterLab prints, and the thread that reads and drops all that it says."""
    told = SimpleQueue()
    said = []

    def read():
        with process.stderr as stream:
            for line in stream:
                said.append(line)
                found = re.search(r"(http://127\.0\.0\.1:\d+)/lab", line)
                if found:
                    told.put(found[1])
        told.put(None)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        url = told.get(timeout=START_S)
    except Empty:
        url = None
    if url is None:
        raise RuntimeError(f"JupyterLab did not start: {''.join(said)[-2000:]}")
    return url, reader


def open_notebook(page, lab, path):
    """Open a notebook and run all of its cells."""
    page.set_default_timeout(PATIENCE_MS)
    page.goto(lab.address(path))
    page.locator(".jp-NotebookPanel").get_by_text("Python 3 (ipykernel)").wait_for()
    page.get_by_title("Kernel status: Idle").or_(page.get_by_text("| Idle")).first.wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
