"""The content of files on its way to a board and back, and the queue of it."""
