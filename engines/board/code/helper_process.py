"""The process behind ``CodeHelper``: a line of JSON in, a line of JSON out, until its input ends."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engines.board.code.check import check
from engines.board.code.completion import Completer


def serve(arguments: list[str]) -> int:
    """Answer requests. ``arguments``: the cache's folder and the project's."""
    cache, project = arguments
    completer = Completer(Path(cache), Path(project))
    answers = sys.stdout
    sys.stdout = sys.stderr  # a library that prints must not disturb the conversation
    for line in sys.stdin:
        answers.write(json.dumps(_answer(completer, json.loads(line))) + "\n")
        answers.flush()
    return 0


def _answer(completer: Completer, request: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"value": _value(completer, **request)}
    except Exception as error:  # jedi fails in many ways at code that is being typed
        return {"error": f"{type(error).__name__}: {error}"}


def _value(completer: Completer, what: str, source: str, cursor: int) -> Any:
    if what == "check":
        return [{**asdict(mark), "severity": mark.severity.value} for mark in check(source)]
    if what == "help":
        return completer.help(source, cursor)
    found = completer.complete(source, cursor)
    return [found.start, found.texts]


if __name__ == "__main__":
    sys.exit(serve(sys.argv[1:]))
