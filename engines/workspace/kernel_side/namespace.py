"""What did a run change in the workspace? By identity before and after, and by reading its code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engines.workspace.kernel_side.code_reading import CodeReading

# IPython's own names: they change with every cell and mean nothing to the graph.
HIDDEN = frozenset({"In", "Out", "exit", "quit", "get_ipython", "open"})


@dataclass(frozen=True)
class NamesChanged:
    changed: frozenset[str]
    deleted: frozenset[str]


def is_user_name(name: str) -> bool:
    return not name.startswith("_") and name not in HIDDEN


def identities(namespace: Mapping[str, Any]) -> dict[str, int]:
    """A snapshot to compare against: names and the identities of their objects."""
    return {name: id(value) for name, value in namespace.items() if is_user_name(name)}


def difference(before: Mapping[str, int], namespace: Mapping[str, Any], code: CodeReading) -> NamesChanged:
    """Names bound to other objects than before, plus those the code says it bound or mutated.

    The code is needed too: a freed object's identity can be given to its successor, and mutation keeps it.
    """
    after = identities(namespace)
    by_identity = {name for name, identity in after.items() if before.get(name) != identity}
    by_code = {name for name in code.defines | code.mutates if name in after}
    return NamesChanged(frozenset(by_identity | by_code), frozenset(before.keys() - after.keys()))
