"""Networks as companies have them: each fault is told in words that name what to do."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess

import pytest

from tests.contract.raw_server import RawServer, answer, customer, page, project_on
from tests.fake_clock import FakeClock
from tests.processes import ENDS_S
from vfy_notebook.api.listing.fetching import Listing
from vfy_notebook.api.listing.query import CustomerQuery
from vfy_notebook.api.transport import Request
from vfy_notebook.api.transport.connection import Watch
from vfy_notebook.api.transport.session import Session
from vfy_notebook.errors import ConnectError, PayloadTooLargeError

HOST = "api.example.test"
GOOD = answer(body=page([customer(1), customer(2)]))

VARIABLES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def _plain_network(monkeypatch):
    """No proxy but a test's own, and a host name that leads to this machine."""
    for name in (*VARIABLES, *map(str.lower, VARIABLES), "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    look_up = socket.getaddrinfo

    def here(host, *args, **kwargs):
        return look_up("127.0.0.1" if host == HOST else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", here)


class Company:
    """A company's authority, and certificates that it has signed."""

    def __init__(self, folder):
        self._folder = folder
        self.bundle = folder / "ca.pem"
        self._openssl(
            "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 30"
            " -subj /CN=company -addext keyUsage=critical,keyCertSign,cRLSign"
        )

    def context(self, host=HOST, *, days=30):
        names = f"subjectAltName=DNS:{host}\nbasicConstraints=CA:FALSE\n"
        (self._folder / "names").write_text(names + "authorityKeyIdentifier=keyid\n")
        self._openssl(f"req -newkey rsa:2048 -nodes -keyout s.key -out s.csr -subj /CN={host}")
        self._openssl(
            "x509 -req -in s.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out s.pem "
            f"-days {days} -extfile names"
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._folder / "s.pem", self._folder / "s.key")
        return context

    def _openssl(self, arguments):
        subprocess.run(  # noqa: S603 - our own arguments
            [shutil.which("openssl"), *arguments.split()],
            cwd=self._folder,
            check=True,
            capture_output=True,
            timeout=ENDS_S,
        )


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    if shutil.which("openssl") is None:
        pytest.skip("openssl, which makes certificates, is not here")
    return Company(tmp_path_factory.mktemp("company"))


@pytest.fixture(scope="module")
def trusted(company):
    return company.context()


def fetch(project):
    return project.fetch_customers(progress=False)


def refused(project):
    with pytest.raises(ConnectError) as info:
        fetch(project)
    error = info.value
    assert "Error" not in str(error)  # no name of a class
    assert not error.may_have_run
    assert project.calls.total == 0
    return str(error)


# -- certificates ----------------------------------------------------------------------------------


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_missing_bundle_is_named_and_looked_for_again(
    company, trusted, tmp_path, monkeypatch, variable
):
    with (
        RawServer(lambda *_: GOOD, context=trusted) as server,
        project_on(f"https://{HOST}:{server.port}", tmp_path) as project,
    ):
        monkeypatch.setenv(variable, "/opt/company/ca.pem")
        told = refused(project)
        assert variable in told
        assert "/opt/company/ca.pem" in told
        monkeypatch.setenv(variable, str(company.bundle))
        assert len(fetch(project)) == 2


def test_a_company_s_certificate_is_trusted_on_loopback_too(company, tmp_path, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(company.bundle))
    with (
        RawServer(lambda *_: GOOD, context=company.context("localhost")) as server,
        project_on(f"https://localhost:{server.port}", tmp_path) as project,
    ):
        assert len(fetch(project)) == 2


def test_a_certificate_that_is_not_trusted_says_where_to_put_the_company_s(trusted, tmp_path):
    with (
        RawServer(lambda *_: GOOD, context=trusted) as server,
        project_on(f"https://{HOST}:{server.port}", tmp_path) as project,
    ):
        told = refused(project)
    assert "REQUESTS_CA_BUNDLE" in told
    assert "Behind a company's proxy" in told
    assert HOST in told


def test_a_certificate_for_another_host_and_one_out_of_date_are_told_apart(
    company, tmp_path, monkeypatch
):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(company.bundle))
    for context, word in (
        (company.context("other.example.test"), "another host"),
        (company.context(days=-1), "expired"),
    ):
        with (
            RawServer(lambda *_: GOOD, context=context) as server,
            project_on(f"https://{HOST}:{server.port}", tmp_path) as project,
        ):
            assert word in refused(project)


# -- connections that break before they stand ------------------------------------------------------


class Front:
    """A TCP front: `first` handles the first connections, all others go on to a server."""

    def __init__(self, backend, first, *, times=1):
        self.port = backend.port
        self.seen = 0
        serve = backend._serve

        def one(connection):
            self.seen += 1
            if self.seen <= times:
                with connection:
                    first(connection)
            else:
                serve(connection)

        backend._serve = one


def cut(connection):
    connection.recv(4_096)


def test_a_port_that_speaks_no_tls_is_told(tmp_path):
    def plain(connection):
        connection.recv(4_096)
        connection.sendall(answer("400 Bad Request"))

    with RawServer(lambda *_: GOOD) as server:
        front = Front(server, plain, times=9)
        with project_on(f"https://{HOST}:{server.port}", tmp_path) as project:
            assert "TLS" in refused(project)
        assert front.seen == 1


def test_a_handshake_cut_off_is_tried_again_even_for_what_changes_data(
    company, trusted, tmp_path, monkeypatch
):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(company.bundle))
    ticket = answer("202 Accepted", {"async_action_id": "aa_1"})
    with RawServer(lambda *_: ticket, context=trusted) as server:
        front = Front(server, cut, times=2)
        with project_on(f"https://{HOST}:{server.port}", tmp_path) as project:
            assert project._api.bulk_update(b"[]") == "aa_1"
        assert (front.seen, len(server.requests)) == (3, 1)
        assert project.calls.total == 1


