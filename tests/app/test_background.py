"""Jobs run one after the other on a thread of their own; their outcomes come back to the loop's."""

from __future__ import annotations

import threading

import pytest

from app.background import Background


@pytest.fixture
def posted():
    return []


@pytest.fixture
def background(posted):
    background = Background(posted.append)
    yield background
    background.close()


def test_outcomes_are_taken_in_order_on_the_thread_of_the_loop(background):
    threads, taken = [], []
    for number in range(3):
        background.do(
            lambda: threads.append(threading.current_thread()),
            lambda job, number=number: taken.append((number, threading.current_thread())),
        )
    background.finish()
    assert [number for number, _ in taken] == [0, 1, 2]
    assert {thread for _, thread in taken} == {threading.main_thread()}
    assert len(set(threads)) == 1
    assert threading.main_thread() not in threads


def test_what_the_loop_is_asked_to_take_is_taken_once(background, posted):
    taken = []
    background.do(lambda: 1, lambda job: taken.append(job.result()))
    background.finish()
    for function in posted:
        function()
    assert taken == [1]


def test_a_result_goes_through_then(background):
    done = background.run(lambda: 20, lambda result: result + 1)
    assert not done.done()
    background.finish()
    assert done.result(0) == 21


def test_what_is_raised_is_the_futures_and_the_next_job_runs(background):
    work = background.run(lambda: 1 / 0, lambda result: result)
    then = background.run(lambda: 1, lambda result: result / 0)
    last = background.run(lambda: 1, lambda result: result)
    background.finish()
    assert isinstance(work.exception(0), ZeroDivisionError)
    assert isinstance(then.exception(0), ZeroDivisionError)
    assert last.result(0) == 1
