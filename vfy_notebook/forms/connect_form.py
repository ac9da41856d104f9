"""The connect form as widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic

import ipywidgets as widgets

from vfy_notebook.forms import markup
from vfy_notebook.forms.connecting import (
    DEMO,
    OTHER,
    ConnectOrder,
    ConnectState,
    Offer,
    ProjectT,
)
from vfy_notebook.forms.secret_field import SecretField
from vfy_notebook.forms.view import WIDE, FormView, html_widget, labelled, row

if TYPE_CHECKING:
    from collections.abc import Callable

    from vfy_notebook.api.keys.secret import Secret


class ConnectForm(FormView, Generic[ProjectT]):
    """Connect to Voucherify without writing credentials into a cell."""

    def __init__(
        self,
        connect: Callable[[ConnectOrder], ProjectT],
        remember: Callable[[ProjectT], bool],
        offer: Offer | None = None,
    ) -> None:
        self.state: ConnectState[ProjectT] = ConnectState(connect, remember, offer)
        super().__init__(
            "Connect to Voucherify",
            self.state,
            summary="Connect form (run the notebook to use it)",
        )
        self._is_asked = False
        self._app_id = self._labelled_input(
            widgets.Text(description="Application ID", layout=WIDE), "app_id"
        )
        self._token = self._input(SecretField(description="Secret key", layout=WIDE))
        self._token.add_class("vfy-labelled")
        self._token.on_secret(self._take_token)
        self._region = self._labelled_input(
            widgets.Dropdown(
                options=[(name, region) for region, name in self.state.regions.items()],
                description="Region",
                value=self.state.region,
                layout=WIDE,
            ),
            "region",
        )
        self._url = self._labelled_input(
            widgets.Text(
                description="Address",
                placeholder="https://…api.voucherify.io",
                value=self.state.url,
                layout=WIDE,
            ),
            "url",
        )
        self._remember = self._labelled_input(
            widgets.Checkbox(
                description="Remember in this system's keyring",
                indent=False,
                layout={"width": "auto"},
            ),
            "remember",
        )
        self._connect = self._button("Connect", self._ask, button_style="primary")
        for widget in (self._app_id, self._token, self._url):
            self._on_enter(widget, self._ask)
        note = (
            "Both keys are in Voucherify under Project settings > Application keys. The secret key "
            "is used to connect and kept neither in this form nor in the notebook."
        )
        self._note = html_widget(markup.line(note, quiet=True))
        self._lay_out(
            [
                self._region,
                self._note,
                self._app_id,
                self._token,
                self._url,
                self._remember,
                row(self._connect),
            ]
        )

    @property
    def project(self) -> ProjectT:
        """The project, once the form is connected.

        Raises:
            ArgumentError: It is not yet.
        """
        return self.state.connected()

    def _labelled_input(self, widget: Any, name: str) -> Any:
        return self._input(labelled(widget), lambda value: setattr(self.state, name, value))

    def _take_token(self, token: Secret) -> None:
        with self._lock:
            if self._tasks.busy:
                return
            self.state.take_token(token)
            # A click straight from the field may be served before what was typed arrives.
            if self._is_asked and not self.state.missing:
                self._ask()
            else:
                self._redraw()

    def _ask(self) -> None:
        order = self.state.order()
        self._is_asked = order is None
        if order is None:
            self._redraw()
        else:
            self._work_on(lambda bar: self.state.connect(order, bar))

    def _show_state(self) -> None:
        state = self.state
        taken = state.token_length
        self._token.placeholder = f"{taken} characters, not shown" if taken else ""
        self._url.layout.display = "" if state.region == OTHER else "none"
        for widget in (self._note, self._app_id, self._token, self._remember):
            widget.layout.display = "none" if state.region == DEMO else ""
        if state.project is not None:
            for widget in self._inputs:
                widget.disabled = True
