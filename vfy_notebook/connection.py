"""The ways to a `Project`: a real one, by code or by form, and a sandbox on this machine."""

from __future__ import annotations

import atexit
import importlib.util
import shutil
import tempfile
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from vfy_notebook import sandbox
from vfy_notebook.api.credentials import Credentials, find_credentials, write_keyring
from vfy_notebook.api.transport import Transport
from vfy_notebook.errors import ArgumentError, VfyNotebookError
from vfy_notebook.project import Project

if TYPE_CHECKING:
    from vfy_notebook.forms.connect_form import ConnectForm
    from vfy_notebook.forms.connecting import ConnectOrder

__all__ = ["connect", "connect_form", "demo"]

#: More requests in flight than this gain nothing and look like an attack.
MAX_WORKERS = 32


def connect(
    app_id: str | None = None,
    app_token: str | None = None,
    *,
    url: str | None = None,
    region: str | None = None,
    download_host: str | None = None,
    workers: int = 4,
    journal: str | Path | None = None,
) -> Project:
    """Connect to a Voucherify project. Sends nothing.

    What is not given is looked for in the environment (`VOUCHERIFY_APP_ID`,
    `VOUCHERIFY_APP_TOKEN`, `VOUCHERIFY_API_BASE_URL`), then in the system's keyring (with the
    extra `vfy-notebook[keyring]`), then asked for, hidden, if a person is there.

    Args:
        app_id: The application ID (Voucherify: Project settings > Application keys).
        app_token: The secret key. It is never shown or stored by this package.
        url: The API's address, for dedicated clusters; wins over `region`.
        region: `"eu"` (default), `"us"` or `"asia"`.
        download_host: Where exports are downloaded from, such as `"files.example.com"`. Needed
            only for a dedicated cluster that has its files on another host than the API's, or
            than the one with `download` in place of the label `api`: the keys go to no other.
        workers: Requests in flight at most, 1 to 32.
        journal: Where the push journal lies; None is the user's data folder.

    Raises:
        CredentialsError: One is missing; the message says which variable to set.
        ArgumentError: The address, region, host or number of workers cannot be used.

    Cost in API calls: none.

    >>> project = connect("app", "token", url="http://localhost:9")
    >>> project
    <Project at http://localhost:9: 0 API calls; quota not told yet>
    >>> project.close()
    """
    check_workers(workers)
    credentials = find_credentials(
        app_id, app_token, url=url, region=region, download_host=download_host
    )
    return Project(
        Transport(credentials),
        workers=workers,
        journal_path=Path(journal) if journal is not None else default_journal_path(),
    )


def connect_form(*, workers: int = 4, journal: str | Path | None = None) -> ConnectForm[Project]:
    """A form that asks for the credentials and tries them, so that they stand in no cell.

    The secret key is not kept in the form, nor saved with the notebook. It can be stored in the
    system's keyring (with the extra `vfy-notebook[keyring]`), where `connect()` finds it.

    Args:
        workers: As for `connect`.
        journal: As for `connect`.

    Returns:
        The form, to be the last line of a cell; `form.project` in a later cell is the project.

    Raises:
        ArgumentError: The number of workers cannot be used.

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
        return write_keyring(project._transport.credentials)  # noqa: SLF001 - made here

    check_workers(workers)
    return ConnectForm(connect_as_ordered, remember)


def demo(customers: int | None = None, *, seed: int = 0) -> Project:
    """Start a sandbox that plays Voucherify on this machine, and connect to it.

    The sandbox is a process of its own that ends with `project.close()`, or with this process.
    Its data, and the journal of what is pushed to it, are gone then.

    Args:
        customers: Number of made-up customers; None is the sample: 2,357 customers with the real
            purchases of an online music shop, made-up names and addresses.
        seed: Which made-up customers.

    Raises:
        VfyNotebookError: The packages of the extra `demo` are missing, or it did not start.

    Cost in API calls: none; calls to the sandbox count like real ones.

    >>> with demo(customers=3) as project:
    ...     len(project.fetch_customers(progress=False))
    3
    """
    missing = [m for m in ("starlette", "uvicorn") if importlib.util.find_spec(m) is None]
    if missing:
        message = f"The demo needs {' and '.join(missing)}: pip install 'vfy-notebook[demo]'."
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
    credentials = Credentials(process.app_id, process.app_token, process.url)
    return Project(
        Transport(credentials), workers=4, journal_path=folder / "journal.sqlite", on_close=end
    )


def default_journal_path() -> Path:
    """Where the journal lies if nothing else is said."""
    return Path(platformdirs.user_data_dir("vfy-notebook", appauthor=False)) / "journal.sqlite"


def check_workers(workers: object) -> None:
    """Refuse a number of workers that is none."""
    is_number = isinstance(workers, Integral) and not isinstance(workers, bool)
    if not is_number or workers not in range(1, MAX_WORKERS + 1):
        message = f"workers={workers!r}: a whole number from 1 to {MAX_WORKERS}."
        raise ArgumentError(message)
