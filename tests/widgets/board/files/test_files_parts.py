"""Parts of the file manager by themselves: model, tree, questions, transfers, icons."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QModelIndex, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent, QPainter
from PySide6.QtTest import QAbstractItemModelTester

from engines.board.files.board_files import Entry
from engines.board.files.disks import Disk
from engines.board.status import DISCONNECTED
from engines.board.transfer.queue import Transfer
from engines.workspace.events import Event
from engines.workspace.size_text import size_text
from widgets.board.ask_bar import AskBar
from widgets.board.file_tree import FileTree
from widgets.board.files.board_model import SIZE, BoardFileModel
from widgets.board.files.computer_edits import ComputerEdits
from widgets.board.files.icons import line_icon
from widgets.board.files.overwrite import Overwrite, Placed, free_name
from widgets.board.files.transfer_list import TransferList, describe, summary, time_text

FLASH = Disk("/flash", 250, 1000)


@pytest.fixture
def tree(qtbot):
    tree = FileTree()
    qtbot.addWidget(tree)
    tree.show_disks([FLASH, Disk("/sd", 0, 1000)])
    tree.show_entries("/flash", [Entry("lib", True), Entry("a.py", False, 1500), Entry("b.py", False, 10)])
    return tree


def names(tree, path="/flash"):
    return [node.name for node in tree.files.node(path).children]


def test_a_new_listing_keeps_what_is_open_and_chosen(tree):
    tree.expand(tree.files.index_of(tree.files.node("/flash/lib")))
    tree.show_entries("/flash/lib", [Entry("x.py", False, 1)])
    tree.choose("/flash/lib/x.py")
    tree.show_entries("/flash", [Entry("lib", True), Entry("b.py", False, 20), Entry("c.py", False, 3)])
    tree.show_disks([FLASH])
    assert names(tree) == ["lib", "b.py", "c.py"]
    assert [node.path for node in tree.chosen] == ["/flash/lib/x.py"]
    assert tree.folder == "/flash/lib"
    assert tree.open_folders() == ["/flash", "/flash/lib"]
    tree.show_entries("/gone", [Entry("x", False, 1)])


def test_the_first_disk_opens_by_itself_once_and_takes_what_goes_nowhere_in_particular(qtbot):
    tree = FileTree()
    qtbot.addWidget(tree)
    assert tree.folder == "/"
    wanted = []
    tree.list_wanted.connect(wanted.append)
    tree.show_disks([FLASH])
    assert wanted == ["/flash"]
    assert tree.folder == "/flash"
    tree.collapse(tree.files.index(0, 0))
    tree.show_disks([FLASH])
    assert tree.open_folders() == []


def test_what_is_in_a_chosen_folder_is_chosen_with_it_only(tree):
    tree.show_entries("/flash/lib", [Entry("x.py", False, 1)])
    tree.expandAll()
    tree.selectAll()
    assert [node.path for node in tree.chosen] == ["/flash", "/sd"]
    assert tree.drag_data() is None


def test_folders_come_first_in_either_order_of_either_column(tree):
    tree.sortByColumn(SIZE, Qt.SortOrder.DescendingOrder)
    assert names(tree) == ["lib", "a.py", "b.py"]
    tree.sortByColumn(SIZE, Qt.SortOrder.AscendingOrder)
    assert names(tree) == ["lib", "b.py", "a.py"]
    tree.show_entries("/flash", [Entry("c.py", False, 100)], complete=False)
    assert names(tree) == ["lib", "b.py", "c.py", "a.py"]


NAMES = st.sampled_from(["a", "B", "b", "ü", "測定", "z.py", "0"])
LISTINGS = st.lists(st.dictionaries(NAMES, st.tuples(st.booleans(), st.integers(0, 3))), max_size=4)


@given(listings=LISTINGS, column=st.integers(0, 1), backwards=st.booleans())
def test_the_model_shows_the_last_listing_whatever_was_there_before(listings, column, backwards):
    model = BoardFileModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.sort(column, Qt.SortOrder.DescendingOrder if backwards else Qt.SortOrder.AscendingOrder)
    model.show_disks([FLASH])
    for listing in [{}, *listings]:
        entries = [Entry(name, is_dir, -1 if is_dir else size) for name, (is_dir, size) in listing.items()]
        half = len(entries) // 2
        model.show_entries("/flash", entries[:half], complete=False)
        model.show_entries("/flash", entries)
        shown = {(n.name, n.is_dir, n.size) for n in model.node("/flash").children}
        assert shown == {(e.name, e.is_dir, e.size) for e in entries}
        kinds = [n.is_dir for n in model.node("/flash").children]
        assert kinds == sorted(kinds, reverse=True)
    model.show_disks([])
    assert model.rowCount(QModelIndex()) == 0
    del tester


def test_an_index_of_what_is_gone_leads_nowhere(tree):
    old = tree.files.index_of(tree.files.node("/flash/b.py"))
    tree.files.clear()
    assert tree.files.node_at(old).path == ""


def test_five_thousand_files_are_shown_in_batches(qtbot, tree):
    tree.resize(300, 300)
    tree.show()
    entries = [Entry(f"測定-{number:04}.csv", False, number) for number in range(5000)]
    inserted = []
    tree.files.rowsInserted.connect(lambda *where: inserted.append(where))
    for start in range(0, 5000, 100):
        tree.show_entries("/flash", entries[start : start + 100], complete=False)
    assert len(inserted) == 50
    tree.show_entries("/flash", entries)
    assert len(names(tree)) == 5000
    assert len(inserted) == 50


@pytest.mark.parametrize(
    ("size", "text"),
    [(-1, ""), (0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (2_500_000, "2.5 MB"), (84e9, "84.0 GB")],
)
def test_sizes(size, text):
    assert size_text(size) == text


# Questions


@pytest.fixture
def ask(qtbot):
    ask = AskBar()
    qtbot.addWidget(ask)
    return ask


def test_every_taken_name_is_asked_about_in_turn(ask):
    told = []
    Overwrite(ask, ["a", "b.py", "c"], ["a", "b.py"], "/flash", told.append).begin()
    ask.choices[0].click()
    ask.choices[1].click()
    assert told == [[Placed("a", "a", True), Placed("b.py", "b-2.py"), Placed("c", "c")]]


def test_an_answer_for_all_is_asked_once(ask):
    told = []
    Overwrite(ask, ["a", "b"], ["a", "b"], "/flash", told.append).begin()
    ask.for_all.setChecked(True)
    ask.choices[0].click()
    assert told == [[Placed("a", "a", True), Placed("b", "b", True)]]


def test_a_plain_question_after_a_choice_has_its_own_buttons(ask):
    ask.choose("Which?", ["One", "Two"], lambda text, for_all: None)
    ask.confirm("Sure?", "Yes", lambda: None)
    assert ask.choices == []
    assert not ask.yes.isHidden()


def test_a_free_name_keeps_the_suffix():
    assert free_name("main.py", ["main.py"]) == "main-2.py"
    assert free_name("main.py", ["main.py", "main-2.py"]) == "main-3.py"
    assert free_name(".hidden", []) == ".hidden-2"
    assert free_name("lib", []) == "lib-2"


# Transfers


class Queue:
    """What the list needs of a TransferQueue."""

    def __init__(self, *items: Transfer) -> None:
        self.items = items
        self.changed: Event[None] = Event()
        self.asked: list[tuple] = []
        self.status = DISCONNECTED

    def cancel(self, number: int | None = None) -> None:
        self.asked.append(("cancel", number))

    def retry(self, number: int) -> None:
        self.asked.append(("retry", number))

    def clear_done(self) -> None:
        self.asked.append(("clear",))


RUNNING = Transfer(1, "/a", "/flash/a", "put", 64_000, 12_000, 10_600.0, 4.9, "running")
WAITING = Transfer(2, "/b", "/flash/b", "put", 10_600)
FAILED = Transfer(3, "/flash/c", "/c", "get", state="failed", error="/flash/c: there is no such file")


@pytest.fixture
def shown(qtbot):
    queue = Queue(RUNNING, WAITING, FAILED)
    view = TransferList(queue)
    qtbot.addWidget(view)
    view.resize(400, 200)
    with qtbot.waitExposed(view):
        view.show()
    return view, queue


def test_a_transfer_tells_how_fast_and_how_long(shown):
    view, queue = shown
    assert describe(RUNNING) == "12.0 kB of 64.0 kB, 10.6 kB/s, 5 s left"
    assert describe(replace(RUNNING, done=64_000)) == "checking 64.0 kB …"
    assert describe(FAILED) == "/flash/c: there is no such file"
    assert summary(queue.items) == "2 to copy · 6 s left · 1 failed"
    assert view.sum.text() == summary(queue.items)


def test_one_is_cancelled_or_tried_again_by_its_button_or_by_key(qtbot, shown):
    view, queue = shown
    for row in (0, 2):
        place = view.list.visualRect(view.list.model().index(row)).topRight() + QPoint(-12, 14)
        qtbot.mouseClick(view.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert queue.asked == [("cancel", 1), ("retry", 3)]
    view.list.setCurrentIndex(view.list.model().index(1))
    qtbot.keyClick(view.list, Qt.Key.Key_Delete)
    assert queue.asked[-1] == ("cancel", 2)
    view.cancel_all.click()
    assert queue.asked[-1] == ("cancel", None)


def test_the_list_follows_the_queue_and_hides_when_it_is_empty(qtbot, shown):
    view, queue = shown
    queue.items = ()
    queue.changed.emit(None)
    qtbot.waitUntil(lambda: not view.isVisible())


def test_what_is_done_is_counted_and_has_no_row(qtbot, shown):
    view, queue = shown
    queue.items = (replace(RUNNING, state="done"), replace(WAITING, state="done"))
    queue.changed.emit(None)
    qtbot.waitUntil(lambda: view.sum.text() == "2 copied")
    assert view.list.model().rowCount() == 0
    assert view.clear_done.isVisible()


def test_durations():
    assert [time_text(seconds) for seconds in (-1, 8.4, 130, 3900)] == [
        "0 s",
        "8 s",
        "2 min 10 s",
        "1 h 5 min",
    ]


def test_every_icon_draws_something(qapp):
    for name in ("disk", "folder", "file", "left", "right", "up", "home", "refresh", "plus", "more", "close"):
        image = QImage(16, 16, QImage.Format.Format_ARGB32)
        image.fill(0)
        painter = QPainter(image)
        line_icon(name).paint(painter, 0, 0, 16, 16)
        painter.end()
        assert any(image.pixelColor(x, y).alpha() for x in range(16) for y in range(16)), name
    with pytest.raises(KeyError):
        line_icon("nothing")


def test_a_double_click_opens_a_file(qtbot, tree):
    tree.resize(300, 300)
    tree.show()
    opened = []
    tree.opened.connect(opened.append)
    place = tree.visualRect(tree.files.index_of(tree.files.node("/flash/a.py"))).center()
    tree.mouseDoubleClickEvent(
        QMouseEvent(
            QEvent.Type.MouseButtonDblClick,
            QPointF(place),
            QPointF(place),
            Qt.MouseButton.LeftButton,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )
    assert opened == ["/flash/a.py"]


# The computer's edits


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the trash is the user's own")
def test_what_is_moved_to_the_trash_comes_back(tmp_path, monkeypatch, qapp):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    file, folder = tmp_path / "測定.txt", tmp_path / "lib"
    file.write_text("data")
    folder.mkdir()
    edits = ComputerEdits()
    assert edits.to_trash([file, folder]) == "Moved 2 entries to the trash"
    assert not file.exists()
    assert not folder.exists()
    edits.undo()
    assert file.read_text() == "data"
    assert folder.is_dir()
    edits.redo()
    assert not file.exists()
    with pytest.raises(OSError, match="trash"):
        edits.to_trash([tmp_path / "nothing"])


def test_on_this_computer_too_nothing_is_overwritten(tmp_path):
    (tmp_path / "a").write_text("a")
    (tmp_path / "b").write_text("b")
    edits = ComputerEdits()
    with pytest.raises(FileExistsError):
        edits.rename(tmp_path / "a", "b")
    assert edits.undo_label is None
    edits.make_folder(tmp_path, "new")
    (tmp_path / "new" / "kept").write_text("")
    with pytest.raises(OSError, match="not empty"):
        edits.undo()
    edits.skip()
    assert edits.undo() == "Nothing to undo"


@pytest.mark.parametrize("name", ["a/b", "/b", "..", ".", "", "a\0b"])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path, name):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "x").write_text("x")
    edits = ComputerEdits()
    for edit in (edits.rename, edits.make_folder):
        with pytest.raises(OSError, match="would be in another folder"):
            edit(tmp_path / "sub" / "x", name)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["sub", "x"]
    assert edits.undo_label is None


def test_a_file_here_that_was_replaced_comes_back(tmp_path):
    file = tmp_path / "notes.txt"
    edits = ComputerEdits()
    assert edits.keep(file) is None
    file.write_text("old")
    kept = edits.keep(file)
    file.write_text("new")
    edits.remember_replaced(file, kept)
    assert edits.undo() == "Undone: Replaced notes.txt"
    assert file.read_text() == "old"
    edits.redo()
    assert file.read_text() == "new"
    file.write_bytes(bytes(4_000_001))
    assert edits.keep(file) is None
