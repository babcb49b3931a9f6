"""The shipped udev rules: well-formed, for every board that the port list knows, before the seat's rules."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from engines.board.connection import ports
from engines.board.firmware import udev

PAIR = re.compile(r'([A-Z]+(?:\{[A-Za-z_]+\})?)(==|!=|\+=|=)"([^"]*)"')
KEYS = {"ACTION", "SUBSYSTEM", "ATTRS{idVendor}", "ATTRS{idProduct}", "TAG", "GOTO", "LABEL"}
KEYS |= {"ENV{ID_MM_DEVICE_IGNORE}", "ENV{ID_MM_PORT_IGNORE}"}
MATCHES = {"ACTION", "SUBSYSTEM", "ATTRS{idVendor}", "ATTRS{idProduct}"}


@pytest.fixture
def rules() -> list[dict[str, tuple[str, str]]]:
    lines = [line for line in udev.rules_file().read_text().splitlines() if line and not line.startswith("#")]
    return [{key: (operator, value) for key, operator, value in map(pair, split(line))} for line in lines]


def split(line: str) -> list[str]:
    return [part.strip() for part in line.split(",")]


def pair(text: str) -> tuple[str, str, str]:
    match = PAIR.fullmatch(text)
    assert match, text
    return match[1], match[2], match[3]


def test_every_line_is_well_formed(rules):
    for rule in rules:
        assert rule.keys() <= KEYS
        for key, (operator, _) in rule.items():
            assert (operator in ("==", "!=")) == (key in MATCHES), rule
        for key in ("ATTRS{idVendor}", "ATTRS{idProduct}"):
            assert re.fullmatch("[0-9a-f]{4}", rule.get(key, ("", "0000"))[1]), rule
    labels = {rule["LABEL"][1] for rule in rules if "LABEL" in rule}
    assert {rule["GOTO"][1] for rule in rules if "GOTO" in rule} == labels


def test_every_board_is_given_to_the_user_and_kept_from_modemmanager(rules):
    for rule in rules:
        if "ATTRS{idVendor}" in rule:
            assert rule["TAG"] == ("+=", "uaccess")
            assert rule["ENV{ID_MM_DEVICE_IGNORE}"] == ("=", "1")


def test_every_known_port_is_covered(rules):
    tables = [table for table in vars(ports).values() if isinstance(table, dict) and is_table(table)]
    known = {ids for table in tables for ids in table}
    assert len(known) > 15
    covered = {
        (int(rule["ATTRS{idVendor}"][1], 16), int(rule["ATTRS{idProduct}"][1], 16) if "ATTRS{idProduct}" in rule else None)
        for rule in rules if "ATTRS{idVendor}" in rule
    }  # fmt: skip
    missing = [ids for ids in known if ids not in covered and (ids[0], None) not in covered]
    assert not missing


def is_table(table: dict) -> bool:
    return bool(table) and all(isinstance(key, tuple) and len(key) == 2 for key in table)


def test_it_comes_before_the_rules_that_give_devices_to_the_seat():
    assert udev.rules_file().name < "73-seat-late.rules"


def test_the_command_is_one_line_that_copies_the_file_and_applies_it():
    words = shlex.split(udev.command(Path("/a folder/70-dirigent.rules")))
    assert words[:4] == ["sudo", "cp", "/a folder/70-dirigent.rules", "/etc/udev/rules.d/"]
    assert words.count("&&") == 2 and "--reload" in words and "trigger" in words
    assert udev.rules_file().is_file()


def test_a_frozen_program_gives_a_copy_that_root_can_read(monkeypatch):
    monkeypatch.setattr("sys.frozen", True, raising=False)
    copy = udev.rules_file()
    monkeypatch.undo()
    assert copy != udev.rules_file()
    assert copy.read_text() == udev.rules_file().read_text()
