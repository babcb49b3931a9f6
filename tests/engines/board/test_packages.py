"""Packages on real MicroPython: from an index (a folder, or on loopback), a folder, a wheel, a file."""

from __future__ import annotations

import hashlib
import json
import sys
import threading
import zipfile
from concurrent.futures import wait
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.board.bench import RawBench
from engines.board.connection.transport import serial_target
from engines.board.errors import CancelledError
from engines.board.files.board_files import BoardFileError, BoardFiles
from engines.board.files.kept_copies import KeptCopies
from engines.board.packages.installed import list_packages
from engines.board.packages.mpy import MpyError
from engines.board.packages.packages import Installation, put_back, remove
from engines.board.packages.source import PackageError, fetch, meant_in, read_wheel, resolve
from engines.board.status import State

unix = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")


class Index:
    """An index in a folder, as micropython.org/pi/v2 is laid out."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, name, files, version="1.0", deps=(), kind="py", urls=()):
        hashes = []
        for path, data in files.items():
            digest = hashlib.sha256(data).hexdigest()[:8]
            place = self.folder / "file" / digest[:2] / digest
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
            hashes.append([path, digest])
        content = {"v": 1, "version": version, "hashes": hashes, "deps": deps, "urls": urls}
        for each in (version, "latest"):
            place = self.folder / "package" / kind / name / f"{each}.json"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(json.dumps(content))

    def spoil(self, data: bytes) -> None:
        digest = hashlib.sha256(data).hexdigest()[:8]
        (self.folder / "file" / digest[:2] / digest).write_bytes(b"something else")


@pytest.fixture
def index(tmp_path) -> Index:
    return Index(tmp_path / "index")


@pytest.fixture
def server(tmp_path):
    """The folder of the test on loopback."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def wheel(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
        name, version = path.name.split("-")[:2]
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nRequires-Dist: other>=1\n"
        archive.writestr(f"{name}-{version}.dist-info/METADATA", metadata)
        archive.writestr(f"{name}-{version}.dist-info/RECORD", "")
    return path


# What is found


@pytest.mark.feature("packages")
def test_an_index_in_a_folder_with_what_a_package_needs(index):
    index.add(
        "tool", {"tool/__init__.py": b"import base", "tool/part.py": b"x = 1"}, deps=[["base", "latest"]]
    )
    index.add("base", {"base.py": b"y = 2"}, version="0.3")
    tool, base = resolve("tool", index=str(index.folder))
    assert (tool.name, tool.version, sorted(tool.files)) == (
        "tool",
        "1.0",
        ["tool/__init__.py", "tool/part.py"],
    )
    assert (base.name, base.version, base.files) == ("base", "0.3", {"base.py": b"y = 2"})


def test_an_index_on_the_network(index, server):
    index.add("tool", {"tool.py": b"x = 1"}, version="1.0")
    index.add("tool", {"tool.py": b"x = 2"}, version="2.0")
    assert resolve("tool", index=f"{server}/index")[0].files == {"tool.py": b"x = 2"}
    assert resolve("tool@1.0", index=f"{server}/index/")[0].files == {"tool.py": b"x = 1"}
    with pytest.raises(PackageError, match=r"tool/3\.0\.json: was not found there"):
        resolve("tool", index=f"{server}/index", version="3.0")


def test_packages_that_need_each_other(index):
    index.add("a", {"a.py": b"1"}, deps=[["b", "latest"]])
    index.add("b", {"b.py": b"2"}, deps=[["a", "latest"]])
    assert [each.name for each in resolve("a", index=str(index.folder))] == ["a", "b"]


def test_a_package_json_with_addresses_of_its_own(tmp_path, server):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "code.py").write_bytes(b"z = 3")
    (tmp_path / "far.py").write_bytes(b"far")
    urls = [["mine/code.py", "code.py"], ["mine/far.py", f"{server}/far.py"]]
    (folder / "package.json").write_text(json.dumps({"urls": urls, "version": "5"}))
    expected = {"mine/code.py": b"z = 3", "mine/far.py": b"far"}
    for spec in (str(folder), str(folder / "package.json"), f"{server}/mine", f"{server}/mine/package.json"):
        (package,) = resolve(spec)
        assert (package.name, package.version, package.files) == ("mine", "5", expected)


