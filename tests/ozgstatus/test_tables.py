"""Every table of every public page leads to its own data, and every row has an address with its Stand."""

import re
from html.parser import HTMLParser
from urllib.parse import urljoin

import pytest
from django.utils import timezone

from rollout.models import RegisterEdition
from tests.html import text_of
from tests.pages import HTML_PAGES

pytestmark = pytest.mark.django_db

# What is measured, counted or listed; the pages below /daten/ list the files themselves and what their columns mean.
PAGES = [address for address in HTML_PAGES if not address.startswith("/daten/")]
STAND = re.compile(r"\d{4}-\d{2}")


class _Tables(HTMLParser):
    """All tables in the order of the page, each with its rows, and what leads to data after each.

    A row is the id and the addresses of the links in its heading; rows that head columns or groups are none.
    """

    def __init__(self, html: str):
        super().__init__()
        self.tables: list[dict] = []
        self.ids: list[str] = []
        self.row: dict | None = None
        self.in_heading = self.in_table = False
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "table":
            self.tables.append({"id": given.get("id"), "rows": [], "after": []})
            self.in_table = True
        elif tag == "tr":
            self.row = {"id": given.get("id"), "links": []}
        elif tag == "th" and given.get("scope") == "row":
            self.in_heading = True
            self.tables[-1]["rows"].append(self.row)
        elif tag == "a":
            if self.in_heading:
                self.row["links"].append(given["href"])
            elif self.tables and not self.in_table:
                self.tables[-1]["after"].append(given["href"])

    def handle_endtag(self, tag):
        if tag == "th":
            self.in_heading = False
        elif tag == "table":
            self.in_table = False


def with_stand(links: list[str], page: str) -> list[str]:
    """Those of the addresses that name a Stand and a row; a short one is of the page itself."""
    found = (urljoin(f"https://ozgstatus.example.org{page}", link) for link in links)
    return [link for link in found if "#" in link and STAND.search(link)]


@pytest.fixture
def pages(client, every_edition):
    return {address: client.get(address).content.decode() for address in PAGES}


def test_every_table_leads_to_its_data_and_every_row_has_an_address_with_its_stand(pages, client):
    number_of_tables = number_of_rows = 0
    for address, html in pages.items():
        page = _Tables(html)
        assert len(page.ids) == len(set(page.ids)), address
        # Several tables in a row may share one line of files below the last.
        files = [link for table in page.tables for link in table["after"] if link.startswith("/daten/")]
        assert bool(page.tables) <= bool(files), address
        for place, table in enumerate(page.tables):
            below = [link for other in page.tables[place:] for link in other["after"]]
            kinds = [
                link.partition("?")[0].rpartition(".")[2] for link in below if link.startswith("/daten/")
            ]
            assert kinds[:3] == ["csv", "json", "xlsx"], (address, place)
            for row in table["rows"]:
                assert row["id"], (address, row)
                # A table with a row for each municipality gives the address of its rows once, below it.
                links = row["links"] if not table["id"] else below
                assert with_stand(links, address), (address, row)
            number_of_rows += len(table["rows"])
        number_of_tables += len(page.tables)
    # Whoever adds a page type sees here that its tables were looked at.
    assert number_of_tables > 50 and number_of_rows > 1000


def test_an_address_of_a_row_leads_to_it(pages, client):
    """One of each table."""
    for address, html in pages.items():
        for table in _Tables(html).tables:
            links = with_stand([link for row in table["rows"] for link in row["links"]], address)
            for link in links[:1]:
                path, _, anchor = link.removeprefix("https://ozgstatus.example.org").partition("#")
                assert f'id="{anchor}"' in client.get(path).content.decode(), (address, link)


# --- rows of tables that show today ----------------------------------------------------------

LIVE = [
    ("/leistungen/", "leistungen"),
    ("/leistungen/wunschkennzeichen/", "einsatz"),
    ("/kommunen/14522/", "einsatz"),
    ("/kommunen/14627210/beispiel/", "einsatz"),
    ("/rollout/karte/", "berechnet"),
    ("/rollout/karte/wunschkennzeichen/", "einsatz"),
    ("/entwicklung/", "leistungen"),
    ("/methodik/", "berechnet"),
]


@pytest.mark.parametrize(("address", "data"), LIVE)
def test_who_follows_an_address_of_another_day_is_told_so(client, every_edition, address, data):
    today = timezone.localdate()
    plain = text_of(client.get(address))
    assert text_of(client.get(f"{address}?stand={today}")) == plain
    told = text_of(client.get(f"{address}?stand=2022-11-05"))
    assert "nennt den Stand vom 05.11.2022. Diese Seite zeigt den vom " + f"{today:%d.%m.%Y}" in told
    assert (
        f'/daten/{data}/">Daten zu jedem Stand' in client.get(f"{address}?stand=2022-11-05").content.decode()
    )


def test_the_register_is_told_by_its_own_day(client, every_edition):
    day = RegisterEdition.objects.newest().territory_date
    page = text_of(client.get(f"/kommunen/?q=14627210&stand={day}"))
    assert "Radebeul" in page and "Verweis" not in page
    assert "Diese Seite zeigt den vom 31.12.2021" in text_of(client.get("/kommunen/?stand=2022-11-05"))
    assert "Verweis" not in text_of(client.get(f"/kommunen/14627/?stand={day}"))


@pytest.mark.parametrize("stand", ["", "2022", "2022-13-01", "05.11.2022", "9" * 5000, "20221105"])
def test_a_stand_that_is_none_is_passed_over(client, every_edition, stand):
    response = client.get(f"/leistungen/?stand={stand}")
    assert response.status_code == 200 and "Verweis" not in text_of(response)
