"""Switches for what the vendor does not document, so that each possibility can be tested.

The first value is the default.

==================== ===================================== =====================================
switch               values                                what it decides
==================== ===================================== =====================================
cursor               ``exclusive`` ``inclusive``           whether ``starting_after`` returns the
                                                           rows of that very millisecond
cursor_of_updated    ``updated_at`` ``created_at``         what ``starting_after`` is compared
                                                           with when ``order`` is ``updated_at``
range_bounds         ``exclusive`` ``inclusive``           ``created_at[after]`` and its kin
times_shown          ``ms`` ``s``                          whether times of customers are shown
                                                           with milliseconds, or cut to seconds
times_compared       ``ms`` ``us`` ``s``                   what times of customers are compared
                                                           by; in microseconds they have parts
                                                           that are never shown
odd_values           ``{}`` ``{id: {field: JSON}}``        what is shown, as raw JSON, in place
                                                           of a customer's fields, such as
                                                           ``{"address.city": "7"}``; a text may
                                                           stand for bytes by half surrogates
has_more             ``True`` ``False``                    whether list answers carry it
total_present        ``True`` ``False``                    whether customer lists carry ``total``
nulls_order          ``last`` ``first``                    rows without the value that an
                                                           ascending ``order`` names
text_match           ``exact`` ``ignore_case``             ``email``, ``city``, ``name`` filters
updated_at           ``moves`` ``stays``                   whether a write of a customer sets it
put_metadata         ``merge`` ``replace``                 metadata keys that a PUT, or a POST of
                                                           a known customer, does not send
put_address          ``merge`` ``replace``                 the same for parts of an address
bulk_metadata        ``merge`` ``replace``                 the same in a bulk update
bulk_address         ``merge`` ``replace``                 the same in a bulk update
unknown_fields       ``ignore`` ``refuse``                 fields in a body that cannot be
                                                           written (read-only or not known)
put_source_id        ``ignore`` ``refuse``                 a ``source_id`` in a PUT that differs
                                                           from the customer's
post_unknown_id      ``ignore`` ``refuse``                 a POST with an ``id`` nobody has: a
                                                           new customer with another id, or 404
csv_empty_cells      ``omit`` ``null`` ``text``            an empty cell of a CSV import
max_bulk_records     ``100`` a number ``None``             records in one bulk request (None: 10
                                                           MB is the only limit)
job_polls            ``1`` a number ``"never"``            status reads that an async action at
                                                           the head of the queue is seen
                                                           unfinished; 0 is done at once
jobs_per_poll        ``100`` a number                      how many actions one status read moves
                                                           on, from the head of the queue
job_errors_source_id ``True`` ``False``                    whether a bulk update's errors name
                                                           the customer
job_errors_listed    ``None`` a number                     how many errors a result lists at
                                                           most; ``failed_count`` tells of all
job_failures         ``{}`` ``{source_id: message}``       rows that fail in any job
job_partial          ``SUCCESS`` ``FAILED`` ``UNKNOWN``    ``operation_status`` of an action in
                                                           which some rows failed, some did not
job_death            ``no`` ``before`` ``midway``          actions end as FAILED without a
                                                           result, with no or half of the rows
                                                           updated
async_list_lag       ``0`` a number                        list calls in which a new action does
                                                           not show up yet
reports              ``True`` ``False``                    whether results link report files
report_source_id     ``True`` ``False``                    whether report files name customers
unknown_segment      ``refuse`` ``empty``                  a list call with a ``segment_id`` that
                                                           does not exist: 404, or no rows
segments_paging      ``filters`` ``starting_after``        which of the three spellings in the
                     ``start_date`` ``none``               vendor's papers leads to the next page
                                                           of segments; the others are unknown
segments_unknown     ``ignore`` ``refuse``                 parameters that a list of segments does
                                                           not know: ignored, or 400
segments_by_name     ``True`` ``False``                    whether ``filters[name]`` is known
passive_members      ``listed`` ``nobody``                 ``segment_id`` of a passive segment:
                                                           its members, or nobody (as it was until
                                                           2026-04-22)
static_unknown_ids   ``drop`` ``refuse``                   ids that nobody has, in a new static
                                                           segment: left out, or 400
new_members_polls    ``0`` a number                        reads of members and of a customer's
                                                           segments in which a new passive or
                                                           active segment has nobody yet
untyped_flags        ``nobody`` ``found``                  whom ``$is: true`` finds where the
                                                           metadata key has no definition
segments_lag_polls   ``0`` a number                        reads of members and of a customer's
                                                           segments that still see the state
                                                           before the last write
consents             ``True`` ``False``                    False: the routes are gone (404)
export_titles        ``display`` ``fields`` ``titles``     ``Creation Date``, ``created_at``,
                     ``mixed``                             ``Created At``, or some of each
export_metadata      ``plain`` ``dotted``                  ``tier`` or ``metadata.tier``
export_lists         ``json`` ``commas``                   ``["a", "b", "c"]`` or ``a,b,c``
export_numbers       ``plain`` ``decimals``                ``2000`` or ``2000.00``
export_last_line     ``ended`` ``open``                    whether the last row of a file has its
                                                           line break
export_files         ``one`` ``urls`` ``list``             three files where ``urls`` (a list of
                     ``untitled``                          addresses) or ``list`` (of objects) is
                                                           set; ``untitled``: like ``urls``, but
                                                           only the first has titles
download_keys        ``wanted`` ``ignored``                whether files want the two keys besides
                                                           their token; ``wanted``: they lie at
                                                           the API's own address, else on another
                                                           host
export_polls         ``1`` a number ``"never"``            like ``job_polls``, for exports
export_fails         ``False`` ``True`` a status           exports end as ERROR, or with that
                                                           status
history_times        ``ms`` ``us`` ``offset``              how times of orders and redemptions
                                                           are written: with three digits, with
                                                           six, or with ``+00:00``
activity_cursor      ``True`` ``False``                    whether a page of a customer's activity
                                                           names the next one's cursor
activity_data        ``nested`` ``flat``                   whether an event's ``data`` holds
                                                           ``data`` and ``event_source``, or what
                                                           has happened itself
rate_limit           ``None`` a limit                      calls in a window, such as
                                                           ``{"limit": 100, "window_s": 60}``;
                                                           None: never refused
bulk_rate_limit      ``None`` a limit                      the same for the routes that create
                                                           async actions, counted beside the
                                                           other
monthly_left         ``None`` a number                     calls left in the billing cycle
retry_after          ``True`` ``False``                    whether a 429 has ``Retry-After``
quota_headers        ``True`` ``False``                    whether answers have the
                                                           ``X-Rate-Limit-`` headers
server_error_html    ``False`` ``True``                    scripted errors of 500 and above are
                                                           an HTML page where the script gives no
                                                           body
extra_fields         ``False`` ``True``                    every object carries fields that no
                                                           documentation knows
==================== ===================================== =====================================
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

Check = Callable[[Any], bool]


@dataclass(slots=True)
class Switches:
    """The present positions; see the table above."""

    cursor: str = "exclusive"
    cursor_of_updated: str = "updated_at"
    range_bounds: str = "exclusive"
    times_shown: str = "ms"
    times_compared: str = "ms"
    odd_values: dict[str, dict[str, str]] = field(default_factory=dict)
    has_more: bool = True
    total_present: bool = True
    nulls_order: str = "last"
    text_match: str = "exact"
    updated_at: str = "moves"
    put_metadata: str = "merge"
    put_address: str = "merge"
    bulk_metadata: str = "merge"
    bulk_address: str = "merge"
    unknown_fields: str = "ignore"
    put_source_id: str = "ignore"
    post_unknown_id: str = "ignore"
    csv_empty_cells: str = "omit"
    max_bulk_records: int | None = 100
    job_polls: int | str = 1
    jobs_per_poll: int = 100
    job_errors_source_id: bool = True
    job_errors_listed: int | None = None
    job_failures: dict[str, str] = field(default_factory=dict)
    job_partial: str = "SUCCESS"
    job_death: str = "no"
    async_list_lag: int = 0
    reports: bool = True
    report_source_id: bool = True
    unknown_segment: str = "refuse"
    segments_paging: str = "filters"
    segments_unknown: str = "ignore"
    segments_by_name: bool = True
    passive_members: str = "listed"
    static_unknown_ids: str = "drop"
    new_members_polls: int = 0
    untyped_flags: str = "nobody"
    segments_lag_polls: int = 0
    consents: bool = True
    export_titles: str = "display"
    export_metadata: str = "plain"
    export_lists: str = "json"
    export_numbers: str = "plain"
    export_last_line: str = "ended"
    export_files: str = "one"
    download_keys: str = "wanted"
    export_polls: int | str = 1
    history_times: str = "ms"
    activity_cursor: bool = True
    activity_data: str = "nested"
    export_fails: bool | str = False
    rate_limit: dict[str, float] | None = None
    bulk_rate_limit: dict[str, float] | None = None
    monthly_left: int | None = None
    retry_after: bool = True
    quota_headers: bool = True
    server_error_html: bool = False
    extra_fields: bool = False

    def set(self, changes: Mapping[str, Any]) -> None:
        """Turn switches, all of them or none.

        Raises:
            ValueError: If one does not exist or does not take its value.
        """
        for name, value in changes.items():
            if name not in _CHECKS:
                raise ValueError(f"there is no switch {name!r}; there are {', '.join(_CHECKS)}")
            allowed, check = _CHECKS[name]
            if not check(value):
                raise ValueError(f"switch {name!r} takes {allowed}, not {value!r}")
        for name, value in changes.items():
            setattr(self, name, value)

    def reset(self) -> None:
        """All back to their defaults."""
        fresh = Switches()
        for each in fields(self):
            setattr(self, each.name, getattr(fresh, each.name))

    def positions(self) -> dict[str, Any]:
        """Every switch and its value."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


