"""What is dragged or copied out of the board's files: paths for Dirigent, files for other programs.

Another program wants files of this computer. They are fetched into a temporary folder when it asks for them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, QUrl

BOARD_PATHS = "application/x-dirigent-board-paths"
_URLS = "text/uri-list"


class BoardMime(QMimeData):
    """Args:
    board: the name of the board that the paths are of.
    fetch: copies the paths to this computer and returns the files; called once, when they are wanted.
    """

    def __init__(self, board: str, paths: Sequence[str], fetch: Callable[[], list[Path]]) -> None:
        super().__init__()
        self.setData(BOARD_PATHS, json.dumps({"board": board, "paths": list(paths)}).encode())
        self._fetch = fetch
        self._files: list[Path] | None = None

    def formats(self) -> list[str]:
        return [BOARD_PATHS, _URLS]

    def hasFormat(self, mime_type: str) -> bool:
        return mime_type in self.formats()

    def retrieveData(self, mime_type: str, preferred: Any) -> Any:
        if mime_type != _URLS:
            return super().retrieveData(mime_type, preferred)
        if self._files is None:
            self._files = self._fetch()
        return [QUrl.fromLocalFile(str(file)) for file in self._files]


def board_paths(data: QMimeData | None, board: str) -> list[str]:
    """The paths of a board in what is dragged; none when it is something else, or of another board."""
    if data is None or not data.hasFormat(BOARD_PATHS):
        return []
    content = json.loads(bytes(data.data(BOARD_PATHS)))
    return content["paths"] if content["board"] == board else []


def local_files(data: QMimeData | None) -> list[Path]:
    """The files of this computer in what is dragged; what comes from a board is none of them."""
    if data is None or data.hasFormat(BOARD_PATHS) or not data.hasUrls():
        return []
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
