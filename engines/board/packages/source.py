"""Where packages come from: an index, a ``package.json``, a folder, a wheel, or a single module.

``resolve`` reads everything that an installation needs before the board is touched. The forms are those of
MicroPython's own installer (docs.micropython.org "Package management"): an index holds
``package/<mpy version>/<name>/<version>.json`` and ``file/<2 letters>/<hash>``; a ``package.json`` lists
``hashes`` (of the index), ``urls`` and ``deps``.
"""

from __future__ import annotations

import email
import hashlib
import io
import json
import ssl
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from engines.board.errors import BoardError

MICROPYTHON_INDEX = "https://micropython.org/pi/v2"
INDEX_NAMES = {"micropython.org": MICROPYTHON_INDEX}
_TIMEOUT = 20.0
_LARGEST = 16_000_000
_DEEPEST = 50
"""Packages that one may need; more is taken for a mistake in the index."""
_MODULES = (".py", ".mpy")


class PackageError(BoardError):
    """A package that cannot be had or put together; nothing was written to the board."""


@dataclass
class Package:
    """What will be installed. ``files`` maps paths below the board's lib folder to contents."""

    name: str
    version: str = ""
    source: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    """What a wheel says it needs, as text: it is not installed with it."""


Fetch = Callable[[str], bytes]
"""Reads a URL or a path of this computer; raises PackageError."""


def fetch(place: str) -> bytes:
    """Read a URL (http, https) or a file of this computer.

    Raises:
        PackageError: no network, no such file, too large; the message says which.
    """
    if not place.startswith(("http://", "https://")):
        return _read_file(place)
    try:
        with urllib.request.urlopen(place, timeout=_TIMEOUT, context=_trust(place)) as answer:
            data = answer.read(_LARGEST + 1)
    except urllib.error.HTTPError as error:
        with error:
            what = "was not found there" if error.code == 404 else f"the server answered {error.code}"
        raise PackageError(f"{place}: {what}. Check the name and the version.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise PackageError(
            f"{place}: cannot be reached ({reason}). Check the network, or install from a folder or a wheel."
        ) from error
    if len(data) > _LARGEST:
        raise PackageError(f"{place}: larger than {_LARGEST} bytes; that is no package for a board.")
    return data


def _trust(place: str) -> ssl.SSLContext | None:
    return ssl.create_default_context() if place.startswith("https:") else None


def _read_file(place: str) -> bytes:
    try:
        return Path(place).read_bytes()
    except OSError as error:
        raise PackageError(f"{place}: cannot be read ({error.strerror}).") from error


def resolve(
    spec: str, *, index: str = "", version: str = "", mpy_version: int = 0, fetch: Fetch = fetch
) -> list[Package]:
    """A package and those it depends on, with all their files.

    Args:
        spec: a name in the index, or a path of this computer (folder, ``package.json``, ``.whl``, ``.py``,
            ``.mpy``), or a URL (http, https, ``github:user/repository/path``, gitlab, codeberg); with
            ``@version`` behind it, if need be.
        index: URL or folder of an index, or a name in ``INDEX_NAMES``.
        mpy_version: take compiled modules of this version from the index; 0: take Python files.

    Raises:
        PackageError: not found, no network, a wrong hash, no index given for a name, not a package.
    """
    return _Resolver(INDEX_NAMES.get(index, index).rstrip("/"), mpy_version, fetch).run(spec, version)


