"""No link of the site, of the mail or of the PDF leads nowhere: all internal addresses and the places within them."""

import re
from collections import Counter
from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag, urljoin

import pytest
from django.conf import settings

from newsletter.mailing.message import EditionMail
from newsletter.models import Edition
from newsletter.pdf import as_html
from tests.pages import PUBLIC_PAGES, paths_of_the_sitemap

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("every_edition")]
ADDRESSES = {"href", "src", "action"}


class Document(HTMLParser):
    """The places of a document and where it leads, without what the browser does by itself."""

    def __init__(self, html: str):
        super().__init__()
        self.places: Counter[str] = Counter()
        self.links: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name == "id":
                self.places[value] += 1
            elif name in ADDRESSES and value is not None:
                self.links.add(value)

    @property
    def repeated(self) -> list[str]:
        return [place for place, number in self.places.items() if number > 1]


class Crawl:
    """Asks for each address once; follows the links of those that it is told to open."""

    def __init__(self, client):
        self.client = client
        self.statuses: dict[str, int] = {}
        self.documents: dict[str, Document] = {}
        self.followed: set[str] = set()
        self.dead: set[tuple[str, str]] = set()

    def ask(self, path: str) -> None:
        if path in self.statuses:
            return
        response = self.client.get(path)
        content = response.getvalue()  # to the end, which closes the file of a static file
        self.statuses[path] = response.status_code
        if response.status_code == 302:  # to what is newest
            self.ask(response.url)
            self.statuses[path] = self.statuses[response.url]
        elif response.status_code == 200 and response["Content-Type"].startswith(("text/html", "image/svg")):
            self.documents[path] = Document(content.decode())

    def open(self, path: str) -> None:
        self.ask(path)
        self.follow(path, self.documents[path])

    def follow(self, path: str, document: Document) -> None:
        self.followed.add(path)
        for link in document.links:
            address, place = urldefrag(urljoin(f"{settings.SITE_URL}{path}", link))
            if address != settings.SITE_URL and not address.startswith(f"{settings.SITE_URL}/"):
                continue
            target = address.removeprefix(settings.SITE_URL) or "/"
            self.ask(target)
            there = document if target == path else self.documents.get(target)
            if self.statuses[target] != 200 or (place and (not there or unquote(place) not in there.places)):
                self.dead.add((path, link))


def test_no_link_or_place_is_dead_and_no_place_is_named_twice(client):
    """All pages are asked for; of the hundreds of municipalities the links of one in ten are followed."""
    crawl = Crawl(client)
    in_the_sitemap = set(paths_of_the_sitemap(client))
    assert len(in_the_sitemap) > 500
    municipalities = sorted(path for path in in_the_sitemap if re.fullmatch(r"/kommunen/\d{8}/", path))
    for path in sorted(in_the_sitemap | set(PUBLIC_PAGES) - {"/sitemap.xml", "/robots.txt"}):
        if path in municipalities[1::10] or path not in municipalities:
            crawl.open(path)
    for edition in Edition.objects.public():
        mail = EditionMail.of(edition)
        crawl.follow(edition.get_absolute_url(), Document(as_html(edition)))
        crawl.follow("/the-mail/", Document(mail.preview_html()))
    assert crawl.dead == set()
    repeated = {path: document.repeated for path, document in crawl.documents.items() if document.repeated}
    assert repeated == {}
    assert crawl.followed > in_the_sitemap - set(municipalities)
    assert crawl.statuses.keys() > in_the_sitemap
    kinds = {path.rpartition(".")[2] for path in crawl.statuses if "." in path.rpartition("/")[2]}
    assert kinds >= {"csv", "json", "xlsx", "jsonld", "css", "svg"}
    assert "/feed/" in crawl.statuses


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ('<a href="/gibt-es-nicht/">', {"/gibt-es-nicht/"}),
        ('<a href="/kontakt/#fehlt">', {"/kontakt/#fehlt"}),
        ('<a href="#fehlt">', {"#fehlt"}),
        ('<a href="https://ozgstatus.example.org/fehlt/">', {"https://ozgstatus.example.org/fehlt/"}),
        (
            '<i id="hier"></i><a href="#hier"><a href="/kontakt/#inhalt"><a href="https://example.org/x">',
            set(),
        ),
    ],
)
def test_the_crawl_finds_what_is_dead(client, html, found):
    crawl = Crawl(client)
    crawl.follow("/", Document(html))
    assert {link for _, link in crawl.dead} == found
