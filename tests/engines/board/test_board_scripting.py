"""``board`` in the workspace, through the requests to a session with real MicroPython."""

from __future__ import annotations

import sys
import threading

import pytest

from engines.board.connection.transport import serial_target
from engines.board.errors import RemoteError
from engines.board.requests import REQUESTS
from engines.board.scripting import BoardEntry, install
from engines.board.status import State
from engines.workspace.kernel_api import KernelError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")


class AnswerError(Exception):
    """What the kernel's server would raise."""


class DirectServer:
    """Calls the app's requests without a kernel in between."""

    def __init__(self, session) -> None:
        self._session = session

    def call(self, verb, arguments, buffers=(), *, timeout=60.0):
        done, answer = threading.Event(), []

        class Respond:
            def __call__(self, value, buffers=()):
                answer.append((value, buffers))
                done.set()

            def error(self, error: KernelError):
                answer.append(error)
                done.set()

        assert arguments["board"] == self._session.name
        REQUESTS[verb](self._session, arguments, buffers, Respond())
        assert done.wait(10)
        if isinstance(answer[0], KernelError):
            raise AnswerError(str(answer[0]), answer[0])
        return answer[0]


class Shell:
    def __init__(self) -> None:
        self.magics = {}

    def register_magic_function(self, function, magic_kind, magic_name):
        self.magics[magic_kind, magic_name] = function


@pytest.fixture
def shell():
    return Shell()


@pytest.fixture
def workspace(session, unix_board, shell):
    names = {}
    install(DirectServer(session), names, shell)
    session.connect(serial_target(unix_board.path))
    session.watcher.until_state(State.PROMPT)
    return names


@pytest.fixture
def board(workspace):
    return workspace["board"]


def test_values_come_as_python_objects(board):
    assert board.exec("x = 6\nprint('hi')") == "hi\n"
    assert board.eval("[x * 7, {'a': (1.5, None, True)}, b'z']") == [42, {"a": (1.5, None, True)}, b"z"]
    assert board.eval("object").startswith("<class")


def test_errors_of_the_board_are_raised_with_their_names(board):
    with pytest.raises(AnswerError, match="ZeroDivisionError: divide by zero"):
        board.eval("1/0")
    with pytest.raises(AnswerError, match="no such file"):
        board.get("nothing")


def test_files(board, tmp_path, board_folder):
    source = tmp_path / "hello.py"
    source.write_bytes(b"print('hello')")
    board.mkdir("lib")
    board.put(source, "lib/hello.py")
    board.put(b"\x00\x03\xff", "data")
    assert board.ls("lib") == [BoardEntry("hello.py", False, 14)]
    assert board.get("data", tmp_path / "copy") == b"\x00\x03\xff"
    assert (tmp_path / "copy").read_bytes() == b"\x00\x03\xff"
    board.rm("lib", tree=True)
    assert not (board_folder / "lib").exists()
    with pytest.raises(TypeError, match="need a path"):
        board.put(b"data")


def test_a_folder_is_mounted_and_unmounted(board, tmp_path):
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "tool.py").write_text("def double(x): return 2 * x")
    board.mount(tmp_path / "shared")
    assert board.exec("import tool\nprint(tool.double(21))") == "42\n"
    board.unmount()
    with pytest.raises(AnswerError):
        board.exec("open('/remote/tool.py')")
    with pytest.raises(AnswerError, match="is not a folder"):
        board.mount(tmp_path / "none")


def test_the_cell_magic_prints_what_the_board_prints(workspace, shell, capsys):
    shell.magics["cell", "board"]("", "for i in range(2): print(i)")
    assert capsys.readouterr().out == "0\n1\n"


def test_an_interrupt_of_the_cell_interrupts_the_board(board, session, unix_board):
    """What the kernel does when the user interrupts a cell that waits for the board."""
    unix_board.signals = 1
    server = board._server
    call = server.call

    def interrupted(verb, arguments, buffers=(), *, timeout=60.0):
        if verb != "board.exec":
            return call(verb, arguments, buffers)
        runs = threading.Event()
        operations.append(session.exec(arguments["code"], on_output=lambda data: runs.set()))
        assert runs.wait(10)
        raise KeyboardInterrupt

    operations = []
    server.call = interrupted
    with pytest.raises(KeyboardInterrupt):
        board.exec("import time\nprint('on')\nwhile True: time.sleep_ms(1)")
    with pytest.raises(RemoteError, match="KeyboardInterrupt"):
        operations[0].result(5)


def test_info_and_repr_do_not_disturb(session, workspace):
    info = workspace["boards"]["board"].info
    assert (info["state"], info["lost"], info["streams"]) == ("prompt", 0, [])
    assert "is ready" in repr(workspace["board"])
    session.disconnect()
    session.watcher.until_state(State.DISCONNECTED)
    assert repr(workspace["board"]) == "<board board: No board is connected.>"
    with pytest.raises(AnswerError, match="No board is connected"):
        workspace["board"].eval("1")


@pytest.mark.parametrize("timeout", ["a", 0, -1, float("nan"), [1]])
def test_a_timeout_that_is_none_is_refused_and_the_board_goes_on(session, workspace, timeout):
    board = workspace["board"]
    with pytest.raises(ValueError, match="timeout is a number of seconds above 0"):
        session.exec("1", timeout=timeout)
    with pytest.raises(Exception, match="timeout is a number of seconds above 0"):
        board.exec("1", timeout=timeout)
    assert board.eval("6 * 7", timeout=5) == 42
