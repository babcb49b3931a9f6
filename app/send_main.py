"""``main.py send``: one command to the running window, its reply as JSON."""

from __future__ import annotations

import argparse
import json

from app.local_socket import NotRunningError, send


def main(options: argparse.Namespace) -> int:
    """0: done. 1: the window refused. 2: nobody answered."""
    try:
        reply = send(options.command, options.arguments, instance=options.instance, timeout=options.timeout)
    except (NotRunningError, OSError) as error:
        print(json.dumps({"ok": False, "error": str(error) or "no reply in time"}))  # noqa: T201
        return 2
    print(json.dumps(reply, indent=1, ensure_ascii=False))  # noqa: T201
    return 0 if reply["ok"] else 1
