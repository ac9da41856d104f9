"""The state of the connect form, without widgets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from vfy_notebook.errors import ArgumentError
from vfy_notebook.forms.state import FormState, Tone
from vfy_notebook.missing_packages import install_command

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from vfy_notebook.api.keys.secret import Secret
    from vfy_notebook.progress import Shown

#: The choices beside `region` of `connect()`: an address is typed, or is the demo's.
OTHER, DEMO = "other", "demo"

#: Where Voucherify runs, in a person's words.
REGIONS: dict[str, str] = {
    "eu": "Europe",
    "us": "United States",
    "asia": "Asia",
    OTHER: "Another address",
}


@dataclass(frozen=True)
class Offer:
    """What a form begins with.

    Attributes:
        region: The region that is chosen at first; `DEMO` for the sandbox on this machine.
        url: The address that is filled in, or the sandbox's.
    """

    region: str = "eu"
    url: str = ""


class Connected(Protocol):
    """A project as the form needs it."""

    @property
    def url(self) -> str:
        """The API's address."""

    def fetch_customers(self, *, limit: int, progress: Shown) -> pd.DataFrame:
        """Some customers."""

    def close(self) -> None:
        """End all connections."""


ProjectT = TypeVar("ProjectT", bound=Connected)


@dataclass(frozen=True)
class ConnectOrder:
    """The request of a click on *Connect*.

    Without keys, those of the demo are taken from the environment.
    """

    app_id: str | None
    app_token: Secret | None
    region: str | None
    url: str | None
    remember: bool


class ConnectState(FormState, Generic[ProjectT]):
    """The connect form without widgets: what it knows and does.

    Attributes:
        app_id: The application ID.
        region: `"eu"`, `"us"`, `"asia"`, `OTHER` for the address in `url`, or `DEMO`.
        regions: The regions to choose from, and how they are called.
        url: The API's address, where `region` is `OTHER`.
        remember: Whether to store the credentials in the system's keyring.
        project: The project, once connected.
    """

    def __init__(
        self,
        connect: Callable[[ConnectOrder], ProjectT],
        remember: Callable[[ProjectT], bool],
        offer: Offer | None = None,
    ) -> None:
        super().__init__()
        offer = offer or Offer()
        self._connect = connect
        self._remember = remember
        self.app_id = ""
        demo = {DEMO: f"The demo's sandbox ({offer.url})"} if offer.region == DEMO else {}
        self.regions: dict[str, str] = {**demo, **REGIONS}
        self.region = offer.region
        self.url = "" if demo else offer.url
        self._demo_url = offer.url
        self.remember = False
        self.project: ProjectT | None = None
        self._token: Secret | None = None

    def take_token(self, token: Secret) -> None:
        """Take what was typed."""
        self._token = token

    @property
    def token_length(self) -> int:
        """How many characters of a token were taken; 0 before."""
        return len(self._token or "")

    @property
    def missing(self) -> str:
        """What is not filled in yet; empty if nothing."""
        if self.region == DEMO:
            return ""
        wanted = {
            "the application ID": self.app_id.strip(),
            "the secret key": self._token is not None and self._token.reveal().strip(),
            "the address": self.region != OTHER or self.url.strip(),
        }
        return ", ".join(name for name, given in wanted.items() if not given)

    def order(self) -> ConnectOrder | None:
        """What a click asks for now; None where it asks for nothing. The token is given once."""
        if self.project is not None:
            return None
        if self.missing:
            self.say(f"Still missing: {self.missing}.", Tone.WARNING)
            return None
        token, self._token = self._token, None
        if self.region == DEMO:
            return ConnectOrder(None, None, region=None, url=self._demo_url, remember=False)
        is_other = self.region == OTHER
        return ConnectOrder(
            app_id=self.app_id,
            app_token=token,
            region=None if is_other else self.region,
            url=self.url.strip() if is_other else None,
            remember=self.remember,
        )

    def connect(self, order: ConnectOrder, progress: Shown) -> None:
        """Connect, and try the credentials with one call."""
        self.attempt(lambda: self._try(order, progress))

    def _try(self, order: ConnectOrder, progress: Shown) -> None:
        project = self._connect(order)
        try:
            project.fetch_customers(limit=1, progress=progress)
        except BaseException:
            project.close()
            raise
        self.project = project
        stored = ""
        if order.remember:
            stored = (
                " The credentials are in this system's keyring: from now on vfy.connect() finds "
                "them."
                if self._remember(project)
                else " Nothing was stored: there is no working keyring here "
                f"({install_command(['keyring'])}, or set VOUCHERIFY_APP_ID and "
                "VOUCHERIFY_APP_TOKEN)."
            )
        self.say(
            f"Connected to {project.url}: the credentials work.{stored} "
            "Take the project with form.project.",
            Tone.GOOD,
        )

    def connected(self) -> ProjectT:
        """The project.

        Raises:
            ArgumentError: The form is not connected yet.
        """
        if self.project is None:
            message = "The form is not connected yet: fill it in and press Connect first."
            raise ArgumentError(message)
        return self.project
