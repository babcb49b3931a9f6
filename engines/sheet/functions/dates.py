"""Dates are Python's ``datetime`` objects."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from engines.sheet.functions.arguments import number


def _date(year: Any, month: Any, day: Any) -> datetime.date:
    return datetime.date(int(number(year)), int(number(month)), int(number(day)))


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "TODAY": datetime.date.today,
    "NOW": lambda: datetime.datetime.now().replace(microsecond=0),
    "DATE": _date,
}
