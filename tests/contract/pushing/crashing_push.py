"""A push in a process of its own that kills itself at a given step of the journal."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from tests.fake_clock import FakeClock
from vfy_notebook.api.credentials import Credentials
from vfy_notebook.api.transport import Transport
from vfy_notebook.journal.file import JournalFile
from vfy_notebook.project import Project


def edited(before):
    """Something for each of the three routes."""
    after = before.copy()
    after.loc[before.index[:120], "metadata.tier"] = "gold"
    after.loc[before.index[120:230], "name"] = "Žofia"
    after.loc[before.index[230:], "metadata.tier"] = "silver"
    return after


def push_and_die(url, app_id, app_token, journal, kill_at, steps):
    """Push; die at the step of the journal with the number `kill_at`, writing or having written.

    Without `kill_at` it lives, and tells its steps through `steps`.
    """
    count = 0

    def hook(name, when):
        nonlocal count
        count += 1
        if steps is not None:
            steps.send(f"{name} {when}")
        if count == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    JournalFile.on_step = staticmethod(hook)
    transport = Transport(Credentials(app_id, app_token, url), clock=FakeClock())
    project = Project(transport, workers=2, journal_path=Path(journal))
    before = project.fetch_customers(progress=False)
    plan = project.plan_push(edited(before))
    plan.push(progress=False)
    project.close()
