"""Which printed lines are numbers, and when they become a stream."""

from __future__ import annotations

import itertools
import json
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.board.streams.printed import QUIET, STREAM, PrintedReader
from engines.board.streams.printed_lines import is_readable, parse_line, parse_titles
from engines.workspace.streams.store import StreamStore


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("(1, -2.5, 3e2)", {"v1": 1, "v2": -2.5, "v3": 300}),
        ("(7,)", {"value": 7}),
        ("1,2,3;4", {"v1": 1, "v2": 2, "v3": 3, "v4": 4}),
        ("1.5,2;3", {"v1": 1.5, "v2": 2, "v3": 3}),
        ("0,5;1,5", {"v1": 0.5, "v2": 1.5}),
        ("0,5; -1,25e2;3", {"v1": 0.5, "v2": -125, "v3": 3}),
        ("   0.100  -0.200", {"v1": 0.1, "v2": -0.2}),
        ("  8.0", {"value": 8}),
        ("0.5\t0.25", {"v1": 0.5, "v2": 0.25}),
        ("42", {"value": 42}),
        ("temp:21.5 hum:40", {"temp": 21.5, "hum": 40}),
        ("x = 1, y = 2", {"x": 1, "y": 2}),
        ("temp: 21.5C", {"temp": 21.5}),
        ('{"a": 1, "b": 2.5, "name": "n", "on": true}', {"a": 1, "b": 2.5}),
        ('{"imu": {"acc": [1, 2], "t": 3}, "n": 4}', {"imu_acc_1": 1, "imu_acc_2": 2, "imu_t": 3, "n": 4}),
        ("{'temp': 21.5, 'hum': None}", {"temp": 21.5}),
        ("[1, 2.5]", {"v1": 1, "v2": 2.5}),
        ("Point(x=1, y=-2)", {"x": 1, "y": -2}),
        ("temp=21.5 °C, hum = 40 %", {"temp": 21.5, "hum": 40}),
        ("temp = 21.5 hum = 40", {"temp": 21.5, "hum": 40}),
        ("[12:00:01] temp=21.5", {"temp": 21.5}),
        ("Sensor 1> volts: 3.29V", {"volts": 3.29}),
        ("INFO: a=1 b=2", {"a": 1, "b": 2}),
        ("21.5 C", {"value": 21.5}),
        ("3.3V", {"value": 3.3}),
        ("Light level: 812", {"Light_level": 812}),
        ("Average temp: 21.5 C, Air pressure: 1013 hPa", {"Average_temp": 21.5, "Air_pressure": 1013}),
        ("Sensor 1: 23", {"Sensor_1": 23}),
        ("Temperature (C): 21.5", {"Temperature": 21.5}),
        ("acc: (0.1, -0.2, 0.3)", {"acc_1": 0.1, "acc_2": -0.2, "acc_3": 0.3}),
        ("acc=[1,2] gyro=[3,4] n=5", {"acc_1": 1, "acc_2": 2, "gyro_1": 3, "gyro_2": 4, "n": 5}),
        ("acc: 0.1, 0.2, 0.3", {"acc_1": 0.1, "acc_2": 0.2, "acc_3": 0.3}),
        ("{'acc': (1, 2.5), 'on': True, 'who': (None, 'x')}", {"acc_1": 1, "acc_2": 2.5}),
        ("{0: 1.5, 'it\\'s': (2,)}", {"_0": 1.5, "it_s_1": 2}),
        ("x=inf, y=-inf", {"x": float("inf"), "y": float("-inf")}),
        ("{'x': inf, 'y': -inf}", {"x": float("inf"), "y": float("-inf")}),
        ("12:00:01, 21.5", {"value": 21.5}),
        ("2026-11-30T12:00:00.25Z;0,5;1,5", {"v1": 0.5, "v2": 1.5}),
        ("2026-11-30 12:00:00 temp: 21.5", {"temp": 21.5}),
        ("2026-11-30 12:00:00,123 temp: 21.5", {"temp": 21.5}),
        ("12:00:01,20,5", {"v1": 20, "v2": 5}),
        ("count 5", {"count": 5}),
    ],
)
def test_numbers(line, values):
    row = parse_line(line)
    assert dict(zip(row.columns, row.values, strict=True)) == values


