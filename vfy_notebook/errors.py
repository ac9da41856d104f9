"""One family of errors: whoever catches `VfyNotebookError` has caught them all.

Each leaf also derives from the builtin that a stranger to this package would catch
(`ValueError`, `PermissionError`, `TimeoutError`, …). Nothing of `requests` leaks out.
Every message says what happened, to what, and what to do now.
"""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "ApiError",
    "ArgumentError",
    "AuthError",
    "ConflictError",
    "ConnectError",
    "CredentialsError",
    "FetchFailed",
    "FetchInterrupted",
    "FolderError",
    "IncompleteListingWarning",
    "JournalError",
    "NotFoundError",
    "OverwriteWarning",
    "PayloadTooLargeError",
    "PlanError",
    "PushFailed",
    "PushInterrupted",
    "QuotaError",
    "RateLimitError",
    "ResponseError",
    "RunInterrupted",
    "ServerError",
    "TieGroupError",
    "VfyNotebookError",
    "VfyNotebookWarning",
]


def __dir__() -> list[str]:
    return sorted(__all__)


class VfyNotebookError(Exception):
    """The root of everything this package raises on purpose.

    Attributes:
        may_have_run: Whether a request that failed may have taken effect all the same.
        attempts: How many requests were sent before giving up; 0 if none was.
        partial: What a fetch had read before it failed, as a DataFrame; None elsewhere.
    """

    may_have_run: bool = False
    attempts: int = 0
    partial: pd.DataFrame | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        """Keep what an error carries when it crosses a process border, as far as that can be."""
        kept = {name: value for name, value in self.__dict__.items() if _can_be_pickled(value)}
        return (_rebuilt, (type(self), self.args, kept))


def _can_be_pickled(value: object) -> bool:
    try:
        pickle.dumps(value)
    except Exception:  # noqa: BLE001 - reports may hold what is bound to its process
        return False
    return True


def _rebuilt(
    kind: type[VfyNotebookError], args: tuple[Any, ...], kept: dict[str, Any]
) -> VfyNotebookError:
    # Without the constructors, whose arguments differ: by the builtin whose layout a kind has.
    error = _blank(kind)
    error.args = args
    error.__dict__.update(kept)
    return error


def _blank(kind: type[VfyNotebookError]) -> VfyNotebookError:
    for base in kind.__mro__:
        try:
            error: VfyNotebookError = base.__new__(kind)  # type: ignore[call-overload]
        except TypeError:  # not the one whose layout counts
            continue
        return error
    raise AssertionError


class VfyNotebookWarning(UserWarning):
    """The root of everything this package warns of."""


class IncompleteListingWarning(VfyNotebookWarning):
    """The number of customers read differs from the `total` that the API told."""


class OverwriteWarning(VfyNotebookWarning):
    """A CSV import overwrites existing profiles whole and cannot be undone."""


class ArgumentError(VfyNotebookError, ValueError):
    """An argument was refused before any call was made."""


class CredentialsError(VfyNotebookError, LookupError):
    """A credential is missing; the message says which variable to set."""


class ConnectError(VfyNotebookError, ConnectionError):
    """No answer could be had: the host is unreachable, or it stayed silent too long.

    Certificates that are not trusted and proxies that refuse belong here too.
    """


class ResponseError(VfyNotebookError, ValueError):
    """An answer came that is not the API's: an HTML page, broken JSON, a strange redirect."""


class ApiError(VfyNotebookError, RuntimeError):
    """The API answered with an error.

    Attributes:
        status: The HTTP status.
        key: The vendor's machine-readable kind, such as `not_found`; empty if none came.
        details: The vendor's explanation; empty if none came.
        request_id: What the vendor's support asks for; empty if none came.
        operation: Which of this package's operations had asked.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        key: str = "",
        details: str = "",
        request_id: str = "",
        operation: str = "",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.key = key
        self.details = details
        self.request_id = request_id
        self.operation = operation

    def saying(self, message: str) -> Self:
        """The same error in words that fit what was asked for."""
        retold = type(self)(message, status=self.status)
        retold.__dict__.update(self.__dict__)
        return retold


class AuthError(ApiError, PermissionError):
    """401, 402 or 403: wrong credentials, an unpaid plan, or a right that the key lacks."""


class NotFoundError(ApiError, LookupError):
    """404: there is no such thing, or this project does not have the feature."""


class ConflictError(ApiError):
    """409 or 423: the thing is in use or in another state than the request supposed."""


class PayloadTooLargeError(ApiError):
    """413: the request was larger than the API takes."""


class RateLimitError(ApiError):
    """429 that outlasted the time this package was willing to wait."""


class QuotaError(RateLimitError):
    """The month's calls are used up (`api_calls_cycle`): waiting does not help."""


class ServerError(ApiError):
    """A 5xx that came again on every try."""


class TieGroupError(VfyNotebookError, RuntimeError):
    """More customers share one millisecond than the API can list by any means known."""


class FetchFailed(VfyNotebookError, RuntimeError):
    """A fetch ended in an error that nobody foresaw; what had arrived is in `partial`."""


class FetchInterrupted(VfyNotebookError, KeyboardInterrupt):
    """A fetch was stopped by the user; what had arrived is in `partial`."""


class FolderError(VfyNotebookError, OSError):
    """A folder or disk that something is saved to cannot be used, or not any more."""


class JournalError(VfyNotebookError, OSError):
    """The push journal cannot be opened, read or written."""


class PlanError(VfyNotebookError, ValueError):
    """A plan was refused, or cannot run as asked; nothing was sent."""


class PushFailed(VfyNotebookError, RuntimeError):
    """Raised by `PushReport.raise_if_failed`; the report is in `report`."""

    def __init__(self, message: str, *, report: Any) -> None:
        super().__init__(message)
        self.report = report


class PushInterrupted(VfyNotebookError, KeyboardInterrupt):
    """A push was cut off; `report` tells what is known, `resume_push` goes on.

    Attributes:
        report: The report as far as it was known at that moment.
        push_id: What to give to `project.resume_push`.
    """

    def __init__(self, message: str, *, report: Any, push_id: str) -> None:
        super().__init__(message)
        self.report = report
        self.push_id = push_id


class RunInterrupted(VfyNotebookError, KeyboardInterrupt):
    """Consents or deletions were stopped by the user; `report` tells each customer's outcome."""

    def __init__(self, message: str, *, report: Any) -> None:
        super().__init__(message)
        self.report = report
