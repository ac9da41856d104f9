"""The objects that the methods of a project return.

You never make these yourself: `Project.plan_push` returns a `PushPlan`, its `push` returns a
`PushReport`, and so on.
"""

from vfy_notebook.api.calls import Calls, Quota
from vfy_notebook.customers.consents import ConsentReport
from vfy_notebook.customers.deletion.plan import DeletionPlan, DeletionReport
from vfy_notebook.customers.single import SavedCustomer
from vfy_notebook.fetch.saving.copying import SavedParts
from vfy_notebook.push.plan import PushPlan, PushReport
from vfy_notebook.segments.plan import SegmentPlan
from vfy_notebook.segments.report import SegmentReport

__all__ = [
    "Calls",
    "ConsentReport",
    "DeletionPlan",
    "DeletionReport",
    "PushPlan",
    "PushReport",
    "Quota",
    "SavedCustomer",
    "SavedParts",
    "SegmentPlan",
    "SegmentReport",
]
