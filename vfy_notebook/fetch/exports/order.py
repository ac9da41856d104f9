"""From the order of an export to the addresses of its files.

An export is queued and made by Voucherify in its own time.
Reference: https://docs.voucherify.io/api-reference/exports/create-export
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vfy_notebook.api import call_log
from vfy_notebook.api.clock import sleep
from vfy_notebook.errors import NotFoundError, ResponseError, VfyNotebookError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vfy_notebook.api.keys.links import Link
    from vfy_notebook.api.models import Export
    from vfy_notebook.api.operations import Api
    from vfy_notebook.frames.exports.objects import ExportedObject
    from vfy_notebook.progress import Progress

#: Seconds before the first question whether an export is ready; each further wait is so many
#: times longer, up to the longest.
FIRST_WAIT_S = 1.0
WAIT_FACTOR = 4.0
LONGEST_WAIT_S = 120.0

#: Seconds until a fetch gives an export up.
PATIENCE_S = 3_600.0

#: States in which it is worth waiting, the vendor's own two and words for the same. Any other
#: one but DONE is an end.
_WAITING = frozenset(
    {"SCHEDULED", "IN_PROGRESS", "ENQUEUED", "QUEUED", "PENDING", "PROCESSING", "CREATED"}
)

#: So often an answer that is none is met before the order of an export is given up: another
#: export more does no harm.
_MAX_ORDERS = 3

#: Questions for the address of an export that is done and does not tell it.
_MAX_QUESTIONS_FOR_ADDRESS = 3

#: Questions in a row after an export that the server says not to know: one that has just been
#: ordered may not have reached every server yet.
_MAX_QUESTIONS_UNKNOWN = 4

_WAIT_SLICE_S = 1.0


@dataclass(frozen=True)
class ExportOrder:
    """What is ordered, and how long to wait for it.

    Attributes:
        what: The object, with the fields to ask for.
        filters: Which of them; in the API's own form.
        patience_s: Seconds until the export is given up.
    """

    what: ExportedObject
    filters: Mapping[str, Any]
    patience_s: float = PATIENCE_S


def finished_export(api: Api, order: ExportOrder, bar: Progress) -> tuple[Link, ...]:
    """Order an export and follow it to its end; gives the links to its files.

    Costs two or three calls where it is made within five seconds.

    Raises:
        VfyNotebookError: Voucherify could not make it, or not in time.
        NotFoundError: Voucherify does not know what was ordered, again and again.
        ResponseError: The order was answered with something else than an export, again and again.
    """
    clock = api.transport.clock
    started = clock.monotonic()
    export = _ordered(api, order, bar)
    wait_s = FIRST_WAIT_S
    is_late = wait_s > order.patience_s
    without_address = unknown = 0
    while not (_is_done(export) and export.links):
        state = (export.status or "").upper()
        without_address += _is_done(export)
        if without_address > _MAX_QUESTIONS_FOR_ADDRESS or not (
            _is_done(export) or state in _WAITING or not state
        ):
            raise _not_made(export, order)
        if is_late:
            raise _not_in_time(export, order, clock.monotonic() - started)
        started += _wait(api, wait_s, bar)
        wait_s = min(wait_s * WAIT_FACTOR, LONGEST_WAIT_S)
        # Before it is asked for: whose machine slept meanwhile asks once more.
        is_late = clock.monotonic() - started + wait_s > order.patience_s
        try:
            told = api.get_export(export.id)
            unknown = 0
            # An answer about another export tells nothing of this one, and is no address of it.
            export = told if told.id == export.id else export
        except NotFoundError as error:
            unknown += 1
            if unknown == _MAX_QUESTIONS_UNKNOWN:
                raise error.saying(_unknown(export, order)) from None
    return export.links


def _ordered(api: Api, order: ExportOrder, bar: Progress) -> Export:
    parameters = {
        "order": order.what.order,
        "fields": list(order.what.fields),
        "filters": dict(order.filters),
    }
    tries_left = _MAX_ORDERS
    while True:
        try:
            return api.create_export(order.what.name, parameters)
        except ResponseError as error:
            tries_left -= 1
            if not (error.may_have_run and tries_left):
                raise
        _wait(api, FIRST_WAIT_S, bar)


def _is_done(export: Export) -> bool:
    return (export.status or "").upper() == "DONE"


def _not_made(export: Export, order: ExportOrder) -> VfyNotebookError:
    ended = "is done, but has no file" if _is_done(export) else f"ended as {export.status}"
    message = (
        f"Voucherify could not make export {export.id}: it {ended}. Fetch again, or "
        f"{order.what.instead}."
    )
    return VfyNotebookError(message)


def _unknown(export: Export, order: ExportOrder) -> str:
    return (
        f"Voucherify does not know export {export.id} any more, which it had taken an order for "
        f"(404): fetch again, or {order.what.instead}."
    )


def _not_in_time(export: Export, order: ExportOrder, waited_s: float) -> VfyNotebookError:
    message = (
        f"Export {export.id} is still {export.status} after {waited_s:,.0f} s: look for it in "
        f"Voucherify's dashboard, or {order.what.instead}."
    )
    return VfyNotebookError(message)


def _wait(api: Api, seconds: float, bar: Progress) -> float:
    """Wait in slices, so that the bar moves and an interrupt is felt.

    Returns:
        The seconds for which the machine slept meanwhile.
    """
    call_log.waited_for_export(seconds)
    overslept_s = 0.0
    while seconds > 0:
        bar.update(0)
        step_s = min(seconds, _WAIT_SLICE_S)
        overslept_s += sleep(api.transport.clock, step_s)
        seconds -= step_s
    return overslept_s
