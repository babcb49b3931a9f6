"""The trace types that are drawn, one module for each."""

from __future__ import annotations

from engines.plot.traces import scatter
from engines.plot.traces.base import TraceType

TRACE_TYPES: dict[str, TraceType] = {
    "scatter": scatter.TYPE,
}
