"""Pictures of customers and segments: `vfy.plots`.

Each function draws frames that are already here, so none makes an API call. Each takes a Dask
DataFrame where it takes one of pandas, and draws the same picture of it, exactly: the workers count
the rows that are alike in what is drawn, and only one of each kind comes to this process. (With
exact quantiles of a number in which no two customers are alike, that is a row for each customer.)
A cell that Dask has turned into text is text; `saved.to_dask()` turns none. Each takes an
`ax` to draw on and returns the Axes it drew on; without one it makes a figure of fitting size,
which Jupyter shows by itself. No style, no `rcParams` and no other global state is touched.
Where a style's text is bright, its background is taken for dark: what would be lost on it is
bright.
"""

from vfy_notebook.plots.breakdown import segment_breakdown
from vfy_notebook.plots.growth import signups
from vfy_notebook.plots.insight.comparison import comparison
from vfy_notebook.plots.insight.retention import retention
from vfy_notebook.plots.insight.rfm import rfm
from vfy_notebook.plots.intersections import segment_intersections
from vfy_notebook.plots.orders import order_value
from vfy_notebook.plots.overlap import segment_overlap
from vfy_notebook.plots.sizes import segment_sizes

__all__ = [
    "comparison",
    "order_value",
    "retention",
    "rfm",
    "segment_breakdown",
    "segment_intersections",
    "segment_overlap",
    "segment_sizes",
    "signups",
]


def __dir__() -> list[str]:
    return sorted(__all__)
