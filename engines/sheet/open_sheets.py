"""All open sheets over one kernel: sends edits, asks for recalculation, hands out what came of it.

Everything goes by the main lane, one request at a time. While a cell keeps that lane busy, the request waits
behind it, and what streams and scripts change is recalculated on the live lane as far as that may be.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from engines.sheet.document import SheetDocument
from engines.sheet.live_requests import LIVE_SLICE, LiveRequests
from engines.sheet.references import Cell, Rect, cell_name, parse_reference
from engines.sheet.requests import SLICE_SECONDS, Outbox
from engines.sheet.session import SheetSession
from engines.sheet.watchdog import Later, Watchdog
from engines.workspace.events import Event
from engines.workspace.kernel_api import Kernel, Lane, Reply
from engines.workspace.names import check_name

FORMULA_SECONDS = 5.0
KERNEL_GONE = ("KernelDied", "KernelRestarted", "KernelNotRunning")

_LookedAt = Mapping[str, Rect | None]


@dataclass(frozen=True)
class Calculated:
    """What one calculation in the kernel did."""

    changed: Mapping[str, tuple[Rect, ...]] = field(default_factory=dict)
    computed: int = 0
    errors: int = 0
    """Formulas of all sheets that show an error."""
    unfinished: int = 0
    postponed: int = 0
    """Cells that a live calculation has newly left for the main lane."""
    interrupted: bool = False


class OpenSheets:
    """The app's side of all sheets. Everything is called on one thread, the one replies arrive on.

    ``later`` runs the watchdogs; without it formulas are never interrupted by themselves. ``busy`` says
    whether a cell keeps the kernel's main lane busy, ``running`` the address of the formula that runs, or ''.
    """

    def __init__(
        self,
        kernel: Kernel,
        later: Later | None = None,
        formula_seconds: float = FORMULA_SECONDS,
        busy: Callable[[], bool] = lambda: False,
        running: Callable[[], str] = lambda: "",
    ) -> None:
        self.connected = False
        self.calculated: Event[Calculated] = Event()
        self.over_budget: Event[float] = Event()
        """A formula has run for that many seconds; interrupt the kernel's main lane."""
        self.live_over_budget: Event[float] = Event()
        """The same on the kernel's live lane, which no interrupt reaches; stop it there."""
        self.interrupted: Event[str] = Event()
        """A formula over budget was interrupted: its address, or '' where it is not known."""
        self.endless: Event[str] = Event()
        """Interrupts do not end this formula (or '', as above): only a restart of the kernel does."""
        self.endless_changed: Event[None] = Event()
        """Which formulas are left out by new kernels."""
        self.failed: Event[str] = Event()
        """A request went wrong, in words."""
        self.opened: Event[SheetSession] = Event()
        """A script made a sheet (``sheets.new``); its document is new."""
        self.closed: Event[SheetSession] = Event()
        """A script removed a sheet."""
        self._kernel = kernel
        self._sessions: dict[str, SheetSession] = {}
        self._outbox = Outbox(self._texts_of, self._endless_of)
        self._known: set[str] = set()
        self._active: SheetSession | None = None
        self._live = LiveRequests(self._send_live, lambda: self.connected and busy(), later)
        self._ticket = 0
        self._under_way: dict[Lane, int] = {}
        """The ticket of each lane's request."""
        seconds = formula_seconds + SLICE_SECONDS
        self._watchdogs = {
            Lane.MAIN: Watchdog(later, seconds, partial(self._bark, self.over_budget, formula_seconds)),
            Lane.LIVE: Watchdog(later, seconds, partial(self._bark, self.live_over_budget, formula_seconds)),
        }
        self._running = running
        self._over_budget = ""
        """The formula that was told to stop last."""
        self._died_in = ""
        self._newest = 0
        """The number of the last calculation heard of."""
        self._errors = 0

    # Sheets.

    @property
    def sessions(self) -> list[SheetSession]:
        return list(self._sessions.values())

    def session(self, name: str) -> SheetSession | None:
        return self._sessions.get(name.casefold())

    def open(self, document: SheetDocument, endless: Iterable[Cell] = ()) -> SheetSession:
        """Open a sheet; its formulas that are known to be ``endless`` are left out.

        Raises:
            ValueError: a sheet of this name is open.
        """
        session = self._add(document)
        session.endless.update(endless)
        self._outbox.load(document.name)
        self._send()
        return session

    def close(self, session: SheetSession) -> None:
        if self._sessions.pop(session.name.casefold(), None) is None:
            return
        session.close()
        self._known.discard(session.name.casefold())
        self._outbox.remove(session.name)
        self._send()

    def rename(self, session: SheetSession, name: str) -> None:
        """Raises ValueError where a sheet of the new name is open, or the name cannot be a document's."""
        other = self.session(check_name(name))
        if other is not None and other is not session:
            raise ValueError(f"there is a sheet named {name!r} already")
        old = session.name
        del self._sessions[old.casefold()]
        session.document.name = name
        self._sessions[name.casefold()] = session
        if old.casefold() in self._known:
            self._known.add(name.casefold())
        self._outbox.rename(old, name)
        self._send()

    def activate(self, session: SheetSession) -> None:
        self._active = session
        if self.connected:
            self._kernel.request("sheet.activate", {"name": session.name})

    # Calculation.

    def names_changed(self, names: Iterable[str]) -> None:
        """Workspace names were bound anew or deleted."""
        self._outbox.recalculate(names)
        self._send()

    def streams_grew(self, names: Iterable[str]) -> None:
        """Streams have new samples: what reads them follows, also beside a busy cell."""
        names = tuple(names)
        self._live.recalculate(names)
        self.names_changed(names)

    def recalculate_all(self) -> None:
        """F9: compute everything again, formulas that were interrupted or left out, too."""
        for session in self.sessions:
            self.forget_endless(session, tuple(session.endless))
        self._outbox.recalculate(everything=True)
        self._send()

    def edited(self, session: SheetSession, cells: Iterable[Cell]) -> None:
        self._outbox.edit(session.name, cells)
        self._send()

    @property
    def idle(self) -> bool:
        """Whether all edits are computed."""
        return not self._under_way

    def unconfirmed(self, session: SheetSession) -> list[Collection[Cell]]:
        """Cells with edits that the kernel has not applied yet: its values are of the texts before."""
        return self._outbox.unconfirmed(session.name)

    def knows(self, session: SheetSession) -> bool:
        """Whether the kernel has this sheet, so that asking for its displays makes sense."""
        return self.connected and session.name.casefold() in self._known

    def ask(self, verb: str, arguments: dict[str, Any], then: Callable[[Reply], object], lane: Lane) -> None:
        self._kernel.request(verb, arguments, then, lane=lane)

    # The kernel's life.

    def kernel_ready(self) -> None:
        """A kernel with an empty workspace is there: it gets all sheets."""
        self._start_over()
        self.connected = True
        for session in self.sessions:
            self._outbox.load(session.name)
        if self._active is not None and self._active in self.sessions:
            self.activate(self._active)
        self._send()
        for session in self.sessions:
            session.kernel_changed()

    def kernel_lost(self) -> None:
        """The kernel died or restarts: last values stay, as stale."""
        self._start_over()
        self.connected = False
        for session in self.sessions:
            session.kernel_changed()

    def kernel_died(self) -> str:
        """Like ``kernel_lost``. Returns the address of the formula that it died in, '' if in none.

        Where that happens twice in a row, new kernels leave the formula out.
        """
        before, self._died_in = self._died_in, self._running()
        if before == self._died_in:
            self._remember_endless(self._died_in)
        self.kernel_lost()
        return self._died_in

    def leave_out(self, address: str) -> None:
        """No interrupt ends the formula in this cell: new kernels will not compute it."""
        self._remember_endless(address)
        self.endless.emit(address)

    def is_left_out(self, address: str) -> bool:
        """Whether new kernels do not compute the formula in this cell."""
        found = self._find(address)
        return found is not None and found[1] in found[0].endless

    def forget_endless(self, session: SheetSession, cells: Iterable[Cell]) -> None:
        """These formulas are edited, or tried once more."""
        fewer = session.endless.difference(cells)
        if fewer != session.endless:
            session.endless = fewer
            self.endless_changed.emit(None)

    def kernel_event(self, event: str, data: dict[str, Any]) -> None:
        """Events of the sheet's kernel side; others are ignored."""
        if event == "sheet.edited":
            self._script_edited(data)
        elif event == "sheet.calculating":
            self._calculating(data.get("ticket", 0))
        elif event == "sheet.created" and self.session(data["name"]) is None:
            session = self._add(SheetDocument(data["name"]))
            self._outbox.adopt(session.name)
            self._known.add(session.name.casefold())
            self.opened.emit(session)
        elif event == "sheet.removed":
            self._script_removed(data["name"])

    def answer(self, verb: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """The kernel's questions ``sheet.undo`` and ``sheet.redo``: the label, and the texts that changed.

        Raises:
            LookupError: no such verb or sheet.
        """
        session = self.session(arguments.get("name", ""))
        if session is None:
            raise LookupError(f"no sheet named {arguments.get('name')!r} is open")
        history = session.document.history
        steps = {"sheet.undo": history.undo, "sheet.redo": history.redo}
        if verb not in steps:
            raise LookupError(f"the sheets do not answer {verb!r}")
        crossed = Lane.MAIN in self._under_way or self._outbox.waits_for(session.name)
        label, texts = session.history_from_kernel(steps[verb])
        if crossed and texts:  # an older edit on its way would undo this in the kernel
            self._outbox.edit(session.name, texts)
        cells = {cell_name(*cell): text for cell, text in texts.items()}
        return {"label": label, "cells": cells, "number": self._outbox.last_sent(session.name)}

    # Inside.

    def _add(self, document: SheetDocument) -> SheetSession:
        if document.name.casefold() in self._sessions:
            raise ValueError(f"there is a sheet named {document.name!r} already")
        session = SheetSession(document, self)
        self._sessions[document.name.casefold()] = session
        return session

    def _texts_of(self, name: str) -> Mapping[Cell, str]:
        session = self.session(name)
        return session.document.texts if session is not None else {}

    def _endless_of(self, name: str) -> Collection[Cell]:
        session = self.session(name)
        return sorted(session.endless) if session is not None else ()

    def _bark(self, over_budget: Event[float], seconds: float, barks: int) -> None:
        """Tell it to stop; when that was told before, it does not listen."""
        over_budget.emit(seconds)
        if barks == 1:
            self._over_budget = self._running()
        elif barks == 2:
            self.leave_out(self._over_budget)

    def _remember_endless(self, address: str) -> None:
        found = self._find(address)
        if found is not None:
            session, cell = found
            session.endless.add(cell)
            self.endless_changed.emit(None)

    def _find(self, address: str) -> tuple[SheetSession, Cell] | None:
        """The session and cell of an address as the kernel writes it (``'My sheet'!A1``)."""
        reference = parse_reference(address)
        if reference is None or reference.sheet is None:
            return None
        session = self.session(reference.sheet)
        return (session, reference.rect[:2]) if session is not None else None

    def _script_edited(self, data: dict[str, Any]) -> None:
        """A script entered cells: the document follows.

        Where an edit of ours left before the kernel knew of the script's (``seen`` is older), it may have
        overwritten the script's in the kernel, while here the script's came last. The cells are sent once
        more then, with the document's texts, so that both sides end with the same.
        """
        session = self.session(data["name"])
        if session is None:
            return
        texts = {}
        for name, text in data["cells"].items():
            reference = parse_reference(name)
            if reference is not None:
                texts[reference.rect[:2]] = text
        session.edit_from_kernel(texts, "Script")
        if data.get("seen", 0) < self._outbox.last_sent(session.name) or self._outbox.waits_for(session.name):
            self._outbox.edit(session.name, texts)
        self._outbox.recalculate()
        self._live.recalculate()
        self._send()

    def _script_removed(self, name: str) -> None:
        session = self._sessions.pop(name.casefold(), None)
        if session is not None:
            self._known.discard(name.casefold())
            session.close()
            self.closed.emit(session)

    # Requests and what comes of them.

    def _send(self) -> None:
        if Lane.MAIN in self._under_way or not self.connected:
            return
        message = self._outbox.next()
        if message is not None:
            self._request(Lane.MAIN, *message)

    def _send_live(self, names: list[str]) -> None:
        self._request(Lane.LIVE, "sheet.recalculate", {"names": names, "budget": LIVE_SLICE, "live": True})

    def _request(self, lane: Lane, verb: str, arguments: dict[str, Any]) -> None:
        self._ticket += 1
        ticket = self._under_way[lane] = self._ticket
        looked_at = {each.name: each.visible for each in self.sessions}
        visible = {name: list(rect) for name, rect in looked_at.items() if rect is not None}

        def answered(reply: Reply) -> None:
            if self._under_way.get(lane) != ticket:  # of another life
                return
            del self._under_way[lane]
            watchdog = self._watchdogs[lane]
            watchdog.rest()
            if watchdog.barks and reply.error is None and reply.value["interrupted"]:
                self.interrupted.emit(self._over_budget)
            if lane is Lane.LIVE:
                self._live_answered(reply, looked_at)
            else:
                self._answered(verb, arguments, reply, looked_at)

        self._kernel.request(verb, arguments | {"ticket": ticket, "show": visible}, answered, lane=lane)

    def _answered(self, verb: str, arguments: dict[str, Any], reply: Reply, looked_at: _LookedAt) -> None:
        self._outbox.confirm()
        if reply.error is not None:
            if reply.error.name not in KERNEL_GONE:  # of that everyone is told once, elsewhere
                self.failed.emit(f"The sheet could not be computed: {reply.error}")
        else:
            if verb == "sheet.load":
                self._known.add(arguments["name"].casefold())
            self._hand_out(reply.value, looked_at)
            if reply.value["unfinished"]:
                self._outbox.recalculate()
        self._send()

    def _live_answered(self, reply: Reply, looked_at: _LookedAt) -> None:
        """An error is not told: the main lane, which computes the same again, tells it."""
        if reply.error is None:
            self._hand_out(reply.value, looked_at)
        self._live.answered(unfinished=reply.error is None and bool(reply.value["unfinished"]))

    def _hand_out(self, value: dict[str, Any], looked_at: _LookedAt) -> None:
        """Replies of two lanes may cross: of the older one only the places are sure, not what they show."""
        newest = value["number"] > self._newest
        changed = {name: tuple(Rect(*rect) for rect in rects) for name, rects in value["changed"].items()}
        for name, rects in changed.items():
            session = self.session(name)
            if session is None:
                continue
            same_view = session.visible is not None and session.visible == looked_at.get(name)
            shown = value["shown"].get(name, {"rects": [], "cells": []}) if newest and same_view else None
            session.values_changed(rects, shown)
        left = [*value["unfinished"], *value["postponed"]] if newest else []
        for name, rect in left:
            session = self.session(name)
            if session is not None:
                session.left_out(Rect(*rect))
        if newest:
            self._newest, self._errors = value["number"], value["errors"]
        self.calculated.emit(
            Calculated(
                changed,
                value["computed"],
                self._errors,
                _area(value["unfinished"]),
                _area(value["postponed"]),
                value["interrupted"],
            )
        )

    def _calculating(self, ticket: int) -> None:
        """The kernel begins only now: before it may have been busy with something else."""
        for lane, under_way in self._under_way.items():
            if under_way == ticket:
                self._watchdogs[lane].watch()

    def _start_over(self) -> None:
        """Answers still to come are another life's."""
        self._under_way.clear()
        self._known.clear()
        self._outbox.clear()
        self._live.start_over()
        self._newest = 0
        for watchdog in self._watchdogs.values():
            watchdog.rest()


def _area(rects: list[Any]) -> int:
    return sum(Rect(*rect).area for _name, rect in rects)
