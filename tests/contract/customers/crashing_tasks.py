"""Tasks in a process of their own that kills itself at a given moment.

Moments are the steps of the journal, before and after each, and every answer of the API that has
just arrived: what it says is lost with the process.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pandas as pd

from tests.fake_clock import FakeClock
from vfy_notebook.api import call_log
from vfy_notebook.api.credentials import Credentials
from vfy_notebook.api.transport import Transport
from vfy_notebook.journal.file import JournalFile
from vfy_notebook.project import Project


def undo(project):
    """Take back the only push."""
    (push_id,) = project.pushes()["push_id"]
    project.get_push(push_id).plan_undo().push(progress=False)


def consents(project):
    """Give a consent to all."""
    customers = project.fetch_customers(progress=False)
    project.push_consents(pd.DataFrame({"cnst_1": True}, index=customers.index), progress=False)


def deletion(project, *, permanent=False):
    """Delete the first half."""
    customers = project.fetch_customers(progress=False)
    half = customers.iloc[: len(customers) // 2]
    project.plan_deletion(half, permanent=permanent, progress=False).delete(
        confirm=len(half), progress=False
    )


def permanent_deletion(project):
    """The same for ever."""
    deletion(project, permanent=True)


def csv_import(project):
    """Give all a new name."""
    customers = project.fetch_customers(progress=False)
    frame = pd.DataFrame({"source_id": customers["source_id"].to_list(), "name": "New"})
    project.import_csv(frame, allow_partial=True, progress=False)


TASKS = {each.__name__: each for each in (undo, consents, deletion, permanent_deletion, csv_import)}


def run_and_die(task, site, journal, kill_at, moments):
    """Run a task; die at the moment with the number `kill_at`.

    Without `kill_at` it lives, and tells its moments through `moments`.
    """
    count = 0

    def moment(name):
        nonlocal count
        count += 1
        if moments is not None:
            moments.send(name)
        if count == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    answered = call_log.answered

    def told(operation, *arguments, **more):
        answered(operation, *arguments, **more)
        moment(f"{operation} answered")

    call_log.answered = told
    JournalFile.on_step = staticmethod(lambda name, when: moment(f"{name} {when}"))
    url, app_id, app_token = site
    transport = Transport(Credentials(app_id, app_token, url), clock=FakeClock())
    project = Project(transport, workers=1, journal_path=Path(journal))
    TASKS[task](project)
    project.close()
