"""The sheet's names in the workspace and its verbs in the kernel: ``install(server, user_ns)``."""

from engines.sheet.kernel_side.service import install

__all__ = ["install"]
