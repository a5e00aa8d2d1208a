"""How one mail is handed over, so that the phase of every fault is known: over SMTP, or to another backend of Django.

Until the content is sent, a fault means that nobody has the mail. After the content, only the server's answer tells.
"""

import logging
import re
import smtplib
import socket
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.smtp import EmailBackend
from django.db import DatabaseError
from django.utils.encoding import punycode

from .outbox import Result

logger = logging.getLogger(__name__)

MAILS_PER_CONNECTION = 100
SECONDS = 60
SECONDS_FOR_LAST_ANSWER = 600  # RFC 5321, 4.5.3.2.6: who gives up earlier gets mails delivered twice

ENHANCED = re.compile(rb"\s*([245]\.\d{1,3}\.\d{1,3})(?!\S)")
NEVER_IN_ADDRESS = re.compile(r"[\x00-\x20\x7f<>,;]|@.*@")
MESSAGE_ID = re.compile(rb"^Message-ID:\s*(<[^<>\s]{1,253}>)", re.IGNORECASE | re.MULTILINE)


class NotNow(Exception):
    """Nothing can be sent for the time being, to whomever; says why, without an address."""


class _Broken(Exception):
    """The connection broke before anything was handed over."""


def envelope(address: str) -> str:
    """An address as a mail server takes it. Raises ValueError for what cannot be one."""
    local, _, domain = address.rpartition("@")
    found = f"{local}@{punycode(domain)}"
    if not local or not domain or not found.isascii() or NEVER_IN_ADDRESS.search(address):
        raise ValueError("not an address")
    return found


def message_id_of(content: bytes) -> str:
    head = content.partition(b"\r\n\r\n")[0]
    found = MESSAGE_ID.search(head)
    return found[1].decode("ascii", "replace") if found else ""


def post_office() -> "SmtpPost | BackendPost":
    """What EMAIL_URL says."""
    backend = get_connection(timeout=settings.EMAIL_TIMEOUT or SECONDS)
    return SmtpPost(backend) if isinstance(backend, EmailBackend) else BackendPost()


