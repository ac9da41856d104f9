"""What tests and examples share: an end to every clean-up; `vfy`, `pd` and a `project`."""

from __future__ import annotations

import faulthandler
import sys
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import vfy_notebook as vfy
from vfy_notebook import sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Longer than any clean-up takes, with all that it may have to kill.
CLEAN_UP_S = 240


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Iterator[None]:
    """A clean-up that waits without an end ends the process, and what it has started follows it.

    pytest's own `faulthandler_timeout` watches no longer once a test has failed.
    """
    faulthandler.dump_traceback_later(CLEAN_UP_S, exit=True, file=sys.__stderr__)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


@pytest.fixture(scope="session")
def demo_sandbox() -> Iterator[sandbox.SandboxProcess]:
    """A sandbox with the sample, for all examples of this test process."""
    with sandbox.start() as process:
        yield process


@pytest.fixture(autouse=True)
def _names_of_examples(
    request: pytest.FixtureRequest, doctest_namespace: dict[str, Any]
) -> Iterator[None]:
    """Each example has the whole demo to itself, and empty folders to work and keep data in."""
    if not isinstance(request.node, pytest.DoctestItem):
        yield
        return
    doctest_namespace.update(vfy=vfy, pd=pd)
    if not any("project." in example.source for example in request.node.dtest.examples):
        yield
        return
    folder: Path = request.getfixturevalue("tmp_path")
    patch: pytest.MonkeyPatch = request.getfixturevalue("monkeypatch")
    patch.chdir(folder)
    patch.setenv("XDG_DATA_HOME", str(folder / "data"))
    box: sandbox.SandboxProcess = request.getfixturevalue("demo_sandbox")
    box.reset()
    box.set(export_polls=0)  # an export is ready when it is first asked for, a second later
    journal = folder / "journal.sqlite"
    with vfy.connect(box.app_id, box.app_token, url=box.url, journal=journal) as project:
        doctest_namespace["project"] = project
        yield
        del doctest_namespace["project"]
