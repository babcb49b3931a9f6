"""Transfers over a line that loses, doubles, changes and holds back bytes, and over one that dies.

Whatever happens: the file is the old one or the new one, no other file is touched, the operation ends, and the
session works afterwards.
"""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

import pytest
from board_hosts import MICROPYTHON, UnixBoard
from faulty_transport import Fault, FaultyTransport
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from watcher import Watcher

from engines.board.connection.port_errors import PortError
from engines.board.connection.transport import SerialTransport, Target
from engines.board.errors import BoardError
from engines.board.files import file_operations
from engines.board.session import BoardSession
from engines.board.status import State
from engines.board.transfer import content as transfer
from engines.board.transfer import pace as transfer_pace
from engines.workspace.streams.store import StreamStore

pytestmark = pytest.mark.skipif(
    sys.platform == "win32" or MICROPYTHON is None, reason="needs the unix port on a pseudo-terminal"
)
OLD = b"the old content\n" * 3
NEW = random.Random(7).randbytes(6000) + b"\x03\x04\xfe\xd1\x04\x00\x00" * 20
ENOUGH = 14_000
"""More bytes than a transfer of NEW takes, with its programs."""

FAULTS = st.lists(
    st.builds(
        Fault,
        st.sampled_from(["in", "out"]),
        st.integers(0, ENOUGH),
        st.sampled_from(["drop", "double", "change", "delay"]),
        st.integers(1, 40),
    ),
    min_size=1,
    max_size=4,
)
EXAMPLES = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=15,
)


