"""A copy in a process of its own that kills itself at a given step, or meets a full disk."""

from __future__ import annotations

import itertools
import logging
import os
import resource
import signal

import pyarrow.parquet as pq

from tests.fake_clock import FakeClock
from vfy_notebook.api.credentials import Credentials
from vfy_notebook.api.listing import fetching
from vfy_notebook.api.listing.query import CustomerQuery
from vfy_notebook.api.operations import Api
from vfy_notebook.api.transport import Transport
from vfy_notebook.fetch.history.query import HistoryQuery
from vfy_notebook.fetch.saving import customers as saving
from vfy_notebook.fetch.saving import parts
from vfy_notebook.fetch.saving.folder import PartsFolder
from vfy_notebook.fetch.saving.history import save_orders
from vfy_notebook.fetch.saving.memberships import save_memberships


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def save(site, path, *, part_rows, workers=1, via="list", what="customers"):
    """Save all of something; `site` is the sandbox's url, app_id and app_token."""
    url, app_id, app_token = site
    parts.PART_ROWS = part_rows
    fetching._SHARED_FROM_S = 0.0
    api = Api(Transport(Credentials(app_id, app_token, url), clock=FakeClock()))
    if what == "memberships":
        return save_memberships(api, path, segments=None, replace=False, progress=False)
    if what == "orders":
        return save_orders(api, HistoryQuery(), path, replace=False, progress=False)
    return saving.save_customers(
        api,
        CustomerQuery(),
        path,
        via=via,
        replace=False,
        workers=workers,
        progress=False,
    )


def save_and_die_at_step(site, path, *, kill_at, steps, **arguments):
    """Die when the file numbered `kill_at` in `steps` is written, or named; or live and tell."""
    numbers = itertools.count(1)

    def step(name):
        if steps is not None:
            steps.send(name)
        if next(numbers) == kill_at:
            die()

    PartsFolder.on_step = staticmethod(step)
    save(site, path, **arguments)


def save_and_die_at_call(site, path, *, kill_at, **arguments):
    """Die when the call numbered `kill_at` has been answered."""
    numbers = itertools.count(1)

    def heard(record):
        is_page = record.msg.startswith("%s: status") and record.args[0] == "list_customers"
        if is_page and next(numbers) == kill_at:
            die()
        return True

    log = logging.getLogger("vfy_notebook")
    log.setLevel(logging.DEBUG)
    log.addFilter(heard)
    save(site, path, **arguments)


def save_and_die_within_part(site, path, *, kill_at, **arguments):
    """Die with half of the part numbered `kill_at` written."""
    numbers = itertools.count(1)
    write = pq.write_table

    def write_table(table, where, **how):
        write(table, where, **how)
        if next(numbers) == kill_at:
            where.flush()
            where.truncate(where.tell() // 2)
            die()

    pq.write_table = write_table
    save(site, path, **arguments)


def save_on_a_small_disk(site, path, *, largest_file, told, **arguments):
    """Save where no file can grow beyond some size; tell the error."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))
    save_and_tell(site, path, told=told, **arguments)


def save_as_nobody(site, path, *, told, **arguments):
    """Save without the rights that root has everywhere; tell the error."""
    if os.geteuid() == 0:
        os.seteuid(65_534)
    save_and_tell(site, path, told=told, **arguments)


def save_and_tell(site, path, *, told, **arguments):
    try:
        save(site, path, **arguments)
    except Exception as error:  # noqa: BLE001 - whatever it is, the test judges it
        told.send((type(error).__name__, str(error)))
    else:
        told.send(("", ""))