def _one_of(*allowed: str) -> tuple[str, Check]:
    return " or ".join(map(repr, allowed)), lambda value: value in allowed


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_limit(value: Any) -> bool:
    if value is None:
        return True
    return (
        isinstance(value, dict)
        and set(value) == {"limit", "window_s"}
        and _is_count(value["limit"])
        and isinstance(value["window_s"], int | float)
        and not isinstance(value["window_s"], bool)
        and value["window_s"] > 0
    )


def _is_texts(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(k, str) and isinstance(v, str) for k, v in value.items()
    )


def _is_odd(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(customer, str) and _is_texts(fields) for customer, fields in value.items()
    )


_FLAG: tuple[str, Check] = ("True or False", lambda value: isinstance(value, bool))
_COUNT: tuple[str, Check] = ("a whole number from 0", _is_count)
_POLLS: tuple[str, Check] = (
    "a whole number from 0 or 'never'",
    lambda value: value == "never" or _is_count(value),
)
_COUNT_OR_NONE: tuple[str, Check] = (
    "a whole number from 0 or None",
    lambda value: value is None or _is_count(value),
)
_LIMIT: tuple[str, Check] = ("None or {'limit': calls, 'window_s': seconds}", _is_limit)
_WRITE = _one_of("merge", "replace")

