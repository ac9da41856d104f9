"""Nothing that the other side does makes a call wait, or take memory, without end."""

from __future__ import annotations

import gzip
import logging
import tracemalloc
import zlib

import pytest

from tests.contract.raw_server import RawServer, answer, customer, page, project_on
from tests.fake_clock import FakeClock
from vfy_notebook.api.keys.links import Link
from vfy_notebook.api.transport import MAX_ATTEMPTS, Request
from vfy_notebook.api.transport import bodies as bodies_module
from vfy_notebook.errors import (
    ApiError,
    ConnectError,
    FolderError,
    RateLimitError,
    ResponseError,
    VfyNotebookError,
)

GOOD = answer(body=page([customer(1)]))


def count(project):
    return len(project.fetch_customers(progress=False))


# -- time ------------------------------------------------------------------------------------------


def trickle(text, clock):
    """A byte at a time, each long after the one before."""
    for byte in text:
        clock.sleep(50)
        yield bytes([byte])


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        b"HTTP/1.1 200 OK\r\n" + b"X-Header: 1\r\n" * 10_000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"0" * 10_000,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 1_000,
        b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1_000,
    ],
    ids=["answer", "headers", "chunks", "continue", "hints"],
)
def test_an_answer_that_trickles_ends(tmp_path, text):
    clock = FakeClock()
    with (
        RawServer(lambda *_: trickle(text, clock)) as server,
        project_on(server.url, tmp_path, clock=clock) as project,
        pytest.raises(ConnectError, match=r"did not answer in time|broke the connection") as info,
    ):
        count(project)
    assert info.value.attempts <= MAX_ATTEMPTS


def test_an_upload_that_nobody_takes_in_ends(tmp_path):
    """The other side reads the head and nothing more; the clock goes on by itself."""

    class Running(FakeClock):
        def monotonic(self):
            self._offset_s += 20
            return super().monotonic()

    with (
        RawServer(lambda *_: None) as server,
        project_on(server.url, tmp_path, clock=Running()) as project,
        pytest.raises(ConnectError),
    ):
        project._transport.send(Request("x", "PUT", "/x", body=b"0" * 20_000_000))


def test_a_download_that_trickles_ends_and_a_slow_one_does_not(tmp_path):
    clock = FakeClock()

    def script(_number, request):
        if "/slow" in request:
            yield answer(body=b"x" * 20_000_000)
        else:
            yield from trickle(answer(body=b"x" * 10_000), clock)

    got = []

    def at_25_kb_a_second(piece):
        """The clock goes on with what has arrived: the server may be far ahead of the reader."""
        got.append(piece)
        clock.sleep(len(piece) / 25_000)

    with RawServer(script) as server, project_on(server.url, tmp_path, clock=clock) as project:
        project._api.download(Link.of(f"{server.url}/slow"), at_25_kb_a_second)
        assert sum(map(len, got)) == 20_000_000
        with pytest.raises(ConnectError, match="in time"):
            project._api.download(Link.of(f"{server.url}/trickle"), got.append)


def test_early_hints_are_not_the_answer(sandbox, project):
    sandbox.reset([customer(i) for i in range(3)])
    sandbox.script({"path": "/v1/customers", "nth": "every", "do": "hints"})
    assert count(project) == 3
    assert project.calls.total == 1


# -- the quota -------------------------------------------------------------------------------------


