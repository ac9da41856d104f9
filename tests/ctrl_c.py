"""Ctrl-C in the middle of a call, for sure."""

from __future__ import annotations

import os
import signal
import threading


class CtrlC:
    """While it is open, other threads can interrupt the main one.

    A signal that comes just before a wait begins is not felt in it, and the wait may be long: so it
    is sent until it is felt, and is felt once.
    """

    def __init__(self):
        self._lock = threading.Lock()
        self._closed = False
        self._felt = threading.Event()
        self._felt.set()

    def __enter__(self):
        self._before = signal.signal(signal.SIGINT, self._feel)
        return self

    def __exit__(self, *_):
        with self._lock:
            self._closed = True  # none is sent from here on
        signal.signal(signal.SIGINT, self._before)

    def press(self):
        """Called by another thread: interrupt the main one."""
        self._felt = felt = threading.Event()
        while not felt.is_set():
            with self._lock:
                if self._closed:
                    return
                os.kill(os.getpid(), signal.SIGINT)
            felt.wait(0.2)

    def _feel(self, *_):
        if not self._felt.is_set():
            self._felt.set()
            raise KeyboardInterrupt
