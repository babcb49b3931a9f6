"""What pyflakes and the parser find in a MicroPython source, as marks for an editor."""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass
from enum import Enum

_KNOWN = ("const",)
"""MicroPython's compiler knows this without an import; so it does ``micropython`` in decorators."""
_EMITTERS = {"native", "viper", "bytecode", "asm_thumb", "asm_xtensa", "asm_rv32"}
_VIPER = ("ptr", "ptr8", "ptr16", "ptr32", "uint")
_ASSEMBLERS = {"asm_thumb", "asm_xtensa", "asm_rv32", "asm_pio"}
_HARMLESS = {
    "UnusedImport",
    "UnusedVariable",
    "UnusedAnnotation",
    "RedefinedWhileUnused",
    "FStringMissingPlaceholders",
    "ImportStarUsed",
    "ImportStarUsage",
    "ImportShadowedByLoopVar",
}


class Severity(Enum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Mark:
    """Something to look at in a line."""

    line: int
    """From 1."""
    column: int
    """Code points from 0."""
    length: int
    """At least 1."""
    message: str
    severity: Severity


def check(source: str) -> list[Mark]:
    """Marks from top to bottom; a syntax error is the only one there is. Never raises."""
    lines = source.split("\n")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of CPython's own taste, such as unknown escapes
            tree = ast.parse(source)
    except SyntaxError as error:
        line = min(max(error.lineno or 1, 1), len(lines))
        column = max((error.offset or 1) - 1, 0)
        return [_mark(line, column, f"Syntax error: {error.msg}", Severity.ERROR, lines)]
    except (ValueError, RecursionError, MemoryError) as error:  # a null character, nesting without end
        return [Mark(1, 0, 1, f"This cannot be read as Python: {error}", Severity.ERROR)]
    return _flakes(tree, lines)


def _flakes(tree: ast.Module, lines: list[str]) -> list[Mark]:
    from pyflakes.checker import Checker

    decorators = _decorators(tree)
    used = {name for _, names in decorators for name in names}
    known = (*_KNOWN, *(_VIPER if "viper" in used else ()), *(("micropython",) if used & _EMITTERS else ()))
    assembler = _assembler_lines(decorators)
    marks = []
    for message in Checker(tree, builtins=known).messages:
        if message.lineno in assembler:
            continue
        text = str(message.message % message.message_args)
        severity = Severity.WARNING if type(message).__name__ in _HARMLESS else Severity.ERROR
        column = len(_line(lines, message.lineno).encode()[: message.col].decode(errors="ignore"))
        marks.append(_mark(message.lineno, column, text[:1].upper() + text[1:], severity, lines))
    return sorted(marks, key=lambda mark: (mark.line, mark.column))


def _line(lines: list[str], number: int) -> str:
    return lines[number - 1] if number <= len(lines) else ""


def _mark(line: int, column: int, message: str, severity: Severity, lines: list[str]) -> Mark:
    """A mark under the word that begins there, or under the whole line where none does."""
    text = _line(lines, line)
    end = column
    while end < len(text) and (text[end].isalnum() or text[end] in "_."):
        end += 1
    if end == column:
        column, end = len(text) - len(text.lstrip()), len(text.rstrip())
    return Mark(line, column, max(1, end - column), message, severity)


def _decorators(tree: ast.Module) -> list[tuple[ast.FunctionDef, set[str]]]:
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return [(each, {_name(decorator) for decorator in each.decorator_list}) for each in functions]


def _name(decorator: ast.expr) -> str:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return called.attr if isinstance(called, ast.Attribute) else str(getattr(called, "id", ""))


def _assembler_lines(decorators: list[tuple[ast.FunctionDef, set[str]]]) -> set[int]:
    """The instructions of an assembler function are no names to look up."""
    found: set[int] = set()
    for function, names in decorators:
        if names & _ASSEMBLERS:
            found.update(range(function.lineno, (function.end_lineno or function.lineno) + 1))
    return found
