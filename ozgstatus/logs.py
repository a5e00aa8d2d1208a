"""Logs hold no subscriber: neither the tokens of the links that were mailed, nor an e-mail address.

Whole lines are masked, tracebacks among them, as they leave; who writes them need not think of it.
"""

import logging
import re

from gunicorn.glogging import Logger

MASK = "***"
# The links of newsletter/subscription/urls.py, also where the token is cut off or the slash is encoded.
LINK = re.compile(r"((?:bestaetigen|verwalten|abmelden)(?:/|%2[fF]))[^/\s\"'?&<>]+")
# A token wherever else it stands: 256 bits in Base64.
TOKEN = re.compile(r"(?<![\w-])[\w-]{43}(?![\w-])")
ADDRESS = re.compile(r"[^\s<>()\[\]\"',;:=/?&@]{1,64}(?:@|%40)[^\s<>()\[\]\"',;:=/?&@]{1,255}")


def masked(line: str) -> str:
    line = LINK.sub(rf"\1{MASK}", line)
    line = TOKEN.sub(MASK, line)
    return ADDRESS.sub(f"{MASK}@{MASK}", line)


class MaskingFormatter(logging.Formatter):
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


class GunicornLogger(Logger):
    """For gunicorn.conf.py: the log of requests, if an operator turns it on, and that of errors."""

    def setup(self, cfg):
        super().setup(cfg)
        for handler in (*self.error_log.handlers, *self.access_log.handlers):
            lines = handler.formatter
            handler.setFormatter(MaskingFormatter(lines._fmt, lines.datefmt) if lines else MaskingFormatter())
