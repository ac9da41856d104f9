"""The system's keyring, where it is installed and works; anything else counts as "not here"."""

from __future__ import annotations

import importlib
from typing import Any

from vfy_notebook.api.keys.secret import Secret, without_frames

#: Service name under which both credentials lie in the system's keyring.
SERVICE = "vfy-notebook"


def read_keyring(url: str, app_id: str | None = None) -> tuple[str | None, Secret | None]:
    """Application ID and secret key stored for an address; None for what is not there."""
    keyring = _keyring()
    if keyring is None:
        return None, None
    try:
        app_id = app_id or keyring.get_password(SERVICE, url)
        return app_id, _secret(keyring, url, app_id) if app_id else None
    except Exception:  # noqa: BLE001 - a locked or broken keyring counts as absent
        return None, None


def write_keyring(url: str, app_id: str, token: Secret) -> bool:
    """Store both credentials for an address; False where there is no working keyring."""
    keyring = _keyring()
    if keyring is None:
        return False
    try:
        keyring.set_password(SERVICE, url, app_id)
        keyring.set_password(SERVICE, f"{url} {app_id}", token.reveal())
    except Exception:  # noqa: BLE001 - as above
        return False
    except BaseException as stopped:  # noqa: BLE001 - raised on, without the keyring's frames
        # Their local variables hold the key while it waits to be unlocked.
        raise without_frames(stopped) from None
    return True


def _secret(keyring: Any, url: str, app_id: str) -> Secret | None:
    found = keyring.get_password(SERVICE, f"{url} {app_id}")
    return Secret(found) if found else None


def _keyring() -> Any:
    """The keyring module where it is installed and has a working backend, else None."""
    try:
        keyring = importlib.import_module("keyring")
        return keyring if keyring.get_keyring().priority > 0 else None
    except Exception:  # noqa: BLE001 - each backend fails in its own way; all mean "not here"
        return None
