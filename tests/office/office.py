"""LibreOffice without a window, and the person who works in it."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import selectors
import shutil
import signal
import subprocess
import sys
from pathlib import Path

DRIVER = Path(__file__).with_name("driver.py")

#: No step takes longer; the machine may be busy.
PATIENCE_S = 120


def find_office():
    """The program's path and a Python that can talk to it; None where one of them is missing."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        return None
    beside = Path(program).resolve().parent / "python"
    for python in (sys.executable, "/usr/bin/python3", shutil.which("python3"), str(beside)):
        if python and Path(python).exists() and _has_uno(python):
            return program, python
    return None


def _has_uno(python):
    asked = subprocess.run(
        [python, "-c", "import uno"], capture_output=True, timeout=PATIENCE_S, check=False
    )
    return asked.returncode == 0


class Office:
    """Commands of the driver as methods: `office.type("B2", "Ann")`."""

    def __init__(self, program, python, folder):
        pipe = f"vfy{secrets.token_hex(8)}"  # a killed one may have left its pipe behind
        self._office = subprocess.Popen(
            [
                program,
                "--headless",
                "--norestore",
                "--nologo",
                f"-env:UserInstallation={folder.as_uri()}",
                f"--accept=pipe,name={pipe};urp;",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._driver = subprocess.Popen(
            [python, str(DRIVER), pipe],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert self._answer() == "ready"
        except BaseException:
            self._kill()
            raise

    def __getattr__(self, name):
        def command(*arguments):
            self._driver.stdin.write(json.dumps([name, *map(_plain, arguments)]) + "\n")
            self._driver.stdin.flush()
            return self._answer()

        return command

    def _answer(self):
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._driver.stdout, selectors.EVENT_READ)
            if not waiting.select(PATIENCE_S):
                raise TimeoutError("LibreOffice gave no answer")
        line = self._driver.stdout.readline()
        if not line:
            raise RuntimeError("the driver has ended")
        told = json.loads(line)
        if "error" in told:
            raise RuntimeError(told["error"])
        return told["answer"]

    def end(self):
        """End LibreOffice and the driver, whatever has happened."""
        try:
            # LibreOffice breaks the connection when it ends.
            with contextlib.suppress(RuntimeError, OSError):
                self.quit()
            self._driver.stdin.close()
            self._driver.wait(PATIENCE_S)
            self._office.wait(PATIENCE_S)
        finally:
            self._kill()

    def _kill(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._office.pid, signal.SIGKILL)
        self._driver.kill()
        for process in (self._office, self._driver):
            process.wait()
        self._driver.stdin.close()
        self._driver.stdout.close()


def _plain(value):
    return str(value) if isinstance(value, Path) else value
