"""Exports: what was asked for, and how far it is."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from vfy_notebook.sandbox.data.clock import Clock, to_iso
from vfy_notebook.sandbox.data.ids import Ids
from vfy_notebook.sandbox.data.switches import Switches

#: Files of an export that is split.
PARTS = 3


@dataclass(slots=True)
class Export:
    """One export."""

    id: str
    exported_object: str
    created_ms: int
    parameters: dict[str, Any]
    token: str
    polls: int = 0
    status: str = "SCHEDULED"

    def as_api(self, download_url: str, switches: Switches) -> dict[str, Any]:
        """The export as the API returns it."""
        url = f"{download_url}/v1/exports/{self.id}?token={self.token}"
        return {
            "id": self.id,
            "object": "export",
            "created_at": to_iso(self.created_ms),
            "status": self.status,
            "channel": "API",
            "exported_object": self.exported_object,
            "parameters": self.parameters,
            "result": _result(url, switches) if self.status == "DONE" else None,
            "user_id": None,
        }


def _result(url: str, switches: Switches) -> Any:
    if switches.export_files == "one":
        return {"url": url}
    urls = [f"{url}&part={number}" for number in range(PARTS)]
    return [{"url": each} for each in urls] if switches.export_files == "list" else {"urls": urls}


class ExportBook:
    """All exports since the last reset; each status read moves them on."""

    def __init__(self, clock: Clock, switches: Switches) -> None:
        self._clock = clock
        self._switches = switches
        self._exports: dict[str, Export] = {}

    def clear(self) -> None:
        """Forget all exports."""
        self._exports.clear()

    def create(self, exported_object: str, parameters: dict[str, Any], ids: Ids) -> Export:
        """Schedule an export."""
        export = Export(
            id=ids.make("exp_"),
            exported_object=exported_object,
            created_ms=self._clock.now_ms(),
            parameters=parameters,
            token=secrets.token_urlsafe(24),
        )
        self._exports[export.id] = export
        return export

    def get(self, export_id: str) -> Export | None:
        """The export with this id."""
        return self._exports.get(export_id)

    def remove(self, export_id: str) -> bool:
        """Remove an export; tells whether there was one."""
        return self._exports.pop(export_id, None) is not None

    def all(self) -> list[Export]:
        """All exports, oldest first."""
        return list(self._exports.values())

    def poll(self, exports: Iterable[Export]) -> None:
        """One status read of these exports."""
        polls = self._switches.export_polls
        for export in exports:
            if export.status not in ("SCHEDULED", "IN_PROGRESS"):
                continue
            if isinstance(polls, int) and export.polls >= polls:
                export.status = self._end()
            else:
                export.polls += 1
                export.status = "IN_PROGRESS"

    def _end(self) -> str:
        fails = self._switches.export_fails
        return fails if isinstance(fails, str) else "ERROR" if fails else "DONE"
