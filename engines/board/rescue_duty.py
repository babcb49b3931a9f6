"""A session's rescue: asked for on any thread, done on the session's."""

from __future__ import annotations

import time
from collections.abc import Callable

from engines.board import main_file, rescue
from engines.board import status as say
from engines.board.attendant import Attendant
from engines.board.connection.link import Link
from engines.board.connection.port_errors import PortError
from engines.board.connection.transport import Target, Transport
from engines.board.errors import BoardError, DeadlineError, DisconnectedError
from engines.board.operations import Operation
from engines.board.status import Status

SECONDS = 120.0


class RescueDuty:
    """At most one rescue at a time.

    Args:
        tell: takes the status while it goes on.
    """

    def __init__(self, tell: Callable[[Status], object]) -> None:
        self._tell = tell
        self.operation: Operation[str] | None = None
        """The rescue that is wanted or under way."""

    def ask(self, timeout: float, wake: Callable[[], object]) -> Operation[str]:
        self.operation = Operation("Rescuing the board", main_file.find_main, timeout=timeout, wake=wake)
        return self.operation

    def open(self, target: Target) -> Transport | None:
        """Open the port in the moment it is there, to be in time; None when that was called off."""
        operation, began = self._wanted, time.monotonic()

        def check() -> None:
            operation.check()
            if operation.timeout is not None and time.monotonic() - began > operation.timeout:
                raise DeadlineError(f"{operation.title}: the port did not come; nothing was changed.")

        self._tell(say.rescuing(rescue.WAITING))
        try:
            return rescue.open_soon(target, check)
        except BoardError as error:
            self.operation = None
            if operation.begin():
                operation.set_exception(error)
            return None

    def perform(
        self,
        attendant: Attendant,
        link: Link,
        target: Target,
        *,
        emit: Callable[[], object],
        freed: Callable[[str], object],
    ) -> None:
        """Free the board.

        Args:
            emit: called all the time, to show what the board prints.
            freed: called with the path of the board's main.py ('' for none) when it is free.

        Raises:
            PortError: the connection is lost for good.
        """
        operation = self._wanted
        if not operation.begin():
            self.operation = None
            return

        def check() -> None:
            emit()
            operation.check()

        try:
            rescue.free(link, target, check, lambda text: self._tell(say.rescuing(text)))
            main = attendant.take_over(operation.work)
        except PortError as error:
            operation.set_exception(DisconnectedError(f"{operation.title}: {error}"))
            raise
        except Exception as error:
            operation.set_exception(error)
            attendant.give_up()
        else:
            freed(main)
            operation.set_result(main)
        finally:
            self.operation = None

    @property
    def _wanted(self) -> Operation[str]:
        assert self.operation is not None
        return self.operation
