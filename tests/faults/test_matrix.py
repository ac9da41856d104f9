"""Each operation under each fault: the right result, or one of our errors, and a true report.

A sample runs with the other tests; `make test-faults` runs all and writes the table of
docs/reliability.md.
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

import pytest

from tests.fake_clock import FakeClock
from tests.faults.faulty_proxy import FAULTS, FaultyProxy
from tests.faults.operations import DONE, NOT_DONE, OPERATIONS, PEOPLE, UNKNOWN
from vfy_notebook.api.credentials import Credentials
from vfy_notebook.api.operations import Api
from vfy_notebook.api.transport import Transport, connection, session
from vfy_notebook.errors import NotFoundError, VfyNotebookError
from vfy_notebook.project import Project

#: Where a whole run writes its cells; without it, a sample runs.
CELLS = os.environ.get("VFY_FAULT_CELLS")

#: One cell in so many is in the sample.
_SAMPLED = 25

#: No operation waits longer, however the other side behaves: an hour for the quota, and again for
#: the request that looks up what has become of it.
_BOUND_S = 3 * 3600

_ALL = [(operation, fault) for operation in OPERATIONS for fault in FAULTS]
_CELLS = _ALL if CELLS else _ALL[::_SAMPLED]


@pytest.fixture
def proxy(sandbox):
    made = FaultyProxy(sandbox.url)
    yield made
    made.close()


@pytest.fixture
def project(sandbox, proxy, tmp_path, monkeypatch):
    sandbox.reset(PEOPLE, consents={"consents": [{"id": "cnst_1", "name": "One"}]})
    clock = FakeClock(on_sleep=sandbox.advance)
    transport = Transport(
        Credentials(sandbox.app_id, sandbox.app_token, proxy.url), clock=clock, jitter=lambda: 0.5
    )
    # One worker: where one waits on a clock that all share, the others' answers would be late.
    with Project(transport, workers=1, journal_path=tmp_path / "journal.sqlite") as made:
        yield made


@pytest.mark.parametrize(
    ("operation", "fault"), _CELLS, ids=[f"{o.name}-{f.name}" for o, f in _CELLS]
)
def test_what_is_told_is_what_happened(sandbox, project, proxy, operation, fault, monkeypatch):
    operation.before(sandbox, project)
    if fault.then in ("silence", "trickle"):
        # No longer than must be: what is asked next is answered in time on a busy machine, too.
        for module in (connection, session):
            monkeypatch.setattr(module, "READ_TIMEOUT_S", 2.0)
        monkeypatch.setattr(connection, "ANSWER_TIMEOUT_S", 3.0)
    sandbox.set(download_keys="ignored")  # files lie at the sandbox's own address, not the proxy's
    clock = project._transport.clock
    began = clock.monotonic()
    proxy.befall(fault, operation.method, operation.path)
    told, how = DONE, "right"
    try:
        told = operation.act(project)
    except VfyNotebookError as error:
        told, how = _told_by(error, operation), type(error).__name__
    assert clock.monotonic() - began < _BOUND_S
    proxy.run_late()
    if operation.has_changed is None:
        assert told == DONE or how != "right"
    else:
        _settle(sandbox)
        changed = operation.has_changed(sandbox)
        if isinstance(told, frozenset):
            assert told == changed
            told = DONE
        changed = bool(changed)
        assert told == UNKNOWN or changed == (told == DONE), (told, how)
    if fault.passes:
        assert told == DONE, how
    if fault.is_refusal and (operation.method != "GET" or operation.has_changed is None):
        assert told == NOT_DONE, how
    is_over = fault.times is not None and not (fault.is_refusal or fault.then == "down")
    is_read_again = operation.method == "GET" and operation.has_changed is None
    if is_read_again and is_over and "404" not in fault.name:
        assert told == DONE, how  # what only reads is asked again
    _note(operation, fault, told if how == "right" else f"{how}: {told}")


def _told_by(error, operation):
    """What an error tells of the change: it may have run, or it has not."""
    if isinstance(error, NotFoundError) and operation.method in ("DELETE", "POST"):
        return UNKNOWN  # there is no such customer now, whoever has seen to that
    report = getattr(error, "report", None)
    if report is not None:
        outcomes = set(report.rows["outcome"])
        return NOT_DONE if outcomes == {"skipped"} else UNKNOWN
    return UNKNOWN if error.may_have_run else NOT_DONE


def _settle(sandbox):
    """Let jobs that wait run to their end: what was told must hold then, too."""
    with contextlib.closing(
        Transport(Credentials(sandbox.app_id, sandbox.app_token, sandbox.url))
    ) as transport:
        for _ in range(3):
            Api(transport).list_async_actions()


def _note(operation, fault, cell):
    if CELLS:
        line = json.dumps([operation.name, fault.name, cell])
        with Path(CELLS).open("a", encoding="utf-8") as file:
            file.write(line + "\n")
