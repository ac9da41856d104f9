"""Each message in the README's table is one that the package says, word for word."""

from __future__ import annotations

import importlib.util
import re
import socket
import warnings
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

import vfy_notebook as vfy
from tests.contract.history.test_history import imported
from tests.contract.listing.test_listing import START, made
from tests.contract.push_support import fetched, fill
from tests.contract.wire.test_network_errors import Proxy
from vfy_notebook.api.keys.keyring import write_keyring
from vfy_notebook.api.keys.secret import Secret
from vfy_notebook.api.listing.walking import ties
from vfy_notebook.cli import main
from vfy_notebook.commands import lab
from vfy_notebook.errors import VfyNotebookError, VfyNotebookWarning
from vfy_notebook.forms.connecting import ConnectState

README = Path(__file__).parents[3] / "README.md"

LIST = "/v1/customers"

#: What calls a message forth, by the message as the README quotes it.
CAUSES = {}


class World:
    """The fixtures, each made when a cause asks for it."""

    def __init__(self, request):
        self._request = request

    def __getattr__(self, name):
        return self._request.getfixturevalue(name)


def causes(quoted):
    def remember(function):
        CAUSES[quoted] = function
        return function

    return remember


def fetch(project, **options):
    return project.fetch_customers(progress=False, **options)


def answered(world, **answer):
    """A fetch whose every request gets the same answer."""
    world.sandbox.script({"path": LIST, "nth": "every", "do": "status", **answer})
    fetch(world.project)


# -- credentials, network, quota ---------------------------------------------------------------


@causes("No application ID: set the environment variable VOUCHERIFY_APP_ID")
def _(world):
    vfy.connect()


@causes("The secret key has a character that no key has")
def _(world):
    vfy.connect("id", "“key”")


@causes("Plain http to … would show the secret key to the network")
def _(world):
    vfy.connect("id", "key", url="http://api.example.com")


@causes("401 … Check the application ID, the secret key and the region.")
def _(world):
    fetch(world.make_project(app_token="wrong"))


@causes("403 … This key may not do that")
def _(world):
    answered(world, status=403, body={"message": "Forbidden"})


@causes("… cannot be reached … Nothing was sent.")
def _(world):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # nobody listens there, and nobody else gets the port
        port = closed.getsockname()[1]
        fetch(world.make_project(url=f"http://127.0.0.1:{port}"))


@causes("The certificates to trust are not there: REQUESTS_CA_BUNDLE names …")
def _(world):
    world.monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem")
    fetch(world.make_project(url="https://api.example.test"))


@causes("The proxy … wants a login (407)")
def _(world):
    with Proxy(["407 Proxy Authentication Required"]) as proxy:
        world.monkeypatch.setenv("HTTPS_PROXY", proxy.address())
        world.monkeypatch.setenv("https_proxy", proxy.address())
        fetch(world.make_project(url="https://api.example.test"))


@causes("… not of the kind that the column holds, and shown as NA")
def _(world):
    world.sandbox.reset(made(2))
    world.sandbox.set(odd_values={"cust_c000001": {"phone": "7"}})
    fetch(world.project)


@causes("… no readable created_at, by which listings go on")
def _(world):
    world.sandbox.reset(made(2))
    world.sandbox.set(odd_values={"cust_c000001": {"created_at": "7"}})
    fetch(world.project)


@causes("… cannot be pushed in bulk: it, or what has to be sent along with it")
def _(world):
    world.sandbox.reset(made(2))
    world.sandbox.set(odd_values={"cust_c000001": {"phone": "7"}})
    frame = fetch(world.project)
    frame.loc["cust_c000001", "phone"] = "+48"
    world.project.plan_push(frame).push(progress=False)


@causes("… an HTML page: check the address given to connect()")
def _(world):
    world.sandbox.script({"path": LIST, "nth": "every", "do": "html", "status": 200})
    fetch(world.project)


@causes("429 … The rate limit was still reached after waiting")
def _(world):
    answered(world, status=429)


@causes("Rate limit reached; next call in … s. Nothing was sent.")
def _(world):
    world.sandbox.set(rate_limit={"limit": 1, "window_s": 7_200})
    fetch(world.project)
    fetch(world.project)


