"""Leave to use boards on Linux: the udev rules that Dirigent ships, and the command that installs them."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

NAME = "70-dirigent.rules"
_SHIPPED = Path(__file__).resolve().parents[3] / "packaging" / "udev" / NAME
_TARGET = "/etc/udev/rules.d/"


def rules_file() -> Path:
    """Where the rules lie, for ``sudo cp``. An AppImage's own files are hidden from root: then a copy."""
    if not getattr(sys, "frozen", False):
        return _SHIPPED
    import platformdirs

    copy = platformdirs.user_cache_path("dirigent", ensure_exists=True) / NAME
    try:
        shutil.copyfile(_SHIPPED, copy)
    except OSError:
        return _SHIPPED
    return copy


def command(file: Path | None = None) -> str:
    """One line for a terminal that installs the rules and applies them."""
    source = shlex.quote(str(file or rules_file()))
    return f"sudo cp {source} {_TARGET} && sudo udevadm control --reload && sudo udevadm trigger"
