"""A segment's plan on the screen: who gets in, who does not, what is to be known, what it costs.

The text stays below 4 kB and the HTML below 40 kB, as a push's do; customers' texts are escaped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from vfy_notebook.customers.outcomes import table_html
from vfy_notebook.frames.identities.identities import identities_of
from vfy_notebook.push.preview import TEXT_BYTES, problem_lines, problems_list
from vfy_notebook.shown_text import shown_html, shown_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vfy_notebook.edits.problems.problems import Problem, WhoIs

#: Customers that a preview shows.
_SHOWN = 10

#: Bytes of the text that problems may take, and characters of a cell that are shown.
_TEXT_PROBLEMS = 2_200
_LONGEST_CELL = 32

_MORE = "and {count} more: see plan.customers"


@dataclass(frozen=True)
class SegmentPreview:
    """What a plan shows of itself.

    Attributes:
        title: What would be made, of how many.
        cost: The API calls that it takes.
        customers: Who gets in.
        problems: What is to be known.
        whois: Gives a customer's name or e-mail.
        verb: The call that makes it.
    """

    title: str
    cost: str
    customers: pd.DataFrame
    problems: Sequence[Problem]
    whois: WhoIs
    verb: str

    def text(self) -> str:
        """For a terminal."""
        lines = [self.title, self.cost]
        lines += problem_lines(self.problems, self.whois, _TEXT_PROBLEMS)
        who = self._who().to_string(index=False).splitlines() if len(self.customers) else []
        room = TEXT_BYTES - sum(len(line.encode()) + 1 for line in [*lines, self.verb, _MORE])
        while who and sum(len(line.encode()) + 1 for line in who) > room:
            who.pop()
        lines += [*who, self._more(max(len(who) - 1, 0)), self.verb]
        return "\n".join(filter(None, lines))

    def html(self) -> str:
        """For a notebook."""
        parts = [
            f"<b>{shown_html(self.title)}</b>",
            shown_html(self.cost),
            problems_list(self.problems, self.whois),
            table_html(self._who()) if len(self.customers) else "",
            shown_html(self._more(_SHOWN)),
            # A form has buttons instead, and does not show this.
            f'<code class="vfy-verb">{shown_html(self.verb)}</code>',
        ]
        return "".join(f"<div>{part}</div>" for part in parts if part)

    def _more(self, shown: int) -> str:
        more = len(self.customers) - shown
        return _MORE.format(count=f"{more:,}") if more > 0 else ""

    def _who(self) -> pd.DataFrame:
        identities = identities_of(self.customers.head(_SHOWN))
        names = [each.name or each.email or self.whois(each.customer_id) for each in identities]
        return pd.DataFrame(
            {
                "customer_id": [_cell(each.customer_id) for each in identities],
                "source_id": [_cell(each.source_id) for each in identities],
                "name": [_cell(name) for name in names],
            }
        )


def _cell(value: str | None) -> str:
    return "" if value is None else shown_text(value, _LONGEST_CELL)
