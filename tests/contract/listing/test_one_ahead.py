"""The next page is asked for while this one is used: no further call, nothing else different."""

from __future__ import annotations

import gzip
import json
import threading

import pytest

from tests.contract.raw_server import RawServer, answer, customer, page, project_on
from tests.fake_clock import FakeClock
from tests.processes import ENDS_S
from vfy_notebook.api.listing.fetching import Listing
from vfy_notebook.api.listing.query import CustomerQuery
from vfy_notebook.api.transport import Request

PAGES = Request("list_customers", "GET", "/v1/customers", params={"limit": "100"})


def listing(project, **how):
    return Listing(project._api, CustomerQuery(), **how)


def made(count):
    def iso(i):
        return f"2024-01-01T{i // 3600:02d}:{i // 60 % 60:02d}:{i % 60:02d}.000Z"

    return [{**customer(i), "created_at": iso(i)} for i in range(count)]


@pytest.fixture
def project(make_project):
    return make_project(workers=1)


def free_again(project):
    """Nothing that was sent ahead is held any more."""
    return all(budget.ahead == 0 for budget in project._api.transport.governor._budgets.values())


def test_a_page_is_asked_for_before_the_last_one_is_used(sandbox, project):
    sandbox.reset(made(450))
    asked = [project.calls.total for _ in listing(project)]
    # The first page's successor is not known to be needed yet; from then on one is ahead.
    assert asked == [1, 3, 4, 5, 5]
    assert project.calls.total == len(sandbox.requests()) == 5
    assert free_again(project)


def test_a_limit_is_asked_no_further_than_it_goes(sandbox, project):
    sandbox.reset(made(450))
    pages = iter(listing(project, limit=150))
    next(pages)
    next(pages)
    pages.close()
    assert len(sandbox.requests()) == 2


def test_who_stops_in_the_middle_keeps_no_connection_and_no_quota(sandbox, project):
    sandbox.reset(made(450))
    pages = iter(listing(project))
    next(pages)
    next(pages)
    assert not free_again(project)
    pages.close()
    assert free_again(project)
    # What was sent is counted, used or not, and the next request is answered with its own answer.
    assert project.get_customer("s-7")["id"] == "cust_007"
    assert project.calls.total == 3 + 1


def test_a_project_that_is_closed_meanwhile_says_so(sandbox, make_project):
    sandbox.reset(made(450))
    project = make_project(workers=1)
    pages = iter(listing(project))
    next(pages)
    next(pages)
    project.close()
    with pytest.raises(Exception, match="closed"):
        next(pages)
    assert free_again(project)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_failed_answer_is_the_first_attempt(sandbox, make_project, clock, status):
    sandbox.reset(made(450))
    sandbox.script({"path": "/v1/customers", "nth": [3, 4], "do": "status", "status": status})
    project = make_project(workers=1)
    found = [each.id for got in listing(project) for each in got]
    assert len(found) == len(set(found)) == 450
    assert project.calls.total == len(sandbox.requests()) == 5 + 2
    assert len(clock.slept) >= 2
    assert free_again(project)


def test_answers_may_be_received_late_and_others_asked_meanwhile(sandbox, make_project):
    """An answer's time runs from when it is wanted; nobody waits for its place in the quota."""
    sandbox.reset(made(450))
    sandbox.set(rate_limit={"limit": 8, "window_s": 60})
    clock = FakeClock(on_sleep=sandbox.advance)
    project = make_project(workers=1)
    found = []
    for got in listing(project):
        found += got
        clock.sleep(1_000)
        for _ in range(3):
            project.get_customer("s-7")  # more than the quota has: waits for it, not for the page
    assert len(found) == 450
    assert project.calls.total == len(sandbox.requests())


def test_the_last_calls_of_a_window_are_not_sent_ahead(sandbox, make_project):
    sandbox.reset(made(1_450))
    sandbox.set(rate_limit={"limit": 6, "window_s": 60})
    project = make_project(workers=1)
    assert sum(map(len, listing(project))) == 1_450
    assert [r["status"] for r in sandbox.requests() if r["status"] != 200] == []