@pytest.mark.parametrize("line", ["a=nan b=1", "{'a': nan, 'b': 1}", '{"a": NaN, "b": 1}', "a: -nan b: 1"])
def test_a_value_that_is_not_a_number_keeps_its_column(line):
    row = parse_line(line)
    assert row.columns == ("a", "b")
    assert np.isnan(row.values[0]) and row.values[1] == 1


@given(st.floats(-99999, 99999), st.sampled_from(["%5.1f", "%8.3f %8.3f", "{:5.1f}", "{:>12} {:>9}"]))
def test_numbers_that_are_lined_up_are_read_whatever_their_width(value, form):
    count = form.count("%") or form.count("{")
    line = form % ((value,) * count) if "%" in form else form.format(*[round(value, 3)] * count)
    assert parse_line(line).values == pytest.approx([value] * count, abs=0.06)


WORDS = st.from_regex(r"[a-z]{2,9}", fullmatch=True).filter(lambda word: word not in ("nan", "inf"))


@given(st.lists(WORDS, min_size=2, max_size=8), st.lists(st.integers(0, 9999), max_size=4), st.randoms())
def test_prose_with_numbers_in_it_is_no_stream(words, numbers, random):
    tokens = [*words, *map(str, numbers)]
    random.shuffle(tokens)
    assert parse_line(" ".join(tokens)) is None
    assert parse_line(" ".join(tokens).capitalize() + ".") is None
    assert parse_line(f"{words[0]}: {words[1]} {' '.join(tokens)}") is None


def test_units_are_kept():
    assert parse_line("temp=21.5 °C, n = 4, hum=40%").units == ("°C", "", "%")
    assert parse_line("3.3V").units == ("V",)
    assert parse_line("Temperature (C): 21.5, acc: (1, 2)").units == ("C", "", "")


@pytest.mark.parametrize(
    ("line", "columns", "units"),
    [
        ("time,temp,hum", ("time", "temp", "hum"), ("", "", "")),
        ("time (s); temp [°C]", ("time", "temp"), ("s", "°C")),
        ('"a","b 2"', ("a", "b_2"), ("", "")),
        ("x\ty", ("x", "y"), ("", "")),
    ],
)
def test_csv_headers(line, columns, units):
    assert parse_titles(line) == (columns, units)


@pytest.mark.parametrize(
    "line", ["temp", "time temp", "a,a", "a,,b", "1,b", ">>> a,b", "Hello, world!", "a," * 20]
)
def test_what_is_no_csv_header(line):
    assert parse_titles(line) is None


@pytest.mark.parametrize(
    "line",
    ["", "hello", ">>> 1", "... 2", "=== 3", "MicroPython v1.27", "12:30 lunch", "1 2 three", "x:1 is it",
     "{", "{}", '{"a": "b"}', ",".join("1" * 40), "1 " * 400, "[]", "--1", "1.2.3", "a:1 a:2", "1,,2",
     "e", "()", "x=1,5", "x=1,000", "Loop 3 took 12 ms", "x 1 y", "12:30", "12:30 5 apples left",
     '  File "<stdin>", line 1, in <module>', "  done", "acc: (1, two)", "{'a': 1", "I2C addr 0x4c"],
)  # fmt: skip
def test_ordinary_text(line):
    assert parse_line(line) is None


@pytest.mark.parametrize("line", ["t=1\x00", "t=1\ufffd", "\x7f1,2", "1 " * 400])
def test_garbage_is_told_at_once(line):
    assert not is_readable(line)


@pytest.mark.parametrize("line", ["", "t=1", "1\t2", "12 °C", "\x1b[32mt=1\x1b[0m"])
def test_text_is_readable(line):
    assert is_readable(line)


