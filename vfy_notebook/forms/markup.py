"""Pieces of HTML for forms. Every text that comes in is escaped here.

Colours and fonts are JupyterLab's own variables, so that a form follows the theme.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vfy_notebook.forms.state import Tone
from vfy_notebook.shown_text import shown_html, shown_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vfy_notebook.forms.state import Message
    from vfy_notebook.frames.identities.identities import CustomerIdentity

#: Characters of a customer's name, e-mail address or source_id that a row shows.
_LONGEST = 60

STYLE = """<style>
.vfy-form { container-type: inline-size; color: var(--jp-ui-font-color1);
  font-size: var(--jp-ui-font-size1); max-width: 58em; padding: 4px 8px 8px;
  border: 1px solid var(--jp-border-color2); border-radius: 3px; }
.vfy-form .widget-html-content { font-size: inherit; line-height: 1.45; white-space: normal; }
.vfy-form .widget-html, .vfy-form .widget-html-content { height: auto; overflow: visible;
  min-width: 0; max-width: 100%; }
.vfy-form .widget-checkbox, .vfy-form .widget-label-basic, .vfy-form .widget-label-basic span {
  height: auto; overflow: visible; white-space: normal; line-height: 1.4; }
.vfy-form .widget-label, .vfy-form .widget-label-basic, .vfy-form .widget-radio-box label {
  color: var(--jp-ui-font-color1); }
.vfy-form .vfy-labelled { height: auto; align-items: flex-start; }
.vfy-form .vfy-labelled > select { height: var(--jp-widgets-inline-height); }
.vfy-form .vfy-labelled > .widget-label { white-space: normal; height: auto; line-height: 1.3;
  padding-top: 7px; text-align: left; overflow: visible; overflow-wrap: anywhere; }
.vfy-form .jupyter-button { width: auto; max-width: 100%; padding: 0 12px; height: auto;
  min-height: var(--jp-widgets-inline-height); white-space: normal; line-height: 1.4; }
.vfy-form .widget-dropdown > select { appearance: auto; background-image: none; padding-right: 4px;
}
.vfy-form .jupyter-button:focus-visible, .vfy-form input:focus-visible,
.vfy-form select:focus-visible { outline: 2px solid var(--jp-brand-color1); }
.vfy-form h4 { margin: 2px 0 0; font-size: var(--jp-ui-font-size2); font-weight: 600;
  color: var(--jp-ui-font-color0); }
.vfy-form h5 { margin: 8px 0 0; font-size: var(--jp-ui-font-size1); font-weight: 600;
  color: var(--jp-ui-font-color0); }
.vfy-form p, .vfy-form ul { margin: 2px 0; overflow-wrap: anywhere; }
.vfy-form ul { padding-left: 0; list-style: none; }
.vfy-quiet { color: var(--jp-ui-font-color2); }
.vfy-scroll { overflow: auto; max-height: 22em; }
.vfy-customers { overflow-x: auto; }
.vfy-plan { overflow: auto; max-height: 31em; }
.vfy-form .vfy-verb { display: none; }
.vfy-form table { border-collapse: collapse; margin: 2px 0; }
.vfy-form th, .vfy-form td { text-align: left; padding: 2px 10px 2px 0; vertical-align: top;
  border-bottom: 1px solid var(--jp-border-color2); overflow-wrap: break-word; max-width: 26em; }
/* A row takes more lines before it takes more room than there is; an id stays in one piece. */
.vfy-form .vfy-plan td, .vfy-form .vfy-customers td { overflow-wrap: anywhere; min-width: 4em; }
.vfy-form .vfy-plan td:first-child { overflow-wrap: break-word; }
.vfy-form .vfy-customers td:last-child { white-space: nowrap; padding-right: 0;
  font-family: var(--jp-code-font-family); font-size: 0.85em; line-height: 1.7; }
.vfy-form .widget-label { text-align: left; }
.vfy-form th { font-weight: 600; color: var(--jp-ui-font-color2); }
.vfy-message { padding: 4px 8px; border-left: 4px solid var(--jp-border-color1);
  background: var(--jp-layout-color2); overflow-wrap: anywhere; }
