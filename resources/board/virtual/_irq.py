# Interrupts of the virtual pyboard. The host has a callback called between two steps of the program, where memory
# could be used; on a pyboard a hard interrupt may come within one, so it must not. Here it cannot, either.
# ruff: noqa
# (MicroPython's, not CPython's: what is imported here is what a program imports from here)

import io
import sys

import host
from micropython import heap_lock, heap_unlock

_NONE = object()
_QUEUE = 8  # more than can be waiting to be called
_enabled = True


def locks():
    """How often the heap is locked."""
    heap_lock()
    return heap_unlock()  # without a jump between the two nothing can come between them


def lock_to(count):
    """Lock the heap so often, or unlock it down to that."""
    while locks() > count:
        heap_unlock()
    while locks() < count:
        heap_lock()


def firmware(function):
    """A function or method that on a pyboard is written in C and needs no memory: hard interrupts may call it.

    It takes up to three arguments, by position.
    """

    def call(a, b=_NONE, c=_NONE):
        before = locks()
        lock_to(0)
        try:
            if b is _NONE:
                return function(a)
            if c is _NONE:
                return function(a, b)
            return function(a, b, c)
        finally:
            lock_to(before)

    return call


def hard_callback(name, function, argument, disable):
    """Call what a hard interrupt calls, with the heap locked; when it fails, say so and switch its source off."""
    if function is None:
        return
    failure = None
    before = locks()
    try:
        heap_lock()
        function(argument)
    except Exception as error:
        failure = error
    finally:
        lock_to(before)
    if failure:
        disable()
        print("uncaught exception in " + name)
        _show(failure)


def soft_callback(function, argument):
    """Call what was scheduled; when it fails, say so."""
    if function is None:
        return
    try:
        function(argument)
    except Exception as error:
        _show(error)


def _show(error):
    # Without the lines of what on a pyboard is not written in Python.
    text = io.StringIO()
    sys.print_exception(error, text)
    for line in text.getvalue().rstrip().split("\n"):
        if 'File "/firmware/' not in line:
            print(line)


def disable_irq():
    """Hold interrupts back; whether they were enabled."""
    global _enabled
    was = _enabled
    _enabled = False
    host.call("irq", "0")
    for _ in range(_QUEUE):
        pass  # what was raised before comes before the critical section
    return was


def enable_irq(state=True):
    """Let interrupts come again (``state`` is what ``disable_irq`` gave); one that was held back comes now."""
    global _enabled
    _enabled = bool(state)
    host.call("irq", "1" if state else "0")
