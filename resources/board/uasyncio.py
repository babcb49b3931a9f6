"""The name that asyncio had before MicroPython 1.21."""

from asyncio import *  # noqa: F403
