"""The kernel process: an IPython kernel that also answers the app's requests and reports changed names."""

from __future__ import annotations

import atexit
import contextlib
import gc
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from ipykernel.zmqshell import ZMQInteractiveShell
from traitlets import Type

from engines.workspace.kernel_side.code_reading import CodeReading, read_code
from engines.workspace.kernel_side.lanes import user_code
from engines.workspace.kernel_side.namespace import Snapshot, difference, is_user_name, snapshot
from engines.workspace.kernel_side.server import Server
from engines.workspace.kernel_side.threads import inherit_context
from engines.workspace.kernel_side.values import as_arrays
from engines.workspace.kernel_side.variables import Variables
from engines.workspace.parse_cache import forgive_damage

FLUSH_SECONDS = 0.5
Install = Callable[[Server, dict[str, Any]], object]


class DirigentShell(ZMQInteractiveShell):
    """IPython's shell, in which ``%reset`` leaves the tools' names in place."""

    def __init__(self, **options: Any) -> None:
        self._kept: dict[str, Any] = {}
        super().__init__(**options)

    def keep(self, names: dict[str, Any]) -> None:
        """These names belong to the workspace itself: they are no variables of the user's."""
        self._kept = names
        self._restore()

    def init_user_ns(self) -> None:
        super().init_user_ns()
        self._restore()

    def _restore(self) -> None:
        self.user_ns.update(self._kept)
        self.user_ns_hidden.update(self._kept)
        self.user_ns_hidden["sheet"] = None  # the active sheet, set later
        for name, stream in self._kept.get("streams", {}).items():
            self.user_ns.setdefault(name, stream)


class DirigentKernel(IPythonKernel):
    """IPython's kernel plus ``dirigent_request`` on shell and control, and ``names.changed`` events."""

    shell_class = Type(DirigentShell)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.shell_handlers["dirigent_request"] = self.dirigent_request
        self.control_handlers["dirigent_request"] = self.dirigent_request
        self.server = Server(self._publish, self._flush)
        self.server.register("workspace.arrays", self._arrays)
        self.server.register("workspace.variables", self._variables)
        self._summaries = Variables()
        self._completes = False
        self._code = CodeReading()
        self._before = Snapshot({}, {})
        self.shell.events.register("pre_run_cell", self._before_run)
        self.shell.events.register("post_run_cell", self._after_run)

    async def dirigent_request(self, stream: Any, ident: Any, parent: dict[str, Any]) -> None:
        reply, buffers = self.server.handle(parent["content"], parent.get("buffers", ()))
        self.session.send(stream, "dirigent_reply", reply, parent, ident=ident, buffers=buffers)

    async def _progressively_terminate_all_children(self) -> None:
        """A word to the children. ipykernel would wait 9 s, for zombies, too; the app ends the rest."""
        self._signal_children(signal.SIGTERM)

    def do_complete(self, code: str, cursor_pos: int | None) -> dict[str, Any]:
        """The user's ``__getattr__`` and ``__dir__`` run in completion, which can therefore be stopped."""
        if not self._completes:  # not while the completer is being loaded: half of it would stay
            reply = super().do_complete(code, cursor_pos)
            self._completes = True
            return reply
        try:
            with self._besides():
                return super().do_complete(code, cursor_pos)
        except KeyboardInterrupt:
            return {"status": "ok", "matches": [], "cursor_start": 0, "cursor_end": 0, "metadata": {}}

    def do_inspect(self, code: str, cursor_pos: int, *options: Any, **more: Any) -> dict[str, Any]:
        """So does ``__repr__`` in help."""
        try:
            with self._besides():
                return super().do_inspect(code, cursor_pos, *options, **more)
        except KeyboardInterrupt:
            return {"status": "ok", "found": False, "data": {}, "metadata": {}}

    @contextlib.contextmanager
    def _besides(self) -> Iterator[None]:
        """The console asks by the main lane, where an interrupt ends it; all others by the aside lane."""
        on_main_lane = threading.current_thread() is threading.main_thread()
        with self.server.lane("main" if on_main_lane else "aside"), user_code():
            yield

    def _publish(
        self, message_type: str, content: dict[str, Any], buffers: Sequence[bytes | memoryview]
    ) -> None:
        self.session.send(
            self.iopub_socket, message_type, content, parent=self.get_parent(), buffers=list(buffers) or None
        )

    def _flush(self) -> None:
        sent = threading.Event()
        self.iopub_thread.schedule(sent.set)
        sent.wait(FLUSH_SECONDS)

    def _before_run(self, info: Any) -> None:
        self._code = read_code(info.raw_cell)
        self._before = snapshot(self.shell.user_ns, self._code, self.shell.user_ns_hidden)

    def _after_run(self, result: Any) -> None:
        names = difference(self._before, self.shell.user_ns, self._code, self.shell.user_ns_hidden)
        self.server.emit(
            "names.changed",
            {
                "changed": sorted(names.changed),
                "deleted": sorted(names.deleted),
                "reads": sorted(name for name in self._code.reads if is_user_name(name)),
                "defines": sorted(self._code.defines | names.changed),
            },
        )

    def _arrays(self, arguments: dict[str, Any], buffers: Any) -> tuple[list[dict[str, Any]], list[Any]]:
        return as_arrays(arguments["expressions"], self.shell.user_ns, arguments.get("seconds"))

    def _variables(self, arguments: dict[str, Any], buffers: Any) -> list[dict[str, str]]:
        hidden = self.shell.user_ns_hidden
        return self._summaries.summarise(
            {name: value for name, value in self.shell.user_ns.copy().items() if name not in hidden}
        )


class DirigentKernelApp(IPKernelApp):
    """Starts the kernel and installs the tools' scripting names into its workspace."""

    installers: Sequence[Install] = ()

    def init_kernel(self) -> None:
        super().init_kernel()
        shell = self.kernel.shell
        before = set(shell.user_ns)
        for install in self.installers:
            install(self.kernel.server, shell.user_ns)
        streams = shell.user_ns.get("streams", ())  # those by their bare names are the user's
        shell.keep({name: shell.user_ns[name] for name in set(shell.user_ns) - before - set(streams)})

    def close(self) -> None:
        """Called at exit. IPKernelApp would wait for every subshell, where a completion may take its time."""
        self.reset_io()


def launch(arguments: Sequence[str], installers: Sequence[Install]) -> None:
    """Run the kernel until it is shut down. ``arguments`` are IPKernelApp's (``-f CONNECTION_FILE``)."""
    DirigentKernelApp.installers = installers
    app = DirigentKernelApp(kernel_class=DirigentKernel)
    with _without_debugger():
        app.initialize(list(arguments))
    inherit_context()
    forgive_damage()
    atexit.register(gc.freeze)  # the first thing at exit: nothing is gained by looking for garbage then
    app.start()


@contextlib.contextmanager
def _without_debugger() -> Iterator[None]:
    """ipykernel loads debugpy where it finds it, which takes longer than all the rest of the start."""
    absent: Any = None
    sys.modules["debugpy"] = absent
    try:
        yield
    finally:
        del sys.modules["debugpy"]
