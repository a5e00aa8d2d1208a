"""Logs hold no person: neither tokens of the links that were mailed, nor addresses of mail or network; and no password.

Whole lines are masked, tracebacks among them, as they leave; who writes them need not think of it. LOG_FORMAT says
whether each is an object of JSON or a line for people.
"""

import datetime
import json
import logging
import os
import re

from gunicorn.glogging import Logger, SafeAtoms

MASK = "***"
# The links of newsletter/subscription/urls.py, also where the token is cut off or the slash is encoded.
LINK = re.compile(r"((?:bestaetigen|verwalten|abmelden)(?:/|%2[fF]))[^/\s\"'?&<>]+")
# A token wherever else it stands: 256 bits in Base64.
TOKEN = re.compile(r"(?<![\w-])[\w-]{43}(?![\w-])")
ADDRESS = re.compile(r"[^\s<>()\[\]\"',;:=/?&@]{1,64}(?:@|%40)[^\s<>()\[\]\"',;:=/?&@]{1,255}")
# Name and password in front of a host, as in DATABASE_URL; a password may hold any sign but blanks and quotes.
CREDENTIALS = re.compile(r"\b([a-z][a-z0-9+.-]{1,20}://)[^\s\"'<>]{0,500}@")
# Network addresses; our own of the loopback say only where the server listens.
IPV4 = re.compile(
    r"(?<![\w.])(?:::ffff:)?(?!127\.0\.0\.1(?!\d)|0\.0\.0\.0)(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\w)"
)
IPV6 = re.compile(
    r"(?<![\w:.])(?:(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|(?:[0-9a-f]{1,4}:){1,6}(?::[0-9a-f]{1,4}){1,6}"
    r"|(?:[0-9a-f]{1,4}:){1,7}:|::(?:ffff:)?(?:[0-9a-f]{1,4}:){0,5}[0-9a-f]{2,4})(?![\w:])",
    re.IGNORECASE,
)


def masked(line: str) -> str:
    line = LINK.sub(rf"\1{MASK}", line)
    line = CREDENTIALS.sub(rf"\1{MASK}@", line)
    line = TOKEN.sub(MASK, line)
    line = ADDRESS.sub(f"{MASK}@{MASK}", line)
    return IPV6.sub(MASK, IPV4.sub(MASK, line))


class MaskingFormatter(logging.Formatter):
    """A line for people."""

    def format(self, record):
        return masked(super().format(record))


class FaultsWithoutTraceback(logging.Filter):
    """Of the log of requests: a line will do where hundreds of them fail for one reason outside of the program."""

    def filter(self, record):
        from .faults import Fault  # models are there only after logging is set up

        error = record.exc_info and record.exc_info[1]
        if Fault.of(error):
            record.msg = f"{record.msg} ({type(error.__cause__ or error).__name__})"
            record.exc_info = None
        return True


class JsonFormatter(logging.Formatter):
    """One object in one line: time (UTC), level, logger, message, exception if any; of a request also its parts."""

    def format(self, record):
        written = {
            "time": datetime.datetime.fromtimestamp(record.created, datetime.UTC).isoformat(
                timespec="milliseconds"
            ),
            "level": record.levelname,
            "logger": record.name,
            "message": masked(record.getMessage()),
        }
        if isinstance(record.args, SafeAtoms):
            written |= _request(record.args)
        if record.exc_info:
            written["exception"] = masked(self.formatException(record.exc_info))
        if record.stack_info:
            written["stack"] = masked(self.formatStack(record.stack_info))
        return json.dumps(written, ensure_ascii=False)


def _request(atoms) -> dict:
    """Of gunicorn's log of requests: no address, no query, no browser."""
    return {
        "method": masked(atoms["m"]),
        "path": masked(atoms["U"]),
        "status": int(atoms["s"]),
        "bytes": int(atoms["B"] or 0),
        "milliseconds": int(atoms["M"]),
    }


class GunicornLogger(Logger):
    """For gunicorn.conf.py: the log of requests, if an operator turns it on, and that of errors."""

    def setup(self, cfg):
        super().setup(cfg)
        for handler in (*self.error_log.handlers, *self.access_log.handlers):
            handler.setFormatter(self._formatter(handler.formatter))

    def _formatter(self, lines: logging.Formatter | None) -> logging.Formatter:
        if os.environ.get("LOG_FORMAT", "json") == "json":
            return JsonFormatter()
        return MaskingFormatter(lines._fmt, lines.datefmt) if lines else MaskingFormatter()
