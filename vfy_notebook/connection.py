"""Connects to a Voucherify project, from code or by a form, or to the demo on this machine."""

from __future__ import annotations

import atexit
import math
import os
import shutil
import tempfile
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from vfy_notebook import sandbox
from vfy_notebook.api.credentials import (
    APP_ID_VARIABLE,
    APP_TOKEN_VARIABLE,
    Credentials,
    find_credentials,
)
from vfy_notebook.api.governor import DEFAULT_MAX_WAIT_S
from vfy_notebook.api.keys.addresses import BASE_URL_VARIABLE, REGION_URLS, is_loopback
from vfy_notebook.api.keys.keyring import write_keyring
from vfy_notebook.api.keys.secret import Secret
from vfy_notebook.api.transport import Transport
from vfy_notebook.copies import data_folder
from vfy_notebook.errors import ArgumentError, VfyNotebookError
from vfy_notebook.forms.connecting import DEMO, OTHER, Offer
from vfy_notebook.missing_packages import install_command, missing_modules
from vfy_notebook.project import Project
from vfy_notebook.snapshots.store import PROCESS_STORE

if TYPE_CHECKING:
    from vfy_notebook.forms.connect_form import ConnectForm
    from vfy_notebook.forms.connecting import ConnectOrder

__all__ = ["connect", "connect_form", "demo"]

#: More requests at the same time gain nothing, and look like an attack.
MAX_WORKERS = 32


def connect(
    app_id: str | None = None,
    app_token: str | Secret | None = None,
    *,
    url: str | None = None,
    region: str | None = None,
    download_host: str | None = None,
    workers: int = 4,
    journal: str | Path | None = None,
    max_wait_s: float = DEFAULT_MAX_WAIT_S,
    snapshot_bytes: int | None = None,
) -> Project:
    """Connect to a Voucherify project. Sends nothing.

    Credentials that are not given are read from the environment (`VOUCHERIFY_APP_ID`,
    `VOUCHERIFY_APP_TOKEN`, `VOUCHERIFY_API_BASE_URL`), then from the system's keyring (with the
    package `keyring`). In an interactive session, missing ones are asked for with a
    hidden prompt.

    Args:
        app_id: The application ID (Voucherify: Project settings > Application keys).
        app_token: The secret key. This call never shows or stores it.
        url: The API's address, for dedicated clusters; it takes precedence over `region`.
        region: `"eu"` (default), `"us"` or `"asia"`.
        download_host: The host from which files are downloaded, such as `"files.example.com"`.
            Only a dedicated cluster needs it, whose files are on another host than the API's own
            and than the one with `download` in place of the label `api`: the keys go to no other.
        workers: The maximum number of requests at the same time, 1 to 32.
        journal: The path of the push journal; None is a file in the user's data folder.
        max_wait_s: The longest wait for the quota before one call, in seconds. A call that would
            have to wait longer is not sent and raises `RateLimitError`; 0 never waits.
        snapshot_bytes: Memory that all projects of this process together may take to remember
            what they fetched, which pushes are compared with. None leaves it as it is, at first
            1 GB. What is used least goes first, and is read again when it is needed.

    Returns:
        The project. Whether its credentials are right shows with the first call.

    Raises:
        CredentialsError: A credential is missing; the message says which variable to set.
        ArgumentError: The address, region, host, number of workers, longest wait or memory is not
            valid.

    Cost in API calls: none.

    Source: https://docs.voucherify.io/api-reference/introduction

    >>> project = connect("app", "token", url="http://localhost:9")
    >>> project
    <Project at http://localhost:9: 0 API calls; quota not told yet>
    >>> project.close()
    """
    # First of all: from here on no traceback shows it.
    app_token = Secret.of(app_token) if app_token else None
    check_workers(workers)
    check_max_wait(max_wait_s)
    check_snapshot_bytes(snapshot_bytes)
    credentials = find_credentials(
        app_id, app_token, url=url, region=region, download_host=download_host
    )
    if snapshot_bytes is not None:
        PROCESS_STORE.max_bytes = snapshot_bytes
    return Project(
        Transport(credentials, max_wait_s=float(max_wait_s)),
        workers=workers,
        journal_path=Path(journal) if journal is not None else default_journal_path(),
    )


