"""``GET /v1/customers``: filters, order, cursor and pages, with the API's limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vfy_notebook.sandbox.answers import Answer, bad_query, not_found
from vfy_notebook.sandbox.data.clock import parse_iso
from vfy_notebook.sandbox.data.customers.store import Where
from vfy_notebook.sandbox.routes.calls import Call
from vfy_notebook.sandbox.state import Sandbox

MAX_LIMIT = 100
MAX_PAGE = 99
_DEFAULT_LIMIT = 10
_ORDERS = (
    "created_at",
    "-created_at",
    "updated_at",
    "-updated_at",
    "source_id",
    "-source_id",
)
_COLUMNS = {"created_at": "created_ms", "updated_at": "updated_ms", "source_id": "source_id"}


@dataclass(frozen=True, slots=True)
class ListQuery:
    """The parameters of a list call, checked."""

    where: Where
    order: str
    limit: int
    page: int
    starting_after_ms: int | None


def list_customers(box: Sandbox, call: Call) -> Answer:
    """Play ``GET /v1/customers``."""
    asked = _parse(box, call.query)
    where = asked.where
    total = box.customers.count(where)
    if asked.starting_after_ms is not None:
        where = _after_cursor(box, asked)
    texts = box.customers.texts(
        where,
        _sql_order(box, asked),
        asked.limit + 1,
        (asked.page - 1) * asked.limit,
    )
    has_more = len(texts) > asked.limit
    page = [box.shown(text) for text in texts[: asked.limit]]
    return Answer(200, _page_body(box, page, total=total, has_more=has_more))


def _page_body(box: Sandbox, texts: list[str], *, total: int, has_more: bool) -> bytes:
    parts = ['{"object":"list","data_ref":"customers","customers":[', ",".join(texts), "]"]
    if box.switches.total_present:
        parts.append(f',"total":{total}')
    if box.switches.has_more:
        parts.append(f',"has_more":{"true" if has_more else "false"}')
    parts.append("}")
    return "".join(parts).encode("utf-8", "surrogateescape")


def _parse(box: Sandbox, query: Mapping[str, str]) -> ListQuery:
    order = query.get("order", "-created_at")
    if order not in _ORDERS:
        raise bad_query(
            f"Property .order should be equal to one of the allowed values [ {', '.join(_ORDERS)} ]"
        )
    cursor = query.get("starting_after")
    return ListQuery(
        where=_filters(box, query),
        order=order,
        limit=whole_number(query, "limit", default=_DEFAULT_LIMIT, highest=MAX_LIMIT),
        page=whole_number(query, "page", default=1, highest=MAX_PAGE),
        starting_after_ms=None if cursor is None else moment("starting_after", cursor),
    )


def _filters(box: Sandbox, query: Mapping[str, str]) -> Where:
    where = Where()
    segment_id = query.get("segment_id")
    if segment_id is not None:
        members = box.segments.members_of(segment_id)
        if members is None and box.switches.unknown_segment == "refuse":
            raise not_found("segment", segment_id)
        is_hidden = box.switches.passive_members == "nobody" and _is_passive(box, segment_id)
        where = where.and_("0") if members is None or is_hidden else members
    ignore_case = box.switches.text_match == "ignore_case"
    for column in ("email", "city", "name"):
        if column in query:
            collate = " COLLATE NOCASE" if ignore_case else ""
            where = where.and_(f"c.{column} = ?{collate}", query[column], column=column)
    equal = "=" if box.switches.range_bounds == "inclusive" else ""
    for name in ("created_at", "updated_at"):
        for bound, sign in (("before", "<"), ("after", ">")):
            parameter = f"{name}[{bound}]"
            if parameter in query:
                column = _COLUMNS[name]
                time, parts = _time(box, column)
                value = moment(f"{name}.{bound}", query[parameter]) * parts
                where = where.and_(f"{time} {sign}{equal} ?", value, column=column)
    return where


def _is_passive(box: Sandbox, segment_id: str) -> bool:
    segment = box.segments.get(segment_id)
    return segment is not None and segment.type == "passive"


def _after_cursor(box: Sandbox, asked: ListQuery) -> Where:
    name = asked.order.removeprefix("-")
    column = "created_ms"
    if name == "updated_at" and box.switches.cursor_of_updated == "updated_at":
        column = "updated_ms"
    sign = "<" if asked.order.startswith("-") else ">"
    equal = "=" if box.switches.cursor == "inclusive" else ""
    time, parts = _time(box, column)
    value = (asked.starting_after_ms or 0) * parts
    return asked.where.and_(f"{time} {sign}{equal} ?", value, column=column)


def _time(box: Sandbox, column: str) -> tuple[str, int]:
    """A time as it is compared, in SQL, and its parts in a millisecond."""
    if box.switches.times_compared == "us":
        return f"(c.{column} * 1000 + c.seq % 5 * 200)", 1000
    if box.switches.times_compared == "s":
        return f"(c.{column} / 1000 * 1000)", 1
    return f"c.{column}", 1


def _sql_order(box: Sandbox, asked: ListQuery) -> str:
    direction = "DESC" if asked.order.startswith("-") else "ASC"
    name = asked.order.removeprefix("-")
    if name == "created_at" and box.switches.times_compared != "ms":
        time, _ = _time(box, "created_ms")
        return f"{time} {direction}, c.id {direction}"
    if name == "created_at":
        table = "c" if asked.where.segment is None else "m"
        return f"{table}.created_ms {direction}, {table}.id {direction}"
    last = (box.switches.nulls_order == "last") == (direction == "ASC")
    nulls = "NULLS LAST" if last else "NULLS FIRST"
    return f"c.{_COLUMNS[name]} {direction} {nulls}, c.id {direction}"


def whole_number(query: Mapping[str, str], name: str, *, default: int, highest: int) -> int:
    """A query parameter that is a number from 1 up to `highest`."""
    text = query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) < 10):
        raise bad_query(f"Property .{name} should be integer")
    value = int(text)
    if value < 1:
        raise bad_query(f"Property .{name} should be >= 1")
    if value > highest:
        raise bad_query(f"Property .{name} should be <= {highest}")
    return value


def moment(name: str, text: str) -> int:
    """A query parameter that is a date, in milliseconds."""
    try:
        return parse_iso(text)
    except ValueError:
        raise bad_query(
            f"Property .{name} cannot be recognized as a ISO-8601 compliant date"
        ) from None