def test_a_cut_behind_the_handshake_may_have_run(company, trusted, tmp_path, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(company.bundle))
    with (
        RawServer(lambda *_: None, context=trusted) as server,
        project_on(f"https://{HOST}:{server.port}", tmp_path) as project,
    ):
        with pytest.raises(ConnectError) as info:
            project._api.bulk_update(b"[]")
        assert info.value.may_have_run
        assert len(server.requests) == 1


# -- proxies ---------------------------------------------------------------------------------------


class Proxy(RawServer):
    """Answers CONNECT with the statuses given, then lets through to a server."""

    def __init__(self, statuses, backend=None):
        super().__init__(None)
        self._statuses = list(statuses)
        self._backend = backend

    def _serve(self, connection):
        with connection.makefile("rb", buffering=0) as stream:
            self.requests.append(self._head(stream))
        status = self._statuses.pop(0) if self._statuses else "200 Connection established"
        connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
        if status.startswith("200"):
            self._backend._serve(connection)
        connection.close()

    def address(self, login=""):
        return f"http://{login}127.0.0.1:{self.port}"


@pytest.mark.parametrize("status", ["500 x", "502 x", "503 Service Unavailable", "504 x", "429 x"])
def test_a_busy_proxy_is_asked_again(company, trusted, tmp_path, monkeypatch, status):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(company.bundle))
    ticket = answer("202 Accepted", {"async_action_id": "aa_1"})
    with RawServer(lambda *_: ticket, context=trusted) as server, Proxy([status], server) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.address())
        with project_on(f"https://{HOST}", tmp_path) as project:
            assert project._api.bulk_update(b"[]") == "aa_1"
        assert len(proxy.requests) == 2
        assert project.calls.total == 1


def pages_of_three(number, _head):
    people = [customer(i) for i in range(99 * (number - 1), 99 * number + 1)]
    return answer(body=page(people, total=298, has_more=number < 3))


@pytest.mark.parametrize("way", ["straight", "tunnel", "tunnel with a login"])
def test_a_page_is_asked_for_ahead_through_tls_and_a_tunnel_too(
    company, trusted, tmp_path, monkeypatch, way
):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(company.bundle))
    with (
        RawServer(pages_of_three, context=trusted) as server,
        Proxy([], server) as proxy,
    ):
        url = f"https://{HOST}:{server.port}"
        if way != "straight":
            url = f"https://{HOST}"
            monkeypatch.setenv("HTTPS_PROXY", proxy.address("ann:s3cret@" * (way[-5:] == "login")))
        with project_on(url, tmp_path) as project:
            pages = Listing(project._api, CustomerQuery(city="Here"))
            came = [(len(got), project.calls.total) for got in pages]
        # The second page comes with the third asked for already.
        assert came == [(100, 1), (99, 3), (99, 3)]
        assert len(proxy.requests) == (way != "straight")  # one connection for all