@causes("The month's API calls are used up")
def _(world):
    answered(world, status=429, headers={"X-Rate-Limit-Type": "api_calls_cycle"})


@causes("This listing takes about … more calls, but …")
def _(world):
    world.sandbox.reset(made(3_000))
    world.sandbox.set(rate_limit={"limit": 10, "window_s": 60})
    fetch(world.project)


# -- fetching and saving -----------------------------------------------------------------------


@causes("Interrupted after … customers")
def _(world):
    def interrupted(*_):
        raise KeyboardInterrupt

    world.monkeypatch.setattr("vfy_notebook.progress.Progress.update", interrupted)
    world.sandbox.reset(made(300))
    fetch(world.project)


@causes("Read … distinct customers, but the API now counts …")
def _(world):
    world.sandbox.reset(made(300))
    behind = made(5, prefix="old", start=START - timedelta(days=1))
    meanwhile = {"do": "run", "insert": behind, "remove": ["c-299"]}
    world.sandbox.script({"path": LIST, "nth": 3, **meanwhile})
    fetch(world.project)


@causes("… orders were created …, as after an import")
def _(world):
    world.sandbox.reset(made(10), orders=imported(50))
    world.project.fetch_orders(progress=False)


@causes("… customers were created at …; the API can list only …")
def _(world):
    world.monkeypatch.setattr(ties, "MAX_PAGE", 1)
    world.sandbox.reset(made(700, ties=700))
    fetch(world.project)


@causes("… holds … customers …: choose another folder, or replace_existing=True")
def _(world):
    for _ in range(2):
        world.project.save_customers(world.tmp_path / "c", progress=False)


@causes("… holds … customers of another project, or by other filters")
def _(world):
    world.sandbox.script({"path": LIST, "nth": 1, "do": "status", "status": 403})
    with pytest.raises(VfyNotebookError):
        world.project.save_customers(world.tmp_path / "c", city="Łódź", progress=False)
    world.project.save_customers(world.tmp_path / "c", progress=False)


@causes("… which save_customers() did not write")
def _(world):
    (world.tmp_path / "mine.parquet").touch()
    world.project.save_customers(world.tmp_path, progress=False)


# -- pushing and deleting ----------------------------------------------------------------------


@causes("Nothing was sent:")
def _(world):
    fill(world.sandbox, 3)
    _, after = fetched(world.project)
    after["emial"] = "x"
    after["source_id"] = "other"
    world.project.plan_push(after).push(progress=False)


@causes("… was changed on the server since the fetch")
def _(world):
    fill(world.sandbox, 3)
    _, after = fetched(world.project)
    after["metadata.tier"] = "gold"
    world.sandbox.touch("s1", metadata={"tier": "silver"})
    world.project.plan_push(after).push(progress=False)


@causes("Neither fetched nor on the server … A push would create new customers")
def _(world):
    fill(world.sandbox, 3)
    _, after = fetched(world.project)
    unknown = after.rename(index={after.index[0]: "cust_typo"})
    world.project.plan_push(unknown).push(progress=False)


@causes("The index … is no customer's")
def _(world):
    fill(world.sandbox, 3)
    _, after = fetched(world.project)
    by_name = after[["phone"]].set_axis(["Ann", "Bob", "Eve"]).assign(phone="1")
    world.project.plan_push(by_name).push(progress=False)


@causes("… is a new key … not in the schema and on none of the … customers read")
def _(world):
    fill(world.sandbox, 3)
    _, after = fetched(world.project)
    after["metadata.Tier"] = "gold"
    world.project.plan_push(after).push(progress=False)


@causes("… within two letters of the API's own")
def _(world):
    fill(world.sandbox, 3)
    _, after = fetched(world.project)
    after["adress.city"] = "Kraków"
    world.project.plan_push(after).push(progress=False)


@causes("With a source_id that differs from another customer's only in case, blanks …")
def _(world):
    fill(world.sandbox, 3)
    _, after = fetched(world.project)
    new = after.head(1).rename(index={after.index[0]: "new"}).assign(source_id="S0")
    world.project.plan_push(new[["source_id", "name"]], create_missing=True).push(progress=False)


