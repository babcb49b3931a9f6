"""From messages to outputs: merging, overwriting, trimming."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from engines.notebook.outputs import HEAD_OUTPUTS, TAIL_OUTPUTS, OutputCollector
from engines.workspace.kernel_api import Output
from engines.workspace.terminal_text import LINE_LENGTH, TerminalText, bounded


def stream(text: str, name: str = "stdout") -> Output:
    return Output("stream", {"name": name, "text": text})


def display(text: str, display_id: str | None = None, kind: str = "display_data") -> Output:
    transient = {"display_id": display_id} if display_id else {}
    return Output(kind, {"data": {"text/plain": text}, "metadata": {}, "transient": transient})


def collect(*messages: Output, spill: Path | None = None) -> OutputCollector:
    collector = OutputCollector(spill)
    for message in messages:
        collector.add(message)
    return collector


def texts(collector: OutputCollector) -> list[str]:
    return [output.get("text") or output["data"]["text/plain"] for output in collector.outputs()]


def test_consecutive_pieces_of_one_stream_merge():
    collector = collect(stream("a"), stream("b\n"), stream("oh\n", "stderr"), stream("c\n"))
    assert [(output["name"], output["text"]) for output in collector.outputs()] == [
        ("stdout", "ab\n"),
        ("stderr", "oh\n"),
        ("stdout", "c\n"),
    ]


def test_carriage_return_and_backspace_overwrite_as_on_a_terminal():
    assert bounded("10%\r 20%\rdone\n").text == "done\n"
    assert bounded("abcdef\rxy\n").text == "xycdef\n"
    assert bounded("abc\b\bX\n").text == "aXc\n"
    assert bounded("line\r\nnext\r\n").text == "line\nnext\n"
    assert bounded("long text\r\x1b[Kshort").text == "short"


def test_colours_are_kept_and_other_escapes_dropped():
    assert bounded("\x1b[31mred\x1b[0m plain\n").text == "\x1b[31mred\x1b[0m plain\n"
    assert bounded("\x1b]0;title\x07a\x1b[2Jb\x1b[?25lc\x1b(Bd").text == "abcd"
    assert bounded("a\x1b[1;38;5;9mb\x1b[0m").text == "a\x1b[1;38;5;9mb\x1b[0m"


def test_a_flood_keeps_its_first_and_last_lines():
    result = bounded("".join(f"line {n}\n" for n in range(5_000)))
    lines = result.text.split("\n")
    assert result.trimmed
    assert lines[:2] == ["line 0", "line 1"]
    assert lines[499:502] == ["line 499", "… 4,000 lines left out …", "line 4500"]
    assert lines[-2:] == ["line 4999", ""]


def test_a_thousand_lines_are_not_trimmed():
    text = "x\n" * 1_000
    assert bounded(text).text == text
    assert not bounded(text).trimmed


def test_a_long_line_is_cut_and_says_how_much_is_missing():
    result = bounded("x" * 100_000 + "\nnext")
    first, second = result.text.split("\n")
    assert first == "x" * LINE_LENGTH + " … 98,000 more characters"
    assert second == "next"
    assert result.trimmed


PRINTED = st.lists(
    st.sampled_from([*"abc \n\n\r\b\x1b[]0;31mKJ\x07", "\x1b[31m", "\x1b[0m", "\r\n", "é", "😀"]),
    max_size=100,
).map("".join)


@settings(max_examples=300, deadline=None)
@given(PRINTED, st.lists(st.integers(0, 120), max_size=8), st.sampled_from([1, 60]))
def test_any_chunking_of_the_same_text_gives_the_same_result(text, cuts, repeat):
    text = text * repeat
    whole = bounded(text)
    places = sorted({0, len(text), *(cut * repeat for cut in cuts if cut * repeat < len(text))})
    pieces = TerminalText()
    for start, end in pairwise(places):
        pieces.write(text[start:end])
    assert pieces.snapshot() == whole


@settings(max_examples=30, deadline=None)
@given(st.integers(900, 3_000), st.lists(st.integers(0, 40_000), max_size=5), st.booleans())
def test_any_chunking_of_a_flood_gives_the_same_result(lines, cuts, ends_with_newline):
    text = "\n".join(f"number {n}" for n in range(lines)) + "\n" * ends_with_newline
    whole = bounded(text)
    pieces = TerminalText()
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    for start, end in pairwise(places):
        pieces.write(text[start:end])
    assert pieces.snapshot() == whole
    assert pieces.snapshot().text.count("\n") <= 1_001


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(0, 3_000), min_size=50, max_size=400), st.lists(st.integers(0, 600_000), max_size=5)
)
def test_long_lines_are_bounded_together_whatever_the_chunks(lengths, cuts):
    text = "\n".join("x" * length for length in lengths)
    whole = bounded(text)
    assert len(whole.text) <= 203_000
    pieces = TerminalText()
    for start, end in pairwise(sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})):
        pieces.write(text[start:end])
    assert pieces.snapshot() == whole


def test_many_long_lines_keep_the_beginning_and_the_end():
    result = bounded("\n".join(f"{n:03} " + "x" * 1_500 for n in range(400)))
    lines = result.text.split("\n")
    assert result.trimmed
    assert (lines[0][:3], lines[-1][:3]) == ("000", "399")
    assert sum("lines left out" in line for line in lines) == 1
    assert len(lines) - 1 + int(lines[66].split()[1]) == 400


def test_results_errors_and_displays_are_kept_in_order():
    collector = collect(
        Output("execute_input", {"execution_count": 4, "code": "x"}),
        display("picture"),
        Output("execute_result", {"data": {"text/plain": "7"}, "metadata": {}, "execution_count": 4}),
        Output("error", {"ename": "E", "evalue": "bad", "traceback": ["\x1b[31mE\x1b[0m", "bad"]}),
        Output("status", {"execution_state": "idle"}),
    )
    shown, result, error = collector.outputs()
    assert collector.execution_count == 4
    assert shown == {"output_type": "display_data", "data": {"text/plain": "picture"}, "metadata": {}}
    assert result["execution_count"] == 4
    assert error["traceback"] == ["\x1b[31mE\x1b[0m", "bad"]


def test_update_display_changes_every_display_with_the_id():
    collector = collect(display("old", "a"), display("other", "b"), display("old", "a"))
    collector.add(display("new", "a", "update_display_data"))
    assert texts(collector) == ["new", "other", "new"]
    before = collector.revision
    assert not collector.update_display({"data": {}, "transient": {"display_id": "nobody"}})
    assert collector.revision == before


def test_clear_output_acts_now_or_waits_for_the_next():
    collector = collect(stream("a"), Output("clear_output", {"wait": False}))
    assert collector.outputs() == ()
    collector = collect(stream("a"), Output("clear_output", {"wait": True}))
    assert texts(collector) == ["a"]
    collector.add(stream("b"))
    assert texts(collector) == ["b"]


def test_a_flood_of_displays_is_bounded():
    collector = collect(*(display(str(n)) for n in range(1_000)))
    shown = texts(collector)
    assert len(shown) == HEAD_OUTPUTS + TAIL_OUTPUTS + 1
    assert (shown[0], shown[-1]) == ("0", "999")
    assert "800 outputs left out" in shown[HEAD_OUTPUTS]


def test_the_whole_text_of_a_flood_is_on_disk(tmp_path):
    spill = tmp_path / "outputs" / "cell.txt"
    collector = collect(stream("short\n"), spill=spill)
    assert collector.full_path is None and not spill.exists()
    flood = "".join(f"{n}\n" for n in range(30_000))
    collector.add(stream(flood))
    collector.outputs()
    assert collector.full_path == spill
    assert spill.read_text() == "short\n" + flood
    collector.add(stream("more\n"))
    collector.close()
    assert collector.full_path == spill
    assert spill.read_text().endswith("29999\nmore\n")


def test_a_long_result_is_trimmed_and_on_disk(tmp_path):
    collector = collect(display("y" * 5_000), spill=tmp_path / "cell.txt")
    assert "3,000 more characters" in texts(collector)[0]
    collector.close()
    assert collector.full_path.read_text() == "y" * 5_000 + "\n"


def test_a_folder_that_cannot_be_written_costs_only_the_file(tmp_path):
    (tmp_path / "file").write_text("")
    collector = collect(stream("z\n" * 100_000), spill=tmp_path / "file" / "cell.txt")
    collector.outputs()
    assert collector.trimmed
    assert collector.full_path is None


def test_odd_messages_of_a_kernel_are_made_well_formed():
    collector = collect(
        Output("display_data", {"data": {"text/html": 5}, "metadata": 7, "transient": None}),
        Output("error", {"ename": 1, "traceback": [1, None]}),
        Output("stream", {"name": None, "text": 3}),
    )
    display, error, stream = collector.outputs()
    assert (display["data"], display["metadata"]) == ({"text/html": "5"}, {})
    assert (error["ename"], error["traceback"]) == ("1", ["1", "null"])
    assert stream["text"] == "3"
