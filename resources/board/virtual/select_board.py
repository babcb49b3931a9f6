# The module "select" with the function of its name, which a pyboard has, too.
# ruff: noqa
# (MicroPython's, not CPython's: what is imported here is what a program imports from here)

from select import *

__name__ = "select"


def select(reading, writing, failing, timeout=None):
    """The ones of each list that are ready, after ``timeout`` seconds at the latest."""
    poller = poll()
    for thing in reading:
        poller.register(thing, POLLIN | (POLLOUT if thing in writing else 0))
    for thing in writing:
        if thing not in reading:
            poller.register(thing, POLLOUT)
    for thing in failing:
        if thing not in reading and thing not in writing:
            poller.register(thing, 0)
    found = poller.poll(-1 if timeout is None else int(timeout * 1000))
    return tuple(
        [each[0] for each in found if each[1] & flags and each[0] in things]
        for things, flags in ((reading, POLLIN | POLLHUP), (writing, POLLOUT), (failing, POLLERR | POLLHUP))
    )