@pytest.mark.parametrize("told", ["1e18", "999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_wait_without_end_does_not_close_a_project(tmp_path, told):
    refusal = answer("429 Too Many Requests", {"code": 429}, [("Retry-After", told)])
    with (
        RawServer(lambda number, _: refusal if number == 1 else GOOD) as server,
        project_on(server.url, tmp_path) as project,
    ):
        with pytest.raises(RateLimitError, match=r"\d,\d\d\d s.*max_wait_s") as raised:
            count(project)
        assert "after waiting" not in str(raised.value)
        assert count(project) == 1
        assert project._transport.clock.slept == []


def test_a_wait_that_is_too_long_is_refused_until_an_hour_has_passed(tmp_path):
    clock = FakeClock()
    refusal = answer("429 Too Many Requests", {"code": 429}, [("Retry-After", "7200")])
    with (
        RawServer(lambda number, _: refusal if number == 1 else GOOD) as server,
        project_on(server.url, tmp_path, clock=clock) as project,
    ):
        for _ in range(3):
            with pytest.raises(RateLimitError):
                count(project)
        assert len(server.requests) == 1
        clock.sleep(3_601)
        assert count(project) == 1


@pytest.mark.parametrize(("max_wait_s", "waits"), [(0, False), (30, False), (60, True)])
def test_how_long_one_is_willing_to_wait_can_be_said(tmp_path, max_wait_s, waits):
    refusal = answer("429 Too Many Requests", {"code": 429}, [("Retry-After", "45")])
    with (
        RawServer(lambda number, _: refusal if number == 1 else GOOD) as server,
        project_on(server.url, tmp_path, max_wait_s=max_wait_s) as project,
    ):
        if waits:
            assert count(project) == 1
        else:
            with pytest.raises(RateLimitError):
                count(project)
        assert sum(project._transport.clock.slept) == pytest.approx(45 if waits else 0)


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Rate-Limit-Limit": "100", "X-Rate-Limit-Remaining": "-1"},
        {"X-Rate-Limit-Limit": "-1", "X-Rate-Limit-Remaining": "-1"},
        {"X-Rate-Limit-Limit": "0", "X-Rate-Limit-Remaining": "unlimited"},
        {"X-Rate-Limit-Limit": "nan", "X-Rate-Limit-Remaining": "-inf"},
    ],
)
def test_figures_that_mean_nothing_make_nobody_wait(tmp_path, headers):
    told = answer(body=page([customer(1)]), headers=headers.items())
    with RawServer(lambda *_: told) as server, project_on(server.url, tmp_path) as project:
        for _ in range(3):
            assert count(project) == 1
        assert project.calls.quota.remaining is None
        assert project._transport.clock.slept == []


# -- memory ----------------------------------------------------------------------------------------


def bomb(size):
    """So many spaces, packed."""
    packer = zlib.compressobj(9, wbits=31)
    million = b" " * 1_000_000
    return b"".join(packer.compress(million) for _ in range(size // 1_000_000)) + packer.flush()


@pytest.mark.parametrize("status", ["200 OK", "404 Not Found", "302 Found\r\nLocation: /x"])
def test_a_packed_answer_does_not_fill_the_memory(tmp_path, status):
    packed = answer(status, bomb(1_000_000_000), [("Content-Encoding", "gzip")])
    with RawServer(lambda *_: packed) as server, project_on(server.url, tmp_path) as project:
        tracemalloc.start()
        try:
            with pytest.raises(VfyNotebookError):
                count(project)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 3 * bodies_module.MAX_ANSWER_BYTES


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "compress"])
def test_packings_that_nobody_asked_for_are_refused(tmp_path, encoding):
    packed = answer(body=gzip.compress(b"{}"), headers=[("Content-Encoding", encoding)])
    with (
        RawServer(lambda *_: packed) as server,
        project_on(server.url, tmp_path) as project,
        pytest.raises(ResponseError, match="proxy"),
    ):
        count(project)
    assert "Accept-Encoding: gzip, deflate" in server.requests[0]


def test_packed_answers_are_read(tmp_path):
    body = gzip.compress(GOOD.partition(b"\r\n\r\n")[2])
    packed = answer(body=body, headers=[("Content-Encoding", "gzip")])
    with RawServer(lambda *_: packed) as server, project_on(server.url, tmp_path) as project:
        assert count(project) == 1


def test_an_endless_error_is_cut(tmp_path):
    def endless():
        yield b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"
        for _ in range(100_000):
            yield b"x" * 10_000

    with (
        RawServer(lambda *_: endless()) as server,
        project_on(server.url, tmp_path) as project,
        pytest.raises(ResponseError),
    ):
        count(project)


def test_texts_of_errors_are_short_and_fit_a_terminal(tmp_path):
    told = {"message": "no\x1b[31m " * 10_000, "details": "because " * 10_000, "key": "k" * 9_999}
    with (
        RawServer(lambda *_: answer("400 Bad Request", told)) as server,
        project_on(server.url, tmp_path) as project,
        pytest.raises(ApiError) as info,
    ):
        count(project)
    assert len(str(info.value)) < 1_000
    assert "\x1b" not in str(info.value)
    assert len(info.value.key) < 1_000
    assert len(info.value.details) <= 2_000


