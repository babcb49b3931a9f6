"""The numbers in an object that a program printed: JSON, or a dict as ``print`` shows it."""

from __future__ import annotations

import json
import re
from typing import Any

from engines.workspace.streams.store import stream_name

# What Python writes in another way than JSON. The texts are first: nothing within them is meant.
_PYTHON = re.compile(
    r"""'(?P<text>(?:[^'\\]|\\.)*)'|"(?:[^"\\]|\\.)*"|(?P<key>-?[\d.]+)(?=\s*:)|,(?=\s*[)\]}])"""
    r"""|[()]|-?\bnan\b|\b(?:inf|None|True|False)\b"""
)
_JSON = {"(": "[", ")": "]", ",": "", "nan": "NaN", "-nan": "NaN", "inf": "Infinity",
         "None": "null", "True": "true", "False": "false"}  # fmt: skip


def parse_object(line: str) -> dict[str, float] | None:
    """The numbers of an object by ``outer_inner``, or None when it is none or two would have one name."""
    found = _json(line)
    if found is None:
        found = _json(_PYTHON.sub(_as_json, line))
    numbers: dict[str, float] = {}
    return numbers if isinstance(found, dict) and _flatten("", found, numbers) else None


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _as_json(match: re.Match[str]) -> str:
    if match["text"] is not None:
        return json.dumps(match["text"].replace("\\'", "'"))
    if match["key"]:
        return f'"{match["key"]}"'
    return _JSON.get(match[0], match[0])


def _flatten(path: str, value: Any, numbers: dict[str, float]) -> bool:
    """Collect the numbers within."""
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value, 1)
        return all(_flatten(f"{path}_{key}" if path else str(key), each, numbers) for key, each in items)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return True
    name = stream_name(path)
    if name in numbers:
        return False
    numbers[name] = float(str(value))  # an int beyond all floats is infinite
    return True
