"""What the database says about once a second, so that requests read memory alone: its version, and that it answers.

The version is the one row of stand/versions.py. A thread of each process asks on a connection of its own, and bounds
every answer by a clock of its own: a server that hangs keeps no promise of a time-out.
"""

import logging
import os
import select
import threading
import time
from contextlib import closing
from datetime import date, datetime, timedelta
from typing import NamedTuple

import psycopg
from django.db import connections
from django.utils import timezone
from psycopg.pq import ExecStatus

SECONDS_BETWEEN, SECONDS_FOR_ANSWER = 1.0, 2
# When even the thread is stuck, for example in looking up the name of the server.
SECONDS_UNTIL_OVERDUE = 5
QUERY = b"SELECT number, moved_at::text, withdrawn FROM stand_version"

log = logging.getLogger(__name__)


class Beat(NamedTuple):
    """The last answer. `version` is None before the first one; `since` is when it came, `until` the monotonic time
    up to which it counts."""

    version: tuple[int, str] | None = None
    withdrawn: int = 0
    since: float = 0
    until: float = 0

    @property
    def is_offline(self) -> bool:
        return time.monotonic() > self.until


class Calendar:
    """Today in the time zone of the site; cheap to ask."""

    def __init__(self, now=time.time):
        self._now, self._day = now, (date.min, 0.0, 0.0)

    def today(self) -> date:
        day, begins, ends = self._day
        if not begins <= self._now() < ends:
            start = datetime.fromtimestamp(self._now(), timezone.get_default_timezone())
            start = start.replace(hour=0, minute=0, second=0, microsecond=0)
            day = start.date()
            # Added to local time, where a day may have 23 hours.
            self._day = (day, start.timestamp(), (start + timedelta(days=1)).timestamp())
        return day

    def seconds_left(self) -> float:
        """Until the day that `today()` has said ends."""
        return self._day[2] - self._now()


class Pulse:
    """`beat` may be read by any thread at any time."""

    def __init__(self):
        self.beat = Beat()
        self._process = 0
        self._lock = threading.Lock()

    def start(self) -> None:
        """In the process that serves, which a server may have forked after the program was loaded."""
        if self._process != os.getpid():
            with self._lock:
                if self._process != os.getpid():
                    self._process = os.getpid()
                    threading.Thread(target=self._run, name="pulse", daemon=True).start()

    def _run(self) -> None:
        told = False
        while True:
            try:
                with closing(_connect()) as connection:
                    while True:
                        self.beat = _ask(connection.pgconn)
                        if told:
                            log.warning("The database answers again.")
                            told = False
                        time.sleep(SECONDS_BETWEEN)
            except Exception as error:  # whatever it is, the thread must live to see the end of it
                self.beat = self.beat._replace(until=0)
                if not told:
                    log.warning("The database does not answer, what was kept is shown: %s", error)
                    told = True
            time.sleep(SECONDS_BETWEEN)


def _connect() -> psycopg.Connection:
    parameters = connections["default"].get_connection_params()
    return psycopg.connect(**parameters | {"connect_timeout": SECONDS_FOR_ANSWER, "autocommit": True})


def _ask(connection) -> Beat:
    """Raises an error where there is no answer in time."""
    deadline = time.monotonic() + SECONDS_FOR_ANSWER
    connection.send_query(QUERY)
    while connection.is_busy():
        ready, _, _ = select.select([connection.socket], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            raise TimeoutError(f"no answer within {SECONDS_FOR_ANSWER} seconds")
        connection.consume_input()
    result = connection.get_result()
    while connection.get_result():
        pass
    if result is None or result.status != ExecStatus.TUPLES_OK:
        raise psycopg.OperationalError(connection.get_error_message())
    number, moved_at, withdrawn = (
        (result.get_value(0, column) for column in range(3)) if result.ntuples else (b"0", b"", b"0")
    )
    return Beat(
        (int(number), moved_at.decode()),
        int(withdrawn),
        time.time(),
        time.monotonic() + SECONDS_UNTIL_OVERDUE,
    )
