"""The answer where something fails that the site stands on: what is wrong, what to do, and whatever was typed.

It needs no database itself. What is no such fault stays an error of the program (500).
"""

import errno
import smtplib
import sys
from enum import Enum

import psycopg
from django.db import InterfaceError, InternalError, OperationalError
from django.shortcuts import render
from django.views import defaults
from psycopg import errors
from psycopg_pool import PoolTimeout

from .context_processors import remembered
from .database.outage import NoAnswer
from .middleware import EDITORS, WITH_FORMS

SECONDS_TO_RETRY = 10
ACCOUNT = "/admin/konto/"  # what is typed there is never sent back


class Fault(Enum):
    """What is the matter, in words for whoever waits."""

    GONE = "Die Datenbank dieser Website ist nicht erreichbar."
    SILENT = "Die Datenbank dieser Website antwortet nicht."
    BUSY = "Die Datenbank dieser Website ist überlastet oder durch eine andere Änderung gesperrt."
    FULL = "Die Datenbank dieser Website kann nichts speichern, weil ihr Speicherplatz voll ist."
    READ_ONLY = "Die Datenbank dieser Website nimmt im Augenblick keine Änderungen an."
    NO_FILE = (
        "Der Webserver kann diese Datei nicht anlegen, weil sein Speicherplatz voll ist. "
        "Seiten und andere Dateien, etwa CSV, sind nicht betroffen."
    )
    NO_MAIL = "Die E-Mail konnte nicht gesendet werden: Der Mailserver ist nicht erreichbar oder nimmt sie nicht an."

    @classmethod
    def of(cls, error: BaseException | None) -> "Fault | None":
        """That of an exception of Django, whose cause is one of psycopg, or of a file or a mail."""
        if _has_no_space(error):
            return cls.NO_FILE
        if isinstance(error, (smtplib.SMTPException, ConnectionError, TimeoutError)):
            return cls.NO_MAIL
        if not isinstance(error, (OperationalError, InterfaceError, InternalError)):
            return None
        for fault, kinds in KINDS.items():
            if isinstance(error.__cause__, kinds):
                return fault
        return None if isinstance(error, InternalError) else cls.GONE


KINDS: dict[Fault, tuple[type[psycopg.Error], ...]] = {
    Fault.SILENT: (NoAnswer, errors.ConnectionTimeout),
    Fault.FULL: (errors.DiskFull,),
    Fault.READ_ONLY: (errors.ReadOnlySqlTransaction,),
    Fault.BUSY: (
        PoolTimeout,
        errors.QueryCanceled,
        errors.LockNotAvailable,
        errors.DeadlockDetected,
        errors.SerializationFailure,
        errors.TooManyConnections,
    ),
}


LASTING = {Fault.FULL, Fault.READ_ONLY, Fault.NO_FILE}  # until somebody does something


def _has_no_space(error: BaseException | None) -> bool:
    if not isinstance(error, OSError):
        return False
    # With the second Python says that it has tried all folders of temporary files.
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) or "temporary directory" in str(error)


def server_error(request):
    """Django's handler500: called while the exception is being handled, wherever it came from."""
    fault = Fault.of(sys.exc_info()[1])
    if fault is None:
        return defaults.server_error(request)
    context = {
        "fault": fault,
        "lasts": fault in LASTING,
        "editors": request.path.startswith(EDITORS),
        **remembered,
    }
    if request.method == "POST" and request.path.startswith(WITH_FORMS):
        context |= _typed(request)
    response = render(None, "503.html", context, status=503)
    response["Retry-After"] = SECONDS_TO_RETRY
    response["Cache-Control"] = "no-store"
    return response


def _typed(request) -> dict:
    """What was sent, to be sent again; passwords and files have to be entered again.

    The token against forged forms is the one that came, so that a forged form is refused when it is sent again.
    """
    if request.path.startswith(ACCOUNT):
        return {"sent": True}
    pairs = [(name, value) for name, values in request.POST.lists() for value in values]
    return {
        "sent": True,
        "address": request.get_full_path(),
        "fields": [pair for pair in pairs if not _is_secret(pair[0])],
        "secrets": list(dict.fromkeys(name for name, _ in pairs if _is_secret(name))),
        "files": [(name, file.name) for name, files in request.FILES.lists() for file in files],
    }


def _is_secret(name: str) -> bool:
    return name.lower().startswith(("password", "old_password", "new_password"))
