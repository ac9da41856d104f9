"""From what the user names to the place."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vfy_notebook.errors import ArgumentError
from vfy_notebook.fetch.saving.places.local_folder import LocalFolder
from vfy_notebook.fetch.saving.places.object_store import ObjectStore
from vfy_notebook.missing_packages import install_command, missing_modules
from vfy_notebook.shown_text import shown_text

if TYPE_CHECKING:
    from vfy_notebook.fetch.saving.places.place import Place

#: Stores that put an object whole or not at all, and the package that fsspec needs for each.
_STORES = {
    "s3": "s3fs",
    "s3a": "s3fs",
    "gs": "gcsfs",
    "gcs": "gcsfs",
    "az": "adlfs",
    "abfs": "adlfs",
    "abfss": "adlfs",
    "memory": "fsspec",
}

#: `s3://bucket/customers`, but not `C:/customers`.
_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)(:{1,2}/{1,2}|::)(.*)", re.DOTALL)

#: What readers of an address take for a pattern, or a store's library for an argument.
_NOT_IN_AN_ADDRESS = re.compile(r"[?*\[#]|(^|/)\.{1,2}(/|$)|//")


def place_of(path: Any, *, lock_name: str) -> Place:
    """The place that a path or an address names; nothing is made or asked for there.

    Args:
        path: A path, of which `~` is the user's home and a relative one is relative to the present
            working directory, even if that changes later; or the address of a folder in a store.
        lock_name: The name of the file that is locked while the place is held.

    Raises:
        ArgumentError: It is neither, or the package for the store is not installed.
    """
    try:
        text = os.fspath(path)
        if not isinstance(text, str) or not text or "\0" in text:
            raise TypeError
        if (match := _ADDRESS.fullmatch(text)) and _is_address(*match.groups()):
            return _store(*match.groups(), lock_name=lock_name)
        return LocalFolder(Path(text).expanduser().absolute(), lock_name=lock_name)
    except (TypeError, RuntimeError):
        message = f"path={path!r}: give the path of a folder for the parts."
        raise ArgumentError(message) from None


def _is_address(protocol: str, separator: str, _rest: str) -> bool:
    """Whether it is no folder that is called like this; `pathlib` leaves one slash of two."""
    return separator in {"://", "::"} or (separator == ":/" and protocol.lower() in _STORES)


def _store(protocol: str, separator: str, rest: str, *, lock_name: str) -> ObjectStore:
    protocol, folder = protocol.lower(), rest.strip("/")
    if separator != "://":
        message = (
            f"path: the address of an object store is given as one text such as "
            f"'{protocol}://bucket/customers/', neither as a Path, which makes one slash of two, "
            "nor with other addresses in front."
        )
        raise ArgumentError(message)
    if protocol not in _STORES:
        message = (
            f"path: parts are saved to a folder or to an object store ({', '.join(_STORES)}), not "
            f"to {shown_text(protocol)}://, which may leave a file half written. Save to a folder "
            "of this machine, then copy it with "
            "fsspec.filesystem(...).put(str(saved.path), ..., recursive=True)."
        )
        raise ArgumentError(message)
    if re.search(r":.*@", folder.partition("/")[0]):  # not repeated: it may hold a password
        message = (
            f"path: the address names a user and a password. Give {protocol}://bucket/folder/, and "
            "the store's credentials as fsspec takes them: by the environment or by "
            f"fsspec.config.conf[{protocol!r}]."
        )
        raise ArgumentError(message)
    if not folder or _NOT_IN_AN_ADDRESS.search(folder):
        message = (
            f"path={shown_text(f'{protocol}://{rest}')!r}: give a bucket and a folder such as "
            f"'{protocol}://bucket/customers/', without ? * [ # and without empty names or dots "
            "between slashes."
        )
        raise ArgumentError(message)
    if missing := missing_modules(dict.fromkeys(["fsspec", _STORES[protocol]])):
        message = (
            f"Saving to {protocol}:// needs {', '.join(missing)}, which this Python does not have. "
            f"Install with: {install_command(missing)}"
        )
        raise ArgumentError(message)
    from fsspec.core import url_to_fs  # noqa: PLC0415 - an extra

    address = f"{protocol}://{folder}"
    store, bare = url_to_fs(address)
    return ObjectStore(address, store, bare, lock_name=lock_name)
