"""What the reader of a figure has chosen for the moment, beside the figure itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engines.plot.scene import Box


@dataclass(frozen=True)
class Memory:
    """What the last picture looked like, so that nothing jumps in the next one.

    ``rooms``: pixels beside each axis that its labels needed so far (they never shrink from frame to frame);
    ``ranges``: the last automatic range of each axis of a live figure; ``paper``: where the margins ended.
    """

    rooms: Mapping[str, float] = field(default_factory=dict)
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    paper: Box | None = None


@dataclass(frozen=True)
class View:
    """``ranges``: axis id -> range in axis coordinates, chosen by hand, in place of the figure's own."""

    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)