def test_a_repository(tmp_path):
    asked = []

    def fake(place):
        asked.append(place)
        listing = {"version": "0.1", "urls": [["m.py", "github:me/tools/src/m.py"]]}
        return json.dumps(listing).encode() if "json" in place else b"m"

    (package,) = resolve("github:me/tools@v2", fetch=fake)
    assert (package.name, package.version, package.files) == ("tools", "0.1", {"m.py": b"m"})
    assert asked == [
        "https://raw.githubusercontent.com/me/tools/v2/package.json",
        "https://raw.githubusercontent.com/me/tools/v2/src/m.py",
    ]
    asked.clear()
    assert resolve("gitlab:me/tools/src/m.py", fetch=fake)[0].files == {"m.py": b"m"}
    assert asked == ["https://gitlab.com/me/tools/-/raw/HEAD/src/m.py"]
    with pytest.raises(PackageError, match="the form is github:user/repository"):
        resolve("github:me", fetch=fake)


def test_a_wheel(tmp_path):
    path = wheel(tmp_path / "tool-1.5-py3-none-any.whl", {"tool/__init__.py": b"", "tool/a.py": b"1"})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("tool-1.5.data/purelib/extra.py", b"2")
        archive.writestr("tool-1.5.data/scripts/run", b"#!")
        archive.writestr("tool/readme.txt", b"text")
    (package,) = resolve(str(path))
    assert (package.name, package.version, package.needs) == ("tool", "1.5", ("other>=1",))
    assert package.files == {"tool/__init__.py": b"", "tool/a.py": b"1", "extra.py": b"2"}


def test_plain_folders_and_files(tmp_path):
    inner = tmp_path / "outer" / "inner"
    inner.mkdir(parents=True)
    (inner / "__init__.py").write_bytes(b"")
    (inner / "notes.txt").write_bytes(b"")
    (tmp_path / "outer" / "single.py").write_bytes(b"1")
    assert sorted(resolve(str(inner))[0].files) == ["inner/__init__.py"]
    assert sorted(resolve(str(tmp_path / "outer"))[0].files) == ["inner/__init__.py", "single.py"]
    assert resolve(str(tmp_path / "outer/single.py"))[0].files == {"single.py": b"1"}


def test_what_cannot_be_had_says_why(tmp_path, index, server):
    index.add("bad", {"bad.py": b"good"})
    index.spoil(b"good")
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "evil").mkdir()
    (tmp_path / "evil/package.json").write_text(json.dumps({"urls": [["../../main.py", "x.py"]]}))
    (tmp_path / "nosy.json").write_text(json.dumps({"deps": [["/home/me/secret.py", ""]]}))
    (tmp_path / "no.whl").write_bytes(b"PK no zip")
    (tmp_path / "empty").mkdir()
    native = wheel(tmp_path / "native-1-cp311-linux.whl", {"native.so": b"\x7fELF", "a.py": b""})
    for spec, options, words in [
        ("bad", {"index": str(index.folder)}, "has the hash .* the index says"),
        ("tool", {}, "which index is it in"),
        ("nothing", {"index": str(index.folder)}, r"latest\.json: cannot be read \(No such file"),
        ("nothing", {"index": f"{server}/index"}, "was not found there"),
        ("http://127.0.0.1:9/package.json", {}, "cannot be reached .* install from a folder"),
        (str(tmp_path / "broken.json"), {}, "is no list of a package's files"),
        (str(tmp_path / "evil"), {}, "outside of the lib folder"),
        (str(tmp_path / "nosy.json"), {}, "secret.py', a path of some computer"),
        (str(tmp_path / "no.whl"), {}, "is no wheel"),
        (str(native), {}, r"native\.so, compiled for computers"),
        (str(tmp_path / "empty"), {}, r"holds no \.py"),
        (str(tmp_path / "gone.py"), {}, "cannot be read"),
    ]:
        with pytest.raises(PackageError, match=words):
            resolve(spec, **options)


@given(st.binary(max_size=300))
def test_any_bytes_are_no_wheel(data):
    with pytest.raises(PackageError):
        read_wheel(data, "x.whl")


