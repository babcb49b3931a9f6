"""Workspace values on their way to the app: arrays as binary buffers."""

from __future__ import annotations

from typing import Any

from engines.workspace.kernel_side.lanes import user_code
from engines.workspace.streams.live import frozen

LEAST_ROWS = 1000  # of a stream whose length is limited: accel.x[-20:] of a slow one still has 20


def evaluate(expression: str, namespace: dict[str, Any]) -> Any:
    """An expression's value in the workspace, which it can read but not rebind."""
    return eval(compile(expression, "<expression>", "eval"), namespace, {})


def as_arrays(
    expressions: list[str], namespace: dict[str, Any], seconds: float | None = None
) -> tuple[list[dict[str, Any]], list[Any]]:
    """Evaluate expressions to 1-D or 2-D arrays. Streams stand still meanwhile: what is read has one length.

    ``seconds`` cuts every stream to its newest seconds, but not to fewer than its newest ``LEAST_ROWS``.

    Returns for each a description ``{"dtype", "shape"}`` (numeric; little-endian data is the buffer of the
    same position), ``{"items"}`` (texts and dates as a list) or ``{"error"}``; and the buffers.
    """
    descriptions = []
    buffers: list[Any] = []
    with frozen(seconds, LEAST_ROWS):
        for expression in expressions:
            description, buffer = _as_array(expression, namespace)
            descriptions.append(description)
            buffers.append(buffer)
    return descriptions, buffers


def _as_array(expression: str, namespace: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    import numpy

    try:
        with user_code():
            array = numpy.atleast_1d(numpy.asarray(evaluate(expression, namespace)))
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}, b""
    if array.dtype.kind == "M":
        return {"items": [str(item) for item in array.astype("datetime64[us]")]}, b""
    if array.dtype.kind == "O":
        return _object_array(array)
    if array.dtype.kind not in "biuf":
        return {"items": [str(item) for item in array.ravel()]}, b""
    numbers = numpy.ascontiguousarray(array, dtype="<f8")
    return {"dtype": "<f8", "shape": list(numbers.shape)}, numbers.data


def _object_array(array: Any) -> tuple[dict[str, Any], Any]:
    """Mixed cells of a sheet: numbers where all are, with holes as NaN; else texts."""
    import numpy

    try:
        numbers = numpy.array([_number(item) for item in array.ravel()], dtype="<f8")
    except (TypeError, ValueError):
        return {"items": [str(item) for item in array.ravel()]}, b""
    return {"dtype": "<f8", "shape": list(array.shape)}, numbers.data


def _number(item: Any) -> float:
    if item is None or (not item and not isinstance(item, (int, float))):  # undefined is falsy
        return float("nan")
    if isinstance(item, str):
        raise TypeError("text")
    return float(item)
