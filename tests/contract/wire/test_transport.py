"""The transport against a server that misbehaves in every way that has a name."""

from __future__ import annotations

import contextlib
import http.server
import os
import pickle
import socket
import threading

import pytest

from tests.fake_clock import FakeClock
from tests.processes import ENDS_S
from vfy_notebook.api.credentials import Credentials
from vfy_notebook.api.keys.links import Link
from vfy_notebook.api.operations import Api
from vfy_notebook.api.pages import PageRequest
from vfy_notebook.api.transport import MAX_ATTEMPTS, Request, Resend, Transport
from vfy_notebook.errors import (
    ApiError,
    AuthError,
    ConnectError,
    NotFoundError,
    PayloadTooLargeError,
    QuotaError,
    RateLimitError,
    ResponseError,
    ServerError,
    VfyNotebookError,
)

LIST = "/v1/customers"


@pytest.fixture
def api(project):
    return project._api


def list_some(api):
    return api.list_customers({}, PageRequest())


def statuses(sandbox):
    return [request["status"] for request in sandbox.requests()]


# -- failures that pass ------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_passing_failure_is_tried_again(sandbox, api, status):
    sandbox.script({"path": LIST, "nth": [1, 2], "do": "status", "status": status})
    assert list_some(api).customers == []
    assert statuses(sandbox) == [status, status, 200]
    assert api.transport.calls.by_operation == {"list_customers": 3}


@pytest.mark.parametrize("do", ["lose", "cut"])
def test_a_broken_answer_is_asked_for_again(sandbox, api, do):
    sandbox.script({"path": LIST, "nth": 1, "do": do})
    assert list_some(api).customers == []
    assert len(statuses(sandbox)) == 2


def test_trying_again_ends(sandbox, api, clock):
    sandbox.script({"path": LIST, "nth": "every", "do": "status", "status": 503})
    with pytest.raises(ServerError) as info:
        list_some(api)
    assert info.value.attempts == MAX_ATTEMPTS == len(statuses(sandbox))
    assert 5 < sum(clock.slept) < 120


def test_backoff_grows_and_is_spread(sandbox, api, clock):
    sandbox.script({"path": LIST, "nth": [1, 2, 3], "do": "status", "status": 502})
    list_some(api)
    assert sum(clock.slept) == pytest.approx(0.5 + 1.0 + 2.0)


# -- the rate limit ----------------------------------------------------------------------------


def test_retry_after_is_obeyed_to_the_second(sandbox, api, clock):
    sandbox.script(
        {"path": LIST, "nth": 1, "do": "status", "status": 429, "headers": {"Retry-After": "42"}}
    )
    list_some(api)
    assert sum(clock.slept) == pytest.approx(42, abs=1.5)


def test_the_end_of_the_window_is_waited_for_where_nothing_else_is_told(sandbox, api, clock):
    sandbox.set(rate_limit={"limit": 3, "window_s": 60}, retry_after=False)
    for _ in range(8):
        list_some(api)
    assert 429 not in statuses(sandbox)  # the headers had told it before
    assert 60 <= sum(clock.slept) <= 130


def test_a_limit_that_stays_reached_ends_in_an_error(sandbox, api):
    sandbox.script(
        {
            "path": LIST,
            "nth": "every",
            "do": "status",
            "status": 429,
            "headers": {"Retry-After": "1"},
        }
    )
    with pytest.raises(RateLimitError, match="try again later"):
        list_some(api)


@pytest.mark.parametrize("status", [429, 503])
def test_a_wait_without_end_is_refused_and_its_length_told(sandbox, api, clock, status):
    headers = {"Retry-After": "1000000000"}
    sandbox.script(
        {"path": LIST, "nth": "every", "do": "status", "status": status, "headers": headers}
    )
    with pytest.raises(ApiError) as info:
        list_some(api)
    assert clock.slept == []
    assert status == 503 or "1,000,000,000 s" in str(info.value)