@causes("… in rows of a version that is neither there any more nor remembered")
def _(world):
    fill(world.sandbox, 3)
    _, after = fetched(world.project)
    after["name"] = "New"
    after["updated_at"] -= pd.Timedelta(1, "D")
    world.sandbox.touch("s1", name="Someone else")
    world.project.plan_push(after).push(progress=False)


@causes("… have to be read anew before they can be compared, which takes about … API calls")
def _(world):
    fill(world.sandbox, 1_000)
    frame = pd.DataFrame({"name": "New"}, index=[f"cust_{i:05}" for i in range(1_000)])
    world.project.plan_push(frame, max_calls=5)


@causes("This plan deletes … customers, but confirm=…")
def _(world):
    fill(world.sandbox, 3)
    world.project.plan_deletion(fetch(world.project)).delete(confirm=4, progress=False)


@causes("… is the name of a segment already")
def _(world):
    fill(world.sandbox, 3)
    customers = fetch(world.project)
    for _ in range(2):
        world.project.plan_segment("VIP", customers).create(progress=False)


@causes("The segment … was made. Not in it, although planned: …")
def _(world):
    fill(world.sandbox, 3)
    plan = world.project.plan_segment("VIP", fetch(world.project))
    world.sandbox.remove(["cust_00001"])
    plan.create(progress=False)


@causes("… customers were not surely flagged, so the segment … was not made")
def _(world):
    fill(world.sandbox, 3)
    world.sandbox.set(job_failures={"s1": "a reason of the vendor's"})
    world.project.plan_segment("VIP", fetch(world.project), key="vip", new_keys=True).create()


@causes("This Voucherify project has no consents")
def _(world):
    world.sandbox.set(consents=False)
    world.project.fetch_consents()


# -- around it ---------------------------------------------------------------------------------


@causes("Nothing was stored: there is no working keyring here")
def _(world):
    state = ConnectState(
        lambda _order: world.project,
        lambda _: write_keyring("https://api.example.com", "id", Secret("token")),
    )
    state.app_id, state.remember = "id", True
    state.take_token(Secret("key"))
    state.connect(state.order(), False)
    return state.message.text


@causes("The demo needs …, which this Python does not have. Install with: …")
def _(world):
    find = importlib.util.find_spec
    missing = ("jupyterlab", "uvicorn")
    world.monkeypatch.setattr(
        "importlib.util.find_spec", lambda name: None if name in missing else find(name)
    )
    assert main(["demo"]) == 1


@causes("Port … cannot be used")
def _(world):
    with socket.create_server((lab.HOST, 0)) as taken:
        lab.choose_port(taken.getsockname()[1])


@causes("… lies in …, a checkout of vfy-notebook")
def _(world):
    (world.tmp_path / "vfy_notebook").mkdir()
    (world.tmp_path / "vfy_notebook" / "__init__.py").touch()
    (world.tmp_path / "pyproject.toml").touch()
    assert main(["demo", "--folder", str(world.tmp_path / "x")]) == 1


# -- the table ---------------------------------------------------------------------------------


@pytest.mark.skipif(not README.exists(), reason="an installed package has no README beside it")
def test_the_table_has_these_messages():
    table = README.read_text(encoding="utf-8").split("| message | what to do |\n")[1]
    first_cells = [line.split(" | ")[0] for line in table.split("\n\n")[0].splitlines()]
    quoted = [re.fullmatch(r"\| (`+) ?(.+?) ?\1", cell) for cell in first_cells]
    assert [match[2] for match in quoted if match] == list(CAUSES)


@pytest.mark.parametrize("quoted", CAUSES)
def test_the_package_says_so(quoted, request, capsys):
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always", VfyNotebookWarning)
        try:
            said = CAUSES[quoted](World(request))
        except VfyNotebookError as error:
            said = str(error)
    told = [said or "", capsys.readouterr().err, *(str(each.message) for each in warned)]
    pattern = re.compile(".*".join(map(re.escape, re.split(r"\s*…\s*", quoted))), re.DOTALL)
    assert any(pattern.search(each) for each in told), told
