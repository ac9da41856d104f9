"""From a pandas or a Dask DataFrame to the few rows that plots and analysis count.

A Dask DataFrame is reduced where its rows lie: only rows that differ in a column that is looked at
come to this process, each with the number of rows like it. A pandas DataFrame stays as it is. What
comes out is the same kind of thing, so that whoever counts has one way for both. What needs
single rows gets the columns that it looks at, and no other.
"""

from vfy_notebook.reductions.alike import count_alike, count_members
from vfy_notebook.reductions.brought import bring, bring_columns
from vfy_notebook.reductions.by_parts import on_parts, on_parts_by
from vfy_notebook.reductions.counted import Counted, CountedMembers
from vfy_notebook.reductions.kinds import AnyFrame, check_frame, check_memberships, is_dask
from vfy_notebook.reductions.weighted import count, quantiles

__all__ = [
    "AnyFrame",
    "Counted",
    "CountedMembers",
    "bring",
    "bring_columns",
    "check_frame",
    "check_memberships",
    "count",
    "count_alike",
    "count_members",
    "is_dask",
    "on_parts",
    "on_parts_by",
    "quantiles",
]