@given(st.text(max_size=300))
def test_any_text_is_harmless(line):
    parse_line(line)
    parse_titles(line)


NUMBERS = st.floats(-1e6, 1e6).map(lambda value: round(value, 6))
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,5}", fullmatch=True)


@given(
    st.dictionaries(NAMES, NUMBERS, min_size=1, max_size=8),
    st.sampled_from([":", "=", ": ", " = "]),
    st.sampled_from([" ", ", ", "; "]),
)
def test_named_numbers_come_back(values, sign, separator):
    line = separator.join(f"{name}{sign}{value!r}" for name, value in values.items())
    row = parse_line(line)
    assert dict(zip(row.columns, row.values, strict=True)) == values


@given(
    st.recursive(
        st.dictionaries(NAMES, NUMBERS, min_size=1, max_size=3),
        lambda inner: st.dictionaries(NAMES, inner | NUMBERS, min_size=1, max_size=3),
        max_leaves=6,
    )
)
def test_json_comes_back_flat(value):
    def flat(path, each):
        if isinstance(each, dict):
            return [pair for key, inner in each.items() for pair in flat([*path, key], inner)]
        return [("_".join(path), each)]

    pairs = flat([], value)
    row = parse_line(json.dumps(value))
    if len(json.dumps(value)) > 500 or len(dict(pairs)) != len(pairs) or len(pairs) > 16:
        assert row is None
    else:
        assert dict(zip(row.columns, row.values, strict=True)) == dict(pairs)


def test_hostile_lines_are_quick():
    lines = [
        "1" * 499 + "x",
        "1 " * 249 + "x",
        "1" + " " * 498 + "x",
        "a:" * 240,
        "{" + "[" * 490,
        "1," * 240 + "x",
        "a " * 249 + ":",
        "a b c d e: " * 40 + "x",
        "{" + "'" * 490,
        "{" + "\\" * 490,
        "1;" * 240 + ",",
        "a: " + "1 " * 240 + "x",
        "a: (" + "1," * 240,
    ]
    start = time.perf_counter()
    for line in lines * 20:
        parse_line(line)
    assert time.perf_counter() - start < 5


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


def test_another_form_begins_the_stream_anew_when_the_first_one_is_over(store):
    reader = PrintedReader(store)
    reader.take("1\n2\n3\n", 0.0)
    reader.take("a:1\na:2\na:3\na:4\n", QUIET + 1)
    ring = store.reader(STREAM)
    assert ring.columns == ("a",)
    assert ring.total == 4


def test_text_between_does_not_end_a_stream(store):
    reader = PrintedReader(store)
    reader.take("1\n2\n3\nhello\n4\n", 0.0)
    assert store.reader(STREAM).total == 4


def test_lines_of_two_forms_are_two_streams(store):
    reader = PrintedReader(store)
    for number in range(20):
        reader.take(f"temp:{number} C\naccel ({number}, 2, 3)\n({number}, {-number}, 0)\n", number / 10)
    assert store.names() == ("printed", "printed_2")
    assert reader.names == ("printed", "printed_2")
    first, second = store.reader("printed"), store.reader("printed_2")
    assert (first.columns, first.units) == (("temp",), ("C",))
    assert first.since(0).values[0].tolist() == list(range(20))
    assert second.columns == ("v1", "v2", "v3")
    assert second.since(0).values[1].tolist() == [-number for number in range(20)]


def test_text_between_all_numbers_is_passed_over(store):
    reader = PrintedReader(store)
    for number in range(5):
        reader.take(f"reading the sensor\n21.{number}\ndone.\n", number / 10)
    assert store.reader(STREAM).since(0).values[0].tolist() == [21.0, 21.1, 21.2, 21.3, 21.4]


def test_a_traceback_is_no_stream(store):
    reader = PrintedReader(store)
    reader.take('Traceback (most recent call last):\n  File "a.py", line 5, in f\nMyError: 5\n' * 5, 0.0)
    assert store.names() == ()
    reader.take("  1\n  2\n  3\n", 0.0)
    assert store.reader(STREAM).total == 3


