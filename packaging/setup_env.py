"""Sets up `.venv` for Dirigent with nothing but Python, and says which system packages are missing.

    python3 packaging/setup_env.py            what running needs
    python3 packaging/setup_env.py --dev      what checks, tests and benches need on top

Repeated calls do nothing as long as the lock file has not changed.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
LOCKS = Path(__file__).resolve().parent
OLDEST, NEWEST = (3, 11), (3, 13)

# What Qt needs and pip cannot bring. A stock Debian or Ubuntu has some of these already.
QT_LIBRARIES = ["libgl1", "libegl1", "libxkbcommon0", "libdbus-1-3", "libfontconfig1", "libglib2.0-0"]
X11_LIBRARIES = [
    "libxcb-cursor0",
    "libxkbcommon-x11-0",
    "libxcb-icccm4",
    "libxcb-keysyms1",
    "libxcb-shape0",
]
TEST_PROGRAMS = ["xvfb"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dev", action="store_true", help="also what checks, tests and benches need")
    dev = parser.parse_args().dev
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        return refuse(
            f"Dirigent needs Python 3.11 to 3.13; this is {sys.version.split()[0]} ({sys.executable})."
        )
    problem = make_environment() or install("requirements-dev.lock" if dev else "requirements.lock")
    if problem:
        return refuse(problem)
    if sys.platform.startswith("linux"):
        add_system_packages(missing_packages(dev))
    return 0


def refuse(problem: str) -> int:
    print(f"setup: {problem}", file=sys.stderr)
    return 1


def python() -> Path:
    return ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def make_environment() -> str | None:
    """Create `.venv`; the problem in one sentence, or None."""
    if (
        python().exists()
        and subprocess.run([python(), "-m", "pip", "--version"], capture_output=True).returncode == 0
    ):
        return None
    if not has_ensurepip():
        package = f"python3.{sys.version_info[1]}-venv"
        if not add_system_packages([package]):
            return f"this Python cannot make virtual environments. Run: sudo apt-get install {package}"
    print("setup: making .venv", flush=True)
    if not has_ensurepip():  # installed a moment ago: this process cannot see it yet
        return (
            None
            if subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT]).returncode == 0
            else "no .venv"
        )
    # Linked, as `python -m venv` does: a copied interpreter may not find its own libraries.
    venv.create(ENVIRONMENT, with_pip=True, clear=ENVIRONMENT.exists(), symlinks=os.name != "nt")
    return None


def has_ensurepip() -> bool:
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        return False
    return True


def install(lock_name: str) -> str | None:
    """Install the locked packages, unless exactly these are there already."""
    lock = LOCKS / lock_name
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    stamp = ENVIRONMENT / f"installed-{lock.stem}"
    if stamp.exists() and stamp.read_text() == digest:
        return None
    print(f"setup: installing {lock_name} into .venv (a few minutes the first time)", flush=True)
    command = [
        python(),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--require-hashes",
        "-r",
        lock,
    ]
    if subprocess.run(command).returncode != 0:
        return (
            f"pip could not install {lock_name}; its message is above. Run the same command again to go on."
        )
    stamp.write_text(digest)
    return None


def missing_packages(dev: bool) -> list[str]:
    """Debian packages that are needed and not there, by loading what needs them."""
    missing = [] if loads("PySide6.QtWidgets") else list(QT_LIBRARIES)
    if os.environ.get("DISPLAY") or dev:
        missing += [] if x11_plugin_loads() else X11_LIBRARIES
    if dev and not shutil.which("Xvfb"):
        missing += TEST_PROGRAMS
    return missing


def loads(module: str) -> bool:
    return subprocess.run([python(), "-c", f"import {module}"], capture_output=True).returncode == 0


def x11_plugin_loads() -> bool:
    """Qt's X11 plugin has all its libraries (ldd names those it lacks)."""
    found = list(
        (ENVIRONMENT / "lib").glob("python3.*/site-packages/PySide6/Qt/plugins/platforms/libqxcb.so")
    )
    if not found or not shutil.which("ldd"):
        return True
    return "not found" not in subprocess.run(["ldd", found[0]], capture_output=True, text=True).stdout


def add_system_packages(packages: list[str]) -> bool:
    """As root on Debian or Ubuntu install them; else say the one line that does. True when installed."""
    if not packages:
        return True
    line = f"apt-get install -y --no-install-recommends {' '.join(packages)}"
    may_install = shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0
    if may_install:
        print(f"setup: {line}", flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], env=environment)
        if subprocess.run([*line.split(), "-qq"], env=environment, stdout=subprocess.DEVNULL).returncode == 0:
            return True
    print(f"setup: system packages are missing that pip cannot bring. Run: sudo {line}", file=sys.stderr)
    return False


if __name__ == "__main__":
    sys.exit(main())
