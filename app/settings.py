"""What the user chose and the window remembers, in one ini file of this user."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from pathlib import Path
from urllib.parse import quote

from PySide6.QtCore import QByteArray, QSettings

from app.user_folders import user_folder

RECENT_PROJECTS = 10
LAYOUT_VERSION = 1


class Memory(MutableMapping[str, str]):
    """A part of the settings as a plain mapping of texts."""

    def __init__(self, store: QSettings, group: str) -> None:
        self._store = store
        self._group = group

    def __getitem__(self, key: str) -> str:
        value = self._store.value(f"{self._group}/{key}")
        if not isinstance(value, str):
            raise KeyError(key)
        return value

    def __setitem__(self, key: str, value: str) -> None:
        self._store.setValue(f"{self._group}/{key}", value)

    def __delitem__(self, key: str) -> None:
        self._store.remove(f"{self._group}/{key}")

    def __iter__(self) -> Iterator[str]:
        self._store.beginGroup(self._group)
        keys = self._store.allKeys()
        self._store.endGroup()
        return iter(keys)

    def __len__(self) -> int:
        return len(list(iter(self)))


class Settings:
    """Typed access to the settings file; a damaged value counts as absent."""

    def __init__(self, folder: Path | None = None) -> None:
        folder = folder or user_folder("config")
        self._store = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)

    @property
    def theme(self) -> str:
        """``system``, ``light`` or ``dark``."""
        value = str(self._store.value("theme", "system"))
        return value if value in ("light", "dark") else "system"

    @theme.setter
    def theme(self, name: str) -> None:
        self._store.setValue("theme", name)

    @property
    def recent_projects(self) -> list[Path]:
        """The last opened projects, newest first, missing ones included."""
        return [Path(text) for text in self._texts("recent")]

    def remember_project(self, folder: Path) -> None:
        others = [each for each in self.recent_projects if each != folder]
        self._store.setValue("recent", [str(each) for each in [folder, *others][:RECENT_PROJECTS]])

    @property
    def trusted_projects(self) -> list[str]:
        return self._texts("trusted")

    def trust(self, folder: Path) -> None:
        self._store.setValue("trusted", [*self.trusted_projects, str(folder.resolve())])

    def is_trusted(self, folder: Path) -> bool:
        return str(folder.resolve()) in self.trusted_projects

    def window_state(self) -> tuple[QByteArray, QByteArray] | None:
        """Geometry and dock layout as saved, or None the first time."""
        geometry, docks = self._store.value("window/geometry"), self._store.value("window/docks")
        if isinstance(geometry, QByteArray) and isinstance(docks, QByteArray):
            return geometry, docks
        return None

    def save_window_state(self, geometry: QByteArray, docks: QByteArray) -> None:
        self._store.setValue("window/geometry", geometry)
        self._store.setValue("window/docks", docks)

    def memory(self, *path: str) -> Memory:
        """What one panel remembers of the user's choices; ``path`` says which: project, board."""
        return Memory(self._store, "/".join(["memory", *(quote(each, safe="") for each in path)]))

    def _texts(self, key: str) -> list[str]:
        """A list of texts; QSettings gives a list of one back as that one."""
        value = self._store.value(key)
        if isinstance(value, str):
            return [value]
        return [str(each) for each in value] if isinstance(value, list) else []

    def save(self) -> None:
        self._store.sync()
