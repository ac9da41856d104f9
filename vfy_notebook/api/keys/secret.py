"""A text that nothing shows by accident."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, NoReturn, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

#: What is shown instead.
HIDDEN = "***"

#: What is shorter stands in words and sentences by chance; a real key has 36 characters.
_SHORTEST = 8

Raised = TypeVar("Raised", bound=BaseException)


class Secret:
    """A text that `repr`, `str`, formats, logs, tracebacks with locals and pickles do not show.

    The text itself comes out of `reveal()` only. It is not bound to a name where it is used: each
    name is a local variable, and tools show those (`%xmode Verbose`, rich, `pytest -l`, Sentry).

    >>> key = Secret("3266b9f8")
    >>> key, f"{key}", "%s" % key, len(key), key.reveal()
    (***, '***', '***', 8, '3266b9f8')
    """

    # A function, because attributes are what debuggers and inspectors print.
    __slots__ = ("reveal",)

    reveal: Callable[[], str]

    def __init__(self, text: str) -> None:
        object.__setattr__(self, "reveal", lambda: text)

    @classmethod
    def of(cls, text: object) -> Secret:
        """The text as a secret; one that is a secret already stays it."""
        return text if isinstance(text, Secret) else cls(str(text))

    def hidden_in(self, text: str) -> str:
        """A text with `***` in place of the secret.

        >>> Secret("3266b9f8").hidden_in("key 3266b9f8 is wrong")
        'key *** is wrong'
        """
        return text.replace(self.reveal(), HIDDEN) if len(self) >= _SHORTEST else text

    def __len__(self) -> int:
        return len(self.reveal())

    def __repr__(self) -> str:
        return HIDDEN

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self.reveal().encode(), other.reveal().encode())

    def __hash__(self) -> int:
        return hash(self.reveal())

    def __setattr__(self, name: str, value: object) -> NoReturn:
        message = "a secret does not change"
        raise AttributeError(message)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> NoReturn:
        message = "A secret key is not pickled: call connect() where it is needed."
        raise TypeError(message)


def without_frames(error: Raised) -> Raised:
    """The same exception without the frames that it, and all that led to it, came through.

    Their local variables may hold what nobody is to see, such as a proxy's password, and live as
    long as the exception does.
    """
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        each.__traceback__ = None
        each = each.__cause__ or each.__context__
    return error
