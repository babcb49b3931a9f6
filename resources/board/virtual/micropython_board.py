# The module "micropython" as on a pyboard, with a kbd_intr that reaches the board's serial port.
# ruff: noqa
# (MicroPython's, not CPython's: what is imported here is what a program imports from here)

import host
from micropython import *

__name__ = "micropython"


def alloc_emergency_exception_buf(size):
    pass  # this build always has one of 256 bytes


def kbd_intr(char):
    host.call("kbd_intr", str(char))
