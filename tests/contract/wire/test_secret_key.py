"""The secret key shows nowhere, whatever public call is made, and however it ends."""

from __future__ import annotations

import contextlib
import http.client
import inspect
import io
import json
import logging
import pickle
import secrets
import sys
import threading
import traceback
import warnings

import ipywidgets as widgets
import pandas as pd
import psutil
import pytest
from IPython.core.ultratb import VerboseTB

import vfy_notebook as vfy
from tests.contract.raw_server import RawServer, answer
from tests.ctrl_c import CtrlC
from tests.processes import ENDS_S
from vfy_notebook import sandbox as sandbox_package
from vfy_notebook.api.credentials import Credentials
from vfy_notebook.api.keys.links import Link
from vfy_notebook.api.keys.secret import Secret
from vfy_notebook.errors import ArgumentError, VfyNotebookError

PEOPLE = [
    {"id": f"cust_{i}", "source_id": f"s{i}", "name": f"Name {i}", "metadata": {"tier": "gold"}}
    for i in range(3)
]

#: A value for each argument that a call may require; an unknown one gets a text.
ARGUMENTS = {
    "customers": lambda p: p.fetch_customers(progress=False),
    "frame": lambda p: p.fetch_customers(progress=False),
    "edited": lambda p: p.fetch_customers(progress=False).assign(name="New"),
    "consents": lambda _: {"cnst_1": True},
    "ref": lambda _: "s0",
    "customer": lambda _: "s0",
    "file": lambda _: pd.DataFrame({"source_id": ["s0"], "name": ["New"]}),
    "source": lambda _: pd.DataFrame({"source_id": ["s0"], "name": ["New"]}),
}

VERBS = sorted(
    name
    for name, _ in inspect.getmembers(vfy.Project, inspect.isfunction)
    if not name.startswith("_")
)
assert "fetch_customers" in VERBS, "tests of each method would be tests of none"


#: Calls that ask the API for something with whatever arguments.
SENDS = ("fetch_", "get_customer", "create_", "update_", "delete_customer", "save_", "plan_push")


def call(project, name, folder):
    """A public call with whatever it requires, and what its plan or form would do next."""
    verb = getattr(project, name)
    given = {}
    for each in inspect.signature(verb).parameters.values():
        if each.name in ("path", "folder"):
            given[each.name] = folder / "saved"
        elif each.default is each.empty and each.kind is each.POSITIONAL_OR_KEYWORD:
            given[each.name] = ARGUMENTS.get(each.name, lambda _: "x")(project)
        elif each.name == "progress":
            given[each.name] = False
    if name in ("create_customer", "update_customer"):
        given["name"] = "New"
    if name == "import_csv":
        given["path"] = ARGUMENTS["file"](project)
    return verb(**given)


class Shown:
    """All that was said, in which nobody may find the key. Its own `repr` shows none of it."""

    def __init__(self, key):
        self._key = Secret.of(key)
        self._said = []

    def add(self, *texts):
        self._said += [text if isinstance(text, str) else repr(text) for text in texts]

    def add_error(self, error):
        """What tools show of an error: its text, its frames' local variables, its pickle."""
        told = traceback.TracebackException.from_exception(error, capture_locals=True)
        self.add(str(error), repr(error), repr(vars(error)), "".join(told.format()))
        with contextlib.suppress(TypeError, AttributeError, pickle.PicklingError):
            self.add(pickle.dumps(error).decode("latin-1"))

    def add_result(self, result):
        self.add(str(result), repr(result), str(getattr(result, "attrs", "")))
        for shows in ("_repr_html_", "to_string"):
            if hasattr(result, shows):
                self.add(str(getattr(result, shows)()))
        with contextlib.suppress(TypeError, AttributeError, pickle.PicklingError):
            self.add(pickle.dumps(result).decode("latin-1"))

    def add_files(self, folder):
        self.add(*(p.read_bytes().decode("latin-1") for p in folder.rglob("*") if p.is_file()))

    def places_of_the_key(self):
        """The surroundings of each place in which it stands."""
        key, size = self._key.reveal(), len(self._key)
        return [
            text[max(0, text.index(key) - 200) : text.index(key) + size + 50].replace(key, "KEY")
            for text in self._said
            if key in text
        ]

    def __len__(self):
        return sum(map(len, self._said))


