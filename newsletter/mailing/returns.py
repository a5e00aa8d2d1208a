"""What comes back to MAIL_FROM: mails that could not be delivered (RFC 3464), and requests to leave by mail (RFC 2369).

Read from a mailbox over IMAP. What is dealt with is deleted there, since it holds addresses; everything else is marked
as read and left to people.
"""

import email
import imaplib
import logging
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.header import decode_header, make_header
from email.message import Message
from urllib.parse import unquote, urlsplit

from django.db import transaction

from ..models import Delivery, Subscriber

logger = logging.getLogger(__name__)

PORTS = {"imap": 143, "imaps": 993}
SECONDS = 30
MOST_AT_ONCE = 500
LARGEST = 2_000_000  # bytes; nothing that is larger is fetched

TOKEN = re.compile(r"(?<![\w-])[\w-]{43}(?![\w-])", re.ASCII)
STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")


class MailboxFault(Exception):
    """The mailbox cannot be read; says why, without what the server said."""


@dataclass(frozen=True)
class Return:
    """A mail that came back for good, by the Message-ID that we gave it."""

    message_id: str
    status: str


# --- reading one mail ------------------------------------------------------------------------------


def returned(mail: Message) -> Return | None:
    """What a delivery status notification says for good, or None. "delayed" is no end."""
    for part in mail.walk():
        if part.get_content_type() == "message/delivery-status":
            failed = [block for block in _blocks(part) if _field(block, "Action") == "failed"]
            original = _original(mail)
            if not failed or original is None:
                return None
            status = STATUS.search(_field(failed[0], "Status"))
            return Return(str(original["Message-ID"] or "").strip(), status[0] if status else "5.0.0")
    return None


def _blocks(part: Message) -> list[Message]:
    found = part.get_payload()
    return [block for block in found if isinstance(block, Message)] if isinstance(found, list) else []


def _field(block: Message, name: str) -> str:
    return str(block[name] or "").strip().lower()


def _original(mail: Message) -> Message | None:
    """The mail that came back, or its head."""
    for part in mail.walk():
        if part.get_content_type() == "message/rfc822":
            blocks = _blocks(part)
            return blocks[0] if blocks else None
        if part.get_content_type() == "text/rfc822-headers":
            content = part.get_payload(decode=True)
            return email.message_from_bytes(content) if isinstance(content, bytes) else None
    return None


def token_in(mail: Message) -> str | None:
    """The token in the subject of a mail that asks to leave, or None."""
    if mail.is_multipart() and mail.get_content_type() == "multipart/report":
        return None
    subject = "".join(str(make_header(decode_header(str(mail["Subject"] or "")))).splitlines())
    found = TOKEN.search(subject)
    return found[0] if found else None


# --- acting on it -------------------------------------------------------------------------------------


def deal_with(content: bytes) -> str | None:
    """ "returned", "left" or None for what is not ours to deal with."""
    mail = email.message_from_bytes(content)
    found = returned(mail)
    if found:
        return "returned" if Delivery.objects.returned(found.message_id, found.status) else None
    token = token_in(mail)
    if token and _leave(token):
        return "left"
    return None


@transaction.atomic
def _leave(token: str) -> bool:
    return Subscriber.objects.filter(token=token).leave()


def read_returns(address: str) -> Counter[str]:
    """Deal with all new mails of the mailbox at `address` (IMAP_URL): how many were returned, left, skipped.

    Raises `MailboxFault`.
    """
    found: Counter[str] = Counter()
    with _faults_told(), _mailbox(address) as box:
        for number, content in _new_mails(box):
            done = _dealt_with(content)
            box.uid("STORE", number, "+FLAGS", r"(\Deleted)" if done else r"(\Seen)")
            found[done or "skipped"] += 1
        box.expunge()
    return found


def look_into(address: str) -> None:
    """Nothing but whether the mailbox at `address` can be opened. Raises `MailboxFault`."""
    with _faults_told(), _mailbox(address):
        pass


@contextmanager
def _faults_told() -> Iterator[None]:
    try:
        yield
    except (imaplib.IMAP4.error, OSError) as error:
        raise MailboxFault(f"the mailbox cannot be read: {type(error).__name__}") from None


def _dealt_with(content: bytes | None) -> str | None:
    """Anybody may write to this mailbox anything: what cannot be read is left there, and the next one is read."""
    try:
        return deal_with(content) if content else None
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        logger.warning("A mail in the mailbox could not be read: %s", type(error).__name__)
        return None


@contextmanager
def _mailbox(address: str) -> Iterator[imaplib.IMAP4]:
    parts = urlsplit(address)
    kind = imaplib.IMAP4_SSL if parts.scheme == "imaps" else imaplib.IMAP4
    box = kind(parts.hostname or "", parts.port or PORTS[parts.scheme], timeout=SECONDS)
    try:
        box.login(unquote(parts.username or ""), unquote(parts.password or ""))
        answer, _ = box.select(f'"{unquote(parts.path.strip("/")) or "INBOX"}"')
        if answer != "OK":
            raise imaplib.IMAP4.error("no such folder")
        yield box
    finally:
        box.logout()


def _new_mails(box: imaplib.IMAP4) -> Iterator[tuple[str, bytes | None]]:
    """Number and content, None where it is too large, of each mail that nobody has read."""
    _, answer = box.uid("SEARCH", "UNSEEN", "UNDELETED", "SMALLER", str(LARGEST))
    for number in (answer[0] or b"").split()[:MOST_AT_ONCE]:
        _, parts = box.uid("FETCH", number.decode(), "(BODY.PEEK[])")
        yield number.decode(), next((part[1] for part in parts if isinstance(part, tuple)), None)
