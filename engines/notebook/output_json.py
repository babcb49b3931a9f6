"""Outputs and mime bundles as nbformat 4 defines them: made so from what files and kernels really send.

Whoever shows an output may rely on it: ``data`` and ``metadata`` are objects, everything but JSON types is
text, a traceback is a list of texts.
https://nbformat.readthedocs.io/en/latest/format_description.html#code-cell-outputs
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

OUTPUT_TYPES = ("stream", "display_data", "execute_result", "error")
SPLIT_MIMES = ("application/javascript", "image/svg+xml")


class BadOutputError(Exception):
    """What is wrong with an output."""


def read_output(raw: Any, number: int) -> dict[str, Any]:
    """One output of a file. ``number`` is its place, from 1.

    Raises:
        BadOutputError: it is of no known type, or has nothing that could be shown.
    """
    if not isinstance(raw, dict) or raw.get("output_type") not in OUTPUT_TYPES:
        raise BadOutputError(f"output {number} is of no known type ({', '.join(OUTPUT_TYPES)})")
    if raw["output_type"] in ("display_data", "execute_result"):
        return _read_display(raw, number)
    others = {key: value for key, value in raw.items() if key != "data"}
    if raw["output_type"] == "error":
        return {**others, **error_parts(raw)}
    text = joined(raw.get("text", ""))
    if not isinstance(text, str):
        raise BadOutputError(f"output {number}: 'text' must be a text or a list of lines")
    return {**others, "name": as_text(raw.get("name", "stdout")), "text": text}


def _read_display(raw: dict[str, Any], number: int) -> dict[str, Any]:
    if not isinstance(raw.get("data", {}), dict):
        raise BadOutputError(f"output {number}: 'data' must be an object")
    output = {**raw, "data": read_bundle(raw.get("data")), "metadata": as_object(raw.get("metadata"))}
    if "execution_count" in output:
        output["execution_count"] = whole(output["execution_count"], None)
    return output


def output_to_json(output: Mapping[str, Any]) -> dict[str, Any]:
    """An output as its file holds it: long texts as lists of lines."""
    if output["output_type"] == "stream":
        return {**output, "text": output["text"].splitlines(True)}
    if "data" in output:
        return {**output, "data": split_bundle(output["data"])}
    return dict(output)


def error_parts(raw: Mapping[str, Any]) -> dict[str, Any]:
    """``ename``, ``evalue`` and ``traceback`` of an error, whatever stood there."""
    lines = raw.get("traceback", [])
    return {
        "ename": as_text(raw.get("ename", "")),
        "evalue": as_text(raw.get("evalue", "")),
        "traceback": [as_text(line) for line in (lines if isinstance(lines, list) else [lines])],
    }


def read_bundle(raw: Any) -> dict[str, Any]:
    """A mime bundle with its texts joined; what should be text and is not becomes its JSON."""
    return {
        mime: value if is_json_mime(mime) else as_text(joined(value))
        for mime, value in as_object(raw).items()
    }


def split_bundle(bundle: Mapping[str, Any]) -> dict[str, Any]:
    """A mime bundle as its file holds it."""
    return {
        mime: value.splitlines(True)
        if isinstance(value, str) and (mime.startswith("text/") or mime in SPLIT_MIMES)
        else value
        for mime, value in bundle.items()
    }


def is_json_mime(mime: str) -> bool:
    return mime == "application/json" or (mime.startswith("application/") and mime.endswith("+json"))


def joined(value: Any) -> Any:
    """A text that may be given as a list of lines."""
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "".join(value)
    return value


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def as_object(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, dict) else {}


def whole(value: Any, default: Any) -> Any:
    return value if isinstance(value, int) and not isinstance(value, bool) else default
