"""What all tests share: one sandbox for each test process, a clock that never makes us wait."""

from __future__ import annotations

import gc
import os

# Before anything imports matplotlib: no test opens a window.
os.environ["MPLBACKEND"] = "Agg"

import pytest
from hypothesis import HealthCheck, settings

import vfy_notebook.sandbox as sandbox_package
from tests.fake_clock import FakeClock
from vfy_notebook import copies
from vfy_notebook.api.credentials import Credentials
from vfy_notebook.api.listing import fetching
from vfy_notebook.api.transport import Transport
from vfy_notebook.project import Project

# A company's proxy is no way to servers on this machine, and not every library knows that.
for variable in [name for name in os.environ if name.lower().endswith("_proxy")]:
    del os.environ[variable]

# Properties meet the same examples on each machine, however slow it is; HYPOTHESIS_PROFILE=deep
# looks for others.
SLOW = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("usual", max_examples=50, derandomize=True, **SLOW)
settings.register_profile("deep", max_examples=1000, **SLOW)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "usual"))


def pytest_collection_finish():
    """What was imported stays: the garbage collector need not look through it in each test."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _no_credentials_from_outside(monkeypatch, tmp_path_factory):
    """The tests see no real project and touch no real user's folders."""
    for variable in list(os.environ):
        if variable.startswith("VOUCHERIFY_"):
            monkeypatch.delenv(variable)
    home = tmp_path_factory.getbasetemp() / "home"
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    # What another test has written is no copy of this one's customers.
    copies.register_path().unlink(missing_ok=True)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")


@pytest.fixture(autouse=True)
def _listings_are_shared_however_fast_the_answers(monkeypatch):
    """What a test sees must not depend on how busy this machine is."""
    monkeypatch.setattr(fetching, "_SHARED_FROM_S", 0.0)


@pytest.fixture(scope="session")
def sandbox_process():
    """The sandbox of this test process."""
    with sandbox_package.start(customers=0) as process:
        yield process


@pytest.fixture
def sandbox(sandbox_process):
    """The sandbox, empty and with all switches at their defaults."""
    sandbox_process.reset(customers=[])
    return sandbox_process


@pytest.fixture
def clock(sandbox):
    """A clock on which waiting takes no time; the sandbox's clock moves with it."""
    return FakeClock(on_sleep=sandbox.advance)


@pytest.fixture
def make_project(sandbox, clock, tmp_path):
    """Makes projects on the sandbox: `make_project(workers=1, app_token="wrong", …)`."""
    made = []

    def make(*, workers=4, app_id=None, app_token=None, url=None, journal="journal.sqlite"):
        credentials = Credentials(
            app_id or sandbox.app_id, app_token or sandbox.app_token, url or sandbox.url
        )
        transport = Transport(credentials, clock=clock, jitter=lambda: 0.5)
        made.append(Project(transport, workers=workers, journal_path=tmp_path / journal))
        return made[-1]

    yield make
    for project in made:
        project.close()


@pytest.fixture
def project(make_project):
    """A project on the empty sandbox."""
    return make_project()