class _Resolver:
    def __init__(self, index: str, mpy_version: int, fetch: Fetch) -> None:
        self._index = index
        self._kind = str(mpy_version) if mpy_version else "py"
        self._fetch = fetch
        self._found: dict[str, Package] = {}

    def run(self, spec: str, version: str) -> list[Package]:
        waiting = [(spec, version)]
        while waiting:
            if len(self._found) > _DEEPEST:
                raise PackageError(f"{spec}: needs more than {_DEEPEST} packages; the index must be wrong.")
            spec, version = waiting.pop(0)
            name, at, asked = spec.rpartition("@") if not Path(spec).exists() else ("", "", spec)
            spec, version = (name, version or asked) if at else (spec, version)
            if spec in self._found:
                continue
            package, needed = self._take(spec, version)
            self._found[spec] = package
            waiting += needed
        return list(self._found.values())

    def _take(self, spec: str, version: str) -> tuple[Package, list[tuple[str, str]]]:
        url = _address(spec, version)
        if url is None:
            return (
                self._take_local(Path(spec).expanduser())
                if _is_path(spec)
                else self._take_name(spec, version)
            )
        if url.endswith(".whl"):
            return read_wheel(self._fetch(url), spec), []
        if url.endswith(_MODULES):
            name = PurePosixPath(urlsplit(url).path).name
            return Package(PurePosixPath(name).stem, version, spec, {name: self._fetch(url)}), []
        url = url if url.endswith(".json") else f"{url.rstrip('/')}/package.json"
        name = PurePosixPath(urlsplit(url).path).parent.name if spec.endswith(".json") else _last_name(spec)
        return self._take_json(name, url, version, spec)

    def _take_name(self, name: str, version: str) -> tuple[Package, list[tuple[str, str]]]:
        if not self._index:
            raise PackageError(
                f"{name}: which index is it in? Give a URL or a folder as the index, or micropython.org; "
                f"a file or a folder is installed by its path, such as ./{name}."
            )
        url = f"{self._index}/package/{self._kind}/{name}/{version or 'latest'}.json"
        return self._take_json(name, url, version, name)

    def _take_local(self, path: Path) -> tuple[Package, list[tuple[str, str]]]:
        if path.is_dir() and (path / "package.json").is_file():
            return self._take_json(path.name, f"{path}/package.json", "", str(path))
        if path.is_dir():
            return read_folder(path), []
        if path.suffix == ".json":
            return self._take_json(path.resolve().parent.name, str(path), "", str(path))
        data = self._fetch(str(path))
        if path.suffix == ".whl":
            return read_wheel(data, str(path)), []
        if path.suffix in _MODULES:
            return Package(path.stem, "", str(path), {path.name: data}), []
        raise PackageError(f"{path}: is no package. Choose a folder, package.json, .whl, .py or .mpy.")

    def _take_json(
        self, name: str, place: str, version: str, source: str
    ) -> tuple[Package, list[tuple[str, str]]]:
        try:
            content = json.loads(self._fetch(place))
            hashes = [(str(path), str(digest)) for path, digest in content.get("hashes", ())]
            urls = [(str(path), str(url)) for path, url in content.get("urls", ())]
            needed = [(str(dep[0]), str(dep[1]) if len(dep) > 1 else "") for dep in content.get("deps", ())]
            own_version = str(content.get("version", version))
        except (ValueError, TypeError, AttributeError, IndexError) as error:
            raise PackageError(f"{place}: is no list of a package's files ({error}).") from error
        package = Package(name, own_version, source)
        for path, _ in hashes + urls:
            _refuse_outside(path, place)
        if paths := [dep for dep, _ in needed if _is_path(dep)]:
            raise PackageError(f"{place}: needs {paths[0]!r}, a path of some computer, not a package.")
        for path, digest in hashes:
            package.files[path] = self._by_hash(path, digest)
        base = place.rpartition("/")[0]
        for path, url in urls:
            address = _address(url, version if _has_host(url) else "") or f"{base}/{url}"
            package.files[path] = self._fetch(address)
        return package, [(dep, "" if wanted == "latest" else wanted) for dep, wanted in needed]

    def _by_hash(self, path: str, digest: str) -> bytes:
        if not self._index:
            raise PackageError(f"{path}: is in an index; give its URL or folder.")
        data = self._fetch(f"{self._index}/file/{digest[:2]}/{digest}")
        found = hashlib.sha256(data).hexdigest()
        if not digest or not found.startswith(digest):
            raise PackageError(
                f"{path}: its content has the hash {found[:8]}, the index says {digest}. "
                "It was damaged or replaced; nothing was installed."
            )
        return data


# Addresses

_HOSTS = {
    "github:": "https://raw.githubusercontent.com/{user}/{repository}/{branch}/{path}",
    "gitlab:": "https://gitlab.com/{user}/{repository}/-/raw/{branch}/{path}",
    "codeberg:": "https://codeberg.org/{user}/{repository}/raw/{branch}/{path}",
}


def _has_host(spec: str) -> bool:
    return spec.startswith(tuple(_HOSTS))


