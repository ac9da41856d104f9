"""Using a form's widgets as a person would, without a browser."""

from __future__ import annotations

import ipywidgets as widgets

from tests.processes import ENDS_S as SOON_S
from vfy_notebook.forms.secret_field import SecretField


def all_widgets(widget):
    """A widget and everything in it, in the order of the tab key."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from all_widgets(child)


def find(form, kind, description):
    """The one widget of a kind with a description, or else with a text in its description."""
    those = [widget for widget in all_widgets(form) if isinstance(widget, kind)]
    found = [w for w in those if w.description == description] or [
        w for w in those if description in w.description
    ]
    assert len(found) == 1, [w.description for w in found]
    return found[0]


def button(form, description):
    return find(form, widgets.Button, description)


def click(form, description):
    """Click a button as the front end would, which a disabled one does not let."""
    found = button(form, description)
    if not found.disabled:
        found.click()
    assert form.wait(SOON_S)


def type_secret(field, text):
    """Type into a field for secrets and leave it, as the front end tells it."""
    field._handle_custom_msg({"event": "secret"}, [memoryview(text.encode())])


def press_enter(text):
    """Press Enter in a text field, as the front end tells it."""
    text._handle_custom_msg({"event": "submit"}, [])


def shown(form):
    """All HTML that the form shows."""
    return "\n".join(w.value for w in all_widgets(form) if isinstance(w, widgets.HTML))


def inputs(form):
    """Everything that a person could change or click, except *Stop*."""
    kinds = (
        widgets.Button,
        widgets.Text,
        widgets.FloatText,
        widgets.Dropdown,
        widgets.Checkbox,
        widgets.RadioButtons,
        widgets.DatePicker,
        widgets.NaiveDatetimePicker,
        SecretField,
    )
    return [w for w in all_widgets(form) if isinstance(w, kinds) and w.description != "Stop"]
