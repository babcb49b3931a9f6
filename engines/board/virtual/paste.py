"""What paste mode executes: a text of several statements that prints the values of its expressions.

MicroPython compiles a paste as a whole, yet with the prompt's rule that an expression prints its value
(``mp_compile(..., is_repl)``). From Python only single statements can be compiled so, so the text is taken
apart.
"""

from __future__ import annotations

import ast
import warnings


def statements(source: bytes) -> list[bytes] | None:
    """The top-level statements, each behind as many continued empty lines as keep its line number.

    Constants are left out, for MicroPython drops them outside of the prompt. None when the text has a
    syntax error (or is beyond CPython's parser): it is then compiled as a whole, and the error is
    MicroPython's to report.
    """
    text = source.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    lines = text.split(b"\n")
    return [_cut(lines, node) for node in body if not _is_dropped(node)]


def _cut(lines: list[bytes], node: ast.stmt) -> bytes:
    first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])
    last = node.end_lineno or node.lineno
    span = lines[first - 1 : last]
    span[-1] = span[-1][: node.end_col_offset]
    if first == node.lineno:  # a decorator's @ stands before the node
        span[0] = span[0][node.col_offset :]
    return b"\\\n" * (first - 1) + b"\n".join(span) + b"\n"


def _is_dropped(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and _is_constant(node.value)


def _is_constant(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp):
        return _is_constant(node.operand)
    if isinstance(node, ast.BinOp):
        return _is_constant(node.left) and _is_constant(node.right)
    if isinstance(node, ast.Tuple):
        return all(_is_constant(item) for item in node.elts)
    return isinstance(node, ast.Constant)