def page_number(number, *, of):
    """A page of 100, whose first customer is the last of the page before."""
    people = [customer(i) for i in range(99 * (number - 1), 99 * number + 1)]
    return json.dumps(page(people, total=99 * of + 1, has_more=number < of)).encode()


def headers_of(kind):
    return {
        "closing": [("Connection", "close")],
        "packed": [("Content-Encoding", "gzip")],
        "hinted": [],
        "chunked": [],
    }[kind]


def said(kind, body):
    if kind == "packed":
        body = gzip.compress(body)
    if kind == "chunked":
        pieces = [body[at : at + 1000] for at in range(0, len(body), 1000)]
        chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
        return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" if kind == "hinted" else b""
    return early + answer(body=body, headers=headers_of(kind))


@pytest.mark.parametrize("kind", ["closing", "packed", "hinted", "chunked"])
def test_any_kind_of_answer_can_be_ahead(tmp_path, kind):
    def script(number, _head):
        return said(kind, page_number(number, of=3))

    with RawServer(script) as server, project_on(server.url, tmp_path) as project:
        query = CustomerQuery(city="Here")
        found = [each.id for got in Listing(project._api, query) for each in got]
    assert found == [f"cust_{i:03d}" for i in range(298)]
    assert len(server.requests) == 3


def cuts(body):
    """Ways in which an answer breaks off."""
    whole = answer(body=body)
    return {
        "nothing": None,
        "in the headers": [whole[:40], None],
        "in the body": [whole[:-50], None],
        "no HTTP": [b"HELLO\r\n\r\n", None],
    }


@pytest.mark.parametrize("cut", ["nothing", "in the headers", "in the body", "no HTTP"])
def test_an_answer_that_breaks_off_is_asked_for_again(tmp_path, cut):
    broken = []

    def script(number, _head):
        at = number - len(broken)
        body = page_number(at, of=4)
        if at == 3 and not broken:
            broken.append(number)
            return _until_none(cuts(body)[cut])
        return answer(body=body)

    with RawServer(script) as server, project_on(server.url, tmp_path) as project:
        query = CustomerQuery(city="Here")
        found = [each.id for got in Listing(project._api, query) for each in got]
        assert project.calls.total == len(server.requests) == 5
        assert free_again(project)
    assert found == [f"cust_{i:03d}" for i in range(397)]


def _until_none(pieces):
    """The bytes to send; then the connection ends."""
    if pieces is None:
        return None

    def said():
        yield pieces[0]
        raise ConnectionResetError

    return said()


def test_one_request_at_a_time_is_ahead_and_each_gets_its_own_answer(sandbox, project):
    sandbox.reset(made(450))
    transport = project._api.transport
    transport.send(PAGES)
    first = transport.send_ahead(PAGES)
    assert first is not None
    assert transport.send_ahead(PAGES) is None
    assert project.get_customer("s-7")["id"] == "cust_007"  # on a connection of its own
    body = transport.ask(PAGES, lambda found: found.body, ahead=first)
    assert len(json.loads(body)["customers"]) == 100
    assert free_again(project)
    assert project.calls.total == len(sandbox.requests()) == 3


def test_an_interrupt_while_it_is_sent_leaves_nothing_behind(sandbox, project, monkeypatch):
    sandbox.reset(made(450))
    transport = project._api.transport
    transport.send(PAGES)
    session = transport._session()
    begin = session.watch.begin

    def interrupted():
        monkeypatch.setattr(session.watch, "begin", begin)
        raise KeyboardInterrupt

    monkeypatch.setattr(session.watch, "begin", interrupted)
    with pytest.raises(KeyboardInterrupt):
        transport.send_ahead(PAGES)
    assert free_again(project)
    again = transport.send_ahead(PAGES)
    assert again is not None
    again.drop()
    assert free_again(project)


def test_only_what_reads_is_sent_ahead(project):
    assert project._api.transport.send_ahead(Request("delete", "DELETE", "/v1/customers/a")) is None
    assert project.calls.total == 0


def test_threads_have_each_their_own(sandbox, make_project):
    sandbox.reset(made(450))
    project = make_project(workers=1)
    found = []

    def read():
        found.append(sum(map(len, listing(project))))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(ENDS_S)
    assert found == [450] * 4
    assert free_again(project)