def test_a_full_disk_is_named_and_not_tried_again(tmp_path):
    def full(piece):
        if piece:
            raise OSError(28, "No space left on device")

    with RawServer(lambda *_: GOOD) as server, project_on(server.url, tmp_path) as project:
        with pytest.raises(FolderError, match="No space left"):
            project._api.download(Link.of(f"{server.url}/file"), full)
        assert len(server.requests) == 1


# -- what is asked again ---------------------------------------------------------------------------


CUT_SHORT = GOOD[:-20]
PASSING = [
    *[answer(f"{status} x", b"<html>", []) for status in (408, 425, 429, 500, 502, 503, 504)],
    *[answer(f"{status} x", b"<html>", []) for status in range(520, 531)],
    answer(body=b""),
    answer(body=b'{"customers": [{"id": "cust'),
    answer(body=b"<html>maintenance</html>"),
    answer(body=b"broken", headers=[("Content-Encoding", "gzip")]),
    answer("204 No Content"),
    answer(body=[]),
    CUT_SHORT,
    b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"cus\r\n',
    b"HTTP/1.1 ",
    b"nonsense\r\n\r\n",
    None,
]


@pytest.mark.parametrize("first", PASSING, ids=range(len(PASSING)))
def test_what_passes_is_asked_for_again(tmp_path, first):
    def script(number, _request):
        if number == 1 and first is not None:
            return once(first)
        return None if number == 1 else GOOD

    def once(said):
        yield said
        if b"Content-Length" not in said or said == CUT_SHORT:
            raise OSError  # ends the connection

    with RawServer(script) as server, project_on(server.url, tmp_path) as project:
        assert count(project) == 1
        assert len(server.requests) == 2


@pytest.mark.parametrize("body", [b"", b"{", b"<html>", b"[]", b"null"])
def test_what_changes_data_is_not_sent_again_for_an_answer_that_cannot_be_read(tmp_path, body):
    with (
        RawServer(lambda *_: answer(body=body)) as server,
        project_on(server.url, tmp_path) as project,
    ):
        for call in (
            lambda: project._api.bulk_update(b"[]"),
            lambda: project._api.update_customer("s-1", {"name": "A"}),
        ):
            sent = len(server.requests)
            with pytest.raises(ResponseError) as info:
                call()
            assert info.value.may_have_run
            assert len(server.requests) == sent + 1


def test_an_answer_that_never_makes_sense_is_asked_for_three_times(tmp_path):
    with RawServer(lambda *_: answer(body=b"<html>login</html>")) as server:
        with project_on(server.url, tmp_path) as project, pytest.raises(ResponseError) as info:
            project.get_customer("s-1")
        assert len(server.requests) == info.value.attempts == 3


# -- the log ---------------------------------------------------------------------------------------


def test_the_log_tells_calls_waits_and_retries_and_nothing_of_anybody(sandbox, project, caplog):
    sandbox.reset([customer(1, email="ann@example.com")])
    sandbox.script(
        {"path": "/v1/customers", "nth": 1, "do": "status", "status": 503},
        {
            "path": "/v1/customers",
            "nth": 2,
            "do": "status",
            "status": 429,
            "headers": {"Retry-After": "42"},
        },
    )
    with caplog.at_level(logging.DEBUG, logger="vfy_notebook"):
        project.fetch_customers(email="ann@example.com", progress=False)
        project.get_customer("s-1")
    ours = [record for record in caplog.records if record.name == "vfy_notebook"]
    calls = [record.getMessage() for record in ours if record.levelno == logging.DEBUG]
    waits = [record.getMessage() for record in ours if record.levelno == logging.INFO]
    assert len(calls) == project.calls.total == 4
    for word in ("list_customers", "503", "attempt 1", "ms", "bytes"):
        assert word in calls[0]
    assert "attempt 3" in calls[2]
    assert any("42.0 s" in line and "429" in line for line in waits)
    assert not any(word in line for line in calls + waits for word in ("ann@", "s-1", "token"))


def test_nothing_is_logged_unless_somebody_asks(sandbox, project, capfd):
    sandbox.reset([customer(1)])
    count(project)
    assert capfd.readouterr() == ("", "")
    assert logging.getLogger("vfy_notebook").level == logging.NOTSET