def connect_form(*, workers: int = 4, journal: str | Path | None = None) -> ConnectForm[Project]:
    """A form that asks for the credentials and tests them, so that no cell contains them.

    The form does not keep the secret key, and it is not saved with the notebook. If you tick the
    box, the form stores the key in the system's keyring (with the package `keyring`), where
    `connect()` finds it. In the demo it offers the sandbox, which needs no keys.

    Args:
        workers: As for `connect`.
        journal: As for `connect`.

    Returns:
        The form. Make it the last line of a cell; in a later cell, `form.project` is the project.

    Raises:
        ArgumentError: The number of workers is not valid.

    Cost in API calls: one for each click on *Connect*.

    >>> form = connect_form()
    """
    from vfy_notebook.forms.connect_form import ConnectForm  # noqa: PLC0415 - only who wants it

    def connect_as_ordered(order: ConnectOrder) -> Project:
        return connect(
            order.app_id,
            order.app_token,
            url=order.url,
            region=order.region,
            workers=workers,
            journal=journal,
        )

    def remember(project: Project) -> bool:
        credentials = project._transport.credentials  # noqa: SLF001 - made here
        return write_keyring(credentials.url, credentials.app_id, credentials.app_token)

    check_workers(workers)
    return ConnectForm(connect_as_ordered, remember, _offered())


def _offered() -> Offer:
    """What the connect form begins with: the demo's sandbox in the demo, else what is set."""
    url = os.environ.get(BASE_URL_VARIABLE, "").strip().rstrip("/")
    if not url:
        return Offer()
    is_ready = all(os.environ.get(name) for name in (APP_ID_VARIABLE, APP_TOKEN_VARIABLE))
    if is_ready and is_loopback(urlsplit(url).hostname or ""):
        return Offer(DEMO, url)
    regions = {address: region for region, address in REGION_URLS.items()}
    return Offer(regions[url]) if url in regions else Offer(OTHER, url)


def demo(customers: int | None = None, *, seed: int = 0) -> Project:
    """Start a sandbox that plays Voucherify on this machine, and connect to it.

    The sandbox is a separate process. It ends with `project.close()` or with this process, and
    then its data and the push journal are deleted.

    Args:
        customers: The number of made-up customers. None: the sample, 2,357 customers with the
            real purchases of an online music shop, and made-up names and addresses.
        seed: Another number gives other made-up customers.

    Returns:
        A project whose API is the sandbox.

    Raises:
        VfyNotebookError: The packages of the extra `demo` are missing, or the sandbox did not
            start.

    Cost in API calls: none; calls to the sandbox count like real ones.

    >>> with demo(customers=3) as project:
    ...     len(project.fetch_customers(progress=False))
    3
    """
    missing = missing_modules(("starlette", "uvicorn", "python_multipart"))
    if missing:
        message = (
            f"The demo needs {' and '.join(missing)}, which this Python does not have. "
            f"Install with: {install_command(missing)}"
        )
        raise VfyNotebookError(message)
    try:
        process = sandbox.start(customers, seed=seed)
    except (OSError, RuntimeError, ValueError) as error:
        message = f"The sandbox did not start: {error}"
        raise VfyNotebookError(message) from None
    folder = Path(tempfile.mkdtemp(prefix="vfy-notebook-demo-"))

    def end() -> None:
        process.close()
        shutil.rmtree(folder, ignore_errors=True)
        atexit.unregister(end)

    atexit.register(end)
    credentials = Credentials(process.app_id, Secret.of(process.app_token), process.url)
    return Project(
        Transport(credentials), workers=4, journal_path=folder / "journal.sqlite", on_close=end
    )


def default_journal_path() -> Path:
    """The journal's path if none is given."""
    return data_folder() / "journal.sqlite"


def check_workers(workers: object) -> None:
    """Refuse a number of workers that is not valid."""
    is_number = isinstance(workers, Integral) and not isinstance(workers, bool)
    if not is_number or workers not in range(1, MAX_WORKERS + 1):
        message = f"workers={workers!r}: give a whole number from 1 to {MAX_WORKERS}."
        raise ArgumentError(message)


def check_snapshot_bytes(snapshot_bytes: object) -> None:
    """Refuse memory for snapshots that is not valid."""
    if snapshot_bytes is None:
        return
    is_number = isinstance(snapshot_bytes, Integral) and not isinstance(snapshot_bytes, bool)
    if not is_number or snapshot_bytes < 0:  # type: ignore[operator]
        message = f"snapshot_bytes={snapshot_bytes!r}: give a whole number of bytes, 0 or more."
        raise ArgumentError(message)


def check_max_wait(max_wait_s: Any) -> None:
    """Refuse a time to wait that is none."""
    is_number = isinstance(max_wait_s, Real) and not isinstance(max_wait_s, bool)
    if not is_number or not 0 <= max_wait_s < math.inf:
        message = f"max_wait_s={max_wait_s!r}: a number of seconds from 0, such as 3_600."
        raise ArgumentError(message)
