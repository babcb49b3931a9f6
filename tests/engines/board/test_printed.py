"""Which printed lines are numbers, and when they become a stream."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.board.printed import STREAM, PrintedReader, parse_line
from engines.workspace.streams.store import StreamStore


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("(1, -2.5, 3e2)", {"v1": 1, "v2": -2.5, "v3": 300}),
        ("(7,)", {"value": 7}),
        ("1,2;3", {"v1": 1, "v2": 2, "v3": 3}),
        ("0.5\t0.25", {"v1": 0.5, "v2": 0.25}),
        ("42", {"value": 42}),
        ("temp:21.5 hum:40", {"temp": 21.5, "hum": 40}),
        ("x = 1, y = 2", {"x": 1, "y": 2}),
        ("temp: 21.5C", {"temp": 21.5}),
        ('{"a": 1, "b": 2.5, "name": "n", "on": true}', {"a": 1, "b": 2.5}),
    ],
)
def test_numbers(line, values):
    columns, numbers = parse_line(line)
    assert dict(zip(columns, numbers, strict=True)) == values


@pytest.mark.parametrize(
    "line",
    ["", "hello", ">>> 1", "... 2", "=== 3", "MicroPython v1.27", "12:30 lunch", "1 2 three", "x:1 is it",
     "{", "{}", '{"a": "b"}', ",".join("1" * 40), "1 " * 400, "[]", "--1", "1.2.3", "a:1 a:2", "1,,2",
     "e", "()"],
)  # fmt: skip
def test_ordinary_text(line):
    assert parse_line(line) is None


@given(st.text(max_size=300))
def test_any_text_is_harmless(line):
    parse_line(line)


def test_hostile_lines_are_quick():
    lines = [
        "1" * 499 + "x",
        "1 " * 249 + "x",
        "1" + " " * 498 + "x",
        "a:" * 240,
        "{" + "[" * 490,
        "1," * 240 + "x",
    ]
    start = time.perf_counter()
    for line in lines * 20:
        parse_line(line)
    assert time.perf_counter() - start < 1


@pytest.fixture
def store(tmp_path):
    store = StreamStore(tmp_path / "streams", capacity=4096)
    yield store
    store.close()


def test_lines_of_one_shape_become_a_stream(store):
    reader = PrintedReader(store)
    for number in range(5):
        reader.take(f"({number}, {number * 2})\r", number / 10)
        reader.take("\n", number / 10)
    block = store.reader(STREAM).since(0)
    assert block.values[1].tolist() == [0, 2, 4, 6, 8]
    assert block.t.tolist() == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])


def test_the_answer_to_an_expression_is_no_stream(store):
    reader = PrintedReader(store)
    reader.take(">>> 1+1\r\n2\r\n>>> 3\r\n3\r\n>>> ", 0.0)
    assert store.names() == ()


def test_another_shape_begins_the_stream_anew(store):
    reader = PrintedReader(store)
    reader.take("1\n2\n3\n", 0.0)
    reader.take("a:1\na:2\na:3\na:4\n", 1.0)
    ring = store.reader(STREAM)
    assert ring.columns == ("a",)
    assert ring.total == 4


def test_text_between_does_not_end_a_stream(store):
    reader = PrintedReader(store)
    reader.take("1\n2\n3\nhello\n4\n", 0.0)
    assert store.reader(STREAM).total == 4
