"""One program on CPython, on the embedded MicroPython and on a board, side by side."""
