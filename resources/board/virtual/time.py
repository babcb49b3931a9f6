# The module "time" as on a pyboard: seconds count from 2000, and a sleep lets callbacks run and can be interrupted.
# ruff: noqa
# (MicroPython's, not CPython's: what is imported here is what a program imports from here)

import utime
from utime import *

__name__ = "time"

_EPOCH = 946684800  # seconds from 1970 to 2000


def sleep_us(us):
    end = utime.ticks_add(utime.ticks_us(), us)
    while us > 0:
        utime.sleep_us(us)  # ends early when something has to run, which happens before the next line
        us = utime.ticks_diff(end, utime.ticks_us())


def sleep_ms(ms):
    while ms > 60000:  # the range of ticks_us is limited
        sleep_us(60000000)
        ms -= 60000
    sleep_us(ms * 1000)


def sleep(seconds):
    sleep_ms(int(seconds * 1000))


def time():
    return int(utime.time()) - _EPOCH


def gmtime(seconds=None):
    return utime.gmtime((time() if seconds is None else int(seconds)) + _EPOCH)[:8]


localtime = gmtime


def mktime(date):
    return utime.mktime(tuple(date)[:8]) - _EPOCH
