"""What runs on the board before and after the content of a file travels (``file_copy``).

Their answer is a tuple. Before it, after every 64 kB that are hashed, they tell how many bytes will be.
"""

from __future__ import annotations

_SHA = """
def _sha(path, size):
    try:
        from hashlib import sha256
    except ImportError:
        return b""
    sha = sha256()
    whole = size
    view = memoryview(bytearray(1024))
    with open(path, "rb") as f:
        while size:
            n = f.readinto(view[:min(size, 1024)])
            if not n:
                return None
            sha.update(view[:n])
            size -= n
            if not (whole - size) & 0xFFFF:
                tell(whole)
    return sha.digest()
def _memory():
    import gc
    gc.collect()
    try:
        return gc.mem_free()
    except AttributeError:
        return 1 << 16
"""
LOOK_PUT = f"""
{_SHA.strip()}
def _dirigent(part, folder, size):
    import os
    try:
        have = os.stat(part)[6]
    except OSError:
        have = 0
    try:
        s = os.statvfs(folder)
        unit, free = s[1], s[1] * s[3]
    except (AttributeError, OSError):
        unit, free = 1, -1
    sha = _sha(part, have) if 0 < have <= size else b""
    tell((have, sha, unit, free, _memory()))
"""
"""What there is of a part, and the room and memory for the rest."""
LOOK_GET = f"""
{_SHA.strip()}
def _dirigent(path, have):
    import os
    s = os.stat(path)
    sha = _sha(path, have) if 0 < have <= s[6] else b""
    tell((s[0] & 0x4000, s[6], sha, _memory()))
"""
"""What a file is, and whether the beginning that is here is its own."""
CHECK = f"""
{_SHA.strip()}
def _dirigent(path, size):
    tell((_sha(path, size),))
"""
"""The SHA-256 of a file; empty where the board can make none, None when the file is shorter."""
COMMIT = f"""
{_SHA.strip()}
def _dirigent(part, path, size, want):
    import os
    sha = _sha(part, size)
    right = os.stat(part)[6] == size and sha in (want, b"")
    if right:
        try:
            os.rename(part, path)
        except OSError:
            if os.stat(path)[0] & 0x4000:
                raise OSError(21)
            old = part + ".old"
            os.rename(path, old)
            try:
                os.rename(part, path)
            except OSError:
                os.rename(old, path)
                raise
            os.remove(old)
        if hasattr(os, "sync"):
            os.sync()
    tell((right,))
"""
"""Give a part the name of the file, when it is right."""
DISCARD = """
def _dirigent(path):
    import os
    try:
        os.remove(path)
    except OSError:
        pass
"""
"""Delete a part, if there is one."""
