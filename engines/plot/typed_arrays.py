"""Arrays inside a figure's JSON: Plotly's base64 form, and the binary-buffer form between our processes.

Plotly (since plotly.py 6) writes ``{"dtype": "f8", "bdata": "<base64>", "shape": "2, 3"}`` for an array; see
``plotly.js/src/lib/array.js`` (``decodeTypedArraySpec``) for the meaning: little-endian, row by row.
Runs in the app and in the kernel; numpy is imported when the first array is met.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

DTYPES = {
    "i1": "<i1", "u1": "<u1", "u1c": "<u1", "i2": "<i2", "u2": "<u2", "i4": "<i4", "u4": "<u4",
    "f4": "<f4", "f8": "<f8", "int8": "<i1", "uint8": "<u1", "int16": "<i2", "uint16": "<u2", "int32": "<i4",
    "uint32": "<u4", "float32": "<f4", "float64": "<f8",
}  # fmt: skip


def is_typed_array(value: Any) -> bool:
    return isinstance(value, dict) and "dtype" in value and "bdata" in value


def is_array(value: Any) -> bool:
    """A list, a numpy array or a typed array; a binding (``{"expr": ...}``) is not one."""
    return isinstance(value, list | tuple) or is_typed_array(value) or hasattr(value, "__array__")


def decode(spec: dict[str, Any]) -> np.ndarray:
    """The array of ``{"dtype", "bdata"[, "shape"]}``.

    Raises:
        ValueError: unknown type, broken base64, or a shape that does not fit the bytes.
    """
    import numpy as np

    dtype = DTYPES.get(str(spec["dtype"]))
    if dtype is None:
        raise ValueError(f"unknown array type {spec['dtype']!r}; known are {', '.join(DTYPES)}")
    try:
        raw = base64.b64decode(spec["bdata"], validate=True)
        values = np.frombuffer(raw, dtype)
    except (binascii.Error, TypeError, ValueError) as error:
        raise ValueError(f"broken array data: {error}") from None
    return values.reshape(_shape(spec["shape"])) if spec.get("shape") else values


def _shape(shape: Any) -> tuple[int, ...]:
    parts = str(shape).split(",") if not isinstance(shape, list | tuple) else shape
    return tuple(int(part) for part in parts)


def encode(values: Any) -> Any:
    """A numeric array as Plotly writes it; anything else (texts, dates, objects) as a plain list."""
    import numpy as np

    array = np.asarray(values)
    if array.dtype.kind == "M":
        return iso_texts(array)
    kind = {"b": "u1", "i": "f8", "u": "f8", "f": "f8"}.get(array.dtype.kind)
    if kind is None:
        return array.tolist()
    if array.dtype.str[1:] in DTYPES and array.dtype.kind != "b":
        kind = array.dtype.str[1:]
    data = np.ascontiguousarray(array, DTYPES[kind])
    spec: dict[str, Any] = {"dtype": kind, "bdata": base64.b64encode(data.tobytes()).decode("ascii")}
    if array.ndim > 1:
        spec["shape"] = ", ".join(map(str, array.shape))
    return spec


def iso_texts(array: np.ndarray) -> list[Any]:
    """Dates as Plotly takes them; not-a-time is null."""
    import numpy as np

    texts = np.datetime_as_string(array.astype("datetime64[us]")).tolist()
    return [None if text == "NaT" else text for text in texts]


def plain(node: Any) -> Any:
    """The same figure part with every numpy value in its JSON form."""
    if isinstance(node, dict):
        return {str(key): plain(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [plain(value) for value in node]
    if hasattr(node, "dtype") and getattr(node, "ndim", 0) == 0:
        return node.item()
    return encode(node) if hasattr(node, "__array__") else node


def detach(node: Any) -> tuple[Any, list[bytes]]:
    """Take numeric arrays out of a figure part, for sending them beside it as binary buffers.

    Each becomes ``{"dtype", "shape", "buffer": index}``; `attach` is the way back.
    """
    import numpy as np

    buffers: list[bytes] = []

    def take(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: take(part) for key, part in value.items()}
        if not hasattr(value, "__array__"):
            return [take(part) for part in value] if isinstance(value, list | tuple) else value
        array = np.asarray(value)
        if array.ndim == 0 or array.dtype.kind not in "biuf":
            return plain(array)
        if array.dtype.str[1:] not in DTYPES or array.dtype.kind == "b":
            array = array.astype("<f8")
        buffers.append(np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes())
        return {"dtype": array.dtype.str[1:], "shape": list(array.shape), "buffer": len(buffers) - 1}

    return take(node), buffers


def attach(node: Any, buffers: Sequence[bytes | memoryview]) -> Any:
    """Put the arrays of `detach` back, as numpy arrays.

    Raises:
        ValueError: a buffer is missing or does not fit its type and shape.
    """
    if isinstance(node, list):
        return [attach(part, buffers) for part in node]
    if not isinstance(node, dict):
        return node
    if "buffer" not in node or "dtype" not in node:
        return {key: attach(part, buffers) for key, part in node.items()}
    import numpy as np

    index, dtype = node["buffer"], DTYPES.get(str(node["dtype"]))
    if dtype is None or not isinstance(index, int) or not 0 <= index < len(buffers):
        raise ValueError(f"no array data for {node!r}: {len(buffers)} buffers came with it")
    return np.frombuffer(buffers[index], dtype).reshape(node["shape"])
