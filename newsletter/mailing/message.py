"""The mail of an edition: composed once, then made for each subscriber."""

import hashlib
import re
from html import unescape

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.html import strip_tags

from ..edition import compose
from ..models import Edition


class EditionMail:
    """The same for all but the address, the Message-ID and the links to leave."""

    def __init__(self, edition, subject: str, text: str):
        self.edition, self.subject, self.text = edition, subject, text

    @classmethod
    def of(cls, edition) -> "EditionMail":
        """Reads all that the mail shows; nothing is read later on."""
        whole = Edition.objects.whole().get(pk=edition.pk)
        composed = compose(whole)
        bodies = [block.article.body for block in whole.blocks.all() if block.article]
        paragraphs = [unescape(strip_tags(re.sub("</(p|li|h3|h4)>", "\n\n", body))) for body in bodies]
        example = "Beispieldaten\n\n" if whole.illustrative else ""
        text = f"{example}{composed.title}\n{settings.SITE_URL}{composed.address}\n\n" + "\n".join(paragraphs)
        return cls(whole, composed.title, text)

    def message(self, subscriber) -> EmailMessage:
        number = hashlib.sha256(f"{self.edition.pk} {subscriber.token}".encode()).hexdigest()[:40]
        host = settings.MAIL_FROM.rpartition("@")[2].rstrip(">")
        headers = {
            "Message-ID": f"<{number}@{host}>",
            "List-Unsubscribe": f"<mailto:{settings.MAIL_FROM}?subject=abmelden%20{subscriber.token}>",
        }
        return EmailMessage(
            self.subject, self.text, settings.MAIL_FROM, [subscriber.address], headers=headers
        )

    def bytes_for(self, subscriber) -> bytes:
        """The whole mail as it goes after DATA: lines end with CRLF, leading dots are not yet doubled."""
        return self.message(subscriber).message().as_bytes(linesep="\r\n")  # type: ignore[call-arg]
