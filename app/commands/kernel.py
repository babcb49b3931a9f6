"""The kernel: run code, interrupt, restart."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from app.commands.registry import CommandError, command
from engines.workspace.kernel_api import Executed, Output

if TYPE_CHECKING:
    from app.application import Application


@command("Interrupt the kernel", menu="Kernel", key="Ctrl+.")
def interrupt(app: Application) -> None:
    """End what the kernel computes; names and values stay."""
    app.project.kernel.interrupt()


@command("Restart the kernel", menu="Kernel", key="Ctrl+Shift+.")
def restart(app: Application) -> None:
    """A new kernel with an empty workspace; documents, pictures and outputs stay."""
    app.project.restart_kernel()


@command("Restart, leaving this formula out")
def restart_leaving_out(app: Application) -> None:
    """A new kernel that does not compute the formulas which no interrupt ends: the way out if one hangs."""
    app.project.restart_kernel()


@command("Restart the kernel and run what is stale", menu="Kernel")
def restart_and_run_stale(app: Application) -> None:
    """A new kernel, and every cell that ran before runs again."""
    app.project.restart_kernel(run_stale=True)


@command("Run code")
def execute(app: Application, code: str) -> Future[dict[str, Any]]:
    """Run code in the workspace as a cell would; what it printed and how it ended."""
    future: Future[dict[str, Any]] = Future()
    printed: list[str] = []

    def take(output: Output) -> None:
        content = output.content
        if output.kind == "stream":
            printed.append(content["text"])
        elif output.kind == "execute_result":
            printed.append(content["data"].get("text/plain", ""))

    def ended(executed: Executed) -> None:
        if executed.error is not None:
            future.set_exception(CommandError(str(executed.error)))
        else:
            future.set_result({"output": "".join(printed), "changed": list(executed.changed)})

    app.project.kernel.execute(code, on_output=take, then=ended)
    return future


@command("Where does it come from?")
def lineage(app: Application, of: str) -> str:
    """The chain behind a name or a sheet cell (Motion!B2), back to the board or the file."""
    return app.project.lineage(of)
