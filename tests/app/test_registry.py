"""Commands: found by name, called with arguments given as text, clear about what is wrong."""

import types
from pathlib import Path

import pytest

from app.commands.registry import CommandError, Registry, command, sentence
from app.palette import score


def module():
    made = types.ModuleType("app.commands.sheet")

    @command("Set a cell", menu="Sheet")
    def set_cell(app, cell: str, value: float, *, times: int = 1, loud: bool = False):
        """Put a value into a cell."""
        return (app, cell, value, times, loud)

    @command("Save", key="Ctrl+S")
    def save(app, path: Path | None = None):
        return path

    for each in (set_cell, save):
        each.__module__ = made.__name__
        setattr(made, each.__name__, each)
    return made


@pytest.fixture
def registry():
    return Registry([module()])


def test_names_come_from_module_and_function(registry):
    assert [each.name for each in registry] == ["sheet.set_cell", "sheet.save"]
    assert [each.name for each in registry["sheet.set_cell"].asked] == ["cell", "value"]
    assert registry["sheet.save"].asked == []
    assert registry["sheet.set_cell"].description == "Put a value into a cell."


def test_arguments_by_position_and_by_name(registry):
    called = registry.call("sheet.set_cell", "app", ["A1", "2.5", "times=3", "loud=yes"])
    assert called == ("app", "A1", 2.5, 3, True)
    assert registry.call("sheet.save", "app", ["x.csv"]) == Path("x.csv")


def test_relative_paths_start_from_the_folder_given(registry, tmp_path):
    assert registry.call("sheet.save", "app", ["x.csv"], tmp_path) == tmp_path / "x.csv"
    assert registry.call("sheet.save", "app", ["/a/x.csv"], tmp_path) == Path("/a/x.csv")
    assert registry.call("sheet.save", "app", ["~/x.csv"], tmp_path) == Path.home() / "x.csv"
    assert registry.call("sheet.save", "app", [], tmp_path) is None


def test_errors_of_the_system_are_sentences(tmp_path):
    with pytest.raises(OSError) as caught:
        (tmp_path / "none").read_bytes()
    assert sentence(caught.value) == f"{tmp_path / 'none'}: No such file or directory"
    assert sentence(ValueError("so it is")) == "so it is"


@pytest.mark.parametrize(
    ("name", "arguments", "problem"),
    [
        ("sheet.nonsense", [], "no command"),
        ("sheet.set_cell", ["A1"], "'value' is missing"),
        ("sheet.set_cell", ["A1", "much"], "value must be a number, not 'much'"),
        ("sheet.set_cell", ["A1", "inf"], "value must be a number, not 'inf'"),
        ("sheet.set_cell", ["A1", "1", "loud=perhaps"], "loud must be yes or no"),
        ("sheet.save", ["a", "b"], "one too many"),
    ],
)
def test_what_is_wrong_is_said(registry, name, arguments, problem):
    with pytest.raises(CommandError, match=problem):
        registry.call(name, "app", arguments)


def test_palette_score_prefers_letters_that_stand_together():
    assert score("rac", "Run all cells") is not None
    assert score("run", "Run all cells") < score("ral", "Run all cells")
    assert score("xyz", "Run all cells") is None
