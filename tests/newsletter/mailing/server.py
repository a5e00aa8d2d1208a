"""A real mail server on loopback, which does what a test wants at any step of taking a mail."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import closing
from email import message_from_bytes, policy
from socket import create_server
from typing import NamedTuple

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

logging.getLogger("mail.log").setLevel(logging.WARNING)  # else it logs every line of every mail

CUT = "cut"  # break the connection in place of an answer
CUT_AFTER = "cut after"  # take the mail, say so, and break the connection


class Mail(NamedTuple):
    recipient: str
    content: bytes

    @property
    def parsed(self):
        return message_from_bytes(self.content, policy=policy.default)


class MailServer:
    """`mails` are those that it took; `rule(step, recipient)` may answer at "rcpt" and "data" in place of the server.

    A connection that is cut instead of the answer to DATA leaves the mail in `mails`: the server has it.
    """

    def __init__(self, *, pipelining: bool = False):
        self.pipelining = pipelining
        self.mails: list[Mail] = []
        self.connections = 0
        self.rule: Callable[[str, str], str | None] = lambda step, recipient: None

    def __enter__(self):
        with closing(create_server(("127.0.0.1", 0))) as probe:
            self.port = probe.getsockname()[1]
        self._controller = Controller(
            self, "127.0.0.1", self.port, server_hostname="localhost", ready_timeout=30
        )
        self._controller.factory = lambda: SMTP(self, hostname="localhost", enable_SMTPUTF8=False)
        self._controller.start()
        return self

    def __exit__(self, *_):
        self._controller.stop()

    @property
    def recipients(self) -> list[str]:
        return [mail.recipient for mail in self.mails]

    def answer(self, *, rcpt: str | None = None, data: str | None = None, to: str = "") -> None:
        """Answer so from now on, to this recipient or to all."""
        answers = {"rcpt": rcpt, "data": data}
        self.rule = lambda step, recipient: answers[step] if to in ("", recipient) else None

    # --- what aiosmtpd calls ---

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.connections += 1
        session.host_name = hostname
        return ["250-PIPELINING"] * self.pipelining + responses

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = self.rule("rcpt", address)
        if answer == CUT:
            server.transport.abort()
        elif answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        [recipient] = envelope.rcpt_tos
        answer = self.rule("data", recipient)
        if answer not in (None, CUT, CUT_AFTER):
            return answer
        self.mails.append(Mail(recipient, envelope.content))
        if answer == CUT:
            server.transport.abort()
        elif answer == CUT_AFTER:
            asyncio.get_running_loop().call_later(0.05, server.transport.abort)
        return "250 2.0.0 OK"
