"""Files on the board: list, edit with undo, read and write."""
