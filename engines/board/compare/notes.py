"""Why MicroPython gave something else: explanations of differences that were seen, and of no others.

The differences are those of MicroPython's own documentation ("MicroPython differences from CPython").
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from engines.board.compare.runs import Run


@dataclass(frozen=True)
class Rule:
    """Speaks up when MicroPython's exception matches, and CPython had another or none."""

    pattern: re.Pattern[str]
    text: str


def _rule(pattern: str, text: str) -> Rule:
    return Rule(re.compile(pattern), text)


_EXCEPTIONS = (
    _rule(
        r"ImportError: no module named '(?P<name>[^']+)'",
        "MicroPython has no module {name} built in. Board > Packages installs many.",
    ),
    _rule(
        r"AttributeError: '(?P<type>\w+)' object has no attribute '(?P<name>\w+)'",
        "MicroPython's {type} has no {name}.",
    ),
    _rule(
        r"AttributeError: (?:'module' object|module '\w+') has no attribute '(?P<name>\w+)'",
        "MicroPython's version of this module has no {name}.",
    ),
    _rule(
        r"NotImplementedError: only slices with step=1",
        "MicroPython's slices have no step here: write a loop.",
    ),
    _rule(r"NotImplementedError", "This is a part of Python that MicroPython leaves out."),
    _rule(
        r"TypeError: (function doesn't take keyword arguments|extra keyword arguments given)",
        "Built-in functions of MicroPython take most arguments by position only.",
    ),
    _rule(
        r"SyntaxError",
        "MicroPython's syntax is that of Python 3.4 with parts of later versions; match statements and "
        "positional-only parameters are not among them.",
    ),
    _rule(r"MemoryError", "The memory of a microcontroller is small: make fewer or smaller objects."),
    _rule(
        r"RuntimeError: maximum recursion depth exceeded",
        "The stack of a microcontroller is small: recursion ends earlier.",
    ),
    _rule(r"OverflowError", "MicroPython's limits for this kind of number are smaller."),
    _rule(r"NameError: name '(?P<name>\w+)' isn't defined", "MicroPython has no built-in {name}."),
    _rule(r"TypeError: can't convert", "MicroPython converts fewer types by itself."),
    _rule(r"LookupError|UnicodeError", "MicroPython's texts are UTF-8 only."),
)
_NUMBER = re.compile(r"-?\d+\.\d+(?:e[-+]?\d+)?")
_ADDRESS = re.compile(r"(?:at )?0x[0-9a-f]+|\b[0-9a-f]{8,16}\b")


def explain(reference: Run, other: Run) -> list[str]:
    """What is known of the differences between CPython's run and one of MicroPython's."""
    notes = []
    if other.exception and other.exception != reference.exception:
        notes += _about_exception(reference, other)
    elif reference.exception and not other.error and not other.note:
        notes.append(f"CPython stops with {_kind(reference.exception)}; MicroPython checks less and goes on.")
    if not other.error and reference.output != other.output:
        notes += _about_output(reference.output, other.output)
    return notes


def _about_exception(reference: Run, other: Run) -> list[str]:
    if _kind(other.exception) == _kind(reference.exception):
        return ["It is the same exception; MicroPython keeps its messages short."]
    for rule in _EXCEPTIONS:
        if match := rule.pattern.search(other.exception):
            return [rule.text.format(**match.groupdict())]
    return []


def _about_output(reference: str, other: str) -> list[str]:
    ours, theirs = reference.splitlines(), other.splitlines()
    if sorted(ours) == sorted(theirs):
        return ["The same lines in another order: MicroPython's dicts and sets keep none."]
    if len(ours) != len(theirs):
        return []
    pairs = [(a, b) for a, b in zip(ours, theirs, strict=True) if a != b]
    notes = []
    if all(_same_numbers(a, b) for a, b in pairs):
        notes.append("Floats differ in their last digits: many boards calculate with 32 bits.")
    elif all(_ADDRESS.sub("", a) == _ADDRESS.sub("", b) for a, b in pairs):
        notes.append("Only addresses of objects differ; they differ from run to run.")
    elif all(sorted(a) == sorted(b) for a, b in pairs):
        notes.append("The same in another order: MicroPython's dicts and sets keep none.")
    elif any("MicroPython" in b or "micropython" in b for _, b in pairs):
        notes.append("The program tells which Python it runs on.")
    return notes


def _same_numbers(ours: str, theirs: str) -> bool:
    """Texts that are equal but for floats, which are nearly equal."""
    if _NUMBER.sub("#", ours) != _NUMBER.sub("#", theirs):
        return False
    pairs = zip(_NUMBER.findall(ours), _NUMBER.findall(theirs), strict=True)
    return all(abs(float(a) - float(b)) <= 1e-5 * max(abs(float(a)), 1e-9) for a, b in pairs)


def _kind(exception: str) -> str:
    return exception.partition(":")[0].strip()
