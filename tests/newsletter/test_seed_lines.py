"""The newsletter of October 2022, quoted line by line: where the site shows each line, or which repair it got.

seed_lines.yaml holds every line of its text that is not empty, stripped, in order, in groups:
    at      the pages that show the group's lines, in this order
    moved   true where the page shows the group at another place than the print
    lines   a line as it is, or a mapping with `line`, `shown` (what the page shows instead) and `repair` (why);
            without `shown` nothing of the line is on the site
`rules` there are the repairs of many lines: a pattern, what the page shows, and why.

In a line a tab stands between two cells of one row, or between a term and its meaning.
"""

import hashlib
import html
import re
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import pytest
import yaml
from django.test import Client
from django_prose_editor.fields import ProseEditorField

from newsletter.models import Article, Block, Edition, Rubric
from ozgstatus.models import Page

QUOTES = yaml.safe_load(Path(__file__).with_name("seed_lines.yaml").read_text(encoding="utf-8"))

# Of the text's lines that are not empty, stripped and joined with "\n": nothing can be dropped here unnoticed.
COUNT = 284
SHA256 = "c001e55e02937ea2a0879072530ec6df617709dbb1601a241d63c0fa6c1fa18e"


@dataclass(frozen=True)
class Quote:
    """A line of the text; `shown` is what its pages show, None where that is nothing."""

    line: str
    pages: tuple[str, ...]
    moved: bool
    shown: str | None
    repair: str


def quotes() -> list[Quote]:
    return [quote(entry, group) for group in QUOTES["groups"] for entry in group["lines"]]


def quote(entry, group) -> Quote:
    if isinstance(entry, str):
        entry = {"line": entry, "shown": by_rule(entry), "repair": group.get("repair", "")}
    pages, moved = tuple(group["at"]), group.get("moved", False)
    return Quote(entry["line"], pages, moved, entry.get("shown"), entry["repair"])


def by_rule(line: str) -> str:
    for rule in QUOTES["rules"]:
        line = re.sub(rule["pattern"], rule["shown"], line)
    return line


def text_of_page(source: str) -> str:
    """What the body shows: a newline before a row, a tab after a cell or term, words in a link or in bold unbroken."""
    body = " ".join(source.partition("<body>")[2].split())
    text = re.sub(r"<tr\b[^>]*>", "\n", body)
    text = re.sub(r'<i role="img" title="([^"]*)"></i>', r"\1", text)
    text = re.sub(r"</(?:td|th|dt)>", "\t", text)
    text = re.sub(r"</?(?:a|em|span|strong)\b[^>]*>", "", text)
    text = html.unescape(re.sub(r"<[^>]+>", " ", text))
    return re.sub(r" ?([\n\t]) ?", r"\1", re.sub(r"[ \xa0]+", " ", text))


def missing(quotes: list[Quote], pages: dict[str, str]) -> list[tuple[str, str]]:
    """Page and text of what a page does not show after the quote before it; what has moved may stand anywhere."""
    found, places = [], dict.fromkeys(pages, 0)
    for quote in quotes:
        for page in quote.pages if quote.shown is not None else ():
            place = pages[page].find(quote.shown, 0 if quote.moved else places[page])
            if place < 0:
                found.append((page, quote.shown))
            elif not quote.moved:
                places[page] = place + len(quote.shown)
    return found


@pytest.fixture(scope="module")
def sources(first_edition):
    """The HTML of every page that a quote names, rendered once."""
    client = Client()
    return {
        page: client.get(page).content.decode() for page in {*chain(*(quote.pages for quote in quotes()))}
    }


def test_no_line_of_the_newsletter_is_left_out():
    lines = [quote.line for quote in quotes()]

    assert len(lines) == COUNT
    assert hashlib.sha256("\n".join(lines).encode()).hexdigest() == SHA256


@pytest.mark.django_db
def test_the_site_shows_every_line_in_the_order_of_the_print(sources):
    pages = {page: text_of_page(source) for page, source in sources.items()}

    assert missing(quotes(), pages) == []


@pytest.mark.django_db
def test_every_address_in_the_text_is_a_link(sources):
    printed = {
        (page, address)
        for quote in quotes()
        for page in quote.pages
        for address in re.findall(r"https?://[^\s<>]+", quote.line)
    }
    linked = {
        (page, html.unescape(address))
        for page, source in sources.items()
        for address in re.findall(r'<a [^>]*href="([^"]+)"', source)
    }

    assert printed
    assert printed - linked == set()


def test_only_what_is_no_text_of_the_newsletter_is_not_shown():
    assert {quote.line for quote in quotes() if not (quote.pages and quote.shown)} == {
        "--\t---\t-----\t-----",
        "SACHSEN",
    }


def test_whatever_is_not_shown_as_printed_says_why():
    changed = [quote for quote in quotes() if quote.moved or quote.shown != by_rule(quote.line)]

    assert changed
    assert [quote.line for quote in changed if not quote.repair] == []
    assert [rule["pattern"] for rule in QUOTES["rules"] if not rule["repair"]] == []


def test_every_rule_repairs_a_line():
    lines = [quote.line for quote in quotes()]
    patterns = [rule["pattern"] for rule in QUOTES["rules"]]

    assert [pattern for pattern in patterns if not any(re.search(pattern, line) for line in lines)] == []


@pytest.mark.django_db
@pytest.mark.parametrize("model", [Edition, Rubric, Block, Article, Page])
def test_no_text_changes_when_an_editor_saves_it_as_it_is(first_edition, model):
    names = [field.name for field in model._meta.fields if isinstance(field, ProseEditorField)]
    texts = [
        (model._meta.get_field(name), row[name]) for row in model.objects.values(*names) for name in names
    ]

    assert any(text for _, text in texts)
    assert [text for field, text in texts if field.sanitize(text) != text] == []


@pytest.mark.parametrize(
    "page",
    [
        "<body><p>Baumfällgenehmigung</p></body>",
        "<body><table><tr><th>Hundesteuer</th><td>22</td></tr><tr><td>6 %</td></tr></table></body>",
        "<body><p>Zweite Zeile</p><table><tr><th>Hundesteuer</th><td>22</td><td>6 %</td></tr></table></body>",
        "<body><table><tr><th>Hundesteuer</th><td>22</td><td>6 %</td></tr></table><p>ZweiteZeile</p></body>",
    ],
    ids=["another text", "cells of two rows", "another order", "a lost space"],
)
def test_a_page_that_shows_something_else_is_noticed(page):
    expected = [Quote(line, ("/",), False, line, "") for line in ["Hundesteuer\t22\t6 %", "Zweite Zeile"]]

    assert missing(expected, {"/": text_of_page(page)})
