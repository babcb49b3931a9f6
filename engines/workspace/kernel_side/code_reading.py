"""Which workspace names does a cell read, define and mutate? Read from its code, without running it.

IPython's transformer turns magics and ``!commands`` into Python first; then symtable finds the global
names (so comprehensions, walrus, match and class bodies are right) and ast finds what symtable cannot:
augmented assignment and ``del`` read too, ``a[0] = 1`` and ``a.b = 1`` mutate ``a``, and ``a.append(1)`` may.
"""

from __future__ import annotations

import ast
import builtins
import symtable
from collections.abc import Iterator
from dataclasses import dataclass

from engines.workspace.kernel_side.method_names import CHANGING, PURE

CELL_MAGIC_CALL = "run_cell_magic"
LINE_MAGIC_CALLS = ("run_line_magic", "run_cell_magic")
PYTHON_MAGICS = frozenset({"time", "timeit", "capture", "prun"})


@dataclass(frozen=True)
class CodeReading:
    """Workspace names that code touches.

    ``calls`` are those of which a method is called that may change them, ``opaque`` code (``exec``,
    ``import *``) may touch any.
    """

    reads: frozenset[str] = frozenset()
    defines: frozenset[str] = frozenset()
    mutates: frozenset[str] = frozenset()
    calls: frozenset[str] = frozenset()
    opaque: bool = False


def read_code(cell: str) -> CodeReading:
    """Read a notebook or console cell; code that does not parse reads and defines nothing."""
    return _read_python(_as_python(cell))


def _as_python(cell: str) -> str:
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        return TransformerManager().transform_cell(cell)
    except SyntaxError:
        return cell


def _read_python(source: str) -> CodeReading:
    try:
        tree = ast.parse(source)
        table = symtable.symtable(source, "<cell>", "exec")
    except (SyntaxError, ValueError):
        return CodeReading()
    reads, defines = _global_names(table)
    mutates: set[str] = set()
    calls: set[str] = set()
    opaque = False
    for node in ast.walk(tree):
        mutates.update(_mutated_by(node))
        calls.update(_called_on(node))
        reads.update(_read_besides(node))
        opaque = opaque or _is_opaque(node)
        inner = _read_inner_code(node)
        reads |= inner.reads
        defines |= inner.defines
        mutates |= inner.mutates
        calls |= inner.calls
        opaque = opaque or inner.opaque
    known = {name for name in reads if not hasattr(builtins, name) or name in defines}
    shell = {"get_ipython"}
    return CodeReading(
        frozenset(known - shell),
        frozenset(defines),
        frozenset(mutates - shell),
        frozenset(calls - shell),
        opaque,
    )


def _global_names(table: symtable.SymbolTable) -> tuple[set[str], set[str]]:
    """Names that the module scope, or any scope inside it, reads from and binds in the module."""
    reads: set[str] = set()
    defines: set[str] = set()
    for symbol in table.get_symbols():
        name = symbol.get_name()
        at_top = table.get_type() == "module"
        if not (at_top or symbol.is_global()):
            continue
        if symbol.is_referenced():
            reads.add(name)
        if symbol.is_assigned() or symbol.is_imported() or (at_top and symbol.is_namespace()):
            defines.add(name)
    for child in table.get_children():
        inner_reads, inner_defines = _global_names(child)
        reads |= inner_reads
        defines |= inner_defines
    return reads, defines


def _mutated_by(node: ast.AST) -> Iterator[str]:
    """``a[0] = 1``, ``del a.b`` and ``a.b += 1`` change the object named a."""
    if isinstance(node, (ast.Subscript, ast.Attribute)) and isinstance(node.ctx, (ast.Store, ast.Del)):
        yield from _root_name(node)


def _called_on(node: ast.AST) -> Iterator[str]:
    """``a.append(1)`` and ``x = a.b.pop()`` may change the object named a."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        function = node.value.func
        if isinstance(function, ast.Attribute) and function.attr not in PURE:
            yield from _root_name(function)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGING:
        yield from _root_name(node.func)


def _read_besides(node: ast.AST) -> Iterator[str]:
    """Reads that symtable counts as assignments only."""
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        yield node.target.id
    if isinstance(node, ast.Delete):
        yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def _root_name(node: ast.expr) -> Iterator[str]:
    while isinstance(node, (ast.Subscript, ast.Attribute)):
        node = node.value
    if isinstance(node, ast.Name):
        yield node.id


def _is_opaque(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return any(alias.name == "*" for alias in node.names)
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Name) and node.func.id in ("exec", "eval"):
        return not _texts(node)
    return _is_magic(node, LINE_MAGIC_CALLS) and _texts(node)[:1] == ["run"]


def _read_inner_code(node: ast.AST) -> CodeReading:
    """``%time y = x + 1``, ``%%timeit`` and ``exec`` hide Python in strings; ``!cmd {x}`` hides names."""
    if not isinstance(node, ast.Call):
        return CodeReading()
    texts = _texts(node)
    if isinstance(node.func, ast.Name) and node.func.id in ("exec", "eval") and texts:
        return _read_python(texts[0])
    if _is_magic(node, LINE_MAGIC_CALLS) and texts and texts[0] in PYTHON_MAGICS:
        return _read_python(_as_python(texts[-1]))
    if _is_magic(node, ("system", "getoutput")):
        return CodeReading(reads=frozenset(name for text in texts for name in _interpolated(text)))
    return CodeReading()


def _texts(call: ast.Call) -> list[str]:
    """The arguments that are written out."""
    return [
        each.value for each in call.args if isinstance(each, ast.Constant) and isinstance(each.value, str)
    ]


def _is_magic(call: ast.Call, names: tuple[str, ...]) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr in names


def _interpolated(command: str) -> Iterator[str]:
    """Names in ``{x}`` and ``$x`` of a shell command."""
    import re

    for braces, dollar in re.findall(r"\{([A-Za-z_]\w*)[^}]*\}|\$([A-Za-z_]\w*)", command):
        yield braces or dollar