def test_a_month_used_up_fails_at_once(sandbox, api, clock):
    sandbox.set(monthly_left=0)
    with pytest.raises(QuotaError, match="waiting will not help"):
        list_some(api)
    assert len(statuses(sandbox)) == 1
    assert clock.slept == []


def test_the_quota_last_seen_is_told(sandbox, project, api):
    sandbox.set(rate_limit={"limit": 100, "window_s": 60})
    list_some(api)
    assert (project.calls.quota.limit, project.calls.quota.remaining) == (100, 99)
    assert "99 of 100 calls left" in repr(project)


# -- what is never sent twice ------------------------------------------------------------------


@pytest.mark.parametrize("fault", [{"do": "lose"}, {"do": "cut"}, {"do": "status", "status": 503}])
def test_a_job_that_may_have_run_is_not_sent_again(sandbox, api, fault):
    sandbox.script({"path": "/v1/customers/bulk/async", "nth": 1, **fault})
    with pytest.raises(VfyNotebookError) as info:
        api.bulk_update(b'[{"source_id":"a","name":"A"}]')
    assert info.value.may_have_run
    assert len(statuses(sandbox)) == 1


def test_a_job_refused_by_the_rate_limit_is_sent_again(sandbox, api):
    sandbox.script({"path": "/v1/customers/bulk/async", "nth": 1, "do": "status", "status": 429})
    assert api.bulk_update(b'[{"source_id":"a","name":"A"}]').startswith("aa_")
    assert len(sandbox.jobs()) == 1


def test_a_customer_without_a_name_of_its_own_is_created_once(sandbox, api):
    sandbox.script({"method": "POST", "path": LIST, "nth": "every", "do": "lose"})
    with pytest.raises(ConnectError, match="not known") as info:
        api.create_customer({"name": "Nobody"})
    assert info.value.may_have_run
    assert len(sandbox.customers()) == 1


def test_a_customer_with_a_source_id_is_safely_created_after_a_lost_answer(sandbox, api):
    sandbox.script({"method": "POST", "path": LIST, "nth": 1, "do": "lose"})
    assert api.create_customer({"source_id": "s-1"})["source_id"] == "s-1"
    assert len(sandbox.customers()) == 1


def test_a_deletion_whose_answer_was_lost_has_succeeded(sandbox, api):
    sandbox.reset([{"id": "cust_1", "source_id": "s-1"}])
    sandbox.script({"method": "DELETE", "nth": 1, "do": "lose"})
    api.delete_customer("s-1")
    assert sandbox.customers() == []
    with pytest.raises(NotFoundError):
        api.delete_customer("s-1")


# -- errors ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "kind", "builtin"),
    [
        (400, ApiError, RuntimeError),
        (401, AuthError, PermissionError),
        (402, AuthError, PermissionError),
        (403, AuthError, PermissionError),
        (404, NotFoundError, LookupError),
        (413, PayloadTooLargeError, RuntimeError),
    ],
)
def test_an_error_carries_what_the_api_said_and_fails_at_once(sandbox, api, status, kind, builtin):
    body = {
        "code": status,
        "key": "some_key",
        "message": "Summary",
        "details": "Cannot do X",
        "request_id": "v-123",
    }
    sandbox.script({"path": LIST, "nth": 1, "do": "status", "status": status, "body": body})
    with pytest.raises(kind, match=rf"{status} Summary: Cannot do X\. \(list_customers\)") as info:
        list_some(api)
    error = info.value
    assert isinstance(error, builtin)
    assert isinstance(error, VfyNotebookError)
    assert (error.status, error.key, error.details) == (status, "some_key", "Cannot do X")
    assert (error.request_id, error.operation) == ("v-123", "list_customers")
    assert len(statuses(sandbox)) == 1
    assert pickle.loads(pickle.dumps(error)).request_id == "v-123"  # noqa: S301 - our own bytes


