"""A kernel that does what the test says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engines.workspace.kernel_api import Executed, KernelError, Output, Reply


class ScriptedKernel:
    """Keeps what it is asked to run; the test delivers outputs and endings when it likes."""

    def __init__(self) -> None:
        self.codes: list[str] = []
        self.answers: list[str] = []
        self.interrupts = 0
        self.count = 0
        self.asked: list[tuple[str, int]] = []
        self.matches: list[str] = []
        self.match_start = 0
        self.help = ""
        self._pending: list[tuple[Callable, Callable, Callable | None]] = []

    def execute(
        self,
        code: str,
        *,
        on_output: Callable[[Output], object],
        then: Callable[[Executed], object],
        on_input: Callable[[str, bool], object] | None = None,
        silent: bool = False,
    ) -> None:
        self.codes.append(code)
        self._pending.append((on_output, then, on_input))

    def request(self, verb: str, arguments: dict[str, Any], then=None, *, buffers=(), lane=None) -> None:
        raise NotImplementedError

    def complete(self, code: str, cursor: int, then: Callable[[Reply], object]) -> None:
        self.asked.append((code, cursor))
        then(Reply({"matches": self.matches, "cursor_start": self.match_start, "cursor_end": cursor}))

    def inspect(self, code: str, cursor: int, then: Callable[[Reply], object]) -> None:
        then(Reply({"found": True, "data": {"text/plain": self.help}}))

    def interrupt(self) -> None:
        self.interrupts += 1

    def answer_input(self, text: str) -> None:
        self.answers.append(text)

    def output(self, kind: str, **content: Any) -> None:
        self._pending[0][0](Output(kind, content))

    def ask(self, prompt: str, password: bool = False) -> None:
        self._pending[0][2](prompt, password)

    def finish(self, status: str = "ok", error: KernelError | None = None, **rest: Any) -> None:
        _, then, _ = self._pending.pop(0)
        self.count += 1
        then(Executed(status, self.count, error, **rest))
