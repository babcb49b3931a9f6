"""Which names a cell reads, defines and mutates."""

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.workspace.kernel_side.code_reading import read_code
from engines.workspace.kernel_side.fingerprints import fingerprints
from engines.workspace.kernel_side.namespace import difference, snapshot

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
    ("items.append(3)", {"items"}, set(), set()),
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
    assert read_code("if eval(text): pass").opaque
    assert read_code("%run -i script.py").opaque
    assert not read_code("exec('x = 1')").opaque
    assert not read_code("x = 1").opaque


def test_difference_sees_rebinding_mutation_and_deletion():
    namespace = {"a": [1], "b": 2, "c": 3, "_hidden": 1}
    code = read_code("a.append(2); b = 5; del c; d = 1")
    before = snapshot(namespace, code)
    exec("a.append(2); b = 5; del c; d = 1", namespace)
    names = difference(before, namespace, code)
    assert names.changed - {"__builtins__"} == {"a", "b", "d"}
    assert names.deleted == {"c"}


@pytest.mark.parametrize(
    ("code", "calls"),
    [
        ("lst.append(3)", {"lst"}),
        ("x = lst.pop()", {"lst"}),
        ("y = lst.append(1) or 3", {"lst"}),
        ("[lst.append(i) for i in range(3)]", {"lst"}),
        ("lst.clear() if wanted else None", {"lst"}),
        ("def f():\n    return box.items.pop()", {"box"}),
        ("model.compile()", {"model"}),
        ("%time lst.append(1)", {"lst"}),
        ("exec('lst.append(1)')", {"lst"}),
        ("figure.show()", set()),
        ("m = frame.mean()", set()),
        ("text.upper()", set()),
    ],
)
def test_methods_that_may_change_their_object(code, calls):
    assert read_code(code).calls == calls


class Box:
    def __init__(self):
        self.items = [1, 2]

    def fill(self):
        self.items.append(3)

    def look(self):
        return len(self.items)


class Sealed:
    """Nothing is known of its inside."""

    __slots__ = ("value",)

    def __init__(self):
        self.value = 0

    def push(self):
        self.value += 1
        return self.value


def changed_by(code, **names):
    namespace = {
        "lst": [3, 1, 2],
        "d": {"a": [1]},
        "s": {1},
        "wave": numpy.arange(5.0),
        "box": Box(),
        "sealed": Sealed(),
        "np": numpy,
        "gain": 2,
        "text": "abc",
        **names,
    }
    exec("def helper(): lst.append(9)", namespace)
    reading = read_code(code)
    before = snapshot(namespace, reading)
    exec(code, namespace)
    return set(difference(before, namespace, reading).changed) - {"_"}


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        ("x = lst.pop()", {"lst", "x"}),
        ("y = lst.append(1) or 3", {"lst", "y"}),
        ("[lst.append(i) for i in range(3)]", {"lst"}),
        ("lst.clear() if gain else None", {"lst"}),
        ("command = 'lst.append(1)'\nexec(command)", {"lst", "command", "sealed"}),
        ("exec('lst.append(1)')", {"lst"}),
        ("helper()", {"lst"}),
        ("import random; random.Random(1).shuffle(lst)", {"lst", "random"}),
        ("alias = lst; alias.sort()", {"lst", "alias"}),
        ("d['a'].append(2)", {"d"}),
        ("for each in d.values(): each.append(1)", {"d", "each"}),
        ("s.add(7)", {"s"}),
        ("np.multiply(wave, 2, out=wave)", {"wave"}),
        ("wave.sort(); wave[0] = 7", {"wave"}),
        ("box.fill()", {"box"}),
        ("n = sealed.push()", {"sealed", "n"}),
    ],
)
def test_changes_inside_are_seen_however_they_are_written(code, changed):
    assert changed_by(code) == changed


@pytest.mark.parametrize(
    "code",
    [
        "lst.sort() if False else lst.count(1)",
        "s.add(1)",
        "d.get('a'); d.setdefault('a', [])",
        "wave.mean(); wave.sort()",
        "np.random.seed(1)",
        "box.look()",
        "text.upper(); gain.bit_length()",
        "sealed.value",
        "eval('gain + 1')",
        "[each for each in lst]",
    ],
)
def test_what_changes_nothing_makes_nothing_stale(code):
    assert changed_by(code) - {"each"} == set()


def test_the_tools_objects_tell_their_changes_themselves():
    namespace = {"sheets": Sealed(), "figures": [0]}
    reading = read_code("sheets.push(); figures.append(1); figures[0] = 2")
    before = snapshot(namespace, reading, namespace)
    exec("sheets.push(); figures.append(1); figures[0] = 2", namespace)
    assert difference(before, namespace, reading, {"sheets", "figures"}).changed - {"__builtins__"} == set()


def test_a_value_too_large_to_look_at_counts_by_its_code():
    large = {"lst": list(range(50_000))}
    assert changed_by("x = lst.pop()", **large) == {"lst", "x"}
    assert changed_by("x = lst.count(1)", **large) == {"x"}


ATOMS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
VALUES = st.recursive(
    ATOMS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4)
)


@given(VALUES)
def test_the_same_value_has_the_same_fingerprint_and_is_certain(value):
    first, second = fingerprints({"v": value}), fingerprints({"v": value})
    assert first == second
    assert all(each.certain for each in first.values())


@given(st.lists(VALUES, min_size=1, max_size=4), st.data())
def test_any_replaced_part_shows(values, data):
    place = data.draw(st.integers(0, len(values) - 1))
    before = fingerprints({"v": values})
    values[place] = [values[place]]
    assert fingerprints({"v": values}) != before