def test_wrong_credentials_say_what_to_check(make_project):
    project = make_project(app_token="wrong-token-4711")
    with pytest.raises(AuthError, match="secret key and the region") as info:
        project.fetch_customers(progress=False)
    assert "wrong-token-4711" not in str(info.value)


@pytest.mark.parametrize("status", [200, 404, 502])
def test_an_html_page_is_a_clear_error(sandbox, api, status):
    sandbox.script({"path": LIST, "nth": "every", "do": "html", "status": status})
    with pytest.raises(VfyNotebookError) as info:
        list_some(api)
    if status == 502:
        assert isinstance(info.value, ServerError)
    else:
        assert isinstance(info.value, ResponseError)
        assert "HTML page" in str(info.value)
        assert "proxy" in str(info.value)


def test_a_closed_project_says_so(project):
    project.close()
    with pytest.raises(ConnectError, match="closed"):
        project.fetch_customers(progress=False)


def test_a_forked_process_does_not_share_its_parents_connections(api, monkeypatch):
    parents = api.transport._session()
    monkeypatch.setattr(os, "getpid", lambda: 1)
    assert api.transport._session() is not parents


def test_nobody_at_the_address(clock):
    transport = Transport(Credentials("a", "t", "http://127.0.0.1:9"), clock=clock)
    told = r"cannot be reached.*Nothing was sent.*Check"
    with pytest.raises(ConnectError, match=told) as info:
        list_some(Api(transport))
    assert not info.value.may_have_run
    assert info.value.__cause__ is None
    assert transport.calls.total == 0  # nobody has counted it
    transport.close()


class Trickle(threading.Thread):
    """A server that promises much and sends a byte at a time, for ever."""

    def __init__(self, clock, status="200 OK\r\n"):
        super().__init__(daemon=True)
        self._status = status.encode()
        self._clock = clock
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def run(self):
        connection, _ = self._listener.accept()
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 " + self._status + b"Content-Length: 1000000\r\n\r\n")
        with contextlib.suppress(OSError):
            for _ in range(1_000_000):
                connection.sendall(b" ")
                self._clock.sleep(50)
        connection.close()
        self._listener.close()


@pytest.mark.parametrize("status", ["200 OK\r\n", "302 Found\r\nLocation: /elsewhere\r\n"])
def test_a_trickle_does_not_hang_us(status):
    clock = FakeClock()
    server = Trickle(clock, status)
    server.start()
    transport = Transport(Credentials("a", "t", server.url), clock=clock)
    request = Request("bulk_update", "POST", "/x", resend=Resend.IF_NOT_RUN)
    with pytest.raises(ConnectError, match="did not answer in time"):
        transport.send(request)
    transport.close()
    server.join(ENDS_S)
    assert not server.is_alive()


class Answers(http.server.ThreadingHTTPServer):
    """A server that gives the same answer to everything."""

    daemon_threads = True

    def __init__(self, *, status=200, headers=(), body=b'{"customers": [], "has_more": false}'):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"

    def __enter__(self):
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()

    def list_some(self):
        transport = Transport(Credentials("a", "t", self.url), clock=FakeClock())
        try:
            return list_some(Api(transport)), transport.calls.quota
        finally:
            transport.close()


@pytest.mark.parametrize("told", ["1700000000000000", "1e300", "-1", "nan", "soon"])
def test_a_time_that_no_calendar_has_is_no_reason_to_fail(told):
    headers = [
        ("X-Rate-Limit-Limit", "100"),
        ("X-Rate-Limit-Remaining", "0"),
        ("X-Rate-Limit-Retry", told),
    ]
    with Answers(headers=headers) as server:
        found, quota = server.list_some()
    assert found.customers == []
    assert quota.remaining == 0
    assert quota.resets_at is None


