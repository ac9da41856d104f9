"""Consents: those that the project has defined, and what was sent for each customer.

The API has no call that reads a customer's consents back; only the control interface tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vfy_notebook.sandbox.data.ids import Ids


class ConsentBook:
    """The project's consents, and what each customer has given or withdrawn."""

    def __init__(self) -> None:
        self.groups: list[dict[str, Any]] = []
        self.consents: list[dict[str, Any]] = []
        self._sent: dict[str, dict[str, bool]] = {}

    def load(self, described: Mapping[str, Any], *, ids: Ids, now_iso: str) -> None:
        """Replace all; ``{"groups": [...], "consents": [...]}``, missing fields filled in."""
        self._sent = {}
        times = {"created_at": now_iso, "updated_at": None}
        self.consents = [
            {
                "id": ids.make("cnst_"),
                "name": "",
                "description": "",
                "category": "",
                **times,
                **each,
                "object": "consent",
            }
            for each in described.get("consents", ())
        ]
        self.groups = [
            {
                "id": ids.make("cnstgr_"),
                "name": "",
                "description": "",
                "consents": [],
                **times,
                **each,
                "object": "consent_group",
            }
            for each in described.get("groups", ())
        ]

    def sent(self, customer_id: str) -> dict[str, bool]:
        """What was sent for a customer, each consent's last value."""
        return dict(self._sent.get(customer_id, {}))

    def forget_customer(self, customer_id: str) -> None:
        """Drop what was sent for a customer."""
        self._sent.pop(customer_id, None)

    def known_ids(self) -> list[str]:
        """The consents' ids."""
        return [each["id"] for each in self.consents]

    def write(self, customer_id: str, values: Mapping[str, bool]) -> None:
        """Remember what was sent; to unsubscribe withdraws every consent."""
        held = self._sent.setdefault(customer_id, {})
        held.update(values)
        if values.get("unsubscribed"):
            held.update(dict.fromkeys(self.known_ids(), False))
        elif any(values.values()):
            held.pop("unsubscribed", None)
