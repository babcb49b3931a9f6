"""Cells under way, and those that have ended but whose threads may still print."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from engines.workspace.kernel_api import Executed, KernelError, Output

REMEMBERED = 1000
"""So many ended cells still get what their threads and tasks show; who asked decides whether it matters."""

OnOutput = Callable[[Output], object]


@dataclass
class Execution:
    """One cell: what to tell of it, and what is known of its end."""

    on_output: OnOutput
    then: Callable[[Executed], object]
    on_input: Callable[[str, bool], object] | None
    names: dict[str, Any] = field(default_factory=dict)
    reply: dict[str, Any] | None = None
    idle: bool = False

    @property
    def has_ended(self) -> bool:
        """Its reply came, and all its outputs did (idle comes after them)."""
        return self.reply is not None and self.idle

    def executed(self) -> Executed:
        reply = self.reply or {}
        error = None
        if reply.get("status") == "error":
            error = KernelError(
                reply.get("ename", ""), reply.get("evalue", ""), tuple(reply.get("traceback", ()))
            )
        return Executed(
            reply.get("status", "error"),
            reply.get("execution_count"),
            error,
            tuple(self.names.get("changed", ())),
            tuple(self.names.get("deleted", ())),
            tuple(self.names.get("reads", ())),
        )


class Executions:
    """By message id: the cells under way, and the listeners of the last ones that have ended."""

    def __init__(self) -> None:
        self._under_way: dict[str, Execution] = {}
        self._ended: OrderedDict[str, OnOutput] = OrderedDict()

    def __contains__(self, message_id: str) -> bool:
        return message_id in self._under_way

    def add(self, message_id: str, execution: Execution) -> None:
        self._under_way[message_id] = execution

    def get(self, message_id: str) -> Execution | None:
        return self._under_way.get(message_id)

    def show(self, message_id: str, output: Output) -> None:
        """Hand an output to the cell that it comes from, however late; others are of other clients."""
        execution = self._under_way.get(message_id)
        on_output = execution.on_output if execution is not None else self._ended.get(message_id)
        if on_output is not None:
            on_output(output)

    def end(self, message_id: str) -> Execution:
        execution = self._under_way.pop(message_id)
        self._ended[message_id] = execution.on_output
        if len(self._ended) > REMEMBERED:
            self._ended.popitem(last=False)
        return execution

    def unfinished(self) -> list[Execution]:
        return list(self._under_way.values())
