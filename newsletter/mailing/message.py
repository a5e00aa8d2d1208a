"""The mail of an edition: composed once, then made for one subscriber after the other.

What a subscriber sees differently are two links; what a mail server sees differently are a few headers. Both parts are
rendered and inlined once, and kept cut at those links.
"""

import quopri
import re
import secrets
from dataclasses import dataclass
from email.utils import format_datetime, parseaddr
from urllib.parse import urlsplit

import css_inline
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import forbid_multi_line_headers, sanitize_address
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.crypto import salted_hmac

from ..differences import compare
from ..edition import Edition as ComposedEdition
from ..models import Edition, Subscriber
from ..publishing import as_published_now
from ..subscription.links import leave_address, manage_address
from .content import compose_mail
from .text import plain_text

INLINER = css_inline.CSSInliner(load_remote_stylesheets=False)
# With no sign that a header would have to quote or encode.
PLAIN_ADDRESS = re.compile(r"[\w.+-]+@[\w.-]+", re.ASCII)
LINKS = {"leave": leave_address, "manage": manage_address}


@dataclass(frozen=True)
class Cut:
    """A part of the mail cut at the subscriber's links: `links[n]` stands between `pieces[n]` and `pieces[n + 1]`."""

    pieces: tuple[str, ...]
    links: tuple[str, ...]

    @classmethod
    def at(cls, text: str, marks: dict[str, str]) -> "Cut":
        """`marks` are what stands in `text` in place of each link."""
        pieces = [text]
        links: list[str] = []
        while True:
            places = {name: pieces[-1].find(mark) for name, mark in marks.items() if mark in pieces[-1]}
            if not places:
                return cls(tuple(pieces), tuple(links))
            name = min(places, key=lambda name: places[name])
            rest = pieces.pop()
            pieces += [rest[: places[name]], rest[places[name] + len(marks[name]) :]]
            links.append(name)

    def filled(self, addresses: dict[str, str]) -> str:
        found = [self.pieces[0]]
        for link, piece in zip(self.links, self.pieces[1:], strict=True):
            found += [addresses[link], piece]
        return "".join(found)


@dataclass(frozen=True)
class EncodedCut:
    """The same as quoted-printable bytes, whose lines end with CRLF and are at most 76 characters long."""

    pieces: tuple[bytes, ...]
    links: tuple[str, ...]

    @classmethod
    def of(cls, cut: Cut) -> "EncodedCut":
        return cls(tuple(map(_quoted, cut.pieces)), cut.links)

    def filled(self, addresses: dict[str, bytes]) -> bytes:
        """`=` before a line's end joins it with the next, so that what is put in needs no other line to be broken."""
        found = [self.pieces[0]]
        for link, piece in zip(self.links, self.pieces[1:], strict=True):
            found += [addresses[link], piece]
        return b"=\r\n".join(found)


def _quoted(text: str) -> bytes:
    lines = "\n".join(text.splitlines()) + ("\n" if text.endswith("\n") else "")
    return quopri.encodestring(lines.encode()).replace(b"\n", b"\r\n")