.vfy-good { border-left-color: var(--jp-success-color1); }
.vfy-warning { border-left-color: var(--jp-warn-color1); }
.vfy-bad { border-left-color: var(--jp-error-color1); }
/* Where there is little room, labels stand above inputs, and a row's cells below each other. */
@container (max-width: 30em) {
  .vfy-form .widget-inline-hbox { flex-wrap: wrap; height: auto; width: 100% !important; }
  .vfy-form .widget-inline-hbox > .widget-label { width: 100% !important; flex: 1 0 100%;
    text-align: left; }
  .vfy-form .widget-inline-hbox > :not(.widget-label) { flex: 1 1 100%; min-width: 0; margin: 0; }
  .vfy-form .widget-checkbox > * { flex: 1 1 auto !important; }
  .vfy-form .widget-checkbox .widget-label { display: none; }
  .vfy-form select { height: var(--jp-widgets-inline-height); }
}
@container (max-width: 42em) {
  .vfy-form thead { display: none; }
  .vfy-form table, .vfy-form tbody { display: block; }
  .vfy-form tr { display: block; border-bottom: 1px solid var(--jp-border-color2);
    padding: 2px 0; }
  .vfy-form td, .vfy-form .vfy-customers td:last-child, .vfy-form .vfy-plan td:first-child {
    display: block; border: none; padding: 0; white-space: normal; max-width: none;
    overflow-wrap: anywhere; }
}
</style>"""


#: A form's widgets are the output after its sentence: one of the two is hidden.
_ONE_OF_TWO = """<style>
.jp-OutputArea-child:has(.vfy-instead):has(+ .jp-OutputArea-child .vfy-form) { display: none; }
.jp-OutputArea-child:has(.vfy-instead) + .jp-OutputArea-child:not(:has(.vfy-form)) {
  display: none; }
</style>"""


def instead(summary: str) -> str:
    """A form's sentence, for where its widgets are not there."""
    return f'{_ONE_OF_TWO}<p class="vfy-instead"><em>{text(summary)}</em></p>'


def text(value: object) -> str:
    """Any text as HTML that shows it and does nothing else; its lines stay lines."""
    return "\n".join(map(shown_html, str(value).split("\n")))


def heading(title: str) -> str:
    """A form's title, with the style of all its parts."""
    return f"{STYLE}<h4>{text(title)}</h4>"


def subheading(title: str) -> str:
    """The title of a part of a form."""
    return f"<h5>{text(title)}</h5>"


def line(words: str, *, quiet: bool = False) -> str:
    """A line of text; empty where there is none."""
    return f"<p{_class('vfy-quiet' if quiet else '')}>{text(words)}</p>" if words else ""


def explained(lead: str, words: str, *, quiet: bool) -> str:
    """A line that begins with what it explains."""
    return f"<p{_class('vfy-quiet' if quiet else '')}><b>{text(lead)}</b>: {text(words)}</p>"


def message(told: Message | None) -> str:
    """What the form has to say; screen readers say it at once."""
    if told is None:
        return ""
    role = "alert" if told.tone is Tone.BAD else "status"
    return f'<div class="vfy-message vfy-{told.tone.value}" role="{role}">{text(told.text)}</div>'


def plan(inner: str) -> str:
    """A plan's preview; what is usual is shown to its end, without a second bar to scroll."""
    return f'<div class="vfy-plan">{inner}</div>' if inner else ""


def table(titles: Sequence[str], rows: Iterable[Sequence[object]], *, more: int = 0) -> str:
    """A table that scrolls, with a line for the rows that are not shown."""
    return f'<div class="vfy-scroll" tabindex="0">{_plain_table(titles, rows)}</div>{_rest(more)}'


def _plain_table(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    head = "".join(f'<th scope="col">{text(title)}</th>' for title in titles)
    body = "".join(
        "<tr>" + "".join(f"<td>{text(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _rest(more: int) -> str:
    return line(f"and {more:,} more") if more else ""


def filled_table(titles: Sequence[str], rows: Sequence[Sequence[object]], *, shown: int) -> str:
    """A table's first rows, without columns in which all are empty; empty where there is no row."""
    if not rows:
        return ""
    kept = _filled(rows, len(titles))
    return table(
        [titles[i] for i in kept],
        [[row[i] for i in kept] for row in rows[:shown]],
        more=max(len(rows) - shown, 0),
    )


def customer_table(shown: Sequence[CustomerIdentity], *, more: int = 0) -> str:
    """The few customers that are shown, without columns in which all are empty."""
    titles = ["name", "e-mail", "source_id", "id"]
    rows = [
        [
            *(shown_text(told or "", _LONGEST) for told in (p.name, p.email, p.source_id)),
            p.customer_id,
        ]
        for p in shown
    ]
    kept = _filled(rows, len(titles))
    body = _plain_table([titles[i] for i in kept], [[row[i] for i in kept] for row in rows])
    # Where an address does not fit into a line, it goes on in the next one behind the @.
    body = body.replace("@", "@<wbr>")
    return f'<div class="vfy-customers">{body}{_rest(more)}</div>'


def _filled(rows: Sequence[Sequence[object]], width: int) -> list[int]:
    """The numbers of the columns in which a row has something."""
    return [i for i in range(width) if any(row[i] for row in rows)]


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""
