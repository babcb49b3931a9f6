"""Samples out of what a board sends: frames, printed numbers, clocks."""