def test_metadata_nested_without_end_cost_nothing_but_themselves():
    body = b'{"customers": [{"id": "cust_1", "metadata": {"a": ' + b"[" * 100_000
    with Answers(body=body + b"]" * 100_000 + b', "b": 1}}]}') as server:
        found, _ = server.list_some()
    assert found.customers[0].metadata == {"a": None, "b": 1}
    assert list(found.customers[0].odd) == ["metadata.a"]


def test_nesting_that_is_never_closed_is_refused_by_name():
    body = b'{"customers": [{"id": "cust_1", "metadata": {"a": ' + b"[" * 100_000
    with Answers(body=body) as server, pytest.raises(ResponseError, match="list_customers"):
        server.list_some()


# -- redirects ---------------------------------------------------------------------------------


def test_a_redirect_to_no_address_is_refused():
    with (
        Answers(status=302, headers=[("Location", "http://[bad")]) as server,
        pytest.raises(ResponseError, match="list_customers"),
    ):
        server.list_some()


@pytest.fixture
def other_host():
    """Another server, which notes the headers it gets."""
    seen = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(dict(self.headers))
            body = b'{"customers": [], "total": 0, "has_more": false}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", seen
    server.shutdown()
    thread.join(ENDS_S)
    server.server_close()


def test_a_redirect_to_another_host_carries_no_credentials(sandbox, api, other_host):
    address, seen = other_host
    sandbox.script({"path": LIST, "nth": 1, "do": "redirect", "location": f"{address}/v1/x"})
    assert list_some(api).customers == []
    assert len(seen) == 1
    assert not {name.lower() for name in seen[0]} & {"x-app-id", "x-app-token"}


def test_a_redirect_out_of_encryption_is_refused(sandbox, api):
    sandbox.script(
        {"path": LIST, "nth": 1, "do": "redirect", "location": "http://other.example/?token=t0p"}
    )
    with pytest.raises(ResponseError, match="not encrypted") as info:
        list_some(api)
    assert "t0p" not in str(info.value)


def test_a_download_out_of_encryption_is_refused(api):
    with pytest.raises(ResponseError, match="not encrypted") as info:
        api.download(Link.of("http://files.example/x.csv?token=t0p"), lambda _: None)
    assert "redirect" not in str(info.value)
    assert "t0p" not in str(info.value)
    assert api.transport.calls.total == 0


@pytest.mark.parametrize(
    "url", ["https://files.example:99999/x", "https://files.example:0/x", "https:///x"]
)
def test_an_address_of_a_file_that_is_none_is_told_as_the_servers(api, url):
    with pytest.raises(ResponseError, match=r"API's answer names.*support.*[Nn]othing was sent"):
        api.download(Link.of(url), lambda _: None)
    assert api.transport.calls.total == 0


def test_what_changes_data_follows_no_redirect(sandbox, api, other_host):
    address, seen = other_host
    sandbox.script({"method": "POST", "path": LIST, "do": "redirect", "location": address})
    with pytest.raises(ResponseError, match="redirect"):
        api.create_customer({"source_id": "s"})
    assert seen == []


def test_redirects_in_a_circle_end(sandbox, api):
    sandbox.script({"path": LIST, "nth": "every", "do": "redirect", "location": LIST})
    with pytest.raises(ResponseError, match="redirects in a row"):
        list_some(api)


# -- references in paths -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "ref", ["a/b", "a@example.com", "with space", "żółć", "日本", "100%", "a?b#c", "%2F", "..a"]
)
def test_any_reference_arrives_as_it_is(sandbox, api, ref):
    sandbox.reset([{"id": "cust_1", "source_id": ref}])
    assert api.get_customer(ref)["source_id"] == ref


@pytest.mark.parametrize("ref", ["", "  ", ".", "..", None, 7, "half a \ud83d"])
def test_a_reference_that_names_another_place_is_refused(sandbox, api, ref):
    with pytest.raises(ValueError, match="give an id"):
        api.get_customer(ref)
    assert sandbox.requests() == []
