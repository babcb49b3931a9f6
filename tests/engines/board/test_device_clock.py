"""A device's clock followed through drift, jitter, bursts and pauses, with time that only runs forward."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.board.streams.device_clock import DeviceClock


def run(clock, true, arrival, drift):
    """Send samples taken at the ``true`` seconds of the host's clock; their stream times.

    ``drift``: the host's clock gains so much on the device's. What arrives at one moment is one batch.
    """
    device = true / (1 + drift)
    out, before, at = [], device[0], 0
    while at < len(true):
        end = at
        while end + 1 < len(true) and arrival[end + 1] <= arrival[at]:
            end += 1
        out.append(clock.times(device[at : end + 1] - before, float(arrival[at])))
        before, at = device[end], end + 1
    return np.concatenate(out)


def in_order(arrival):
    """A byte stream does not overtake itself."""
    return np.maximum.accumulate(arrival)


def test_without_drift_it_is_the_devices_time():
    true = np.arange(0, 2000, 0.5)
    times = run(DeviceClock(), true, true + 0.001, 0.0)
    assert times == pytest.approx(true, abs=1e-9)


@pytest.mark.parametrize("drift", [100e-6, -100e-6, 20e-6, 0.01])
def test_drift_is_followed_for_hours(drift):
    random = np.random.default_rng(1)
    true = np.arange(0, 4 * 3600, 0.25)
    arrival = in_order(true + 0.002 + random.exponential(0.004, len(true)))
    clock = DeviceClock()
    times = run(clock, true, arrival, drift)
    assert np.abs(times - true)[len(true) // 4 :].max() < 0.006
    assert clock.drift == pytest.approx(drift, abs=8e-6)
    # Uncorrected it would be wrong by far more.
    assert abs(true[-1] * drift) > 0.25


def test_a_crystal_that_warms_up_is_followed():
    true = np.arange(0, 3 * 3600, 0.5)
    drift = 60e-6 * (1 - np.exp(-true / 2400))
    device = true - np.cumsum(drift) * 0.5
    clock = DeviceClock()
    random = np.random.default_rng(2)
    arrival = in_order(true + random.exponential(0.003, len(true)))
    steps = np.diff(device, prepend=device[0])
    times = np.array([clock.times(steps[n : n + 1], arrival[n])[0] for n in range(len(true))])
    assert np.abs(times - true).max() < 0.01


def test_bursts_do_not_bend_time():
    """Every minute the host is away for five seconds and then gets everything at once."""
    true = np.arange(0, 3600, 0.1)
    arrival = true + 0.002
    away = true % 60 < 5
    arrival[away] = np.floor(true[away] / 60) * 60 + 5.0
    times = run(DeviceClock(), true, in_order(arrival), 50e-6)
    assert np.abs(times - true)[len(true) // 2 :].max() < 0.005
    assert np.abs(np.diff(times) / 0.1 - 1).max() < 700e-6


def test_a_backlog_at_the_beginning_is_no_drift():
    """The board was sending before anyone listened: the first three seconds arrive at once."""
    true = np.arange(0, 300, 0.01)
    arrival = np.maximum(true, 3.0) + 0.001
    clock = DeviceClock()
    times = run(clock, true, arrival, 0.0)
    assert times == pytest.approx(true, abs=1e-3)
    assert abs(clock.drift) < 1e-6


@settings(deadline=None, max_examples=60)
@given(
    drift=st.floats(-300e-6, 300e-6),
    jitter=st.floats(0, 0.05),
    pauses=st.lists(st.floats(0.01, 3000), min_size=1, max_size=8),
    batch=st.integers(1, 50),
    seed=st.integers(0, 1000),
)
def test_time_never_runs_backwards_nor_far_off(drift, jitter, pauses, batch, seed):
    random = np.random.default_rng(seed)
    parts, start = [], 0.0
    for pause in pauses:
        parts.append(start + np.arange(200) * 0.5)
        start = parts[-1][-1] + pause
    true = np.concatenate(parts)
    arrival = in_order(true + random.uniform(0, 1, len(true)) * jitter)
    arrival = arrival[np.minimum(np.arange(len(true)) // batch * batch + batch - 1, len(true) - 1)]
    clock = DeviceClock()
    times = run(clock, true, arrival, drift)
    assert (np.diff(times) >= 0).all()
    # Never worse than the uncorrected clock, but for what jitter may feign.
    worst = np.abs(true) * abs(drift) * 1.5 + 0.01 + jitter * 2
    assert (np.abs(times - true) <= worst).all()


def stamped(true, stood, arrival):
    """Stream times of single samples by a clock that stood still for ``stood`` seconds by then, and where
    it was put right."""
    clock, device = DeviceClock(), true - stood
    times, righted = [], []
    for number, step in enumerate(np.diff(device, prepend=device[0])):
        if clock.standstill():
            righted.append(number)
        times.append(clock.times(np.array([step]), float(arrival[number]))[0])
    return np.array(times), righted


@pytest.mark.parametrize("drift", [0.0, 80e-6])
@pytest.mark.parametrize(("seconds", "begins"), [(1.5, 20), (30, 20), (30, 100), (400, 1000)])
def test_a_clock_that_stood_still_is_put_right(seconds, begins, drift):
    awake = np.arange(0, begins + 900, 0.1)
    true = np.where(awake > begins, awake + seconds, awake)
    random = np.random.default_rng(3)
    arrival = in_order(true + 0.002 + random.exponential(0.002, len(true)))
    times, righted = stamped(true, true - awake * (1 - drift), arrival)
    assert len(righted) == 1
    assert begins + 4 < awake[righted[0]] < begins + 10
    assert np.abs(times - true)[righted[0] :].max() < 0.02 + drift * begins
    assert (np.diff(times) >= 0).all()


def test_a_clock_that_stands_still_again_and_again_is_put_right_each_time():
    """It sleeps nine tenths of the time."""
    true = np.arange(0, 600, 1.0)
    times, righted = stamped(true, true * 0.9, true + 0.002)
    assert len(righted) > 50
    assert np.abs(times - true).max() < 12


@pytest.mark.parametrize("away", [2.0, 30.0, 300.0])
@pytest.mark.parametrize("faster", [1.3, 3, 100])
def test_a_queue_that_is_worked_off_is_no_standstill(away, faster):
    """The host was away; what waited comes in at the speed of the line."""
    true = np.arange(0, 2000, 0.1)
    arrival = true + 0.002
    arrival[true >= 500] = np.maximum(arrival, 500 + away + (true - 500) / faster)[true >= 500]
    times, righted = stamped(true, true * 0, arrival)
    assert righted == []
    assert np.abs(times - true).max() < 0.3


def test_a_clock_that_jumped_ahead_is_seen():
    clock = DeviceClock()
    true = np.arange(0, 10, 0.1)
    run(clock, true, true + 0.2, 0.0)
    assert clock.lead(0.1, 10.2) == pytest.approx(0, abs=1e-6)
    assert clock.lead(0.1, 10.5) == pytest.approx(-0.3), "a delay is no jump"
    assert clock.lead(60.0, 10.2) == pytest.approx(59.9)


def test_a_clock_may_begin_later_in_a_stream():
    clock = DeviceClock(104.0)
    assert clock.times(np.array([0.0, 0.5]), 7.0).tolist() == [104.0, 104.5]
