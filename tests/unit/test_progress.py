from __future__ import annotations

import io
import sys

import pytest

from vfy_notebook import progress as progress_module
from vfy_notebook.progress import Progress, ProgressDisplay


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def calls():
    return iter(range(5, 100))


def run(calls, *, shown, error=None):
    bar = Progress("Fetching customers", unit="customers", calls=lambda: next(calls), shown=shown)
    with bar:
        bar.update(100, 2_357)
        bar.waits(42.0)
        bar.waits(0.0)
        bar.update(2_357)
        if error:
            raise error


def test_a_terminal_gets_a_bar_that_leaves_one_line(monkeypatch, calls):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    run(calls, shown=None)
    written = terminal.getvalue()
    assert "| 100 of 2,357 customers" in written
    assert "waiting 42 s for the rate limit" in written
    assert written.splitlines()[-1].startswith("Fetching customers: 2,357 customers · ")
    assert written.endswith("API calls\n")


def test_a_wait_is_for_the_rate_limit_only_where_that_is_so(calls):
    told = []

    class Display(ProgressDisplay):
        def show(self, done, total, facts, *, urgent):  # noqa: ARG002
            told.append(urgent)

    with Progress("Fetching", unit="customers", calls=lambda: next(calls), shown=Display()) as bar:
        bar.waits(3.2, "no connection")
        bar.waits(0.0, "no connection")
        bar.waits(41.5)
    assert told == ["", "no connection; trying again in 4 s", "", "waiting 42 s for the rate limit"]


def test_what_is_quick_as_a_rule_shows_nothing_until_it_waits(monkeypatch, calls):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    bar = Progress("Planning", unit="", calls=lambda: next(calls), only_waits=True)
    with bar:
        bar.update(0)
        assert terminal.getvalue() == ""
        bar.waits(3.2, "no connection")
        bar.waits(0.0, "no connection")
    assert "no connection; trying again in 4 s" in terminal.getvalue()
    assert terminal.getvalue().splitlines()[-1].startswith("Planning: ")


def test_elsewhere_nothing_is_shown(monkeypatch, calls):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    run(calls, shown=None)
    assert sys.stderr.getvalue() == ""


def test_elsewhere_asked_for_it_is_one_line(monkeypatch, calls):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    run(calls, shown=True)
    assert sys.stderr.getvalue().count("\n") == 1


def test_false_is_silent_on_a_terminal_too(monkeypatch, calls):
    monkeypatch.setattr(sys, "stderr", Terminal())
    run(calls, shown=False)
    assert sys.stderr.getvalue() == ""


def test_a_cut_off_task_says_so(monkeypatch, calls):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with pytest.raises(KeyError):
        run(calls, shown=True, error=KeyError())
    assert "(stopped)" in sys.stderr.getvalue()


def test_a_notebook_gets_one_display_that_ends_as_text(monkeypatch, calls):
    shown = []

    class Handle:
        def update(self, data, *, raw):  # noqa: ARG002 - the face of IPython
            shown.append(data)

    def display(data, *, raw, display_id):
        shown.append(data)
        return Handle()

    monkeypatch.setattr(
        progress_module,
        "_choose_display",
        lambda task, shown: progress_module._NotebookDisplay(task, display),  # noqa: ARG005
    )
    run(calls, shown=None)
    assert any("<progress" in data.get("text/html", "") for data in shown)
    assert any("waiting 42 s" in data["text/plain"] for data in shown)
    assert list(shown[-1]) == ["text/plain"]
    assert shown[-1]["text/plain"].startswith("Fetching customers: 2,357 customers · ")
