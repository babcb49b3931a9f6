"""Completion, help and checks of sources, from a process of their own.

Neither jedi's work nor its failures are felt by the window.
"""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

from engines.board.code.check import Mark, Severity
from engines.board.code.completion import Found

T = TypeVar("T")
_DEADLINE = 15.0
"""Seconds; what takes longer is stuck, and its process is ended."""


class CodeHelperError(Exception):
    """The question was not answered."""


@dataclass
class _Question:
    request: dict[str, Any]
    read: Callable[[Any], Any]
    """Makes the answer out of JSON's values."""
    answer: Future[Any] = field(default_factory=Future)


class CodeHelper:
    """Answers on a thread of its own; each answer is a future. The process starts with the first question.

    Args:
        command: starts the process (``code_helper_process``).
    """

    def __init__(self, command: Sequence[str], deadline: float = _DEADLINE) -> None:
        self._command = list(command)
        self._deadline = deadline
        self._process: subprocess.Popen[str] | None = None
        self._questions: queue.Queue[_Question | None] = queue.Queue()
        self._thread: threading.Thread | None = None
        self._closing = False
        self._guard = threading.Lock()
        """Over the process: it is ended from another thread."""

    @property
    def process_id(self) -> int | None:
        """The process that answers, once it was started."""
        return self._process.pid if self._process else None

    def complete(self, source: str, cursor: int) -> Future[Found]:
        return self._ask("complete", source, cursor, lambda value: Found(value[0], tuple(value[1])))

    def help(self, source: str, cursor: int) -> Future[str]:
        return self._ask("help", source, cursor, str)

    def check(self, source: str) -> Future[list[Mark]]:
        return self._ask("check", source, 0, lambda value: [_mark(each) for each in value])

    def close(self) -> None:
        """End the thread and the process; unanswered questions fail."""
        with self._guard:
            self._closing = True
            if self._process is not None:
                self._process.kill()
        if self._thread is not None:
            self._questions.put(None)
            self._thread.join()

    def _ask(self, what: str, source: str, cursor: int, read: Callable[[Any], T]) -> Future[T]:
        question = _Question({"what": what, "source": source, "cursor": cursor}, read)
        if self._closing:
            question.answer.set_exception(CodeHelperError("the program ends"))
            return question.answer
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="code-helper", daemon=True)
            self._thread.start()
        self._questions.put(question)
        return question.answer

    def _run(self) -> None:
        while (question := self._questions.get()) is not None:
            if question.answer.set_running_or_notify_cancel():
                self._answer(question)
        self._end_process()

    def _answer(self, question: _Question) -> None:
        try:
            reply = json.loads(self._exchange(json.dumps(question.request)))
            if "error" in reply:
                raise CodeHelperError(reply["error"])
            question.answer.set_result(question.read(reply["value"]))
        except (OSError, ValueError, CodeHelperError) as error:
            question.answer.set_exception(CodeHelperError(str(error)))

    def _exchange(self, line: str) -> str:
        process = self._started()
        alarm = threading.Timer(self._deadline, process.kill)
        alarm.daemon = True
        alarm.start()
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(line + "\n")
            process.stdin.flush()
            reply = process.stdout.readline()
        except OSError:
            reply = ""
        finally:
            alarm.cancel()
            alarm.join()
        if not reply:
            self._end_process()
            raise CodeHelperError("the helper process ended")
        return reply

    def _started(self) -> subprocess.Popen[str]:
        with self._guard:
            if self._closing:
                raise CodeHelperError("the program ends")
            if self._process is None:
                self._process = subprocess.Popen(
                    self._command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    text=True,
                    encoding="utf-8",
                )
            return self._process

    def _end_process(self) -> None:
        with self._guard:
            process, self._process = self._process, None
        if process is not None:
            process.kill()
            with contextlib.suppress(OSError):  # what could not be sent
                process.communicate()


def _mark(value: dict[str, Any]) -> Mark:
    return Mark(**{**value, "severity": Severity(value["severity"])})
