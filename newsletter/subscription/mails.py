"""The mails that answer a request: plain text, written by the site itself and not by an editor."""

import logging
import smtplib
from contextlib import suppress

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend as SmtpBackend
from django.template.loader import render_to_string

logger = logging.getLogger(__name__)

# Seconds that a mail server may keep a visitor waiting.
PATIENCE = 10


class CannotSend(Exception):
    """The mail server is down, or does not take the mail."""


def compose(request, name: str, address: str, **context) -> EmailMessage:
    """The mail of that name; the first line of its template is the subject."""
    text = render_to_string(
        f"newsletter/subscription/mail/{name}.txt", {"address": address, **context}, request
    )
    subject, _, body = text.partition("\n")
    headers = {"Auto-Submitted": "auto-generated"}  # RFC 3834: no absence notice answers it
    return EmailMessage(
        " ".join(subject.split()), body.strip() + "\n", settings.MAIL_FROM, [address], headers=headers
    )


def send(write) -> None:
    """Sends the mail that `write` makes, if it makes one; raises CannotSend.

    The server is asked first in any case, so that the answer says no more about an address than that of any other.
    """
    connection = get_connection(timeout=PATIENCE)
    try:
        if isinstance(connection, SmtpBackend):
            connection.open()
        message = write()
        if message:
            connection.send_messages([message])
    except (smtplib.SMTPException, OSError) as error:
        # Without its text, in which the server may have put the address.
        logger.warning("A mail about a subscription was not sent: %s", type(error).__name__)
        raise CannotSend from error
    finally:
        _close(connection)


def _close(connection) -> None:
    with suppress(smtplib.SMTPException, OSError):  # what was to be sent is sent
        connection.close()