@pytest.fixture
def everything_is_told(monkeypatch, capsys):
    """All loggers tell all, `http.client` prints what it sends; gives what they have said."""
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
    yield lambda: said.getvalue() + "".join(capsys.readouterr())
    root.removeHandler(handler)
    root.setLevel(before)


@pytest.mark.parametrize("name", VERBS)
def test_no_call_shows_the_key(name, sandbox, make_project, tmp_path, everything_is_told):
    sandbox.reset(PEOPLE, consents={"consents": [{"id": "cnst_1", "name": "One"}]})
    shown = Shown(sandbox.app_token)
    project = make_project(workers=2)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            shown.add_result(call(project, name, tmp_path))
        except (VfyNotebookError, TypeError, ValueError) as error:
            shown.add_error(error)
    shown.add(*(str(each.message) for each in warned))
    shown.add(repr(project), project._repr_html_(), repr(project.calls))
    shown.add(json.dumps(widgets.Widget.get_manager_state(), default=repr), everything_is_told())
    shown.add_files(tmp_path)
    assert len(shown) > 100
    assert shown.places_of_the_key() == []


@contextlib.contextmanager
def interrupting_server():
    """Presses Ctrl-C when a request has come, and does not answer."""
    over = threading.Event()

    def never(_number, _head):
        ctrl_c.press()
        over.wait(ENDS_S)

    with CtrlC() as ctrl_c, RawServer(never) as server:
        try:
            yield server
        finally:
            over.set()


@pytest.mark.parametrize("name", VERBS)
def test_an_interrupt_in_the_middle_of_a_call_shows_no_key(name, tmp_path):
    """Ctrl-C while a server does not answer: the frames of all libraries are in the traceback."""
    key = Shown("3266b9f8-cf71-4d1c-8a15-3f2a00000001")
    with interrupting_server() as server:
        project = vfy.connect(
            "app", key._key, url=server.url, workers=1, journal=tmp_path / "journal.sqlite"
        )
        with contextlib.closing(project):
            try:
                key.add_result(call(project, name, tmp_path))
            except (KeyboardInterrupt, VfyNotebookError, TypeError, ValueError) as error:
                key.add_error(error)
        assert server.requests or not name.startswith(SENDS)
        # The key was on the wire, indeed.
        assert all("\nX-App-Token: 3266b9f8-" in head for head in server.requests)
    key.add_files(tmp_path)
    assert key.places_of_the_key() == []


def test_what_ipython_and_a_debugger_see_of_an_interrupt(tmp_path):
    shown = Shown("3266b9f8-cf71-4d1c-8a15-3f2a00000001")
    with interrupting_server() as server:
        project = vfy.connect("app", shown._key, url=server.url, journal=tmp_path / "j.sqlite")
        with contextlib.closing(project), pytest.raises(KeyboardInterrupt) as info:
            project.get_customer("s0")
    shown.add(VerboseTB(theme_name="nocolor").text(info.type, info.value, info.tb))
    assert len(shown) > 1000
    assert shown.places_of_the_key() == []
    names = [frame.name for frame in traceback.extract_tb(info.tb)]
    assert "urlopen" not in names  # nor do the frames live on, with the login of a proxy


def test_while_a_request_is_being_sent_no_frame_holds_the_key(tmp_path):
    """Profilers and error trackers look at the frames of threads that run."""
    sent, over = threading.Event(), threading.Event()

    def never(_number, _head):
        sent.set()
        over.wait(ENDS_S)

    shown = Shown("3266b9f8-cf71-4d1c-8a15-3f2a00000001")
    with RawServer(never) as server:
        project = vfy.connect("app", shown._key, url=server.url, journal=tmp_path / "j.sqlite")

        def ask():
            with contextlib.suppress(VfyNotebookError):
                project.get_customer("s0")

        asking = threading.Thread(target=ask)
        asking.start()
        assert sent.wait(ENDS_S)
        each = sys._current_frames()[asking.ident]
        while each is not None:
            shown.add(repr(each.f_locals))
            each = each.f_back
        project.close()
        over.set()
        asking.join(ENDS_S)
    assert len(shown) > 500
    assert shown.places_of_the_key() == []


