"""The console keeps to itself, and has the keyboard when it was asked for."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor, QPalette

from widgets.workspace.ansi import ON_DARK, ON_LIGHT
from widgets.workspace.jupyter_console import JupyterConsole


@pytest.fixture
def dark() -> QPalette:
    palette = QPalette()
    for role, colour in {QPalette.ColorRole.Base: "#101010", QPalette.ColorRole.Text: "#f0f0f0"}.items():
        palette.setColor(role, QColor(colour))
    return palette


@pytest.fixture
def console(qtbot):
    console = JupyterConsole()
    qtbot.addWidget(console)
    console.include_other_output = False
    return console


def error_of(session: str) -> dict:
    return {
        "msg_type": "error",
        "parent_header": {"msg_id": "1", "session": session},
        "content": {
            "ename": "ValueError",
            "evalue": "of a notebook",
            "traceback": ["ValueError: of a notebook"],
        },
    }


def test_errors_of_other_clients_stay_out(console, monkeypatch):
    shown = []
    monkeypatch.setattr(console, "_process_execute_error", shown.append)
    monkeypatch.setattr(console, "from_here", lambda message: message["parent_header"]["session"] == "mine")
    console._handle_error(error_of("another"))
    assert shown == []
    console._handle_error(error_of("mine"))
    assert len(shown) == 1


def colours(console) -> set[str]:
    """Of the pieces of printed text."""
    found, block = set(), console._control.document().begin()
    while block.isValid():
        found |= {each.fragment().charFormat().foreground().color().name() for each in block}
        block = block.next()
    return found


def test_printed_text_changes_with_the_theme(console, dark):
    light = QPalette()
    light.setColor(QPalette.ColorRole.Base, QColor("#ffffff"))
    light.setColor(QPalette.ColorRole.Text, QColor("#000000"))
    console.use_palette(light)
    console._append_plain_text("\x1b[31mred\x1b[0m plain\n")
    assert ON_LIGHT[1] in colours(console)
    console.use_palette(dark)
    assert ON_DARK[1] in colours(console)
    assert ON_LIGHT[1] not in colours(console)
    console._append_plain_text("\x1b[32mgreen\x1b[0m\n")
    assert ON_DARK[2] in colours(console)


def message(kind: str, parent: str = "1", **content) -> dict:
    return {
        "header": {"msg_type": kind},
        "msg_type": kind,
        "parent_header": {"msg_id": parent, "session": "mine"},
        "content": content,
    }


@pytest.fixture
def own(console, monkeypatch):
    """A console whose messages are all its own."""
    monkeypatch.setattr(console, "from_here", lambda message: True)
    return console


HUGE = "x" * 1_000_000
PLAIN = {"text/plain": HUGE}


@pytest.mark.parametrize(
    "sent",
    [
        message("stream", name="stdout", text=HUGE),
        message("stream", name="stdout", text="\n".join([HUGE] * 3)),
        message("execute_result", data=PLAIN, metadata={}, execution_count=1),
        message("display_data", data=PLAIN, metadata={}),
        message("error", ename="ValueError", evalue=HUGE, traceback=[f"\x1b[31mValueError\x1b[0m: {HUGE}"]),
    ],
    ids=lambda sent: sent["msg_type"],
)
def test_a_long_line_is_cut_before_qt_gets_it(own, monkeypatch, sent):
    taken = []
    monkeypatch.setattr(own, "_append_plain_text", lambda text, *rest, **more: taken.append(text))
    monkeypatch.setattr(own, "append_stream", taken.append)
    monkeypatch.setattr(own, "_append_html", lambda *rest, **more: None)
    own._dispatch(sent)
    assert 2_000 < sum(map(len, taken)) < 10_000
    assert "more characters" in "".join(taken)


class Client:
    """Counts what the console asks."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.executed: list[str] = []

    def kernel_info(self) -> str:
        self.asked.append(f"info {len(self.asked)}")
        return self.asked[-1]

    def execute(self, source: str, hidden: bool) -> str:
        self.executed.append(source)
        return f"line {len(self.executed)}"


@pytest.fixture
def client(own, monkeypatch):
    client = Client()
    monkeypatch.setattr(type(own), "kernel_client", client)
    return client


def test_lines_between_two_kernels_wait_until_the_new_one_is_heard(own, client, qtbot):
    own._execute("before", False)
    own.hold()
    own._execute("between", False)
    own.meet()
    assert client.executed == ["before"]
    own._dispatch(message("status", "another", execution_state="starting"))
    assert client.executed == ["before"]
    qtbot.waitUntil(lambda: len(client.asked) > 1)  # the first answer was lost
    own._dispatch(message("status", client.asked[-1], execution_state="busy"))
    assert client.executed == ["before", "between"]
    own._execute("after", False)
    assert client.executed[2:] == ["after"]


def test_a_line_that_died_with_its_kernel_gives_the_prompt_back(own, client, monkeypatch):
    shown = []
    monkeypatch.setattr(own, "_show_interpreter_prompt", lambda *rest: shown.append("prompt"))
    own._executing = True
    own.hold()
    own.meet()
    own._dispatch(message("status", client.asked[0], execution_state="idle"))
    assert shown == ["prompt"]
    assert not own._executing


def test_the_end_of_a_kernel_asks_nothing(own):
    own._dispatch(message("shutdown_reply", restart=False))  # a dialog would wait here for ever
