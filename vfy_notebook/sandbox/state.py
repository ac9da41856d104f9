"""The whole state of one sandbox, and its reset."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from vfy_notebook.sandbox.answers import dump
from vfy_notebook.sandbox.data.clock import Clock, parse_iso, to_iso
from vfy_notebook.sandbox.data.customers.consents import ConsentBook
from vfy_notebook.sandbox.data.customers.made_up_customers import made_up_rows
from vfy_notebook.sandbox.data.customers.oddities import with_odd_values, with_whole_seconds
from vfy_notebook.sandbox.data.customers.records import Row, complete, rows
from vfy_notebook.sandbox.data.customers.store import CustomerStore, Where
from vfy_notebook.sandbox.data.exports.book import ExportBook
from vfy_notebook.sandbox.data.history.orders import order, orders_told_by, sample_orders
from vfy_notebook.sandbox.data.history.redemptions import redemption, sample_redemptions
from vfy_notebook.sandbox.data.history.store import HistoryStore, Kind
from vfy_notebook.sandbox.data.history.times import with_times
from vfy_notebook.sandbox.data.ids import Ids
from vfy_notebook.sandbox.data.jobs import JobQueue
from vfy_notebook.sandbox.data.sample import SampleMissingError, sample_file, sample_rows
from vfy_notebook.sandbox.data.schema import EMPTY_SCHEMA, completed, defined_keys
from vfy_notebook.sandbox.data.segments import SegmentBook
from vfy_notebook.sandbox.data.switches import Switches
from vfy_notebook.sandbox.traffic.faults import Faults
from vfy_notebook.sandbox.traffic.limits import Quota
from vfy_notebook.sandbox.traffic.request_log import RequestLog

#: When given customers without a ``created_at`` were created, a second apart.
_BASE_MS = parse_iso("2024-01-01T00:00:00Z")

#: What the switch ``extra_fields`` adds to every object.
_EXTRA = {"x_added_lately": {"by": "the vendor", "list": [1, None]}, "x_flag": True}


class Sandbox:
    """One Voucherify project: its customers and everything about them."""

    def __init__(self, *, app_id: str, app_token: str, seed: int = 0) -> None:
        self.app_id = app_id
        self.app_token = app_token
        self.seed = seed
        #: Where this sandbox answers, and the other host name that it has.
        self.url = ""
        self._other_url = ""
        self.clock = Clock()
        self.switches = Switches()
        self.quota = Quota(self.clock, self.switches)
        self.faults = Faults()
        self.log = RequestLog()
        self.ids = Ids(seed)
        self.customers = CustomerStore()
        #: Another one in every sandbox: two with the same seed are two projects all the same.
        self._schema_id = f"ms_{secrets.token_hex(12)}"
        #: The metadata schemas by resource; a project that has defined nothing has none.
        self.schemas: dict[str, dict[str, Any]] = {"customer": self._completed("customer", {})}
        self.segments = SegmentBook(
            self.customers, self.clock, self.switches, lambda: defined_keys(self.schema)
        )
        self.jobs = JobQueue(self.clock, self.switches, lambda: self.download_url, seed=seed)
        self.exports = ExportBook(self.clock, self.switches)
        self.consents = ConsentBook()
        self.history = HistoryStore(lambda: ())

    @property
    def schema(self) -> dict[str, Any]:
        """The customers' metadata schema."""
        return self.schemas["customer"]

    def _completed(self, resource: str, schema: Mapping[str, Any]) -> dict[str, Any]:
        told = {"id": f"{self._schema_id}_{resource}", "related_object": resource}
        return completed({**told, **schema})

    def serve_at(self, url: str, other_url: str) -> None:
        """Learn the own address, and the other one at which the same answers come."""
        self.url = url
        self._other_url = other_url

    @property
    def download_url(self) -> str:
        """Where files lie: at the own address if they want the keys, as it gets them."""
        return self.url if self.switches.download_keys == "wanted" else self._other_url

    def reset(
        self,
        customers: int | list[dict[str, Any]] | None = None,
        *,
        segments: list[dict[str, Any]] | None = None,
        consents: dict[str, Any] | None = None,
        metadata_schema: dict[str, Any] | None = None,
        orders: list[dict[str, Any]] | None = None,
        redemptions: list[dict[str, Any]] | None = None,
        other_schemas: dict[str, Any] | None = None,
    ) -> int:
        """Begin anew with this content; gives the number of customers.

        Args:
            customers: None for the sample, a number of made-up ones, or the customers
                themselves, in which missing fields are filled in.
            segments: As ``GET /v1/segments`` returns them, static ones with ``members``.
            consents: ``{"groups": [...], "consents": [...]}``.
            metadata_schema: As ``GET /v1/metadata-schemas/customer`` returns it. What is
                not given is the sample's, or nothing where `customers` is a list.
            orders: Orders, in which missing fields are filled in. None: the sample's, or, for
                other customers, such as their summaries tell of.
            redemptions: The same for redemptions; other customers have none.
            other_schemas: The metadata schemas of other resources, by resource.

        Raises:
            ValueError: If something cannot be understood; the content is undefined then.
        """
        self.clock.reset()
        self.switches.reset()
        self.quota.reset()
        self.faults.clear()
        self.log.forget()
        self.jobs.clear()
        self.exports.clear()
        self.ids = Ids(self.seed)
        number = self.customers.load(self._rows(customers))
        if segments is None:
            segments = _from_sample("segments.json", customers, [])
            if customers is not None:
                # The members of static ones are customers of the sample.
                segments = [each for each in segments if each["type"] != "static"]
        if consents is None:
            consents = _from_sample("consents.json", customers, {})
        if metadata_schema is None:
            sample = _from_sample("metadata_schema.json", customers, EMPTY_SCHEMA)
            metadata_schema = {name: each for name, each in sample.items() if name != "id"}
        now = self.clock.now_iso()
        self.segments.load(segments, ids=self.ids, now_iso=now)
        self.consents.load(consents, ids=self.ids, now_iso=now)
        if other_schemas is None:
            other_schemas = {}
            if customers is None and orders is None:
                other_schemas = {"order": sample_file("order_schema.json")}
        self.schemas = {
            resource: self._completed(resource, schema)
            for resource, schema in {"customer": metadata_schema, **other_schemas}.items()
        }
        self.history = HistoryStore(
            lambda: self._history(orders, redemptions, is_sample=customers is None)
        )
        if orders is not None or redemptions is not None:
            self.history.count("order")  # reads what is given, and refuses it here
        return number

    def _history(
        self,
        orders: list[dict[str, Any]] | None,
        redemptions: list[dict[str, Any]] | None,
        *,
        is_sample: bool,
    ) -> Iterator[tuple[Kind, dict[str, Any]]]:
        """Orders, then redemptions, which show the order that they belong to."""
        ids = Ids(f"history {self.seed}")
        for each in self._orders(orders, ids, is_sample=is_sample):
            yield "order", each
        for each in self._redemptions(redemptions, ids, is_sample=is_sample):
            yield "redemption", each

    def _orders(
        self, given: list[dict[str, Any]] | None, ids: Ids, *, is_sample: bool
    ) -> Iterator[dict[str, Any]]:
        if given is None and is_sample:
            yield from sample_orders()
        elif given is None:
            texts = self.customers.each_text(Where(), "c.created_ms, c.id")
            yield from orders_told_by(map(json.loads, texts))
        for number, each in enumerate(given or (), start=1):
            created_at = each.get("created_at") or to_iso(_BASE_MS + 1000 * number)
            order_id = each.get("id") or ids.make("ord_")
            yield order(each, order_id=order_id, created_at=created_at, number=number)

    def _redemptions(
        self, given: list[dict[str, Any]] | None, ids: Ids, *, is_sample: bool
    ) -> Iterator[dict[str, Any]]:
        if given is None and is_sample:
            yield from sample_redemptions(
                lambda ref: self.history.get("order", ref), self.customers.by_id
            )
        for number, each in enumerate(given or (), start=1):
            yield redemption(
                each,
                redemption_id=each.get("id") or ids.make_hex("r_"),
                date=each.get("date") or to_iso(_BASE_MS + 1000 * number),
                customer_of=self.customers.by_id,
            )

    def forget_customer(self, customer_id: str) -> int:
        """Delete a customer with all that hangs on it; gives the static segments left.

        Orders and redemptions stay: only a permanent deletion takes them along.
        """
        self.customers.delete(customer_id)
        self.consents.forget_customer(customer_id)
        return self.segments.forget_customer(customer_id)

    def _rows(self, customers: int | list[dict[str, Any]] | None) -> Iterable[Row]:
        if customers is None:
            return sample_rows()
        if isinstance(customers, int):
            if customers < 0:
                raise ValueError(f"{customers} customers cannot be made up")
            return made_up_rows(customers, seed=self.seed)
        return rows(customers, base_ms=_BASE_MS, seed=f"given {self.seed}")

    def shown(self, text: str) -> str:
        """An object's JSON text as it is sent, with all that switches make of it."""
        if self.switches.odd_values:
            text = with_odd_values(text, self.switches.odd_values)
        if self.switches.times_shown == "s":
            text = with_whole_seconds(text)
        if not self.switches.extra_fields:
            return text
        return f"{text[:-1]},{dump(_EXTRA)[1:]}"

    def shown_history(self, text: str) -> str:
        """The same for the text of an order or a redemption."""
        if self.switches.history_times != "ms":
            text = with_times(text, self.switches.history_times)
        return self.shown(text)

    def show(self, value: dict[str, Any]) -> dict[str, Any]:
        """The same for a decoded object."""
        return {**value, **json.loads(dump(_EXTRA))} if self.switches.extra_fields else value

    def touched(self, record: dict[str, Any]) -> dict[str, Any]:
        """A customer that has just been written, with the time of that."""
        if self.switches.updated_at == "stays":
            return record
        return {**record, "updated_at": self.clock.now_iso()}

    def insert(self, customers: list[dict[str, Any]]) -> None:
        """Add customers, in which missing fields are filled in."""
        now = self.clock.now_iso()
        self.customers.put_many(
            [complete(c, customer_id=self.ids.make("cust_"), created_at=now) for c in customers]
        )


def _from_sample(name: str, customers: int | list[dict[str, Any]] | None, empty: Any) -> Any:
    """A file of the sample; given customers do without, made-up ones can."""
    if isinstance(customers, list):
        return empty
    try:
        return sample_file(name)
    except SampleMissingError:
        if customers is None:
            raise
        return empty
