"""What a document may be called: its name becomes a file's name, on this system and on others."""

from __future__ import annotations

import re

LONGEST = 200  # bytes; file systems take 255, and journal and temporary files add their endings
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # Windows takes them for devices


def check_name(name: str) -> str:
    """The name, where a document may have it.

    Raises:
        ValueError: it may not; the message says why.
    """
    problem = _problem(name)
    if problem:
        raise ValueError(f"{name!r} cannot be a document's name: {problem}; it becomes a file's name")
    return name


def made_fit(name: str) -> str:
    """A name that a document may have, as like the given one as can be: for what other programs named."""
    plain = "".join(sign if sign.isprintable() else " " for sign in _FORBIDDEN.sub("_", name))
    short = " ".join(plain.split()).encode()[:LONGEST].decode(errors="ignore")
    fit = short.strip(" .") or "Untitled"
    return f"_{fit[: LONGEST - 1]}" if _DEVICE.fullmatch(fit) else fit


def _problem(name: str) -> str:
    if not name.strip():
        return "it is empty"
    if found := _FORBIDDEN.search(name):
        return f"it has a {found.group()}"
    if not name.isprintable():
        return "it has a character that cannot be seen"
    if name != name.strip(" ."):
        return "it begins or ends with a space or a dot"
    if len(name.encode()) > LONGEST:
        return f"it is longer than {LONGEST} bytes"
    return "the name is that of a device on Windows" if _DEVICE.fullmatch(name) else ""
