"""Which names a cell reads, defines and mutates."""

import pytest

from engines.workspace.kernel_side.code_reading import read_code
from engines.workspace.kernel_side.namespace import difference, identities

CASES = [
    # code, reads, defines, mutates
    ("y = gain * x", {"gain", "x"}, {"y"}, set()),
    ("x += 1", {"x"}, {"x"}, set()),
    ("del x", {"x"}, {"x"}, set()),
    ("[i * k for i in rows]", {"k", "rows"}, set(), set()),
    ("def f(a):\n    return a + offset", {"offset"}, {"f"}, set()),
    ("def f():\n    global total\n    total = 1", set(), {"f", "total"}, set()),
    ("if (n := len(data)) > 1: pass", {"data"}, {"n"}, set()),
    ("import numpy as np", set(), {"np"}, set()),
    ("a[0] = b", {"a", "b"}, set(), {"a"}),
    ("frame.columns.name = 'x'", {"frame"}, set(), {"frame"}),
    ("items.append(3)", {"items"}, set(), {"items"}),
    ("%time y = x + 1", {"x"}, {"y"}, set()),
    ("%%timeit\nz = x + 1", {"x"}, {"z"}, set()),
    ("files = !ls {folder} $other", {"folder", "other"}, {"files"}, set()),
    ("class A(Base):\n    size = width", {"Base", "width"}, {"A"}, set()),
    ("match point:\n    case (px, 0): pass", {"point"}, {"px"}, set()),
    ("print(len([1]))", set(), set(), set()),
    ("this does not parse", set(), set(), set()),
]


@pytest.mark.parametrize(("code", "reads", "defines", "mutates"), CASES)
def test_reading(code, reads, defines, mutates):
    reading = read_code(code)
    assert (reading.reads, reading.defines, reading.mutates) == (reads, defines, mutates)


def test_star_import_and_exec_are_opaque():
    assert read_code("from math import *").opaque
    assert read_code("exec(text)").opaque
    assert not read_code("x = 1").opaque


def test_difference_sees_rebinding_mutation_and_deletion():
    namespace = {"a": [1], "b": 2, "c": 3, "_hidden": 1}
    before = identities(namespace)
    code = read_code("a.append(2); b = 5; del c; d = 1")
    exec("a.append(2); b = 5; del c; d = 1", namespace)
    names = difference(before, namespace, code)
    assert names.changed - {"__builtins__"} == {"a", "b", "d"}
    assert names.deleted == {"c"}
