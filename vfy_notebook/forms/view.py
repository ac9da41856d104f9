"""What the views of all forms share: a title, a bar, a message, and one task at a time."""

from __future__ import annotations

import enum
import sys
import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from vfy_notebook.forms import markup
from vfy_notebook.forms.task_runner import Bar, TaskRunner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from vfy_notebook.forms.state import FormState

#: How wide a form's inputs are: they shrink with the window.
WIDE = {"width": "100%", "max_width": "36em"}

#: Results that a form shows; all of them are in its report.
RESULTS_SHOWN = 100


class NotChosen(enum.Enum):
    """The value of a drop-down in which nothing was chosen; with None it would show a blank."""

    YET = "choose …"


#: The option on which a drop-down opens that has no sensible first choice.
CHOOSE = (NotChosen.YET.value, NotChosen.YET)


class FormView(widgets.VBox):  # type: ignore[misc]
    """A form as widgets; shows its state and hands clicks on to it.

    Three kinds of threads come here: the kernel's own, the ones in which a kernel with subshells
    serves some of the widgets, and the form's, in which it works. A lock lets one at a time look
    at the state and draw it.

    Args:
        title: The form's title.
        state: What the form knows.
        summary: The form in a few words, for where widgets cannot be shown.
    """

    def __init__(self, title: str, state: FormState, *, summary: str) -> None:
        super().__init__()
        self.add_class("vfy-form")
        self._state = state
        self._summary = summary
        self._lock = threading.RLock()
        self._tasks = TaskRunner(self._lock)
        self._redrawing = False
        self._inputs: list[Any] = []
        self._title = html_widget(markup.heading(title))
        self._message = html_widget("")
        self._bar = widgets.IntProgress(min=0, max=1, layout={"width": "100%", "max_width": "20em"})
        self._facts = html_widget("")
        self._stop = widgets.Button(description="Stop", tooltip="Stop as soon as it is safe")
        self._stop.on_click(lambda _: self._tasks.stop())
        self._progress = widgets.HBox(
            [self._bar, self._facts, self._stop],
            layout={"display": "none", "flex_flow": "row wrap", "align_items": "center"},
        )

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until the form is not working; False if it took longer."""
        return self._tasks.wait(timeout_s)

    def __repr__(self) -> str:
        """A sentence: the list of parts that widgets give holds the customers' names."""
        return f"<{type(self).__name__}: {self._summary}>"

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """As widgets; where those cannot be shown, as a sentence."""
        bundle = super()._repr_mimebundle_(**options)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        if isinstance(data, dict):
            data["text/plain"] = self._summary
        return bundle

    def _ipython_display_(self) -> None:
        """Show a sentence and the widgets, of which one is seen at a time.

        A notebook that is opened without a kernel cannot show widgets, and says nothing but that
        it is loading them; a page made of it leaves them out. So the sentence is an output of its
        own, which is hidden while the form is there (see `markup.instead`).
        """
        ipython = sys.modules["IPython"]
        display: Callable[..., None] = ipython.display.display
        shell = ipython.get_ipython()
        instead = {"text/plain": self._summary, "text/html": markup.instead(self._summary)}
        display(instead, raw=True)
        if getattr(shell, "kernel", None) is None:
            return
        bundle = self._repr_mimebundle_()
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        # Where its text is shown, the sentence has been shown already.
        display({**data, "text/plain": ""}, metadata=metadata, raw=True)

    # -- building ------------------------------------------------------------------------------

    def _lay_out(self, parts: Sequence[Any], *, results: Sequence[Any] = ()) -> None:
        self.children = [self._title, *parts, self._progress, self._message, *results]
        self._redraw()

    def _input(self, widget: Any, heard: Callable[[Any], None] | None = None) -> Any:
        """Register an input, so that it is disabled while the form works."""
        self._inputs.append(widget)
        if heard is not None:

            def on_change(change: Any) -> None:
                with self._lock:
                    if not self._redrawing and not self._tasks.busy:
                        heard(change.new)
                        self._redraw()

            widget.observe(on_change, "value")
        return widget

    def _button(self, description: str, clicked: Callable[[], None], **options: Any) -> Any:
        """A button that does nothing while the form works."""
        button = self._input(widgets.Button(description=description, **options))

        def on_click(_: Any) -> None:
            with self._lock:
                if not self._tasks.busy:
                    clicked()

        button.on_click(on_click)
        return button

    def _on_enter(self, text: Any, act: Callable[[], None]) -> Any:
        """Let Enter in a text field do what a button does."""

        def heard(_widget: Any, content: Any, _buffers: Any) -> None:
            with self._lock:
                if content == {"event": "submit"} and not self._tasks.busy:
                    act()

        text.on_msg(heard)
        return text

    def _confirmation_text(self, heard: Callable[[Any], None]) -> Any:
        """Where a number is typed before something far-reaching is done."""
        return self._input(
            widgets.Text(
                description="Type to confirm",
                style={"description_width": "initial"},
                layout={"width": "26em", "max_width": "100%"},
            ),
            heard,
        )

    # -- drawing -------------------------------------------------------------------------------

    @contextmanager
    def _drawing(self) -> Iterator[None]:
        """Changes made here are the form's own, not a person's."""
        with self._lock:
            before, self._redrawing = self._redrawing, True
            try:
                yield
            finally:
                self._redrawing = before

    def _redraw(self) -> None:
        """Show the state as it is now.

        The browser hears of it when all is decided: a button that is free for a moment only would
        take clicks that do nothing, and one that is disabled for a moment loses the keyboard.
        """
        with self._drawing(), ExitStack() as decided:
            for widget in self._inputs:
                decided.enter_context(widget.hold_sync())
                widget.disabled = False
            self._progress.layout.display = "none"
            self._message.value = markup.message(self._state.message)
            self._show_state()

    def _show_state(self) -> None:
        """Bring the form's own widgets up to date; may disable some of them."""
        raise NotImplementedError

    # -- working -------------------------------------------------------------------------------

    def _work_on(self, task: Callable[[Bar], None]) -> None:
        """Do something long in the background, with all inputs disabled and a bar."""

        def run() -> None:
            self._show_working()
            task(Bar(self._draw_bar, lambda: self._tasks.stopping))

        self._tasks.start(run, self._redraw)

    def _show_working(self) -> None:
        with self._drawing():
            for widget in self._inputs:
                widget.disabled = True
            self._message.value = ""
            self._draw_bar(0, None, "")
            self._progress.layout.display = ""

    def _draw_bar(self, done: int, total: int | None, facts: str) -> None:
        with self._drawing():
            self._bar.max = max(total or 1, 1)
            self._bar.value = min(done, self._bar.max) if total is not None else 0
            self._facts.value = markup.line(facts)


def chosen(dropdown: Any) -> Any:
    """What was chosen; None where nothing was."""
    return None if dropdown.value is NotChosen.YET else dropdown.value


def row(*parts: Any) -> Any:
    """Widgets beside each other, or below each other where there is no room."""
    return widgets.HBox(parts, layout={"flex_flow": "row wrap"})


def html_widget(value: str) -> Any:
    """A piece of HTML as wide as the form."""
    return widgets.HTML(value=value, layout={"width": "auto", "margin": "2px"})


def labelled(widget: Any, *, label_width: str = "11em") -> Any:
    """A widget whose label is never cut off."""
    widget.style.description_width = label_width
    widget.add_class("vfy-labelled")
    return widget


def show_only_if(widget: Any, visible: bool) -> None:  # noqa: FBT001 - reads as a sentence
    """Show a widget, or take it away."""
    widget.layout.display = "" if visible else "none"
