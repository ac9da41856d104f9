"""The keys go to the API and to the host of its downloads, and to nobody else."""

from __future__ import annotations

import pytest

from vfy_notebook.api.credentials import find_credentials
from vfy_notebook.api.keys.download_hosts import gets_keys
from vfy_notebook.errors import ArgumentError

EU = "https://api.voucherify.io"
US = "https://us1.api.voucherify.io"
OWN = "https://vouchers.example.com"
LOCAL = "http://127.0.0.1:8080"
FILE = "/v1/exports/exp_1?token=t"

TABLE = [
    # the API's own scheme, host and port
    (EU, "https://api.voucherify.io", True),
    (EU, "https://API.Voucherify.IO:443", True),
    (EU, "http://api.voucherify.io", False),
    (EU, "https://api.voucherify.io:8443", False),
    (OWN, "https://vouchers.example.com", True),
    (LOCAL, "http://127.0.0.1:8080", True),
    (LOCAL, "http://127.0.0.1:8081", False),
    (LOCAL, "http://localhost:8080", False),
    ("http://[::1]:8080", "http://[::1]:8080", True),
    # the sibling with the label `download`
    (EU, "https://download.voucherify.io", True),
    (EU, "https://Download.Voucherify.io:443", True),
    (US, "https://us1.download.voucherify.io", True),
    ("https://as1.api.voucherify.io", "https://as1.download.voucherify.io", True),
    ("https://acme.api.eu.example.com:8443", "https://acme.download.eu.example.com:8443", True),
    (EU, "http://download.voucherify.io", False),
    (EU, "https://download.voucherify.io:8443", False),
    ("https://acme.api.eu.example.com:8443", "https://acme.download.eu.example.com", False),
    (EU, "https://us1.download.voucherify.io", False),
    (US, "https://download.voucherify.io", False),
    (US, "https://as1.download.voucherify.io", False),
    ("http://api.localhost:8080", "http://download.localhost:8080", False),
    # somebody else
    (EU, "https://download.voucherify.io.evil.example", False),
    (EU, "https://evil.example/download.voucherify.io", False),
    (EU, "https://xdownload.voucherify.io", False),
    (EU, "https://download-voucherify.io", False),
    (EU, "https://download.voucherify.com", False),
    (EU, "https://voucherify.io", False),
    (OWN, "https://download.example.com", False),
    (OWN, "https://download.vouchers.example.com", False),
    # a label `api` that is the domain itself, or that comes twice
    ("https://api.com", "https://download.com", False),
    ("https://shop.api.com", "https://shop.download.com", False),
    ("https://api.api.example.com", "https://download.api.example.com", False),
    ("https://apis.example.com", "https://download.example.com", False),
    # addresses that two readers take for different ones
    (EU, "https://download.voucherify.io@evil.example", False),
    (EU, "https://api.voucherify.io:x@evil.example", False),
    (EU, "https://evil.example\\@download.voucherify.io", False),
    (EU, "https://evil.example\\.download.voucherify.io", False),
    (EU, "https://download.voucherify.io\t.evil.example", False),
    (EU, " https://download.voucherify.io", False),
    (EU, "https:///download.voucherify.io", False),
    (EU, "https:download.voucherify.io", False),
    (EU, "//download.voucherify.io", False),
    (EU, "https://download。voucherify.io", False),
    (EU, "https://download.voucherify.io:0", False),
    (EU, "https://download.voucherify.io:99999", False),
    (EU, "ftp://download.voucherify.io", False),
    (EU, "", False),
]


@pytest.mark.parametrize(("api", "host", "allowed"), TABLE)
def test_who_gets_the_keys(api, host, allowed):
    assert gets_keys(host + FILE, api_url=api) is allowed
    assert gets_keys(host, api_url=api + "/some/path") is allowed


@pytest.mark.parametrize(
    ("named", "host", "allowed"),
    [
        ("files.example.com", "https://files.example.com", True),
        ("files.example.com:8443", "https://files.example.com:8443", True),
        ("files.example.com:8443", "https://files.example.com", False),
        ("files.example.com", "http://files.example.com", False),
        ("files.example.com", "https://other.example.com", False),
        ("files.example.com", "https://vouchers.example.com", True),
    ],
)
def test_a_named_download_host_gets_them_over_https(named, host, allowed):
    assert gets_keys(host + FILE, api_url=OWN, download_host=named) is allowed


@pytest.mark.parametrize(
    "named", ["", "https://files.example.com", "files.example.com/x", "a@b.c", "a b", "x:0", 7]
)
def test_a_download_host_that_is_none_is_refused(named):
    with pytest.raises(ArgumentError, match=r"is no host.*without scheme and path"):
        find_credentials("app", "token", url=OWN, download_host=named)
