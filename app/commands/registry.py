"""The command registry: what commands there are, and calling one with arguments given as text."""

from __future__ import annotations

import inspect
import math
import typing
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

MARK = "__command__"
_KIND_NAMES = {bool: "yes or no", int: "a whole number", float: "a number"}


class CommandError(Exception):
    """The command could not be done; the message says why and what to do next."""


class NothingToDo(CommandError):  # noqa: N818 - not an error to the user
    """Nothing was there to be done, and nothing is wrong: said quietly."""


def sentence(error: BaseException) -> str:
    """What an error says to a person: which file, and what is wrong, without numbers."""
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}"
    return str(error)


@dataclass(frozen=True)
class Command:
    """One command. ``name`` is ``group.verb`` and made from module (or its ``GROUP``) and function:
    ``notebook.run_all``."""

    name: str
    title: str
    function: Callable[..., Any]
    menu: str | None
    key: str | None
    hint: str | None
    separator: bool
    ask: tuple[str, ...]

    @property
    def shown_key(self) -> str:
        """The key that does the same, wherever it is looked after; '' without one."""
        return self.key or self.hint or ""

    @property
    def description(self) -> str:
        """The docstring, as it reads without its marks for code."""
        return (inspect.getdoc(self.function) or "").replace("``", "")

    @property
    def parameters(self) -> list[inspect.Parameter]:
        """The arguments after the first, which is the application."""
        return list(inspect.signature(self.function).parameters.values())[1:]

    @property
    def asked(self) -> list[inspect.Parameter]:
        """What the palette asks for, one after the other: arguments without a default, and ``ask``."""
        return [each for each in self.parameters if each.default is each.empty or each.name in self.ask]

    def type_of(self, parameter: inspect.Parameter) -> Any:
        """What a parameter takes; annotations are text (``from __future__ import annotations``)."""
        annotation = parameter.annotation
        return eval(annotation, self.function.__globals__) if isinstance(annotation, str) else annotation


@dataclass(frozen=True)
class _Details:
    title: str
    menu: str | None
    key: str | None
    hint: str | None
    separator: bool
    ask: tuple[str, ...]


def command(
    title: str,
    *,
    menu: str | None = None,
    key: str | None = None,
    hint: str | None = None,
    separator: bool = False,
    ask: tuple[str, ...] = (),
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Mark a function as a command.

    Args:
        key: a Qt shortcut text, bound in the whole window.
        hint: a key that a panel binds by itself, while it has the keyboard; only shown.
        separator: draw a line before it in the menu.
        ask: arguments that are asked for in the window although they have a default.
    """

    def mark(function: Callable[..., Any]) -> Callable[..., Any]:
        setattr(function, MARK, _Details(title, menu, key, hint, separator, ask))
        return function

    return mark


class Registry:
    """All commands by name, in the order they were written."""

    def __init__(self, modules: Iterable[ModuleType]) -> None:
        self._commands: dict[str, Command] = {}
        for module in modules:
            group = getattr(module, "GROUP", module.__name__.rsplit(".", 1)[-1])
            for function in vars(module).values():
                details = getattr(function, MARK, None)
                if details is not None and function.__module__ == module.__name__:
                    name = f"{group}.{function.__name__}"
                    self._commands[name] = Command(
                        name,
                        details.title,
                        function,
                        details.menu,
                        details.key,
                        details.hint,
                        details.separator,
                        details.ask,
                    )

    def __iter__(self) -> typing.Iterator[Command]:
        return iter(self._commands.values())

    def __getitem__(self, name: str) -> Command:
        try:
            return self._commands[name]
        except KeyError:
            raise CommandError(f"there is no command {name!r}; `help.commands` lists them") from None

    def call(self, name: str, app: Any, arguments: list[str], folder: Path | None = None) -> Any:
        """Call a command with arguments given as text, ``name=value`` or by position.

        Args:
            folder: what relative paths start from; None: this process's folder.

        Raises:
            CommandError: no such command, or the arguments are not of its form.
        """
        found = self[name]
        values = _convert(found, arguments)
        if folder is not None:
            values = {
                key: folder / value if isinstance(value, Path) else value for key, value in values.items()
            }
        return found.function(app, **values)


def _convert(found: Command, arguments: list[str]) -> dict[str, Any]:
    by_name = {each.name: each for each in found.parameters}
    positions = [each for each in found.parameters if each.kind is not inspect.Parameter.KEYWORD_ONLY]
    values: dict[str, Any] = {}
    for text in arguments:
        key, equals, value = text.partition("=")
        if not (equals and key in by_name):
            free = [each.name for each in positions if each.name not in values]
            if not free:
                raise CommandError(f"{found.name} takes {_usage(found)}; {text!r} is one too many")
            key, value = free[0], text
        values[key] = _parse(found, key, value, found.type_of(by_name[key]))
    missing = [
        each.name for each in by_name.values() if each.default is each.empty and each.name not in values
    ]
    if missing:
        raise CommandError(f"{found.name} takes {_usage(found)}; {missing[0]!r} is missing")
    return values


def _parse(found: Command, key: str, text: str, hint: Any) -> Any:
    kinds = [each for each in typing.get_args(hint) or (hint,) if each is not type(None)]
    kind = kinds[0] if kinds else str
    try:
        if kind is bool:
            return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}[
                text.lower()
            ]
        if kind is float and not math.isfinite(float(text)):
            raise ValueError
        if kind in (int, float):
            return kind(text)
    except (KeyError, ValueError):
        raise CommandError(f"{found.name}: {key} must be {_KIND_NAMES[kind]}, not {text!r}") from None
    return Path(text).expanduser() if kind is Path else text


def _usage(found: Command) -> str:
    words = [
        each.name if each.default is each.empty else f"[{each.name}={each.default}]"
        for each in found.parameters
    ]
    return " ".join(words) or "no arguments"