class SmtpPost:
    """One connection for many mails, opened again when it breaks or has carried enough."""

    def __init__(self, backend: EmailBackend):
        self.backend = backend
        self.sender = envelope(parseaddr(settings.MAIL_FROM)[1])
        self.carried = 0

    @property
    def is_open(self) -> bool:
        return self.backend.connection is not None

    def open(self) -> None:
        """Raises `NotNow`."""
        try:
            self.backend.open()
            self._smtp.ehlo_or_helo_if_needed()
            # A mail ends in a short packet, which would wait for the receipt of the one before.
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            raise NotNow(f"the mail server cannot be reached: {_name(error)}") from None
        self.carried = 0

    def close(self) -> None:
        if self.is_open:
            self.backend.close()
            self.backend.connection = None

    def deliver(self, mail, subscriber) -> Result:
        """Hand over one mail. Raises `NotNow` where the server takes none at all."""
        if self.carried >= MAILS_PER_CONNECTION:
            self.close()
        try:
            recipient, content = envelope(subscriber.address), mail.bytes_for(subscriber)
        except DatabaseError:
            raise
        except Exception as error:  # whatever is wrong with this one, the others go on
            logger.error("A mail could not be made: %s", _name(error))
            return Result("failed")
        try:
            return self._attempt(recipient, content)
        except _Broken:
            # The server may close a connection that it has kept for long; that is no fault of this mail.
            was_used = self.carried > 0
            self._drop()
            if not was_used:
                return Result("waiting")
        try:
            return self._attempt(recipient, content)
        except _Broken:
            self._drop()
            return Result("waiting")

    @property
    def _smtp(self) -> smtplib.SMTP:
        assert self.backend.connection is not None
        return self.backend.connection

    @property
    def _socket(self) -> Any:
        return self._smtp.sock

    def _attempt(self, recipient: str, content: bytes) -> Result:
        if not self.is_open:
            self.open()
        refusal = self._envelope(recipient, content)
        if refusal:
            return refusal
        self.carried += 1
        code, text = self._hand_over(content)
        if code is None or code // 100 not in (2, 4, 5):
            self._drop()
            return Result("uncertain", message_id=message_id_of(content))
        self._leave_if_closing(code)
        return _result(code, text, message_id_of(content))

    def _envelope(self, recipient: str, content: bytes) -> Result | None:
        """Say from whom and to whom; what the server has against it, or None."""
        smtp = self._smtp
        option = " body=8bitmime" if smtp.has_extn("8bitmime") and not content.isascii() else ""
        commands = [f"MAIL FROM:<{self.sender}>{option}", f"RCPT TO:<{recipient}>", "DATA"]
        try:
            answers = self._ask(commands)
            code, text = next((answer for answer in answers if answer[0] // 100 not in (2, 3)), answers[-1])
            if answers[0][0] // 100 == 5:
                self._drop()
                raise NotNow(f"the mail server refuses MAIL_FROM: {answers[0][0]}")
            if code == 354 and len(answers) == len(commands):
                return None
            if code == 421 or code // 100 not in (4, 5):
                raise _Broken
            if answers[-1][0] == 354:  # it waits for a mail to nobody
                self._drop()
            else:
                smtp.rset()
        except (smtplib.SMTPException, OSError):
            raise _Broken from None
        self.carried += 1
        return _result(code, text, "")

    def _ask(self, commands: list[str]) -> list[tuple[int, bytes]]:
        """The answers, up to the first refusal; all at once where the server lets us (PIPELINING, RFC 2920)."""
        if self._smtp.has_extn("pipelining"):
            self._smtp.send("".join(f"{command}\r\n" for command in commands))
            return [self._smtp.getreply() for _ in commands]
        answers: list[tuple[int, bytes]] = []
        for command in commands:
            answers.append(self._smtp.docmd(command))
            if answers[-1][0] // 100 not in (2, 3):
                break
        return answers

    def _hand_over(self, content: bytes) -> tuple[int | None, bytes]:
        """Send the content and its end; the answer, or None where it was lost."""
        whole = content if content.endswith(b"\r\n") else content + b"\r\n"
        if b"\n." in whole or whole.startswith(b"."):
            whole = (b"\r\n" + whole).replace(b"\r\n.", b"\r\n..")[2:]
        try:
            self._smtp.send(whole + b".\r\n")  # the end is last: where this breaks off, there was no mail
        except (smtplib.SMTPException, OSError):
            raise _Broken from None
        try:
            self._socket.settimeout(settings.EMAIL_TIMEOUT or SECONDS_FOR_LAST_ANSWER)
            answer = self._smtp.getreply()
            self._socket.settimeout(self.backend.timeout)
            return answer
        except (smtplib.SMTPException, OSError):
            return None, b""

    def _leave_if_closing(self, code: int) -> None:
        if code == 421:
            self._drop()

    def _drop(self) -> None:
        """Close without a word; the server may no longer be there."""
        connection, self.backend.connection = self.backend.connection, None
        if connection:
            connection.close()


class BackendPost:
    """Django's other backends, such as files; each mail on its own."""

    is_open = True

    def open(self) -> None: ...

    def close(self) -> None: ...

    def deliver(self, mail, subscriber) -> Result:
        try:
            message = mail.message(subscriber)
            message.send()
        except DatabaseError:
            raise
        except OSError as error:
            raise NotNow(f"the mail could not be written: {_name(error)}") from None
        except Exception as error:  # whatever is wrong with this one, the others go on
            logger.error("A mail could not be made: %s", _name(error))
            return Result("failed")
        return Result("sent", message_id=message.extra_headers.get("Message-ID", "")[:255])


def _result(code: int, text: bytes, message_id: str) -> Result:
    found = ENHANCED.match(text)
    status = found[1].decode() if found else ""
    return Result({2: "sent", 4: "waiting", 5: "failed"}[code // 100], code, status, message_id)


def _name(error: BaseException) -> str:
    """What kind of error; its text may hold an address."""
    return f"{type(error).__name__} {getattr(error, 'smtp_code', '') or getattr(error, 'errno', '') or ''}".strip()
