"""Each operation of the API as one method that sends one request.

Reference: https://docs.voucherify.io/api-reference/customers
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from vfy_notebook.api import models
from vfy_notebook.api.answers.customers import read_customer, read_nothing, read_receipt
from vfy_notebook.api.answers.segments import read_segment
from vfy_notebook.api.decoding import decode, decode_page
from vfy_notebook.api.jobs import read_action, read_actions, read_ticket
from vfy_notebook.api.keys.project_marks import ProjectMarks
from vfy_notebook.api.pages import iso_from_ms
from vfy_notebook.api.transport import Request, Resend, Response, SentAhead, Transport
from vfy_notebook.errors import ArgumentError, NotFoundError, ResponseError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vfy_notebook.api.decoding import Model
    from vfy_notebook.api.jobs import AsyncAction, AsyncActionPage
    from vfy_notebook.api.keys.links import Link
    from vfy_notebook.api.pages import PageRequest

#: Most jobs that one listing of async actions gives.
MAX_ACTIONS_LISTED = 100

#: Most segments a page: https://docs.voucherify.io/api-reference/segments/list-segments
MAX_SEGMENTS_LISTED = 100

#: How the vendor's papers spell "created after": in the reference, and in two changelogs.
SEGMENT_BOUNDS = ("filters[created_at][conditions][$after]", "starting_after", "start_date")

#: The largest body that the API takes.
MAX_BODY_BYTES = 10 * 1024 * 1024


class Api:
    """The operations. `customer` arguments are an id or a source_id."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        #: What tells this project from others.
        self.marks = ProjectMarks()

    # -- customers -----------------------------------------------------------------------------

    def list_customers(
        self, filters: Mapping[str, str], request: PageRequest, *, ahead: SentAhead | None = None
    ) -> models.CustomerPage:
        """One page of customers; `ahead` is what `ask_ahead` has given for the same page."""
        return self.ask_for_customers(filters, request, ahead=ahead)()

    def ask_ahead(self, filters: Mapping[str, str], request: PageRequest) -> SentAhead | None:
        """Ask for a page of customers now and get it later; None where that cannot be done."""
        return self.transport.send_ahead(_list_customers(filters, request))

    def ask_for_customers(
        self, filters: Mapping[str, str], request: PageRequest, *, ahead: SentAhead | None = None
    ) -> Callable[[], models.CustomerPage]:
        """One page of customers, not decoded yet: call the result in the thread that uses them.

        A page that cannot be decoded is asked for again by that call.
        """
        asked = _list_customers(filters, request) if ahead is None else ahead.request
        body = self.transport.ask(asked, lambda answer: answer.body, ahead=ahead)

        def page() -> models.CustomerPage:
            try:
                return decode_page(body, operation=asked.operation)
            except ResponseError:
                return self.transport.ask(
                    asked, lambda again: decode_page(again.body, operation=asked.operation)
                )

        return page

    def get_customer(self, customer: str) -> dict[str, Any]:
        """One customer, as the API shows it.

        Raises:
            NotFoundError: There is none.
        """
        return self._read_customer(Request("get_customer", "GET", _path(customer)), customer)

    def create_customer(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Create a customer, or update the one that has this `id` or `source_id`.

        It is retried only if that cannot create a second customer.
        """
        known = fields.get("source_id") or fields.get("id")
        request = Request(
            "create_customer",
            "POST",
            "/v1/customers",
            body=encode(fields),
            resend=Resend.ALWAYS if known else Resend.IF_NOT_RUN,
        )
        # Who is found by an id may have another source_id, and who is not gets another id.
        ref = None if fields.get("id") else fields.get("source_id")
        return self._read_customer(request, ref)

    def update_customer(self, customer: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Change the fields that are sent."""
        request = Request("update_customer", "PUT", _path(customer), body=encode(fields))
        return self._read_customer(request, customer)

    def delete_customer(self, customer: str) -> None:
        """Delete a customer; a 404 after a request that may have run is success.

        Raises:
            NotFoundError: There was none to begin with.
        """
        request = Request("delete_customer", "DELETE", _path(customer))
        try:
            self._read_nothing(request)
        except NotFoundError as error:
            if not error.may_have_run:
                raise

    def delete_customer_permanently(self, customer: str) -> dict[str, Any] | None:
        """Delete a customer with all its data; returns the receipt.

        None instead of a receipt: the answer was lost, and the customer does not exist any more.
        """
        operation = "delete_customer_permanently"
        request = Request(operation, "POST", _path(customer) + "/permanent-deletion")
        try:
            return self.transport.ask(
                request, partial(read_receipt, operation=operation, ref=customer)
            )
        except NotFoundError as error:
            if not error.may_have_run:
                raise
            return None

    def customer_segments(self, customer: str) -> models.CustomerSegments:
        """The segments a customer is in; for an unknown one, those it would qualify for."""
        return self._read(
            models.CustomerSegments,
            Request("customer_segments", "GET", _path(customer) + "/segments"),
        )

    def update_consents(self, customer: str, consents: Mapping[str, bool]) -> None:
        """Give (True) or withdraw (False) consents."""
        path = _path(customer) + "/consents"
        self._read_nothing(Request("update_consents", "PUT", path, body=encode(consents)))

    # -- history -------------------------------------------------------------------------------

    def count_orders(self) -> int | None:
        """How many orders there are, None if the API does not tell: it can filter them by nothing.

        Reference: https://docs.voucherify.io/api-reference/orders/list-orders
        """
        return self._count(Request("count_orders", "GET", "/v1/orders", params={"limit": "1"}))

    def count_redemptions(self, filters: Mapping[str, str]) -> int | None:
        """How many redemptions match, rollbacks included; None if the API does not tell.

        Reference: https://docs.voucherify.io/api-reference/redemptions/list-redemptions
        """
        params = {**filters, "limit": "1"}
        return self._count(Request("count_redemptions", "GET", "/v1/redemptions", params=params))

    def list_activity(self, customer: str, filters: Mapping[str, str]) -> models.ActivityPage:
        """A page of what a customer has done and what was done to them.

        Raises:
            NotFoundError: There is no such customer.

        Reference: https://docs.voucherify.io/api-reference/customers/list-customer-activity
        """
        path = _path(customer) + "/activity"
        return self._read(
            models.ActivityPage, Request("list_activity", "GET", path, params=dict(filters))
        )

    # -- jobs ----------------------------------------------------------------------------------

    def import_csv(self, content: bytes, *, filename: str = "customers.csv") -> str:
        """Queue a CSV import; gives the async action's id."""
        request = Request(
            "import_csv",
            "POST",
            "/v1/customers/importCSV",
            files={"file": (filename, content, "text/csv")},
            resend=Resend.IF_NOT_RUN,
            bulk=True,
        )
        return self.transport.ask(request, partial(read_ticket, operation=request.operation))

    def bulk_update(self, body: bytes) -> str:
        """Queue an update of many customers, `body` a JSON list of records; gives the action's id.

        Not sent again once it may have run: the caller looks for the job first.
        """
        return self._queue("bulk_update", "/v1/customers/bulk/async", body)

    def bulk_update_metadata(self, body: bytes) -> str:
        """Queue one metadata change for many source_ids; gives the async action's id."""
        return self._queue("bulk_update_metadata", "/v1/customers/metadata/async", body)

    def _queue(self, operation: str, path: str, body: bytes) -> str:
        request = Request(operation, "POST", path, body=body, resend=Resend.IF_NOT_RUN, bulk=True)
        return self.transport.ask(request, partial(read_ticket, operation=request.operation))

    def get_async_action(self, action_id: str) -> AsyncAction:
        """A job with its result.

        Raises:
            NotFoundError: The API does not know it: not any more, or not yet.
        """
        operation = "get_async_action"
        return self.transport.ask(
            Request(operation, "GET", f"/v1/async-actions/{quote(action_id, safe='')}"),
            partial(read_action, operation=operation, action_id=action_id),
        )

    def list_async_actions(self, *, before_ms: int | None = None) -> AsyncActionPage:
        """The newest jobs, up to 100, without their results."""
        operation = "list_async_actions"
        params = {"limit": str(MAX_ACTIONS_LISTED)}
        if before_ms is not None:
            params["end_date"] = iso_from_ms(before_ms)
        return self.transport.ask(
            Request(operation, "GET", "/v1/async-actions", params=params),
            partial(read_actions, operation=operation),
        )

    # -- the rest ------------------------------------------------------------------------------

    def list_segments(
        self,
        *,
        newest_first: bool = False,
        after_ms: int | None = None,
        bounds: tuple[str, ...] = SEGMENT_BOUNDS,
        name: str | None = None,
    ) -> models.SegmentPage:
        """Segments of the project, up to 100, the oldest first or the newest.

        Args:
            newest_first: The order.
            after_ms: Only those created after this millisecond.
            bounds: The parameters that say so, each in its own spelling.
            name: Only those of this name, where the server heeds that.
        """
        params = {
            "limit": str(MAX_SEGMENTS_LISTED),
            "order": "-created_at" if newest_first else "created_at",
        }
        if after_ms is not None:
            params |= dict.fromkeys(bounds, iso_from_ms(after_ms))
        if name is not None:
            params["filters[name][conditions][$is]"] = name
        page = self._read(
            models.SegmentPage, Request("list_segments", "GET", "/v1/segments", params=params)
        )
        self.marks.see_segments(page.data)
        return page

    def create_segment(self, fields: Mapping[str, Any]) -> models.Segment:
        """Create a segment; not sent again once it may have run, as names need not be unique.

        Args:
            fields: `name`, `type`, and `customers` (ids) or `filter`.
        """
        request = Request(
            "create_segment",
            "POST",
            "/v1/segments",
            body=encode(fields),
            resend=Resend.IF_NOT_RUN,
        )
        understand = partial(read_segment, operation=request.operation, name=fields["name"])
        return self.transport.ask(request, understand)

    def get_segment(self, segment_id: str) -> models.Segment:
        """One segment.

        Raises:
            NotFoundError: There is none.
        """
        request = Request("get_segment", "GET", _segment_path(segment_id))
        understand = partial(read_segment, operation=request.operation, segment_id=segment_id)
        return self.transport.ask(request, understand)

    def delete_segment(self, segment_id: str) -> None:
        """Delete a segment; a 404 after a request that may have run is success.

        Raises:
            NotFoundError: There was none to begin with.
        """
        try:
            self._read_nothing(Request("delete_segment", "DELETE", _segment_path(segment_id)))
        except NotFoundError as error:
            if not error.may_have_run:
                raise

    def list_consents(self) -> models.ConsentBook:
        """All consents and groups.

        Raises:
            NotFoundError: The project does not have the feature.
        """
        return self._read(models.ConsentBook, Request("list_consents", "GET", "/v1/consents"))

    def metadata_schema(self, resource: str = "customer") -> dict[str, Any]:
        """The project's metadata schema for customers, or for another resource.

        Raises:
            NotFoundError: Nothing was ever demanded.
        """
        path = f"/v1/metadata-schemas/{resource}"
        told = self._read_object(Request("metadata_schema", "GET", path))
        if resource == "customer":
            self.marks.see_schema(told)
        properties = told.get("properties")
        described = properties.items() if isinstance(properties, dict) else ()
        return {**told, "properties": {k: v for k, v in described if isinstance(v, dict)}}

    def create_export(self, exported_object: str, parameters: Mapping[str, Any]) -> models.Export:
        """Queue an export of customers, or of other objects that can be exported."""
        body = encode({"exported_object": exported_object, "parameters": dict(parameters)})
        return self._read(models.Export, Request("create_export", "POST", "/v1/exports", body=body))

    def get_export(self, export_id: str) -> models.Export:
        """An export's status, and its address once it is done."""
        return self._read(
            models.Export, Request("get_export", "GET", f"/v1/exports/{quote(export_id, safe='')}")
        )

    def download(self, link: Link, sink: Callable[[bytes], Any]) -> Response:
        """Stream a file that a job or export has left; `sink(b"")` says: starting anew."""
        request = Request("download", "GET", link.address, query=link.query)
        return self.transport.download(request, sink)

    # -- reading answers -----------------------------------------------------------------------

    def _read(self, kind: type[Model], request: Request) -> Model:
        def understand(response: Response) -> Model:
            return decode(response.body, kind, operation=request.operation)

        return self.transport.ask(request, understand)

    def _count(self, request: Request) -> int | None:
        total = self._read(models.Counted, request).total
        return total if isinstance(total, int) and total >= 0 else None

    def _read_customer(self, request: Request, ref: str | None) -> dict[str, Any]:
        return self.transport.ask(
            request, partial(read_customer, operation=request.operation, ref=ref)
        )

    def _read_nothing(self, request: Request) -> None:
        self.transport.ask(request, partial(read_nothing, operation=request.operation))

    def _read_object(self, request: Request) -> dict[str, Any]:
        return self._read(dict[str, Any], request)


def encode(value: Any) -> bytes:
    """JSON as the API takes it.

    Raises:
        ArgumentError: Something in it has no place in JSON, such as NaN.
    """
    try:
        return json.dumps(
            value, ensure_ascii=False, allow_nan=False, separators=(",", ":")
        ).encode()
    except (TypeError, ValueError) as error:
        message = f"This cannot be sent as JSON: {error}."
        raise ArgumentError(message) from None


def _segment_path(segment_id: str) -> str:
    return "/v1/segments/" + quote(segment_id, safe="")


def _path(customer: str) -> str:
    """A customer's path; ids may hold `/`, `@`, spaces and any script.

    Raises:
        ArgumentError: The reference is empty, or would name another place.
    """
    if not isinstance(customer, str) or not customer.strip() or customer in {".", ".."}:
        message = f"{customer!r} names no customer: give an id (cust_…) or a source_id."
        raise ArgumentError(message)
    try:
        return "/v1/customers/" + quote(customer, safe="")
    except UnicodeEncodeError:
        message = (
            f"{customer!r} names no customer: it contains half a character, as in a text cut in "
            "the middle of an emoji; give an id (cust_…) or the whole source_id."
        )
        raise ArgumentError(message) from None


def _list_customers(filters: Mapping[str, str], request: PageRequest) -> Request:
    return Request("list_customers", "GET", "/v1/customers", params={**filters, **request.params()})