@given(
    st.recursive(
        st.none() | st.text() | st.integers(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_json_is_understood_or_refused(content):
    def fake(place):
        return json.dumps(content).encode() if place.endswith(".json") else b""

    try:
        packages = resolve("./x.json", fetch=fake)
    except PackageError:
        return
    assert len(packages) == 1


# On the board


@pytest.fixture
def lib(board_folder):
    return board_folder / "lib"


@pytest.fixture
def board(session, unix_board, lib):
    session.connect(serial_target(unix_board.path))
    session.watcher.until_state(State.PROMPT)
    session.exec(f"import sys\nsys.path.append({str(lib)!r})").result(10)
    return session


@pytest.fixture
def kept():
    kept = KeptCopies()
    yield kept
    kept.close()


def names(board):
    return [(each.name, each.version) for each in list_packages(board).result(20).packages]


def tree(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def install(board, spec, **options):
    installation = Installation(board, spec, **options)
    return installation.result.result(60)


@unix
def test_installed_compiled_and_imported(board, lib, index):
    index.add(
        "tool",
        {"tool/__init__.py": b"from base import y\ndef f():\n    return y\n"},
        deps=[["base", "latest"]],
        kind="6",
    )
    index.add("base", {"base.py": b"y = 42\n"}, version="0.3", kind="6")
    installed = install(board, "tool", index=str(index.folder))
    assert [each.name for each in installed] == ["tool", "base"]
    assert sorted(path for path in tree(lib) if not path.startswith(".")) == ["base.mpy", "tool/__init__.mpy"]
    assert board.exec("import tool\nprint(tool.f())").result(10) == "42\n"
    assert names(board) == [("base", "0.3"), ("tool", "1.0")]


@unix
def test_as_python_files(board, lib, index):
    index.add("tool", {"tool.py": b"x = 1\n"})
    install(board, "tool", index=str(index.folder), compiled=False)
    assert (lib / "tool.py").read_bytes() == b"x = 1\n"


@unix
def test_an_update_takes_the_files_of_the_old_version_away(board, lib, index, tmp_path):
    index.add("tool", {"tool/__init__.py": b"", "tool/old.py": b"1"}, version="1.0")
    install(board, "tool", index=str(index.folder), compiled=False)
    (lib / "tool/mine.txt").write_text("mine")
    index.add("tool", {"tool/__init__.py": b"", "tool/new.py": b"2"}, version="2.0")
    install(board, "tool", index=str(index.folder), compiled=False)
    assert sorted(path for path in tree(lib) if path[0] != ".") == [
        "tool/__init__.py",
        "tool/mine.txt",
        "tool/new.py",
    ]
    assert names(board) == [("tool", "2.0")]


@unix
def test_what_came_by_other_ways_is_listed_too(board, lib):
    lib.mkdir()
    (lib / "single.py").write_text("import x\n__version__ = '0.7'\n")
    (lib / "folder").mkdir()
    (lib / "folder/__init__.py").write_text("")
    (lib / "notes.txt").write_text("")
    assert names(board) == [("folder", ""), ("single", "0.7")]


@unix
@pytest.mark.parametrize(
    "record", ['{"other": {"version": "2", "files": ["o.py"], "sou', "[]", '{"other": 1}']
)
def test_a_damaged_list_of_packages_is_told_and_never_replaced(board, lib, tmp_path, kept, record):
    lib.mkdir()
    (lib / "single.py").write_text("x = 1")
    (lib / ".packages.json").write_text(record)
    found = list_packages(board).result(20)
    assert [each.name for each in found.packages] == ["single"]
    assert ".packages.json: the list of what was installed is damaged" in found.problem
    (tmp_path / "tool.py").write_text("x = 1")
    for change in (lambda: install(board, str(tmp_path / "tool.py")), remove(board, "single", kept).result):
        with pytest.raises(BoardFileError, match="is damaged; mend it"):
            change()
    assert {path: data.decode() for path, data in tree(lib).items()} == {
        "single.py": "x = 1",
        ".packages.json": record,
    }


@unix
@pytest.mark.parametrize("lost", [0, 1])
def test_a_lost_answer_is_no_other_folder(board, lib, lost, monkeypatch):
    lib.mkdir()
    (lib / "single.py").write_text("x = 1")
    ask = RawBench.ask
    asked = []

    def lose(bench, program, on_output=None):
        asked.append(program)
        return [] if len(asked) == lost + 1 else ask(bench, program, on_output)

    monkeypatch.setattr(RawBench, "ask", lose)
    with pytest.raises(BoardFileError, match="try again"):
        list_packages(board).result(20)


@unix
def test_nothing_is_there_at_first(board):
    assert list_packages(board).result(20).packages == ()


@unix
@pytest.mark.parametrize("recorded", [True, False])
def test_remove_and_put_back(board, lib, tmp_path, kept, recorded):
    path = wheel(
        tmp_path / "tool-1.5-py3-none-any.whl", {"tool/__init__.py": b"x = 1", "tool/deep/a.py": b"2"}
    )
    (installed,) = install(board, str(path), compiled=False)
    assert installed.needs == ("other>=1",)
    (lib / "other.py").write_text("y = 1")
    if not recorded:
        (lib / ".packages.json").unlink()
    before = {path: data for path, data in tree(lib).items() if path[0] != "."}, names(board)
    removal = remove(board, "tool", kept).result(20)
    assert {path for path in tree(lib) if path[0] != "."} == {"other.py"}
    assert not (lib / "tool").exists()
    assert names(board) == [("other", "")]
    put_back(board, removal).result(20)
    assert ({path: data for path, data in tree(lib).items() if path[0] != "."}, names(board)) == before
    with pytest.raises(PackageError, match=r"nothing: is not in .*; there is other, tool"):
        remove(board, "nothing", kept).result(20)


@unix
def test_a_damaged_module_is_not_copied(board, lib, tmp_path):
    (tmp_path / "tool.mpy").write_bytes(b"M\x06\x00\x1f damaged")
    with pytest.raises(MpyError, match="damaged"):
        install(board, str(tmp_path / "tool.mpy"))
    assert not lib.exists()


@unix
def test_code_that_micropython_cannot_run_is_told(board, lib, tmp_path):
    (tmp_path / "tool.py").write_text("x = 1\nmatch x:\n    case 1: pass\n")
    with pytest.raises(PackageError, match=r"tool\.py, line 2"):
        install(board, str(tmp_path / "tool.py"))
    assert not lib.exists()


@unix
def test_no_space_is_known_before_anything_is_written(board, lib, tmp_path):
    (tmp_path / "tool.py").write_text("x = 1")
    full = "import os, sys\nclass Os:\n def __getattr__(s, n): return getattr(r, n)\n def statvfs(s, p): return (1, 1, 9, 2)\nr = os\nsys.modules['os'] = Os()"
    board.exec(full).result(10)
    with pytest.raises(BoardFileError, match="5 bytes are needed, 2 are free"):
        install(board, str(tmp_path / "tool.py"), compiled=False)
    assert not lib.exists()


@unix
def test_cancelling_while_it_is_fetched(board, lib, tmp_path):
    (tmp_path / "tool.py").write_text("x = 1")
    started, goes_on = threading.Event(), threading.Event()

    def slow(place):
        started.set()
        assert goes_on.wait(20)
        return fetch(place)

    installation = Installation(board, str(tmp_path / "tool.py"), fetch=slow)
    assert started.wait(20)
    installation.cancel()
    goes_on.set()
    wait([installation.result], 20)
    with pytest.raises(CancelledError):
        installation.result.result(0)
    assert not lib.exists()


@unix
def test_relative_paths_are_meant_in_a_folder_and_all_else_stays():
    folder = Path("/project")
    for spec, meant in (
        ("./drivers/bme280", "/project/drivers/bme280"),
        ("ssd1306.py", "/project/ssd1306.py"),
        ("/there/x.whl", "/there/x.whl"),
        ("aiohttp@0.0.3", "aiohttp@0.0.3"),
        ("micropython.org", "micropython.org"),
        ("https://example.org/pkg/package.json", "https://example.org/pkg/package.json"),
        ("github:user/repository/x.py", "github:user/repository/x.py"),
        ("", ""),
    ):
        assert meant_in(folder, spec) == meant


@unix
def test_a_removal_that_is_cancelled_can_be_put_back(board, lib, tmp_path, kept, monkeypatch):
    path = wheel(tmp_path / "tool-1.5-py3-none-any.whl", {f"tool/{name}.py": b"x = 1" for name in "abc"})
    install(board, str(path), compiled=False)
    before = tree(lib)
    stopped = []
    remove_file = BoardFiles.remove

    def cancel_in_the_middle(files, path, **options):
        remove_file(files, path, **options)
        if path.endswith("b.py"):
            raise CancelledError("Removing tool: cancelled.")

    monkeypatch.setattr(BoardFiles, "remove", cancel_in_the_middle)
    with pytest.raises(CancelledError):
        remove(board, "tool", kept, stopped=stopped.append).result(20)
    monkeypatch.undo()
    assert sorted(path for path in tree(lib) if path[0] != ".") == ["tool/c.py"]
    put_back(board, stopped[0]).result(20)
    assert tree(lib) == before


@unix
def test_a_package_is_put_back_onto_its_own_board_only(board, lib, tmp_path, kept):
    (tmp_path / "tool.py").write_text("x = 1")
    install(board, str(tmp_path / "tool.py"), compiled=False)
    removal = remove(board, "tool", kept).result(20)
    with pytest.raises(PackageError, match="another board"):
        put_back(board, replace(removal, board="0123")).result(20)
    assert not (lib / "tool.py").exists()
