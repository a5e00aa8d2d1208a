"""Which failures are no error of the program, and what is said of each; with a real server: tests/ozgstatus/faults."""

import errno
import logging
import smtplib

import pytest
from django.db import DataError, InterfaceError, InternalError, OperationalError, ProgrammingError, connection
from django.test import Client
from psycopg import errors
from psycopg_pool import PoolTimeout

from ozgstatus.database.outage import NoAnswer
from ozgstatus.faults import Fault
from ozgstatus.logs import FaultsWithoutTraceback
from tests.html import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_site")]


def error(kind, cause=None):
    fault = kind("reason")
    fault.__cause__ = cause and cause("reason")
    return fault


FAULTS = [
    (error(OperationalError), Fault.GONE),
    (error(OperationalError, errors.AdminShutdown), Fault.GONE),
    (error(InterfaceError), Fault.GONE),
    (error(OperationalError, NoAnswer), Fault.SILENT),
    (error(OperationalError, errors.ConnectionTimeout), Fault.SILENT),
    (error(OperationalError, PoolTimeout), Fault.BUSY),
    (error(OperationalError, errors.QueryCanceled), Fault.BUSY),
    (error(OperationalError, errors.LockNotAvailable), Fault.BUSY),
    (error(OperationalError, errors.DeadlockDetected), Fault.BUSY),
    (error(OperationalError, errors.SerializationFailure), Fault.BUSY),
    (error(OperationalError, errors.TooManyConnections), Fault.BUSY),
    (error(OperationalError, errors.DiskFull), Fault.FULL),
    (error(InternalError, errors.ReadOnlySqlTransaction), Fault.READ_ONLY),
    (OSError(errno.ENOSPC, "No space left on device"), Fault.NO_FILE),
    (FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp']"), Fault.NO_FILE),
    (ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"), Fault.NO_MAIL),
    (smtplib.SMTPServerDisconnected("reason"), Fault.NO_MAIL),
    (TimeoutError("timed out"), Fault.NO_MAIL),
]
ERRORS_OF_THE_PROGRAM = [
    error(ProgrammingError, errors.UndefinedTable),
    error(DataError, errors.InvalidTextRepresentation),
    error(InternalError, errors.InternalError_),
    ValueError("reason"),
    FileNotFoundError(errno.ENOENT, "No such file"),
]


def answer_when(fault, path="/leistungen/"):
    def fail(execute, sql, params, many, context):
        raise fault

    with connection.execute_wrapper(fail):
        return Client(raise_request_exception=False).get(path)


@pytest.mark.parametrize(("fault", "kind"), FAULTS)
def test_a_fault_is_named(fault, kind):
    answer = answer_when(fault)
    assert answer.status_code == 503
    assert kind.value in text_of(answer)
    assert Fault.of(fault) is kind


@pytest.mark.parametrize("fault", ERRORS_OF_THE_PROGRAM)
def test_an_error_of_the_program_stays_one(fault):
    answer = answer_when(fault)
    assert answer.status_code == 500
    assert "Auf unserer Seite ist ein Fehler aufgetreten" in text_of(answer)


@pytest.mark.parametrize(("fault", "traces"), [(FAULTS[0][0], False), (ERRORS_OF_THE_PROGRAM[0], True)])
def test_the_log_of_requests_has_a_line_for_a_fault_and_a_traceback_for_an_error(fault, traces):
    record = logging.LogRecord("x", logging.ERROR, "x", 1, "Text", None, (type(fault), fault, None))
    assert FaultsWithoutTraceback().filter(record)
    assert bool(record.exc_info) is traces
    assert record.getMessage().startswith("Text")
