"""One task at a time, in the background, with a bar that feels *Stop*."""

from __future__ import annotations

import threading

import pytest

from vfy_notebook.forms.task_runner import Bar, TaskRunner

SOON_S = 10


def test_a_second_task_is_refused_while_the_first_one_runs_and_taken_afterwards():
    tasks = TaskRunner(threading.RLock())
    go = threading.Event()
    ran = []

    def first():
        go.wait(SOON_S)
        ran.append("first")

    assert tasks.start(first)
    assert tasks.busy
    assert not tasks.start(lambda: ran.append("second"))
    go.set()
    assert tasks.wait(SOON_S)
    assert tasks.start(lambda: ran.append("third"))
    assert tasks.wait(SOON_S)
    assert ran == ["first", "third"]
    assert not tasks.busy


def test_all_tasks_run_in_one_thread_that_does_not_keep_the_process_alive():
    tasks = TaskRunner(threading.RLock())
    threads = []
    for _ in range(2):
        tasks.start(lambda: threads.append(threading.current_thread()))
        assert tasks.wait(SOON_S)
    assert threads[0] is threads[1]
    assert threads[0] is not threading.main_thread()
    assert threads[0].daemon


def test_a_task_that_fails_does_not_keep_others_from_running(monkeypatch):
    told = []
    monkeypatch.setattr(threading, "excepthook", told.append)
    tasks = TaskRunner(threading.RLock())
    tasks.start(lambda: 1 / 0)
    assert tasks.wait(SOON_S)
    assert told[0].exc_type is ZeroDivisionError
    ran = []
    assert tasks.start(lambda: ran.append("next"))
    assert tasks.wait(SOON_S)
    assert ran == ["next"]


def test_who_is_told_that_a_task_has_ended_finds_the_runner_free():
    lock = threading.RLock()
    tasks = TaskRunner(lock)
    is_told = threading.Event()
    is_asked = threading.Event()
    seen = []

    def ask():
        is_told.wait(SOON_S)
        is_asked.set()
        with lock:
            seen.append(tasks.busy)

    def tell():
        is_told.set()
        is_asked.wait(SOON_S)

    asking = threading.Thread(target=ask)
    asking.start()
    tasks.start(lambda: None, tell)
    asking.join(SOON_S)
    assert tasks.wait(SOON_S)
    assert seen == [False]


def test_a_task_that_fails_is_told_to_have_ended(monkeypatch):
    monkeypatch.setattr(threading, "excepthook", [].append)
    tasks = TaskRunner(threading.RLock())
    ended = []
    tasks.start(lambda: 1 / 0, lambda: ended.append(tasks.busy))
    assert tasks.wait(SOON_S)
    assert ended == [True]


def test_waiting_says_when_it_took_too_long():
    tasks = TaskRunner(threading.RLock())
    go = threading.Event()
    tasks.start(lambda: go.wait(SOON_S))
    assert not tasks.wait(0.01)
    go.set()
    assert tasks.wait(SOON_S)


def test_stop_is_for_the_running_task_only():
    tasks = TaskRunner(threading.RLock())
    tasks.stop()
    seen = []
    tasks.start(lambda: seen.append(tasks.stopping))
    assert tasks.wait(SOON_S)
    assert seen == [False]


def test_a_bar_interrupts_its_task_when_it_is_to_stop():
    stop = threading.Event()
    drawn = []
    bar = Bar(lambda *facts: drawn.append(facts), stop.is_set)
    bar.show(0, 10, "0 of 10", urgent="")
    stop.set()
    with pytest.raises(KeyboardInterrupt):
        bar.show(1, 10, "1 of 10", urgent="")
    assert drawn == [(0, 10, "0 of 10")]


def test_a_bar_draws_no_more_often_than_an_eye_can_follow_but_always_the_end():
    drawn = []
    bar = Bar(lambda *facts: drawn.append(facts), lambda: False)
    for done in range(1001):
        bar.show(done, 1000, f"{done}", urgent="")
    assert drawn[0][0] == 0
    assert drawn[-1][0] == 1000
    assert len(drawn) < 100
    bar.show(1000, 1000, "waiting 3 s", urgent="waiting 3 s")
    assert drawn[-1][2] == "waiting 3 s"
