"""Processes that tests start: none outlives its test, and none is waited for without an end."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import threading

#: Longer than any of them takes, on a busy machine too.
ENDS_S = 120.0

#: What a command gets to put its own things away before it is killed.
_PUTS_AWAY_S = 20.0


@contextlib.contextmanager
def running(*command, **options):
    """A command of our own that talks in text; whatever happens here, it is gone afterwards.

    It is killed after `ENDS_S`: who reads from it then reads the end.
    """
    with _interrupts_heard():
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and programs
            command, text=True, **options
        )
    guard = threading.Timer(ENDS_S, process.kill)
    guard.daemon = True
    guard.start()
    try:
        with process:  # closes the pipes
            try:
                yield process
            finally:
                _end(process)
    finally:
        guard.cancel()


@contextlib.contextmanager
def started(process):
    """A `multiprocessing.Process`, started here; whatever happens here, it is gone afterwards."""
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join(ENDS_S)


def heard(pipe):
    """What is said next at the other end of a `multiprocessing.Pipe`."""
    assert pipe.poll(ENDS_S), "nobody says anything"
    return pipe.recv()


@contextlib.contextmanager
def _interrupts_heard():
    """What is started here can be ended with Ctrl-C.

    In the background of a script (`make test &`) a shell has SIGINT ignored, and what ignores it
    hands that on. A handler of our own is not handed on: a child begins with the usual one.
    """
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        if before is signal.SIG_IGN:
            signal.signal(signal.SIGINT, before)


def _end(process):
    for insist in (process.terminate, process.kill):
        if process.poll() is None:
            insist()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_PUTS_AWAY_S)
