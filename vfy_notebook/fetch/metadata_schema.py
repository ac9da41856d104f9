"""Reads the project's metadata schema for customers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vfy_notebook.errors import AuthError, NotFoundError

if TYPE_CHECKING:
    from vfy_notebook.api.operations import Api


def fetch_metadata_schema(api: Api) -> dict[str, Any]:
    """The schema; empty if the project has none, or the key may not read it."""
    try:
        return api.metadata_schema()
    except (NotFoundError, AuthError) as error:
        if error.status not in (403, 404):
            raise
        return {}
