"""What the states of all forms share: a message, and errors shown as sentences."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vfy_notebook.errors import VfyNotebookError
from vfy_notebook.frames.typed_numbers import number_in

if TYPE_CHECKING:
    from collections.abc import Callable


class Tone(enum.Enum):
    """How a message is meant."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True)
class Message:
    """A sentence for the person who uses the form."""

    text: str
    tone: Tone


class FormState:
    """A form without widgets."""

    def __init__(self) -> None:
        self.message: Message | None = None

    def say(self, text: str, tone: Tone) -> None:
        """Put a sentence into the form."""
        self.message = Message(text, tone)

    def attempt(self, action: Callable[[], None]) -> None:
        """Do something that may fail; a failure becomes a sentence in the form."""
        self.message = None
        try:
            action()
        except KeyboardInterrupt:
            self.say("Stopped. Nothing more is sent.", Tone.WARNING)
        except VfyNotebookError as error:
            self.say(str(error), Tone.BAD)
        except Exception as error:  # noqa: BLE001 - a form shows sentences, never a traceback
            self.say(
                f"Something went wrong that should not ({type(error).__name__}: {error}). "
                "Please report it; the same verb called in a cell shows where.",
                Tone.BAD,
            )


class Confirmation:
    """A number that must be typed before something far-reaching is done.

    Attributes:
        typed: What the person has typed.
    """

    def __init__(self) -> None:
        self.typed = ""

    def forget(self) -> None:
        """What was typed was for what was on the screen then."""
        self.typed = ""

    def fits(self, required: str) -> bool:
        """Whether what is required was typed; `2,357` is as good as `2357`.

        >>> confirmation = Confirmation()
        >>> confirmation.typed = " DELETE 2,357 "
        >>> confirmation.fits("DELETE 2357"), confirmation.fits("2357"), confirmation.fits("")
        (True, False, True)
        """
        if not required:
            return True
        *word, number = required.rsplit(" ", 1)
        typed = self.typed.strip()
        for each in word:
            if not typed.startswith(f"{each} "):
                return False
            typed = typed.removeprefix(each)
        told = number_in(typed)
        return (
            isinstance(told, int)
            and not typed.strip().startswith(("+", "0"))
            and (str(told) == number)
        )


def number_of(count: int, noun: str = "customer") -> str:
    """How many, in words.

    >>> number_of(1), number_of(2_357), number_of(0, "API call")
    ('1 customer', '2,357 customers', '0 API calls')
    """
    return f"{count:,} {noun}{'s' * (count != 1)}"
