"""Who gets the keys, over real TLS: the names lead to this machine, all else is as it is."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess

import pytest

from tests.contract.export_server import Script, plain, serving
from tests.processes import ENDS_S
from vfy_notebook.api.credentials import Credentials
from vfy_notebook.api.transport import Transport
from vfy_notebook.errors import AuthError
from vfy_notebook.project import Project

DOMAIN = "vouchers.test"
FILE = b"id,created_at\r\ncust_1,2024-01-01T00:00:00.000Z\r\n"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A certificate for every host of the domain, and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl, which makes the certificate, is not installed")
    folder = tmp_path_factory.mktemp("tls")
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-keyout", "key.pem", "-out", "certificate.pem", "-subj", "/CN=vfy-notebook tests"]
    names = f"DNS:{DOMAIN},DNS:*.{DOMAIN},DNS:*.api.{DOMAIN},DNS:*.download.{DOMAIN}"
    command += ["-addext", f"subjectAltName={names}"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=ENDS_S)  # noqa: S603
    return folder / "certificate.pem", folder / "key.pem"


@pytest.fixture
def tls(certificate, monkeypatch):
    """A server's side of TLS; the client trusts it and finds it on this machine."""
    crt, key = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(crt, key)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(crt))
    for variable in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.lower(), raising=False)
    found = socket.getaddrinfo

    def on_this_machine(host, *args, **kwargs):
        is_ours = isinstance(host, str) and host.endswith(DOMAIN)
        return found("127.0.0.1" if is_ours else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", on_this_machine)
    return context


@pytest.fixture
def fetch(tls, tmp_path):
    """Fetches by an export whose file lies on another host; gives the keys by host and path."""

    def fetch(api_host, file_host, *, redirect=None, download_host=None):
        script = Script([plain(FILE)], totals=[1])
        with serving(script, tls=tls) as port:
            script.host = f"{file_host}:{port}"
            script.redirect = redirect and redirect.format(port=port)
            named = download_host and f"{download_host}:{port}"
            credentials = Credentials("app", "key", f"https://{api_host}:{port}", named)
            path = tmp_path / "journal.sqlite"
            project = Project(Transport(credentials), workers=1, journal_path=path)
            with pytest.warns(UserWarning, match="no column for"):
                assert len(project.fetch_customers(via="export", progress=False)) == 1
            project.close()
        return {
            (headers["host"].partition(":")[0], path): headers.get("x-app-token")
            for path, headers, _ in script.seen
        }

    return fetch


@pytest.mark.parametrize(
    ("api", "files", "gets"),
    [
        ("api", "download", True),
        ("us1.api", "us1.download", True),
        ("api", "api", True),
        ("us1.api", "download", False),
        ("api", "files", False),
        ("vouchers", "download", False),
        ("vouchers", "vouchers", True),
    ],
)
def test_the_keys_go_to_the_api_and_its_sibling(fetch, api, files, gets):
    seen = fetch(f"{api}.{DOMAIN}", f"{files}.{DOMAIN}")
    assert (seen[f"{files}.{DOMAIN}", "/file.csv"] == "key") is gets
    assert seen[f"{api}.{DOMAIN}", "/v1/exports"] == "key"


@pytest.mark.parametrize(
    ("to", "gets"), [("us1.download", True), ("download", False), ("evil", False)]
)
def test_a_redirect_carries_them_no_further(fetch, to, gets):
    there = f"https://{to}.{DOMAIN}:{{port}}/elsewhere"
    seen = fetch(f"us1.api.{DOMAIN}", f"us1.download.{DOMAIN}", redirect=there)
    assert seen[f"us1.download.{DOMAIN}", "/file.csv"] == "key"
    assert (seen[f"{to}.{DOMAIN}", "/elsewhere"] == "key") is gets


def test_a_dedicated_address_names_the_host_of_its_files(fetch):
    seen = fetch(f"own.{DOMAIN}", f"files.{DOMAIN}", download_host=f"files.{DOMAIN}")
    assert seen[f"files.{DOMAIN}", "/file.csv"] == "key"


def test_a_host_that_wants_keys_and_gets_none_is_named_with_the_way_out(tls, tmp_path):
    script = Script([plain(b"{}", status=401)])
    with serving(script, tls=tls) as port:
        script.host = f"files.{DOMAIN}:{port}"
        credentials = Credentials("app", "key", f"https://own.{DOMAIN}:{port}")
        project = Project(
            Transport(credentials), workers=1, journal_path=tmp_path / "journal.sqlite"
        )
        with pytest.raises(AuthError, match=rf"download_host='files\.{DOMAIN}:{port}'"):
            project.fetch_customers(via="export", progress=False)
        project.close()


def test_every_request_tells_the_version_and_the_channel(fetch, tls, tmp_path):
    script = Script([plain(FILE)], totals=[1])
    with serving(script, tls=tls) as port:
        credentials = Credentials("app", "key", f"https://api.{DOMAIN}:{port}")
        project = Project(
            Transport(credentials), workers=1, journal_path=tmp_path / "journal.sqlite"
        )
        with pytest.warns(UserWarning, match="no column for"):
            project.fetch_customers(via="export", progress=False)
        project.close()
    assert len(script.seen) == 5
    for _, headers, _ in script.seen:
        assert headers["x-voucherify-api-version"] == "v2018-08-01"
        assert headers["x-voucherify-channel"] == "vfy-notebook"
