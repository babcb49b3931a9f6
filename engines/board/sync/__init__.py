"""Keeping a folder of this computer and one of the board in step."""
