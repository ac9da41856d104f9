"""A progress bar for terminals and notebooks that leaves one final line.

In a notebook the bar is one display that is updated, not a widget, so only the final line is saved
with the notebook. Where no bar can be seen (a log file, a pipe), nothing is shown; with
`progress=True`, the final line is.
"""

from __future__ import annotations

import contextlib
import html
import math
import sys
import time
from typing import TYPE_CHECKING, Any, Self

from tqdm import tqdm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Seconds between two drawings in a notebook.
_REDRAW_S = 0.1


class Progress:
    """The progress of a long task, in rows and API calls; a context manager.

    Args:
        task: The name of the task, such as `Fetching customers`.
        unit: What is counted, such as `customers`; empty where nothing but calls is.
        calls: Returns the number of API calls that the project has made so far.
        shown: None shows a bar where one can be seen; False is silent; True shows at least the
            final line; a `ProgressDisplay` decides itself.
        only_waits: Show nothing as long as nothing is waited for: for what is quick as a rule.
    """

    def __init__(
        self,
        task: str,
        *,
        unit: str,
        calls: Callable[[], int],
        shown: Shown = None,
        only_waits: bool = False,
    ) -> None:
        self._task = task
        self._unit = unit
        self._shown = shown
        self._calls = calls
        self._calls_before = calls()
        self._done = 0
        self._total: int | None = None
        self._waiting = ""
        self._is_users = isinstance(shown, ProgressDisplay)
        self._display = ProgressDisplay()
        self._is_hidden = only_waits and not self._is_users
        if not self._is_hidden:
            self._choose_display()

    def _choose_display(self) -> None:
        with self._seen_or_not():
            self._display = _choose_display(self._task, shown=self._shown)

    def __enter__(self) -> Self:
        self._show()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        ending = "" if kind is None else " (stopped)"
        line = f"{self._task}: {self._facts(final=kind is None)}{ending}"
        with self._seen_or_not():
            self._display.close(line)

    def update(self, done: int, total: int | None = None) -> None:
        """Set how much is done, and the total if it is known."""
        self._done = done
        self._total = self._total if total is None else total
        self._show()

    def waits(self, seconds: float, why: str = "") -> None:
        """Show that the task waits; 0 seconds end the wait.

        Args:
            seconds: How long it still takes.
            why: What has failed and will be tried again; empty where the rate limit is waited for.
        """
        if self._is_hidden and seconds > 0:
            self._is_hidden = False
            self._choose_display()
        if seconds <= 0:
            self._waiting = ""
        elif why:
            self._waiting = f"{why}; trying again in {math.ceil(seconds):,} s"
        else:
            self._waiting = f"waiting {math.ceil(seconds):,} s for the rate limit"
        self._show()

    def _show(self) -> None:
        if type(self._display) is ProgressDisplay:
            return  # it shows nothing, and there are thousands of pages
        facts = self._facts(final=False)
        with self._seen_or_not():
            self._display.show(self._done, self._total, facts, urgent=self._waiting)

    @contextlib.contextmanager
    def _seen_or_not(self) -> Iterator[None]:
        """Go on without a bar where ours cannot be drawn: a closed terminal costs no answers."""
        try:
            yield
        except Exception:
            if self._is_users:
                raise  # it may mean to stop the task
            self._display = ProgressDisplay()

    def _facts(self, *, final: bool) -> str:
        of = f" of {self._total:,}" if self._total is not None and not final else ""
        calls = self._calls() - self._calls_before
        counted = f"{self._done:,}{of} {self._unit}" if self._unit else ""
        facts = (counted, f"{calls:,} API call{'s' * (calls != 1)}", self._waiting)
        return " · ".join(filter(None, facts))


class ProgressDisplay:
    """Shows the progress of a task; this base class shows nothing."""

    def show(self, done: int, total: int | None, facts: str, *, urgent: str) -> None:
        """Show the present state; `urgent` is a text that must not be skipped."""

    def close(self, line: str) -> None:
        """Replace the bar by a final line."""


#: The values of the argument `progress`.
Shown = bool | ProgressDisplay | None


class _LineDisplay(ProgressDisplay):
    """Only the final line, for log files and pipes."""

    def close(self, line: str) -> None:
        print(line, file=sys.stderr)  # noqa: T201 - asked for with progress=True


class _TerminalDisplay(ProgressDisplay):
    def __init__(self, task: str) -> None:
        self._bar = tqdm(
            desc=task,
            file=sys.stderr,
            leave=False,
            # The facts take the unit's place: before a postfix tqdm puts a comma.
            unit="",
            bar_format="{desc}: {percentage:3.0f}%|{bar}| {unit} [{elapsed}<{remaining}]",
        )

    def show(self, done: int, total: int | None, facts: str, *, urgent: str) -> None:
        self._bar.total = max(total or 0, done) or None
        self._bar.n = done
        self._bar.unit = facts
        if urgent:
            self._bar.refresh()
        self._bar.update(0)

    def close(self, line: str) -> None:
        self._bar.close()
        print(line, file=sys.stderr)  # noqa: T201 - the one line that a bar leaves


class _NotebookDisplay(ProgressDisplay):
    def __init__(self, task: str, display: Callable[..., Any]) -> None:
        self._task = task
        self._display = display
        self._handle: Any = None
        self._drawn_at = float("-inf")

    def show(self, done: int, total: int | None, facts: str, *, urgent: str) -> None:
        now = time.monotonic()
        if now - self._drawn_at < _REDRAW_S and not urgent:
            return
        self._drawn_at = now
        value = f' value="{done}" max="{max(total, done, 1)}"' if total is not None else ""
        text = f"{self._task}: {facts}"
        markup = f'<progress{value} style="vertical-align:middle"></progress> {html.escape(text)}'
        self._draw({"text/plain": text, "text/html": markup})

    def close(self, line: str) -> None:
        self._draw({"text/plain": line})

    def _draw(self, data: dict[str, str]) -> None:
        if self._handle is None:
            self._handle = self._display(data, raw=True, display_id=True)
        else:
            self._handle.update(data, raw=True)


def _choose_display(task: str, *, shown: Shown) -> ProgressDisplay:
    if isinstance(shown, ProgressDisplay):
        return shown
    if shown is False:
        return ProgressDisplay()
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if getattr(shell, "kernel", None) is not None:
        from IPython.display import display  # noqa: PLC0415 - only where a kernel runs

        return _NotebookDisplay(task, display)
    if sys.stderr is not None and sys.stderr.isatty():
        return _TerminalDisplay(task)
    return _LineDisplay() if shown else ProgressDisplay()
