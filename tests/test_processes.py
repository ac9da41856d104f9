"""What tests start is ended, and heard to its end, whatever it does."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tests import processes
from tests.processes import running

# Busy, because a signal that comes just before a wait begins is not felt in it.
FOR_EVER = "print('begun', flush=True)\nwhile True: pass"
DEAF = f"import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n{FOR_EVER}"


@pytest.mark.parametrize("program", [FOR_EVER, DEAF])
def test_what_runs_for_ever_is_gone_when_the_test_fails(program, monkeypatch):
    monkeypatch.setattr(processes, "_PUTS_AWAY_S", 0.1)
    command = running(sys.executable, "-c", program, stdout=subprocess.PIPE)
    process = command.__enter__()
    assert process.stdout.readline() == "begun\n"
    failure = AssertionError("the test")
    assert not command.__exit__(AssertionError, failure, None)
    assert process.returncode in (-signal.SIGTERM, -signal.SIGKILL)
    assert process.stdout.closed


def test_who_reads_from_what_says_nothing_reads_the_end(monkeypatch):
    monkeypatch.setattr(processes, "ENDS_S", 0.1)
    silent = "import signal\nsignal.pause()"
    with running(sys.executable, "-c", silent, stdout=subprocess.PIPE) as process:
        assert process.stdout.read() == ""


@pytest.fixture
def _in_the_background_of_a_script():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_in_the_background_of_a_script")
def test_ctrl_c_is_heard_where_the_tests_themselves_do_not_hear_it():
    with running(sys.executable, "-c", FOR_EVER, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == "begun\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(processes.ENDS_S) == -signal.SIGINT
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_every_test_has_an_end(pytestconfig):
    """A test fails where it waits too long; if that does not help, the process ends."""
    fails, ends = (float(pytestconfig.getini(n)) for n in ("timeout", "faulthandler_timeout"))
    assert processes.ENDS_S < fails < ends
    assert pytestconfig.getini("faulthandler_exit_on_timeout")
