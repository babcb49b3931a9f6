"""The manual names the commands that there are, with their arguments and keys, and its links lead somewhere."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from app.commands import COMMAND_MODULES
from app.commands.registry import Command, Registry

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = sorted((ROOT / "docs").glob("*.md"))
COMMANDS = {command.name: command for command in Registry(COMMAND_MODULES)}
ROW = re.compile(r"^\| `([a-z]+\.[a-z_]+)` \| (.*?) \| .*? \| ?(.*?) ?\|$", re.MULTILINE)
SENT = re.compile(r"main\.py send ([a-z]+\.[a-z_]+)")
LINK = re.compile(r"\]\(([^)\s]+)\)")


def arguments(command: Command) -> str:
    """As the manual writes them; ``board=NAME``, which all commands of boards take, is told once."""
    shown = []
    for each in command.parameters:
        required = each.default is inspect.Parameter.empty
        if required or each.name != "board":
            shown.append(f"`{each.name}`" if required else f"`[{each.name}]`")
    return " ".join(shown)


def test_every_command_is_in_the_manual_with_its_arguments_and_keys():
    rows = ROW.findall((ROOT / "docs" / "commandline.md").read_text(encoding="utf-8"))
    told = {name: (given, key) for name, given, key in rows}
    assert len(told) == len(rows), "a command is told twice"
    assert told == {name: (arguments(each), each.shown_key) for name, each in COMMANDS.items()}


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.name)
def test_commands_that_a_chapter_sends_exist(chapter):
    sent = SENT.findall(chapter.read_text(encoding="utf-8"))
    assert [name for name in sent if name not in COMMANDS] == []


@pytest.mark.parametrize("chapter", [*CHAPTERS, ROOT / "README.md"], ids=lambda path: path.name)
def test_links_lead_somewhere(chapter):
    lost = []
    for link in LINK.findall(chapter.read_text(encoding="utf-8")):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = chapter.parent / name if name else chapter
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(link)
    assert lost == []


def anchors(chapter: Path) -> set[str]:
    """The names of a chapter's headings, as GitHub makes them."""
    text = re.sub(r"^```.*?^```", "", chapter.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}
