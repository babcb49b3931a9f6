"""Is the board's prompt free? Told from what was sent and what came back, without asking the board."""

from __future__ import annotations

from enum import Enum

PROMPT = b">>> "
CONTINUATIONS = (b"... ", b"=== ")
_LONGEST_LINE = 512
_LONGEST_PROMPT = 40
_LINE_ENDS = b"\r\n\x04\x05"


class Place(Enum):
    UNKNOWN = "unknown"
    """Connected in the middle of something; no prompt was seen."""
    PROMPT = "prompt"
    ENTRY = "entry"
    """Within a compound statement or a paste that is not finished."""
    RUNNING = "running"


class PromptWatch:
    """Follows the friendly REPL.

    A line that is sent from the prompt makes it ``RUNNING`` until a prompt comes back. Text that arrives at
    the prompt with nothing sent (a timer's print) leaves the prompt free.
    """

    def __init__(self) -> None:
        self.place = Place.UNKNOWN
        self.line = b""
        """What is typed behind the prompt, as the board echoes it."""
        self.renamed = False
        """The line that was entered last gives the prompt another name (``sys.ps1``)."""
        self._prompts = {PROMPT}
        self._tail = b""
        self._due = 0
        """Line ends sent whose echo has not been seen at a prompt."""

    def learn(self, prompt: bytes) -> None:
        """A prompt of the board's own (``sys.ps1``)."""
        if prompt.strip():
            self._prompts.add(prompt)

    def at_prompt(self, line: bytes = b"") -> None:
        """It is known that the prompt is there, with ``line`` typed behind it."""
        self.place, self.line, self._due = Place.PROMPT, line, 0
        self._tail = PROMPT + line

    def lost_prompt(self) -> None:
        """It is known that a program runs, whatever was seen before."""
        self.place, self._tail, self._due = Place.RUNNING, b"", 0

    def sent(self, data: bytes) -> None:
        ends = sum(data.count(end) for end in _LINE_ENDS)
        if not ends:
            return
        self._due += ends
        self.renamed = b"ps1" in self.line
        if self.place in (Place.PROMPT, Place.ENTRY):
            self.place = Place.RUNNING

    def saw(self, text: bytes) -> None:
        *finished, tail = (self._tail + text).split(b"\n")
        if self._due and any(self._is_prompt(line) for line in finished):
            answered = sum(self._is_prompt(line) for line in finished)
            self._due = max(0, self._due - answered)
        self._tail = tail[-_LONGEST_LINE:] if len(tail) > _LONGEST_LINE else tail
        if self._due:
            return
        if self.place is Place.UNKNOWN and any(self._begins_with_prompt(line) for line in finished):
            self.place, self.line = Place.PROMPT, b""  # a timer has printed behind it
        self._look()

    def settle(self) -> None:
        """Nothing has come for a while: the prompt that is there is the one, whoever took what was sent."""
        if self._is_prompt(self._tail):
            self._due = 0
            self._look()

    def learn_tail(self) -> bytes:
        """What stands in the last line is the board's prompt, for that is what comes here; it is returned."""
        tail = self._tail.lstrip(b"\r")
        if not self.maybe_prompt or tail.strip() == b">":
            return b""
        self.learn(tail)
        self.at_prompt()
        self._tail = tail
        return tail

    @property
    def maybe_prompt(self) -> bool:
        """The output stands within a line, as behind a prompt that is not known (or an ``input()``)."""
        tail = self._tail.strip()
        return 0 < len(tail) < _LONGEST_PROMPT and tail.decode(errors="replace").isprintable()

    def _look(self) -> None:
        tail = self._tail.lstrip(b"\r")
        for prompt in self._prompts:
            if tail.startswith(prompt):
                self.place, self.line = Place.PROMPT, tail[len(prompt) :]
                return
        if tail.startswith(CONTINUATIONS):
            self.place = Place.ENTRY

    def _is_prompt(self, line: bytes) -> bool:
        return line.lstrip(b"\r").startswith(CONTINUATIONS) or self._begins_with_prompt(line)

    def _begins_with_prompt(self, line: bytes) -> bool:
        return line.lstrip(b"\r").startswith(tuple(self._prompts))
