"""What the thread that watches the database makes of its answers."""

import time
from contextlib import closing

import psycopg
import pytest

from ozgstatus import pulse

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection():
    with closing(pulse._connect()) as connection:
        yield connection.pgconn


def test_the_version_counts_for_some_seconds_and_says_when_it_came(connection):
    beat = pulse._ask(connection)
    assert beat.version[0] >= 1 and beat.version[1].startswith("20")
    assert beat.withdrawn >= 0
    assert abs(beat.since - time.time()) < 60
    assert 0 < beat.until - time.monotonic() <= 5
    assert not beat.is_offline
    assert pulse._ask(connection).version == beat.version


def test_a_table_that_was_emptied_is_a_version_too(connection, monkeypatch):
    monkeypatch.setattr(pulse, "QUERY", pulse.QUERY + b" WHERE false")
    assert pulse._ask(connection)[:2] == ((0, ""), 0)


def test_a_table_that_is_not_there_yet_is_no_answer(connection, monkeypatch):
    monkeypatch.setattr(pulse, "QUERY", b"SELECT number FROM stand_version_of_tomorrow")
    with pytest.raises(psycopg.OperationalError, match="stand_version_of_tomorrow"):
        pulse._ask(connection)


def test_an_answer_that_does_not_come_is_waited_for_by_the_clock_of_this_process(connection, monkeypatch):
    monkeypatch.setattr(pulse, "SECONDS_FOR_ANSWER", 0.05)
    monkeypatch.setattr(pulse, "QUERY", b"SELECT pg_sleep(60)")
    with pytest.raises(TimeoutError):
        pulse._ask(connection)
    connection.get_cancel().cancel()


def test_before_the_first_answer_nothing_is_known():
    assert pulse.Pulse().beat == (None, 0, 0, 0)
    assert pulse.Pulse().beat.is_offline