_CHECKS: dict[str, tuple[str, Check]] = {
    "cursor": _one_of("exclusive", "inclusive"),
    "cursor_of_updated": _one_of("updated_at", "created_at"),
    "range_bounds": _one_of("exclusive", "inclusive"),
    "times_shown": _one_of("ms", "s"),
    "times_compared": _one_of("ms", "us", "s"),
    "odd_values": ("a dict from id to fields and their raw JSON", _is_odd),
    "has_more": _FLAG,
    "total_present": _FLAG,
    "nulls_order": _one_of("last", "first"),
    "text_match": _one_of("exact", "ignore_case"),
    "updated_at": _one_of("moves", "stays"),
    "put_metadata": _WRITE,
    "put_address": _WRITE,
    "bulk_metadata": _WRITE,
    "bulk_address": _WRITE,
    "unknown_fields": _one_of("ignore", "refuse"),
    "put_source_id": _one_of("ignore", "refuse"),
    "post_unknown_id": _one_of("ignore", "refuse"),
    "csv_empty_cells": _one_of("omit", "null", "text"),
    "max_bulk_records": _COUNT_OR_NONE,
    "job_polls": _POLLS,
    "jobs_per_poll": ("a whole number from 1", lambda value: _is_count(value) and value > 0),
    "job_errors_source_id": _FLAG,
    "job_errors_listed": _COUNT_OR_NONE,
    "job_failures": ("a dict from source_id to message", _is_texts),
    "job_partial": _one_of("SUCCESS", "FAILED", "UNKNOWN"),
    "job_death": _one_of("no", "before", "midway"),
    "async_list_lag": _COUNT,
    "reports": _FLAG,
    "report_source_id": _FLAG,
    "unknown_segment": _one_of("refuse", "empty"),
    "segments_paging": _one_of("filters", "starting_after", "start_date", "none"),
    "segments_unknown": _one_of("ignore", "refuse"),
    "segments_by_name": _FLAG,
    "passive_members": _one_of("listed", "nobody"),
    "static_unknown_ids": _one_of("drop", "refuse"),
    "new_members_polls": _COUNT,
    "untyped_flags": _one_of("nobody", "found"),
    "segments_lag_polls": _COUNT,
    "consents": _FLAG,
    "export_titles": _one_of("display", "fields", "titles", "mixed"),
    "export_metadata": _one_of("plain", "dotted"),
    "export_lists": _one_of("json", "commas"),
    "export_numbers": _one_of("plain", "decimals"),
    "export_last_line": _one_of("ended", "open"),
    "export_files": _one_of("one", "urls", "list", "untitled"),
    "download_keys": _one_of("wanted", "ignored"),
    "export_polls": _POLLS,
    "history_times": _one_of("ms", "us", "offset"),
    "activity_cursor": _FLAG,
    "activity_data": _one_of("nested", "flat"),
    "export_fails": ("True, False or a status", lambda value: isinstance(value, bool | str)),
    "rate_limit": _LIMIT,
    "bulk_rate_limit": _LIMIT,
    "monthly_left": _COUNT_OR_NONE,
    "retry_after": _FLAG,
    "quota_headers": _FLAG,
    "server_error_html": _FLAG,
    "extra_fields": _FLAG,
}
