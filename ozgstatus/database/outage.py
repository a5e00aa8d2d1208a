"""Whether this process has found the database gone, and the thread that waits for its return."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg

logger = logging.getLogger(__name__)

SECONDS_BETWEEN_TRIALS = 0.5

at_end: list[Callable[[], None]] = []  # what is to be done when the database is back

_lock = threading.Lock()
_fault: psycopg.OperationalError | None = None


class NoAnswer(psycopg.OperationalError):
    """The server is there and says nothing."""


def refuse() -> None:
    """Raise what began the outage, while it lasts."""
    if fault := _fault:
        raise type(fault)(str(fault))


def begin(fault: psycopg.OperationalError, parameters: dict[str, Any]) -> None:
    """From now on `refuse`, until a connection can be made with these parameters."""
    global _fault
    with _lock:
        if _fault:
            return
        _fault = fault
    logger.error("The database is gone: %s", fault)
    threading.Thread(target=_wait, args=[parameters], name="outage", daemon=True).start()


def try_once(parameters: dict[str, Any]) -> None:
    psycopg.connect(**parameters).close()


def _wait(parameters: dict[str, Any]) -> None:
    global _fault
    while True:
        time.sleep(SECONDS_BETWEEN_TRIALS)
        try:
            try_once(parameters)
        except psycopg.Error:
            continue
        break
    _fault = None
    logger.warning("The database is back.")
    for step in at_end:
        step()
