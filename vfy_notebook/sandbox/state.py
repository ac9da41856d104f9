"""Everything one sandbox holds, and how it is put back to a beginning."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from vfy_notebook.sandbox.answers import dump
from vfy_notebook.sandbox.clock import Clock, parse_iso
from vfy_notebook.sandbox.faults import Faults
from vfy_notebook.sandbox.ids import Ids
from vfy_notebook.sandbox.limits import Quota
from vfy_notebook.sandbox.people import made_up_rows
from vfy_notebook.sandbox.records import Row, complete, rows
from vfy_notebook.sandbox.requestlog import RequestLog
from vfy_notebook.sandbox.sample import sample_rows
from vfy_notebook.sandbox.store import CustomerStore
from vfy_notebook.sandbox.switches import Switches

#: When given customers without a ``created_at`` were created, a second apart.
_BASE_MS = parse_iso("2024-01-01T00:00:00Z")

#: What the switch ``extra_fields`` adds to every object.
_EXTRA = {"x_added_lately": {"by": "the vendor", "list": [1, None]}, "x_flag": True}


class Sandbox:
    """One project of Voucherify's, as far as customers are concerned."""

    def __init__(self, *, app_id: str, app_token: str, seed: int = 0) -> None:
        self.app_id = app_id
        self.app_token = app_token
        self.seed = seed
        #: Where this sandbox answers, and the other host name that downloads have.
        self.url = ""
        self.download_url = ""
        self.clock = Clock()
        self.switches = Switches()
        self.quota = Quota(self.clock, self.switches)
        self.faults = Faults()
        self.log = RequestLog()
        self.ids = Ids(seed)
        self.customers = CustomerStore()

    def reset(self, customers: int | list[dict[str, Any]] | None) -> int:
        """Begin anew with these customers; gives their number.

        Args:
            customers: None for the sample, a number of made-up ones, or the customers
                themselves, in which missing fields are filled in.
        """
        self.clock.reset()
        self.switches.reset()
        self.quota.reset()
        self.faults.clear()
        self.log.forget()
        self.ids = Ids(self.seed)
        return self.customers.load(self._rows(customers))

    def _rows(self, customers: int | list[dict[str, Any]] | None) -> Iterable[Row]:
        if customers is None:
            return sample_rows()
        if isinstance(customers, int):
            return made_up_rows(customers, seed=self.seed)
        return rows(customers, base_ms=_BASE_MS, seed=f"given {self.seed}")

    def shown(self, text: str) -> str:
        """An object's JSON text as it is sent: with fields nobody knows, if so switched."""
        if not self.switches.extra_fields:
            return text
        return f"{text[:-1]},{dump(_EXTRA)[1:]}"

    def show(self, value: dict[str, Any]) -> dict[str, Any]:
        """The same for a decoded object."""
        return {**value, **json.loads(dump(_EXTRA))} if self.switches.extra_fields else value

    def insert(self, customers: list[dict[str, Any]]) -> None:
        """Add customers, in which missing fields are filled in."""
        now = self.clock.now_iso()
        self.customers.put_many(
            [complete(c, customer_id=self.ids.make("cust_"), created_at=now) for c in customers]
        )
