"""Python code for the board: where it is, checking, completing, saving, running it."""
