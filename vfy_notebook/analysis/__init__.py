"""Who buys, who comes back, who is leaving: `vfy.analysis`.

Each function takes frames that are already here, so none makes an API call and none needs a
project. They may come from `fetch_customers` and `fetch_orders`, or from DuckDB or pandas on a
folder that `save_customers` and `save_orders` have written. No frame is changed.

A Dask DataFrame may stand wherever one of pandas may, and gives the same table, value for value, in
pandas. (Sums of fractions may differ in the last digit; the API's amounts are whole.) Its orders
stay on the workers, which bring all of a customer together. Counts, 8 bytes for each order and a
row for each customer come to this process; of `cohorts`, a row for each cohort and age. Of
customers the columns that are looked at come: ids and, in `compare`, the `columns`, so name them.
Orders that are refused come as well, so that the error can name the rows.
`vfy.plots` draws the tables.
"""

from vfy_notebook.analysis.clv import clv_inputs
from vfy_notebook.analysis.cohort_table import cohorts
from vfy_notebook.analysis.comparing.compare import compare
from vfy_notebook.analysis.group_names import rfm_groups
from vfy_notebook.analysis.rfm_table import rfm

__all__ = ["clv_inputs", "cohorts", "compare", "rfm", "rfm_groups"]


def __dir__() -> list[str]:
    return sorted(__all__)
