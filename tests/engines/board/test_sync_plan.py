"""The plan of a sync against a model that moves files between two dictionaries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.board.sync.plan import Direction, File, Kind, digests_wanted, is_ignored, plan

PATHS = ("a.py", "b.py", "lib/c.py", "lib/d/e.txt", "日本.txt")
contents = st.sampled_from([b"", b"1", b"2", b"33", b"44"])
trees = st.dictionaries(st.sampled_from(PATHS), contents)


def digest(content: bytes) -> str:
    return f"digest of {content!r}"


def describe(tree: dict[str, bytes], wanted: set[str]) -> dict[str, File]:
    """As a scan does: a digest only where it was asked for."""
    return {
        path: File(len(content), digest(content) if path in wanted else "") for path, content in tree.items()
    }


def make_plan(here, there, direction, *, delete=False, known=None):
    known = {path: digest(content) for path, content in (known or {}).items()}
    blank = describe(here, set()), describe(there, set())
    wanted_here, wanted_there = digests_wanted(*blank, direction, known)
    return plan(
        describe(here, wanted_here), describe(there, wanted_there), direction, delete=delete, known=known
    )


def carry_out(made, here, there):
    here, there = dict(here), dict(there)
    for action in made.actions:
        if action.kind is Kind.PUT:
            there[action.path] = here[action.path]
        elif action.kind is Kind.GET:
            here[action.path] = there[action.path]
        elif action.kind is Kind.DELETE_HERE:
            del here[action.path]
        elif action.kind is Kind.DELETE_THERE:
            del there[action.path]
    return here, there


@given(trees, trees, st.booleans())
def test_one_way_makes_the_other_side_like_this_one(here, there, delete):
    made = make_plan(here, there, Direction.TO_BOARD, delete=delete)
    same, after = carry_out(made, here, there)
    assert same == here
    assert after == (here if delete else {**there, **here})
    assert made.size == sum(len(here[path]) for path in here if there.get(path) != here[path])
    assert made.same == sum(there.get(path) == content for path, content in here.items())
    assert make_plan(here, after, Direction.TO_BOARD, delete=delete).is_empty
    mirrored = make_plan(there, here, Direction.FROM_BOARD, delete=delete)
    assert carry_out(mirrored, there, here) == (after, here)


def both_ways(here, there, known, delete):
    """What should come out for one file: (here, there), each None where there is none."""
    if here == there:
        return here, there
    here_changed, there_changed = here != known, there != known
    if here_changed and there_changed:
        return here, there
    winner = here if here_changed else there
    if winner is None and not delete:
        return here, there
    return winner, winner


@given(trees, trees, trees, st.booleans())
def test_both_ways_takes_the_side_that_changed_and_loses_nothing(here, there, known, delete):
    made = make_plan(here, there, Direction.BOTH, delete=delete, known=known)
    after_here, after_there = carry_out(made, here, there)
    for path in PATHS:
        one, other = here.get(path), there.get(path)
        if known.get(path) is None and (one is None) != (other is None):
            expected = (one, one) if one is not None else (other, other)
        else:
            expected = both_ways(one, other, known.get(path), delete)
        assert (after_here.get(path), after_there.get(path)) == expected, path
    settled = {path: after_here[path] for path in after_here if after_here[path] == after_there.get(path)}
    kept = {path: content for path, content in known.items() if path in after_here or path in after_there}
    again = make_plan(after_here, after_there, Direction.BOTH, delete=delete, known=kept | settled)
    assert again.is_empty
    assert {each.path for each in again.conflicts} == {each.path for each in made.conflicts}


def test_a_conflict_is_decided_by_the_user_only():
    made = make_plan({"a.py": b"mine"}, {"a.py": b"its"}, Direction.BOTH, known={"a.py": b"old"})
    assert made.is_empty
    assert [each.why for each in made.conflicts] == ["changed on both sides"]
    here, there = carry_out(made.decided("a.py", Kind.PUT), {"a.py": b"mine"}, {"a.py": b"its"})
    assert there == {"a.py": b"mine"}
    here, there = carry_out(made.decided("a.py", Kind.GET), {"a.py": b"mine"}, {"a.py": b"its"})
    assert here == {"a.py": b"its"}


def test_a_deletion_against_a_change_is_a_conflict():
    made = make_plan({"a.py": b"new"}, {}, Direction.BOTH, delete=True, known={"a.py": b"old"})
    assert [each.kind for each in made.actions] == [Kind.CONFLICT]
    assert carry_out(made.decided("a.py", Kind.GET), {"a.py": b"new"}, {}) == ({}, {})
    assert carry_out(made.decided("a.py", Kind.PUT), {"a.py": b"new"}, {})[1] == {"a.py": b"new"}


@pytest.mark.parametrize("direction", Direction)
def test_a_file_against_a_folder_is_a_conflict(direction):
    made = make_plan({"a": b"file"}, {"a/b": b"1", "c": b""}, direction, delete=True)
    assert {each.path for each in made.conflicts} == {"a", "a/b"}


def test_a_source_beside_its_compiled_module_goes():
    here = {"x.mpy": File(3, "d", source="x.py")}
    made = plan(here, {"x.py": File(5), "y.py": File(1)}, Direction.TO_BOARD)
    assert [(each.kind, each.path) for each in made.actions] == [
        (Kind.COMPILE, "x.mpy"),
        (Kind.DELETE_THERE, "x.py"),
    ]


@pytest.mark.parametrize(
    "path",
    [
        "__pycache__/a.pyc",
        "lib/__pycache__/b",
        ".git/config",
        "a.py~",
        ".#a.py",
        ".a.py.swp",
        "x/#a#",
        "4913",
    ],
)
def test_what_others_leave_behind_is_ignored(path):
    assert is_ignored(path)


def test_patterns_of_the_user():
    assert not is_ignored("lib/gitignore.py")
    assert is_ignored("docs/deep/x.md", ("docs",))
    assert is_ignored("docs/x.md", ("docs/*.md",))
    assert not is_ignored("a.py~", ())


def test_five_thousand_files_are_compared_at_once():
    here = {f"folder{number % 50}/file{number}.py": b"x" * (number % 7) for number in range(5000)}
    there = {path: content for path, content in here.items() if not path.endswith("3.py")}
    made = make_plan(here, there, Direction.TO_BOARD, delete=True)
    assert (len(made.actions), made.same) == (500, 4500)


def test_a_direction_that_is_none_names_those_there_are():
    with pytest.raises(ValueError, match=r"direction is one of to_board, from_board, both; not 'sideways'"):
        Direction("sideways")
