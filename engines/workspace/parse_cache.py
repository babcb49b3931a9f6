"""What jedi has parsed, kept on disk for the next start."""

from __future__ import annotations

from typing import Any


def forgive_damage() -> None:
    """Parse anew what cannot be read back.

    parso writes its files in place: a process that is killed meanwhile leaves half a file, and with it jedi
    would fail in every later one.
    """
    from parso import cache

    load: Any = getattr(cache, "_load_from_file_system", None)
    if load is None or hasattr(load, "__wrapped__"):
        return

    def load_if_whole(*arguments: Any, **options: Any) -> Any:
        try:
            return load(*arguments, **options)
        except Exception:  # whatever half a pickle brings up; None means that there is none
            return None

    load_if_whole.__wrapped__ = load  # type: ignore[attr-defined]
    vars(cache)["_load_from_file_system"] = load_if_whole
