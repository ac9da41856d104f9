"""The errors and warnings of this package. All errors derive from `VfyNotebookError`.

Each one also derives from the builtin that code without knowledge of this package would catch
(`ValueError`, `PermissionError`, `ConnectionError`, …). Errors of `requests` never reach the
caller. Every message says what happened, to what, and what to do.
"""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any, Self

from vfy_notebook.shown_text import shown_lines

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "AnalysisWarning",
    "ApiError",
    "ArgumentError",
    "AuthError",
    "ConflictError",
    "ConnectError",
    "CredentialsError",
    "FetchFailed",
    "FetchInterrupted",
    "FileError",
    "FolderError",
    "ImportInterrupted",
    "IncompleteListingWarning",
    "JournalError",
    "MissingFontWarning",
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
    """The base of all errors of this package.

    Attributes:
        may_have_run: Whether a request that failed may still have taken effect.
        attempts: How many times the request was sent; 0 if it was not sent.
        partial: What a fetch had read before it failed, as a DataFrame; None for other errors.
    """

    may_have_run: bool = False
    attempts: int = 0
    partial: pd.DataFrame | None = None

    def __str__(self) -> str:
        """The message, in which no customer's and no server's text can act on a terminal."""
        return shown_lines(super().__str__())

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
    """The base of all warnings of this package."""

    def __str__(self) -> str:
        """The message, in which no customer's and no server's text can act on a terminal."""
        return shown_lines(super().__str__())


class AnalysisWarning(VfyNotebookWarning):
    """An analysis may mislead, for instance because its dates are those of an import."""


class IncompleteListingWarning(VfyNotebookWarning):
    """The number of customers read differs from the `total` that the API gives."""


class MissingFontWarning(VfyNotebookWarning):
    """No installed font has the script of a text on a plot."""


class OverwriteWarning(VfyNotebookWarning):
    """A CSV import overwrites existing profiles whole and cannot be undone."""


class ArgumentError(VfyNotebookError, ValueError):
    """An argument is not valid; it was refused before any change was sent."""


class CredentialsError(VfyNotebookError, LookupError):
    """A credential is missing; the message says which variable to set."""


class ConnectError(VfyNotebookError, ConnectionError):
    """No answer could be had: the host is unreachable, or it stayed silent too long.

    Certificates that are not trusted and proxies that refuse belong here too.
    """


class ResponseError(VfyNotebookError, ValueError):
    """The answer is not the API's: an HTML page, invalid JSON, or an unexpected redirect."""


class ApiError(VfyNotebookError, RuntimeError):
    """The API answered with an error.

    Attributes:
        status: The HTTP status.
        key: The vendor's error code, such as `not_found`; empty if the answer has none.
        details: The vendor's explanation; empty if the answer has none.
        request_id: The id that the vendor's support asks for; empty if the answer has none.
        operation: The operation of this package that sent the request.
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
        """The same error with another message."""
        error = type(self)(message, status=self.status)
        error.__dict__.update(self.__dict__)
        return error


class AuthError(ApiError, PermissionError):
    """401, 402 or 403: wrong credentials, an unpaid plan, or a key without the permission."""


class NotFoundError(ApiError, LookupError):
    """404: the object does not exist, or this project does not have the feature."""


class ConflictError(ApiError):
    """409 or 423: the object is in use, or its state does not allow the request."""


class PayloadTooLargeError(ApiError):
    """413: the request is larger than the API accepts."""


class RateLimitError(ApiError):
    """429: the rate limit is reached, and waiting for it takes longer than this package waits."""


class QuotaError(RateLimitError):
    """The month's calls are used up (`api_calls_cycle`): waiting does not help."""


class ServerError(ApiError):
    """5xx: the server failed, and failed again at each retry."""


class TieGroupError(VfyNotebookError, RuntimeError):
    """More customers were created in one millisecond than the API can list."""


class FetchFailed(VfyNotebookError, RuntimeError):
    """A fetch ended in an error that nobody foresaw; what had arrived is in `partial`."""


class FetchInterrupted(VfyNotebookError, KeyboardInterrupt):
    """The user stopped a fetch; the rows read so far are in `partial`."""


class FolderError(VfyNotebookError, OSError):
    """A folder or disk that something is saved to cannot be used, or not any more."""


class FileError(VfyNotebookError, ValueError):
    """A workbook or CSV file cannot be read or written, or holds what cannot be decided."""


class JournalError(VfyNotebookError, OSError):
    """The push journal cannot be opened, read or written."""


class PlanError(VfyNotebookError, ValueError):
    """A plan cannot be made or cannot run; nothing was sent."""


class PushFailed(VfyNotebookError, RuntimeError):
    """Customers failed in a push; the report is in `report`.

    Raised by `PushReport.raise_if_failed`, and where a segment's customers could not be flagged.
    """

    def __init__(self, message: str, *, report: Any) -> None:
        super().__init__(message)
        self.report = report


class PushInterrupted(VfyNotebookError, KeyboardInterrupt):
    """A push was cut off; `project.resume_push` continues it.

    Attributes:
        report: The report with the outcomes known at that moment; None if the journal cannot be
            read any more.
        push_id: The argument for `project.resume_push`.
    """

    def __init__(self, message: str, *, report: Any, push_id: str) -> None:
        super().__init__(message)
        self.report = report
        self.push_id = push_id


class ImportInterrupted(VfyNotebookError, KeyboardInterrupt):
    """Waiting for a CSV import was cut off, once the API had taken the file.

    Attributes:
        async_action_id: The argument for `project.import_csv`, which then goes on waiting.
        push_id: The argument for `project.resume_push`, which does so too; None where this
            computer's journal does not have it.
        may_have_run: True, as the API has the file.
    """

    def __init__(
        self, message: str, *, async_action_id: str = "", push_id: str | None = None
    ) -> None:
        super().__init__(message)
        self.may_have_run = True
        self.async_action_id = async_action_id
        self.push_id = push_id


class RunInterrupted(VfyNotebookError, KeyboardInterrupt):
    """The user stopped consents or deletions; `report` has each customer's outcome."""

    def __init__(self, message: str, *, report: Any) -> None:
        super().__init__(message)
        self.report = report
