"""Whether an entry at the prompt is complete, as py/repl.c decides it."""

from __future__ import annotations

import re

_COMPOUND = re.compile(rb"@|(if|while|for|try|with|def|class|async)(?![A-Za-z0-9_])")
_TOKEN = re.compile(rb"""\\['"\\]|'''|\"\"\"|['"]|[()\[\]{}]""")
_OPEN, _CLOSE = b"([{", b")]}"


def needs_more(text: bytes) -> bool:
    """Whether the prompt goes on with ``... `` after this text.

    Unclosed triple quotes and brackets, a backslash at the end and a compound statement whose last line is
    not empty ask for more.
    """
    if not text:
        return False
    quote, depths = _scan(text)
    if len(quote) == 3 or (not quote and any(depth > 0 for depth in depths)):
        return True
    if text.endswith(b"\\"):
        return True
    return bool(_COMPOUND.match(text)) and not text.endswith(b"\n")


def _scan(text: bytes) -> tuple[bytes, list[int]]:
    """The quote that is open at the end (empty when none is) and how many brackets of each kind are."""
    quote = b""
    depths = [0, 0, 0]
    position = 0
    while match := _TOKEN.search(text, position):
        token = match.group()
        position = match.end()
        if token.startswith(b"\\"):
            if not quote:
                position = match.start() + 1  # a backslash protects nothing outside of a string
        elif token in (b"'", b'"', b"'''", b'"""'):
            quote, position = _quote(quote, token, match.start())
        elif not quote and token in _OPEN:
            depths[_OPEN.index(token)] += 1
        elif not quote:
            depths[_CLOSE.index(token)] -= 1
    return quote, depths


def _quote(quote: bytes, token: bytes, start: int) -> tuple[bytes, int]:
    """The open quote after a quote sign, and where to read on."""
    if not quote:
        return token, start + len(token)
    if quote == token:
        return b"", start + len(token)
    if token[:1] != quote[:1]:
        return quote, start + 1
    if len(quote) == 1:  # in 'abc''' the first sign closes
        return b"", start + 1
    return quote, start + 1