@pytest.mark.parametrize(
    "wrong", [{"workers": 0}, {"url": "ftp://x.example"}, {"region": "mars"}, {"max_wait_s": -1}]
)
def test_a_refused_connect_shows_no_key(wrong):
    shown = Shown("3266b9f8-cf71-4d1c-8a15-3f2a00000001")
    with pytest.raises(VfyNotebookError) as info:
        connect_in_plain_text(wrong)
    # The caller's own line, and its frame, are the caller's.
    shown.add_error(info.value.with_traceback(info.tb.tb_next.tb_next))
    assert shown.places_of_the_key() == []


def connect_in_plain_text(wrong):
    vfy.connect("app", "3266b9f8-cf71-4d1c-8a15-3f2a00000001", **wrong)


def test_a_refused_connect_by_variables_shows_no_key(monkeypatch):
    shown = Shown("3266b9f8-cf71-4d1c-8a15-3f2a00000001")
    monkeypatch.setenv("VOUCHERIFY_APP_TOKEN", shown._key.reveal() + "é")
    monkeypatch.setenv("VOUCHERIFY_APP_ID", "app")
    with pytest.raises(VfyNotebookError) as info:
        vfy.connect()
    shown.add_error(info.value)
    assert shown.places_of_the_key() == []


def test_neither_keys_nor_a_project_are_pickled(tmp_path):
    credentials = Credentials("app", "3266b9f8-cf71", "https://api.example.com")
    with vfy.connect("app", "3266b9f8-cf71", journal=tmp_path / "j.sqlite") as project:
        for each in (credentials, project):
            with pytest.raises(ArgumentError, match="cannot be pickled"):
                pickle.dumps(each)
        with pytest.raises(TypeError, match=r"not pickled.*connect\(\)"):
            pickle.dumps(credentials.app_token)


@pytest.mark.parametrize("where", ["key", "request_id", "details", "message", "redirect", "reason"])
def test_what_a_server_says_is_told_without_the_key_and_cut(where, tmp_path):
    """And without escapes: an answer may hold anything."""

    def echo(_number, head):
        key = head.partition("X-App-Token: ")[2].partition("\n")[0]
        text = f"\x1b[2J\u202e{key}{'y' * 5_000}"
        if where == "redirect":
            return answer("302 Found", headers=[("Location", f"http://[::1/{key}{'y' * 5_000}")])
        if where == "reason":
            return answer(f"400 {key}", {"code": 400})
        return answer("400 Bad Request", {"code": 400, "message": "x", where: text})

    shown = Shown("3266b9f8-cf71-4d1c-8a15-3f2a00000001")
    with RawServer(echo) as server:
        project = vfy.connect("app", shown._key, url=server.url, journal=tmp_path / "j.sqlite")
        with contextlib.closing(project), pytest.raises(VfyNotebookError) as info:
            project.get_customer("s0")
    shown.add_error(info.value)
    assert shown.places_of_the_key() == []
    told = str(info.value) + "".join(map(str, vars(info.value).values()))
    assert "***" in told
    assert not {"\x1b", "\u202e"} & set(told)
    assert len(str(info.value)) < 1_000


