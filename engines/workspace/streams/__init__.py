"""Streams: append-only tables of samples in mmap'ed files, written by the app and read by app and kernel."""