def _address(spec: str, version: str) -> str | None:
    """The URL that a spec stands for; None: it is none."""
    if spec.startswith(("http://", "https://")):
        return spec
    host = next((each for each in _HOSTS if spec.startswith(each)), None)
    if host is None:
        return None
    user, _, rest = spec.removeprefix(host).partition("/")
    repository, _, path = rest.partition("/")
    if not user or not repository:
        raise PackageError(f"{spec}: the form is {host}user/repository or {host}user/repository/path.")
    if not path.endswith((*_MODULES, ".json", ".whl")):
        path = f"{path.rstrip('/')}/package.json".lstrip("/")
    return _HOSTS[host].format(user=user, repository=repository, branch=version or "HEAD", path=path)


def _is_path(spec: str) -> bool:
    known = spec.endswith((*_MODULES, ".json", ".whl"))
    return known or spec.startswith((".", "/", "~")) or "\\" in spec or (Path(spec).is_absolute())


def meant_in(folder: Path, spec: str) -> str:
    """A spec, or an index, as it is meant in a folder: a relative path becomes a whole one."""
    if "://" in spec or _has_host(spec) or not _is_path(spec):
        return spec
    return str(folder / Path(spec).expanduser())


def _last_name(spec: str) -> str:
    path = spec.partition(":")[2].removesuffix("/package.json").rstrip("/")
    return path.rpartition("/")[2] or path


def _refuse_outside(path: str, place: str) -> None:
    """A path has to stay below the lib folder."""
    parts = path.split("/")
    if not path or "\\" in path or any(part in ("", ".", "..") for part in parts):
        raise PackageError(f"{place}: wants to write {path!r}, which is outside of the lib folder.")


# Folders and wheels


def read_folder(folder: Path) -> Package:
    """A plain package: a folder with ``__init__``, or one that holds modules and packages."""
    if (folder / "__init__.py").is_file() or (folder / "__init__.mpy").is_file():
        base = folder.resolve().parent
    else:
        base = folder.resolve()
    files = {
        path.relative_to(base).as_posix(): path.read_bytes()
        for path in sorted(folder.resolve().rglob("*"))
        if path.suffix in _MODULES and "__pycache__" not in path.parts
    }
    if not files:
        raise PackageError(f"{folder}: holds no .py or .mpy files.")
    return Package(folder.resolve().name, "", str(folder), files)


def read_wheel(data: bytes, place: str) -> Package:
    """The modules of a wheel; its metadata gives name, version and needs."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {each.filename: each for each in archive.infolist() if not each.is_dir()}
            total = sum(each.file_size for each in members.values())
            if total > _LARGEST:
                raise PackageError(f"{place}: unpacks to {total} bytes; that is no package for a board.")
            content = {name: archive.read(name) for name in members}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise PackageError(f"{place}: is no wheel, or a damaged one ({error}).") from error
    native = [name for name in content if name.endswith((".so", ".pyd", ".dylib", ".dll"))]
    if native:
        raise PackageError(f"{place}: holds {native[0]}, compiled for computers; a board cannot run it.")
    files = {}
    for name, text in content.items():
        parts = name.split("/")
        if parts[0].endswith(".data") and len(parts) > 2 and parts[1] in ("purelib", "platlib"):
            name = "/".join(parts[2:])  # noqa: PLW2901
        elif parts[0].endswith((".dist-info", ".data")):
            continue
        if name.endswith(_MODULES):
            _refuse_outside(name, place)
            files[name] = text
    if not files:
        raise PackageError(f"{place}: holds no Python modules.")
    return Package(*_wheel_name(content, place), source=place, files=files, needs=_wheel_needs(content))


def _metadata(content: dict[str, bytes]) -> Any:
    name = next((each for each in content if each.endswith(".dist-info/METADATA")), None)
    text = content[name].decode("utf-8", "replace") if name else ""
    return email.message_from_string(text)


def _wheel_name(content: dict[str, bytes], place: str) -> tuple[str, str]:
    metadata = _metadata(content)
    name, _, rest = place.replace("\\", "/").rpartition("/")[2].partition("-")
    return metadata["Name"] or name, metadata["Version"] or rest.partition("-")[0]


def _wheel_needs(content: dict[str, bytes]) -> tuple[str, ...]:
    wanted = _metadata(content).get_all("Requires-Dist") or ()
    return tuple(each for each in wanted if "extra ==" not in each)
