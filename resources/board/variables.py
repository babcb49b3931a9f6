"""The names on the board with short values. engines/board/device/variables.py calls these functions."""

import __main__


def _line(name, value):
    size = -1
    try:
        size = len(value)
    except Exception:
        pass
    text = ""
    try:
        if size <= 60:
            text = repr(value)
        elif isinstance(value, (str, bytes, bytearray, list, tuple)):
            text = repr(value[:40])[:-1] + " ..."
    except Exception as error:
        text = "<" + type(error).__name__ + ">"
    tell((name, type(value).__name__, size, text[:120]))


def variables():
    for name in sorted(__main__.__dict__):
        if not name.startswith("_"):
            _line(name, __main__.__dict__[name])


def attributes(expression):
    value = eval(expression, __main__.__dict__)
    for name in dir(value):
        if not name.startswith("__"):
            try:
                _line(name, getattr(value, name))
            except Exception as error:
                tell((name, "", -1, "<" + type(error).__name__ + ">"))
