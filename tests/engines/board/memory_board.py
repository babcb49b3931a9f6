"""A board's files in memory, behind a session that works at once; it breaks off wherever the test says."""

from __future__ import annotations

import errno
from collections.abc import Callable
from concurrent.futures import Future

from engines.board.connection.transport import Target
from engines.board.files.board_files import BoardFileError, Entry
from engines.board.files.walk import name_of, parent


class MemoryFiles:
    """What ``BoardFiles`` does, on a dict of paths; folders hold None."""

    def __init__(self, **content: bytes | None) -> None:
        self.tree: dict[str, bytes | None] = {"/": None, **content}
        self.fails_at = -1
        """Number of the act that fails; below 0: none."""
        self.failure: Callable[[], Exception] = RuntimeError
        self.late = False
        """The act is done before it fails: only its answer is lost."""

    def _act(self, do: Callable[[], object]) -> None:
        fails = self.fails_at == 0
        self.fails_at -= 1
        if fails and not self.late:
            raise self.failure()
        do()
        if fails:
            raise self.failure()

    def _content(self, path: str) -> bytes | None:
        if path not in self.tree:
            raise BoardFileError(path, "there is no such file or folder", errno.ENOENT)
        return self.tree[path]

    def ls(self, path: str) -> list[Entry]:
        self._act(lambda: self._content(path))
        inside = [each for each in self.tree if each != "/" and parent(each) == path]
        return [Entry(name_of(each), self.tree[each] is None, len(self.tree[each] or b"")) for each in inside]

    def stat(self, path: str) -> Entry:
        self._act(lambda: None)
        content = self._content(path)
        return Entry(path, content is None, -1 if content is None else len(content))

    def read(self, path: str, progress=None) -> bytes:
        self._act(lambda: None)
        return self._content(path) or b""

    def write(self, path: str, data: bytes, progress=None) -> None:
        self._act(lambda: self.tree.update({path: data}))

    def mkdir(self, path: str) -> None:
        self._act(lambda: self.tree.update({path: None}))

    def remove(self, path: str, *, tree: bool = False) -> None:
        self._content(path)
        inside = [each for each in self.tree if each == path or each.startswith(f"{path}/")]
        for each in sorted(inside, reverse=True) if tree else [path]:
            self._act(lambda each=each: self.tree.pop(each))

    def call_one(self, function: str, path: str, old: str, new: str) -> bool:
        """The rename of ``file_steps.Move``."""
        self._content(old)
        self._act(lambda: self._rename(old, new))
        return True

    def _rename(self, old: str, new: str) -> None:
        self.tree = {
            new + path.removeprefix(old) if path == old or path.startswith(f"{old}/") else path: content
            for path, content in self.tree.items()
        }


class MemoryBench:
    def __init__(self, files: MemoryFiles) -> None:
        self.files = files

    def ask_one(self, program: str) -> bytes:
        return b"chip"

    def progress(self, done: int, total: int) -> None:
        return None


class MemorySession:
    """``BoardSession.submit``, on the caller's thread."""

    target = Target("memory", "", lambda: None)

    def __init__(self, files: MemoryFiles) -> None:
        self.bench = MemoryBench(files)

    def submit(self, title: str, work, **options) -> Future:
        future: Future = Future()
        try:
            future.set_result(work(self.bench))
        except Exception as error:
            future.set_exception(error)
        return future