def test_a_proxy_that_is_asked_for_each_page_anew_is_asked_for_none_ahead(tmp_path, monkeypatch):
    with RawServer(pages_of_three) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        session = Session(Watch(FakeClock()), lambda _url: None)
        session.exchange(Request("list_customers", "GET", "/v1"), f"http://{HOST}/v1", {}).close()
        assert proxy.requests[0].startswith(f"GET http://{HOST}/v1 ")
        borrowed = session.borrow(Request("list_customers", "GET", "/v1"), f"http://{HOST}/v1", {})
        assert borrowed is None
        session.close()


def test_a_proxy_that_wants_a_login_says_how_to_give_it(tmp_path, monkeypatch):
    with Proxy(["407 Proxy Authentication Required"] * 9) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.address("ann:s3cret@"))
        with project_on(f"https://{HOST}", tmp_path) as project:
            told = refused(project)
        assert len(proxy.requests) == 1
    assert "407" in told
    assert f"127.0.0.1:{proxy.port}" in told
    assert "s3cret" not in told


def test_a_proxy_that_forbids_is_told_with_the_host(tmp_path, monkeypatch):
    with Proxy(["403 Forbidden"]) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.address())
        with project_on(f"https://{HOST}", tmp_path) as project:
            told = refused(project)
    assert "403" in told
    assert HOST in told


def test_a_proxy_that_is_not_there_is_named_until_the_variable_is_mended(
    company, trusted, tmp_path, monkeypatch
):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(company.bundle))
    with (
        socket.socket() as closed,
        RawServer(lambda *_: GOOD, context=trusted) as server,
        project_on(f"https://{HOST}:{server.port}", tmp_path) as project,
    ):
        closed.bind(("127.0.0.1", 0))  # nobody listens there, and nobody else gets the port
        port = closed.getsockname()[1]
        monkeypatch.setenv("HTTPS_PROXY", f"http://ann:s3cret@127.0.0.1:{port}")
        told = refused(project)
        assert f"127.0.0.1:{port}" in told
        assert "refused" in told
        assert "s3cret" not in told
        monkeypatch.delenv("HTTPS_PROXY")
        assert len(fetch(project)) == 2


def test_a_proxy_for_which_a_package_is_missing_names_it(tmp_path, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "socks5h://127.0.0.1:9")
    with project_on(f"https://{HOST}", tmp_path) as project:
        told = refused(project)
    assert "SOCKS" in told
    assert "pip install" in told


@pytest.mark.parametrize(
    "address", ["http://", "nonsense://x", "http://127.0.0.1:port", "http://["]
)
def test_a_proxy_that_is_no_address_is_told(tmp_path, monkeypatch, address):
    monkeypatch.setenv("HTTPS_PROXY", address)
    with project_on(f"https://{HOST}", tmp_path) as project:
        refused(project)


def test_loopback_goes_by_no_proxy(sandbox, project, monkeypatch):
    for name in VARIABLES[:3]:
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    sandbox.reset([customer(1)])
    assert len(fetch(project)) == 1


# -- names -----------------------------------------------------------------------------------------


def test_a_name_that_nobody_knows_is_told(tmp_path, monkeypatch):
    def unknown(host, *_args, **_kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with project_on("https://api.nowhere.example", tmp_path) as project:
        told = refused(project)
        assert "api.nowhere.example" in told
        with pytest.raises(ConnectError, match=r"files\.elsewhere\.example.*the API named it"):
            project._transport.download(
                Request("download", "GET", "https://files.elsewhere.example/x"), len
            )


# -- headers of an answer --------------------------------------------------------------------------


def test_a_deletion_whose_answer_has_two_lengths_is_not_called_unsent(tmp_path):
    said = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 5\r\n\r\n{}"

    def script(_number, request):
        return said if request.startswith("DELETE") else answer(body=customer(1))

    with (
        RawServer(script) as server,
        project_on(server.url, tmp_path) as project,
        pytest.raises(ConnectError, match="not known") as info,
    ):
        project.delete_customer("cust_001")
    assert info.value.may_have_run
    assert "Nothing was sent" not in str(info.value)


def test_a_gateway_that_finds_a_request_too_large_may_say_so_in_html(tmp_path):
    said = answer("413 Request Entity Too Large", b"<html>413</html>")
    with (
        RawServer(lambda _number, _request: said) as server,
        project_on(server.url, tmp_path) as project,
        pytest.raises(PayloadTooLargeError, match="max_records") as info,
    ):
        project.update_consents("cust_001", {"cnst_1": True})
    assert not info.value.may_have_run
    assert len(server.requests) == 1
