"""What is dragged or copied out of the board's files: paths for Dirigent, files for other programs.

Another program wants files of this computer, and waits for them: only such are offered that are here already
(``fetched``).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QUrl

BOARD_PATHS = "application/x-dirigent-board-paths"


def board_data(board: str, paths: Sequence[str], files: Sequence[Path] = ()) -> QMimeData:
    """Paths of the board of this name; ``files`` are their copies on this computer, where there are any."""
    data = QMimeData()
    data.setData(BOARD_PATHS, json.dumps({"board": board, "paths": list(paths)}).encode())
    if files:
        data.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
    return data


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
