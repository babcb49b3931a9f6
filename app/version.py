"""The program's name and version."""

VERSION = "0.1.0"
APPLICATION = "dirigent"
"""The name that files, folders and sockets are called by."""
