"""What a page shows, read as a person would: text and tables, without markup."""

import re
from html.parser import HTMLParser

VOID = {"br", "hr", "img", "input", "link", "meta"}


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.stack: list[tuple[str, dict]] = []
        self.rows: list[list[str]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th") and self.rows:
            self.rows[-1].append("")
        if tag not in VOID:
            self.stack.append((tag, attributes))
        if attributes.get("role") == "img" and "title" in attributes:
            self.handle_data(attributes["title"])

    def handle_startendtag(self, tag, attributes):
        """An element of SVG that ends where it starts; it holds no text."""

    def handle_endtag(self, tag):
        while self.stack:
            if self.stack.pop()[0] == tag:
                break

    def handle_data(self, data):
        tags = [tag for tag, _ in self.stack]
        if "style" in tags or "script" in tags or ("title" in tags and "svg" not in tags):
            return
        if "main" in tags or "aside" in tags:
            self.text.append(data)
        if self.rows and ("td" in tags or "th" in tags):
            self.rows[-1][-1] += data


def _read(response) -> _Reader:
    reader = _Reader()
    reader.feed(response.content.decode())
    return reader


def _plain(text: str) -> str:
    return " ".join(text.replace("\u00ad", "").split())


def text_of(response) -> str:
    """The text of the page's main part and what stands beside it, with single spaces."""
    return _plain(" ".join(_read(response).text))


def rows_of(response) -> list[list[str]]:
    """All rows of all tables on the page, heading rows included, as texts of their cells."""
    return [[_plain(cell) for cell in row] for row in _read(response).rows]


def _shows_content(name: str, attributes: dict) -> bool:
    """The main part, what stands beside it, and the ways to other Stände and editions around it."""
    return name in ("main", "aside") or (name == "nav" and "wide" in attributes.get("class", "").split())


def links_of(response) -> list[str]:
    """Addresses of all links in the page's main part and around it."""
    found: list[str] = []

    class Links(_Reader):
        def handle_starttag(self, tag, attributes):
            super().handle_starttag(tag, attributes)
            # A link that has no text cites its row.
            cites = dict(attributes).get("aria-label", "") == "Adresse"
            if tag == "a" and not cites and any(_shows_content(*element) for element in self.stack):
                found.append(dict(attributes)["href"])

    Links().feed(response.content.decode())
    return found


def without_time(text: str) -> str:
    """ "(Redaktion, 05.10.2022, 12:30 Uhr)" as "(Redaktion)", since nobody can know the minute before."""
    return re.sub(r", \d\d\.\d\d\.\d{4}, \d\d:\d\d Uhr\)", ")", text)
