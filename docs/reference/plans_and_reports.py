"""What the calls of a project give back.

You never make these yourself: `Project.plan_push` gives a `PushPlan`, its `push` a `PushReport`,
and so on. All of them are values: look at them, keep them, compare them.
"""

from vfy_notebook.api.calls import Calls, Quota
from vfy_notebook.fetch.saving import SavedCustomers
from vfy_notebook.push.consents import ConsentReport
from vfy_notebook.push.deletion import DeletionPlan, DeletionReport
from vfy_notebook.push.plan import PushPlan
from vfy_notebook.push.report import PushReport
from vfy_notebook.push.single import SavedCustomer

__all__ = [
    "Calls",
    "ConsentReport",
    "DeletionPlan",
    "DeletionReport",
    "PushPlan",
    "PushReport",
    "Quota",
    "SavedCustomer",
    "SavedCustomers",
]
