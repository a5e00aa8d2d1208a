"""Mails as a mail program reads them."""

from email import message_from_bytes, policy
from html.parser import HTMLParser


def parsed(raw: bytes):
    """With the standard library; a mail that has a defect fails."""
    mail = message_from_bytes(raw, policy=policy.default)
    assert [part.defects for part in mail.walk() if part.defects] == []
    return mail


def html_of(mail) -> str:
    return mail.get_body(("html",)).get_content().replace("\r\n", "\n")


def text_of(mail) -> str:
    return mail.get_body(("plain",)).get_content().replace("\r\n", "\n")


class Elements(HTMLParser):
    """All elements as (name, attributes), and all text that is shown."""

    def __init__(self, html: str):
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict]] = []
        self.text: list[str] = []
        self.hidden = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))
        self.hidden += tag in ("style", "title")

    def handle_endtag(self, tag):
        self.hidden -= tag in ("style", "title")

    def handle_data(self, data):
        if not self.hidden:
            self.text.append(data)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.text).split())

    def attributes(self, name: str) -> list[str]:
        return [attributes[name] for _, attributes in self.found if attributes.get(name) is not None]