class Desk:
    """A session over a faulty line to real MicroPython."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "board"
        self.folder.mkdir()
        self.board = UnixBoard(self.folder)
        self.store = StreamStore(folder / "streams", capacity=4096)
        self.line: FaultyTransport | None = None
        self.session = BoardSession("board", self.store)
        self.watcher = Watcher(self.session)
        self.session.connect(Target(self.board.path, "", self._open))
        self.watcher.until_state(State.PROMPT)

    def _open(self) -> FaultyTransport:
        self.line = FaultyTransport(SerialTransport(self.board.path, bridge=False))
        return self.line

    def faulty(self, operation, faults):
        """The error it ended with, or None."""
        self.line.arm(faults)
        try:
            operation().result(60)
            return None
        except BoardError as error:
            return error
        finally:
            self.line.arm([])

    def works(self) -> None:
        self.watcher.until(lambda: self.session.status.state.connected)
        for _ in range(8):
            try:
                if self.session.eval("6 * 7", interrupt=True).result(30) == "42":
                    return
            except (BoardError, PortError):
                continue
        raise AssertionError(f"{self.session.status} {self.watcher.text[-300:]!r}")

    def close(self) -> None:
        self.session.close()
        self.board.close()
        self.store.close()


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transfer_pace, "PATIENCE", 0.1)
        patch.setattr(transfer_pace, "GIVE_UP", 4.0)
        patch.setattr(transfer, "_BOARD_PATIENCE", 3000)
        patch.setattr(file_operations, "TRANSFER_TIMEOUT", 4.0)
        desk = Desk(tmp_path_factory.mktemp("faulty"))
        yield desk
        desk.close()


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"port"}


@pytest.mark.feature("atomic write")
@EXAMPLES
@given(faults=FAULTS)
def test_put_leaves_the_old_file_or_the_new_one(desk, faults):
    target = desk.folder / "data.bin"
    target.write_bytes(OLD)
    (desk.folder / "other.py").write_bytes(b"untouched")
    error = desk.faulty(lambda: desk.session.files.put("data.bin", NEW), faults)
    content = target.read_bytes()
    assert content in (OLD, NEW)
    assert error is not None or content == NEW
    assert names(desk.folder) <= {"data.bin", "data.bin.dirigent-part", "other.py"}
    assert (desk.folder / "other.py").read_bytes() == b"untouched"
    desk.works()
    desk.session.files.put("data.bin", NEW).result(30)
    assert target.read_bytes() == NEW
    assert names(desk.folder) == {"data.bin", "other.py"}


@EXAMPLES
@given(faults=FAULTS)
def test_get_leaves_the_old_file_or_the_new_one(desk, faults):
    (desk.folder / "data.bin").write_bytes(NEW)
    local = desk.folder.parent / "local"
    local.mkdir(exist_ok=True)
    (local / "copy").write_bytes(OLD)
    error = desk.faulty(lambda: desk.session.files.get_file("data.bin", local / "copy"), faults)
    content = (local / "copy").read_bytes()
    assert content in (OLD, NEW)
    assert error is not None or content == NEW
    assert names(local) <= {"copy", "copy.dirigent-part"}
    assert (desk.folder / "data.bin").read_bytes() == NEW
    desk.works()
    desk.session.files.get_file("data.bin", local / "copy").result(30)
    assert (local / "copy").read_bytes() == NEW
    assert names(local) == {"copy"}


@pytest.mark.parametrize("seed", range(6))
def test_a_few_lost_bytes_do_not_stop_a_transfer(desk, seed):
    """Within the blocks themselves every loss is made good."""
    rng = random.Random(seed)
    data = rng.randbytes(60_000)
    kinds = ("drop", "double", "change")
    faults = [
        Fault("out", rng.randrange(6_000, 50_000), rng.choice(kinds), rng.randint(1, 30)) for _ in range(6)
    ]
    assert desk.faulty(lambda: desk.session.files.put("data.bin", data), faults) is None
    assert (desk.folder / "data.bin").read_bytes() == data
    faults = [
        Fault("in", rng.randrange(4_000, 50_000), rng.choice(kinds), rng.randint(1, 30)) for _ in range(6)
    ]
    fetched = []
    assert desk.faulty(lambda: desk.session.files.get("data.bin"), faults) is None
    fetched.append(desk.session.files.get("data.bin").result(30))
    assert fetched == [data]


@pytest.mark.parametrize("seed", range(3))
def test_a_link_that_dies_while_writing_is_no_harm_and_the_next_attempt_goes_on(desk, seed, monkeypatch):
    """The board hangs in the middle of a block; the next connection completes it, and no Ctrl-C is needed."""
    monkeypatch.setattr(transfer, "_BOARD_PATIENCE", 120_000)
    rng = random.Random(seed)
    data = rng.randbytes(200_000)
    target = desk.folder / "data.bin"
    target.write_bytes(OLD)
    place = rng.randrange(5_000, 190_000)
    error = desk.faulty(lambda: desk.session.files.put("data.bin", data), [Fault("out", place, "die")])
    assert error is not None
    assert target.read_bytes() == OLD
    desk.watcher.until(lambda: desk.session.status.state is State.PROMPT, timeout=30)
    assert desk.session.eval("6 * 7").result(10) == "42"
    arrived = (desk.folder / "data.bin.dirigent-part").stat().st_size
    assert arrived > 0.9 * place - 20_000
    first = []
    operation = desk.session.submit(
        "again",
        lambda bench: bench.files.write("data.bin", data, lambda done, total: first.append(done)),
    )
    operation.result(30)
    assert first[0] == arrived
    assert target.read_bytes() == data
    assert names(desk.folder) <= {"data.bin", "other.py"}


def test_a_dead_link_while_reading_leaves_the_beginning_to_go_on_from(desk):
    data = os.urandom(300_000)
    (desk.folder / "data.bin").write_bytes(data)
    local = desk.folder.parent / "fetched.bin"
    error = desk.faulty(lambda: desk.session.files.get_file("data.bin", local), [Fault("in", 150_000, "die")])
    assert error is not None
    assert not local.exists()
    arrived = local.with_name("fetched.bin.dirigent-part").stat().st_size
    assert 100_000 < arrived < 150_000
    desk.works()
    seen = []
    operation = desk.session.files.get_file("data.bin", local)
    operation.progress.connect(seen.append)
    operation.result(30)
    assert local.read_bytes() == data
    assert not local.with_name("fetched.bin.dirigent-part").exists()
    assert all(progress.done >= arrived for progress in seen)
