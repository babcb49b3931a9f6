"""What did a run change in the workspace? By comparing before and after, and by reading its code."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from engines.workspace.kernel_side.code_reading import CodeReading
from engines.workspace.kernel_side.fingerprints import UNKNOWN, Fingerprint, fingerprints

# IPython's own names: they change with every cell and mean nothing to the graph.
HIDDEN = frozenset({"In", "Out", "exit", "quit", "get_ipython", "open"})


@dataclass(frozen=True)
class NamesChanged:
    changed: frozenset[str]
    deleted: frozenset[str]


@dataclass(frozen=True)
class Snapshot:
    """What the names stand for, and what the values that can change look like inside."""

    identities: Mapping[str, int]
    insides: Mapping[str, Fingerprint]


def is_user_name(name: str) -> bool:
    return not name.startswith("_") and name not in HIDDEN


def snapshot(namespace: Mapping[str, Any], code: CodeReading, tools: Collection[str] = ()) -> Snapshot:
    """Before ``code`` runs. The objects of the ``tools`` tell themselves what changes inside them."""
    values = {name: value for name, value in namespace.items() if is_user_name(name)}
    own = {name: value for name, value in values.items() if name not in tools}
    touched = sorted(code.reads | code.mutates | code.calls)
    return Snapshot({name: id(value) for name, value in values.items()}, fingerprints(own, touched))


def difference(
    before: Snapshot, namespace: Mapping[str, Any], code: CodeReading, tools: Collection[str] = ()
) -> NamesChanged:
    """Names bound to other objects than before, or to objects that look otherwise inside.

    The code is needed too: a freed object's identity can be given to its successor, and of some objects it
    cannot be seen whether they changed. Of those it counts what the code may have done to them.
    """
    after = snapshot(namespace, code, tools)
    old, new = before.identities, after.identities
    by_identity = {name for name, identity in new.items() if old.get(name) != identity}
    inside = {name for name in after.insides if _changed(name, before, after, code)}
    by_code = {name for name in code.defines | code.mutates.difference(tools) if name in new}
    return NamesChanged(frozenset(by_identity | inside | by_code), frozenset(old.keys() - new.keys()))


def _changed(name: str, before: Snapshot, after: Snapshot, code: CodeReading) -> bool:
    was, now = before.insides.get(name, UNKNOWN), after.insides[name]
    known = UNKNOWN not in (was, now)
    if known and was.print != now.print:
        return True
    return not (known and was.certain and now.certain) and (code.opaque or name in code.calls)