def test_a_login_in_netrc_goes_to_nobody(tmp_path, monkeypatch):
    (tmp_path / ".netrc").write_text("default login me password swordfish\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    export = {"id": "exp_1", "object": "export", "status": "DONE"}

    def script(_number, head):
        if "/v1/exports" in head:
            return answer(body={**export, "result": {"url": f"{server.url}/file"}})
        return answer("404 Not Found", {"code": 404})

    with RawServer(script) as server:
        project = vfy.connect("app", "token", url=server.url, journal=tmp_path / "j.sqlite")
        with contextlib.closing(project), contextlib.suppress(VfyNotebookError):
            project.fetch_customers(via="export", progress=False)
    assert any("/file" in head for head in server.requests)
    assert not any("authorization" in head.lower() for head in server.requests)


def test_an_exports_link_is_in_no_log(sandbox, make_project, everything_is_told):
    sandbox.reset(PEOPLE)
    make_project().fetch_customers(via="export", email="ann@example.com", progress=False)
    (link,) = (e["result"]["url"] for e in sandbox.exports())
    said = everything_is_told()
    assert link.partition("?")[0].rpartition("/")[2] in said  # the log is there
    assert link.partition("token=")[2] not in said
    assert "ann%40example.com" not in said


EXPORTS = {
    "customers": lambda p, _: p.fetch_customers(via="export", progress=False),
    "orders": lambda p, _: p.fetch_orders(progress=False),
    "redemptions": lambda p, _: p.fetch_redemptions(progress=False),
    "saved orders": lambda p, folder: p.save_orders(folder / "orders", progress=False),
}

BROKEN_DOWNLOADS = {
    "refused": {"do": "status", "status": 403},
    "gone": {"do": "status", "status": 404},
    "no table": {"do": "status", "status": 200, "body": "no table"},
    "redirected": {"do": "redirect", "location": "http://127.0.0.1:9/file"},
    "plain elsewhere": {"do": "redirect", "location": "http://files.example/"},
}


def with_token(fault, shown):
    """The fault with a token in the address that it names: the test's own frame has none."""
    if "location" not in fault:
        return fault
    return fault | {"location": f"{fault['location']}?token={shown._key.reveal()}"}


@pytest.mark.parametrize("fault", BROKEN_DOWNLOADS.values(), ids=BROKEN_DOWNLOADS)
@pytest.mark.parametrize("fetch", EXPORTS.values(), ids=EXPORTS)
def test_an_exports_link_is_in_no_traceback(fetch, fault, sandbox, make_project, tmp_path):
    """Who has the link has all customers: it is as secret as the key."""
    sandbox.reset(PEOPLE)
    shown = Shown(secrets.token_hex(16))  # a token that a redirect names
    sandbox.script({"query": "token=*", "nth": "every", **with_token(fault, shown)})
    with pytest.raises(VfyNotebookError) as info:
        fetch(make_project(), tmp_path)
    shown.add_error(info.value)
    shown.add(VerboseTB(theme_name="nocolor").text(info.type, info.value, info.tb))
    shown.add_files(tmp_path)
    assert len(shown) > 2000
    assert shown.places_of_the_key() == []
    (link,) = (e["result"]["url"] for e in sandbox.exports())
    shown._key = Secret(link.partition("token=")[2])
    assert len(shown._key) > 20
    assert shown.places_of_the_key() == []


@pytest.mark.parametrize("host", ["127.0.0.1:9", "localhost:9", "[::1]:9", "127.1:9", "0.0.0.0:9"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_api_elsewhere_cannot_send_us_to_this_machine(scheme, host, make_project, monkeypatch):
    project = make_project(url="https://api.example.com")
    with pytest.raises(VfyNotebookError, match=r"address of this machine|not encrypted"):
        project._api.download(Link.of(f"{scheme}://{host}/admin?x=1"), lambda _: None)
    assert project.calls.total == 0


def test_the_sandboxs_process_inherits_no_key(monkeypatch):
    shown = Shown("3266b9f8-cf71-4d1c-8a15-3f2a00000001")
    monkeypatch.setenv("VOUCHERIFY_APP_TOKEN", shown._key.reveal())
    with sandbox_package.start(1) as box:
        process = psutil.Process(box.pid)
        shown.add(json.dumps([process.environ(), process.cmdline()]))
    assert len(shown) > 100
    assert shown.places_of_the_key() == []
