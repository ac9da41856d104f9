"""A field for a secret, whose text is no value of a widget.

The value of ipywidgets' own `Password` is part of the widget's state: the browser keeps it until
the kernel has time to take it out again, saves it with the notebook meanwhile, and the kernel
tells every browser that looks at the same notebook. This field sends its text in a message to the
kernel, once, and is empty from then on. It goes as the message's binary part, because a kernel that
logs at DEBUG writes the other part down. Works wherever widgets do: JupyterLab, Notebook 7, Voilà.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from vfy_notebook.api.keys.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

_IN_THE_BROWSER = """
function render({ model, el }) {
  el.classList.add("jupyter-widgets", "widget-inline-hbox", "widget-text");
  const label = document.createElement("label");
  label.className = "widget-label";
  label.style.width = "11em";
  const input = document.createElement("input");
  input.type = "password";
  input.autocomplete = "off";
  input.id = label.htmlFor = "vfy-secret-" + Math.random().toString(36).slice(2);
  el.append(label, input);

  function hand_over() {
    const typed = new TextEncoder().encode(input.value);
    if (typed.length) model.send({ event: "secret" }, undefined, [typed.buffer]);
    input.value = "";
  }
  function show() {
    label.textContent = model.get("description");
    input.placeholder = model.get("placeholder");
    input.disabled = model.get("disabled");
  }
  input.addEventListener("change", hand_over);
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    hand_over();
    model.send({ event: "submit" });
  });
  for (const name of ["description", "placeholder", "disabled"]) {
    model.on("change:" + name, show);
  }
  show();
}
export default { render };
"""


class SecretField(anywidget.AnyWidget):
    """A field in which a secret is typed. It has no value; `on_secret` hears what was typed.

    Attributes:
        description: The label.
        placeholder: What an empty field shows.
        disabled: Whether nothing can be typed.
    """

    _esm = _IN_THE_BROWSER
    description = traitlets.Unicode("").tag(sync=True)
    placeholder = traitlets.Unicode("").tag(sync=True)
    disabled = traitlets.Bool(default_value=False).tag(sync=True)

    def on_secret(self, heard: Callable[[Secret], None]) -> None:
        """Call a function with each text that is typed; the field is left or Enter is pressed."""

        def on_message(_widget: Any, content: Any, buffers: Any) -> None:
            if content == {"event": "secret"} and len(buffers) == 1:
                # Taken out of the message, which stays where the kernel has it.
                heard(Secret(bytes(buffers.pop()).decode("utf-8", "replace")))

        self.on_msg(on_message)