def test_lines_that_grow_wider_are_all_read(store):
    """A field of fixed width begins with blanks as long as its number is small."""
    reader = PrintedReader(store)
    for number in range(60):
        reader.take(f"{8 + number / 10:5.1f}\n", number / 10)
    assert store.reader(STREAM).total == 60
    assert reader.unread == 0


def test_lines_with_numbers_that_cannot_be_read_are_counted(store):
    reader = PrintedReader(store)
    reader.take("boot 1 of 2\n", 0.0)
    assert reader.unread == 0, "no numbers come yet"
    reader.take("1\n2\n3\nno number\n4: and 5\n4\x00\n5\n", 1.0)
    assert (reader.unread, reader.unread_line) == (2, "4\x00")
    assert store.reader(STREAM).total == 4


def test_a_header_above_lines_with_a_clock(store):
    PrintedReader(store).take("time,temp (C),hum\n12:00:01,20,5\n12:00:02,21,6\n12:00:03,22,7\n", 1.0)
    ring = store.reader(STREAM)
    assert (ring.columns, ring.units) == (("temp", "hum"), ("C", ""))


def test_a_csv_header_names_the_columns(store):
    reader = PrintedReader(store)
    reader.take("time (s),temp (C)\n0,20\n1,21\n2,22\ntime (s),temp (C)\n3,23\n", 1.0)
    ring = store.reader(STREAM)
    assert (ring.columns, ring.units) == (("time", "temp"), ("s", "C"))
    assert ring.since(0).values[1].tolist() == [20, 21, 22, 23]


def test_a_header_holds_for_its_program_only(store):
    reader = PrintedReader(store)
    reader.take("a,b\n0,20\n1,21\n2,22\n>>> run()\n7,8\n9,10\n11,12\n", 1.0)
    assert store.reader(STREAM).columns == ("a", "b")
    assert store.reader("printed_2").columns == ("v1", "v2")


def test_many_forms_do_not_pile_up(store):
    reader = PrintedReader(store)
    for number in range(500):
        reader.take(f"n{number}: 1\n" * (number % 4 + 1), number / 100)
    assert len(reader._forms) <= 33
    assert len(store.names()) <= 8


def test_a_reader_goes_on_behind_what_another_one_wrote(store):
    PrintedReader(store).take("1\n2\n3\n", 5.0)
    PrintedReader(store).take("4\n5\n6\n", 100.0)
    ring = store.reader(STREAM)
    assert ring.since(0).values[0].tolist() == [1, 2, 3, 4, 5, 6]
    assert (np.diff(ring.since(0).t) > 0).all()


@given(
    st.lists(
        st.sampled_from(["1,2", "x=3", "hello", '{"a":1}', "5 V", ">>> 1", "t,u", "7,8", "(1,2,3)"]),
        max_size=60,
    ),
    st.lists(st.integers(0, 400), max_size=10),
)
def test_pieces_do_not_matter(tmp_path_factory, lines, cuts):
    text = "".join(line + "\r\n" for line in lines)
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    pieces = [text[start:stop] for start, stop in itertools.pairwise(places)]
    found = []
    for parts in ([text], pieces):
        store = StreamStore(tmp_path_factory.mktemp("p") / "s", capacity=4096)
        reader = PrintedReader(store)
        for part in parts:
            reader.take(part, 1.0)
        found.append(
            sorted(
                (r.columns, [v.tolist() for v in r.since(0).values]) for r in map(store.reader, store.names())
            )
        )
        store.close()
    assert found[0] == found[1]


def test_a_flood_of_lines_is_read_in_time(store):
    """115,200 baud are 2,000 such lines a second; a USB board may print 50 times as many."""
    text = "".join(f"{n},{n * 2},{n * 3}\n" for n in range(2000))
    reader = PrintedReader(store)
    for number in range(10):
        reader.take(text, float(number))
    assert reader.samples == 20_000