class EditionMail:
    """The mail of one edition; `of()` composes it, everything else asks the database nothing."""

    def __init__(self, composed: ComposedEdition, before: ComposedEdition | None):
        """`before` is the public edition that came before, if there is one."""
        self.composed = composed
        self._boundary = f"=_{secrets.token_hex(16)}"  # "=_" occurs in nothing that is quoted-printable
        # Nobody who writes a text of the edition can guess what stands in place of the links.
        marks = {name: f"https://{secrets.token_hex(16)}.invalid/" for name in LINKS}
        content = compose_mail(composed, compare(before, composed) if before else None, settings.SITE_URL)
        context = {
            "content": content,
            "edition": composed,
            **{f"{name}_address": marks[name] for name in LINKS},
        }
        # The request is that of nobody: with it come the name of the site and what else every page says of it.
        request = HttpRequest()
        self.subject = _one_line(render_to_string("newsletter/mail/subject.txt", context, request))
        html = render_to_string("newsletter/mail/edition.html", context | {"subject": self.subject}, request)
        self._html = Cut.at(_without_blank_lines(INLINER.inline(html)), marks)
        self._text = Cut.at(plain_text(html), marks)
        self._encoded = {"plain": EncodedCut.of(self._text), "html": EncodedCut.of(self._html)}
        # An address with its token as a mark: to reverse each would take longer than all the rest of a mail.
        anybody = Subscriber(token=secrets.token_hex(16))
        self._around = {name: address(anybody).split(anybody.token) for name, address in LINKS.items()}
        self._sender = parseaddr(settings.MAIL_FROM)[1]
        common = self.common_headers() | {
            "MIME-Version": "1.0",
            "Content-Type": f'multipart/alternative; boundary="{self._boundary}"',
        }
        head = b"".join(_header(name, value) for name, value in common.items())
        self._before_text = head + b"\r\n" + self._before_part("plain")
        self._before_html = b"\r\n" + self._before_part("html")
        self._end = f"\r\n--{self._boundary}--\r\n".encode("ascii")

    def _before_part(self, kind: str) -> bytes:
        return (
            f"--{self._boundary}\r\n"
            f'Content-Type: text/{kind}; charset="utf-8"\r\n'
            "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
        ).encode("ascii")

    @classmethod
    def of(cls, edition: Edition) -> "EditionMail":
        """As it would be sent now; of a draft, as it would be published now."""
        last = Edition.objects.last_before(edition)
        return cls(as_published_now(edition), as_published_now(last) if last else None)

    # --- for a subscriber ---

    def message(self, subscriber) -> EmailMultiAlternatives:
        """For Django's own connections. `ValueError` where the address cannot stand in a header."""
        addresses = self._addresses(subscriber)
        headers = self.headers(subscriber)
        message = EmailMultiAlternatives(
            subject=self.subject,
            body=self._text.filled(addresses),
            from_email=headers.pop("From"),
            to=[headers.pop("To")],
            headers={name: value for name, value in headers.items() if name != "Subject"},
        )
        message.attach_alternative(self._html.filled(addresses), "text/html")
        return message

    def bytes_for(self, subscriber) -> bytes:
        """What goes over the line to a mail server; the same mail as `message()`, at a fraction of its time."""
        addresses = {name: _quoted(address) for name, address in self._addresses(subscriber).items()}
        return b"".join(
            [
                *(_header(name, value) for name, value in self.own_headers(subscriber).items()),
                self._before_text,
                self._encoded["plain"].filled(addresses),
                self._before_html,
                self._encoded["html"].filled(addresses),
                self._end,
            ]
        )

    def headers(self, subscriber) -> dict[str, str]:
        """All but those of MIME. `ValueError` where the address cannot stand in one."""
        return self.common_headers() | self.own_headers(subscriber)

    def common_headers(self) -> dict[str, str]:
        """RFC 3834, 5: what a process sends without being asked is `auto-generated`, and no absence note answers it.

        `Precedence` says the same to those who know nothing else. RFC 8058: one POST to the first address leaves.
        """
        return {
            "From": settings.MAIL_FROM,
            "Subject": self.subject,
            "List-Id": f"<newsletter.{_host()}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
            "Precedence": "bulk",
            "Content-Language": "de",
        }

    def own_headers(self, subscriber) -> dict[str, str]:
        leave = self._addresses(subscriber)["leave"]
        return {
            "To": _recipient(subscriber),
            "Date": format_datetime(timezone.localtime()),
            "Message-ID": self.message_id(subscriber),
            "List-Unsubscribe": f"<{leave}>, <mailto:{self._sender}?subject={subscriber.token}>",
        }

    def message_id(self, subscriber) -> str:
        """The same whenever this edition goes to this subscriber, so that a second delivery is known to be one.

        It names no address, and without the key of the site nobody finds the address by trying.
        """
        who = subscriber.pk or subscriber.address
        value = salted_hmac("newsletter.mailing", f"{self.composed.month:%Y-%m} {who}", algorithm="sha256")
        return f"<{self.composed.month:%Y-%m}.{value.hexdigest()[:32]}@{_host()}>"

    def _addresses(self, subscriber) -> dict[str, str]:
        return {name: subscriber.token.join(around) for name, around in self._around.items()}

    # --- for the admin ---

    def preview_html(self) -> str:
        return self._html.filled(_nobodys_addresses())

    def preview_text(self) -> str:
        return self._text.filled(_nobodys_addresses())


def _nobodys_addresses() -> dict[str, str]:
    """Where a subscription begins: a preview has nobody who could leave."""
    return dict.fromkeys(LINKS, f"{settings.SITE_URL}/abonnement/")


def _host() -> str:
    return urlsplit(settings.SITE_URL).hostname or "localhost"


def _recipient(subscriber) -> str:
    address = subscriber.address
    if PLAIN_ADDRESS.fullmatch(address):  # nearly all; what follows takes a third of the time of a mail
        return address
    if _one_line(address) != address or not address.isprintable():
        raise ValueError("The address holds characters that no header may have.")
    return sanitize_address(address, "utf-8")


def _one_line(text: str) -> str:
    """Without line breaks and other control characters, which would end a header."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split())


def _header(name: str, value: str) -> bytes:
    """One header as bytes; Django's own check and encoding where there is something to it, folded between words."""
    if not (value.isascii() and value.isprintable()):
        name, value = forbid_multi_line_headers(name, value, "utf-8")
    folded = value.replace("\r\n", "\n").replace("\n", "\r\n")
    return f"{name}: {_folded(folded)}\r\n".encode("ascii")


def _folded(value: str, width: int = 76) -> str:
    return value if len(value) <= width or "\r\n" in value else value.replace(", <", ",\r\n <")


def _without_blank_lines(html: str) -> str:
    """What the template leaves between its tags costs bytes and says nothing."""
    return "\n".join(line.strip() for line in html.splitlines() if line.strip())
