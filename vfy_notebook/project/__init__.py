"""A Voucherify project: one method for each task of the toolkit, a file for each subject."""

from vfy_notebook.project.base import ProjectBase
from vfy_notebook.project.consents import ConsentMethods
from vfy_notebook.project.csv_import import CsvImportMethods
from vfy_notebook.project.customers import CustomerMethods
from vfy_notebook.project.deletions import DeletionMethods
from vfy_notebook.project.forms import FormMethods
from vfy_notebook.project.history import HistoryMethods
from vfy_notebook.project.pushing import PushMethods
from vfy_notebook.project.saving import SavingMethods
from vfy_notebook.project.segments import SegmentMethods
from vfy_notebook.project.single_customers import SingleCustomerMethods

__all__ = ["Project"]


class Project(
    CustomerMethods,
    SegmentMethods,
    HistoryMethods,
    SavingMethods,
    PushMethods,
    CsvImportMethods,
    SingleCustomerMethods,
    ConsentMethods,
    DeletionMethods,
    FormMethods,
    ProjectBase,
):
    """A connection to one Voucherify project.

    Made by `vfy.connect()` or `vfy.demo()`. Making it sends no request. It is also a context
    manager that closes itself. It cannot be pickled: keys stay in their process. In the examples,
    `project` is the demo.

    Every call has an end, whatever the other side does: three minutes without a whole answer (two
    hours for a download), two minutes of retries, and `max_wait_s` of waiting for the quota (an
    hour, unless you say otherwise to `vfy.connect`). Each method says how long it may take beyond
    that.

    >>> with vfy.demo(customers=3) as project:
    ...     names = project.fetch_customers()["name"]
    >>> len(names)
    3
    """
