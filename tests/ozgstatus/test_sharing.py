"""What pages say of themselves to search engines and to those who share them."""

import json
import re

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone

from newsletter.models import Edition, EditionPdf
from tests.factories import ServiceFactory
from tests.html import links_of
from tests.ozgstatus.test_every_page import HTML_PAGES, NO_PAGES

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_site")]
SITE = "https://ozgstatus.example.org"


def head_of(client, path) -> str:
    return client.get(path).content.decode().partition("<body>")[0]


def meta(head, name) -> list[str]:
    return re.findall(rf'<meta (?:name|property)="{name}" content="([^"]*)">', head)


def blocks(head) -> list[dict]:
    return [
        json.loads(text) for text in re.findall(r'<script type="application/ld\+json">(.*?)</script>', head)
    ]


@pytest.mark.parametrize("path", [path for path in HTML_PAGES if not path.startswith("/suche/?")])
def test_a_page_names_itself_once_in_every_way(client, path):
    head = head_of(client, path)
    [title] = re.findall(r"<title>([^<]+)</title>", head)
    [canonical] = re.findall(r'<link rel="canonical" href="([^"]+)">', head)
    assert meta(head, "og:title") == [title.replace('"', "&quot;")]
    assert meta(head, "og:description") == meta(head, "description") != [""]
    assert canonical == SITE + path.partition("?")[0]
    assert meta(head, "og:url") == [canonical]
    assert meta(head, "og:site_name") == ["OZG-Status"]
    assert meta(head, "og:image") == []


def test_no_two_pages_share_a_title_or_description(client):
    # The newest Stand also has an address of its own.
    pages = [path for path in HTML_PAGES if "?" not in path and path not in ("/rollout/", "/projekte/")]
    titles = [re.findall(r"<title>([^<]+)</title>", head_of(client, path))[0] for path in pages]
    assert len(set(titles)) == len(titles)
    descriptions = [meta(head_of(client, path), "description")[0] for path in pages]
    assert len(set(descriptions)) == len(descriptions)


@pytest.mark.parametrize("path", [*NO_PAGES, "/suche/?q=sozialpass", "/suche/?q=gibtesnicht"])
def test_what_is_no_page_or_was_searched_for_is_no_canonical_address(client, path):
    assert "canonical" not in head_of(client, path)


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/rollout/", ["Startseite", "Stand des Roll-Outs"]),
        ("/leistungen/sozialpass/", ["Startseite", "Leistungen", "Sozialpass"]),
        ("/kommunen/14627210/", ["Startseite", "Kommunen", "Radebeul"]),
        ("/ausgaben/2022-10/once-only/", ["Startseite", "Ausgaben", "Once-Only"]),
        ("/rollout/karte/sozialpass/", ["Startseite", "Stand des Roll-Outs", "Karten", "Sozialpass"]),
        ("/daten/rollout/", ["Startseite", "Daten", "Stand des Roll-Outs"]),
        ("/entwicklung/", ["Startseite", "Entwicklung"]),
        ("/entwicklung/beispiel/", ["Startseite", "Entwicklung", "Beispieldaten"]),
        ("/suche/", ["Startseite", "Suche"]),
        ("/ausgaben/vergleich/", ["Startseite", "Ausgaben", "Vergleich"]),
        (
            "/ausgaben/2022-10/vergleich/2022-12/",
            [
                "Startseite",
                "Ausgaben",
                "Vergleich",
                "Ausgabe Oktober 2022 bis Ausgabe Dezember 2022",
            ],
        ),
    ],
)
def test_breadcrumbs_lead_from_the_home_page_to_the_page(client, path, names):
    crumbs = next(block for block in blocks(head_of(client, path)) if block["@type"] == "BreadcrumbList")
    entries = crumbs["itemListElement"]
    assert [entry["name"] for entry in entries] == names
    assert [entry["position"] for entry in entries] == list(range(1, len(names) + 1))
    assert entries[-1]["item"] == SITE + path
    for entry in entries:
        assert client.get(entry["item"].removeprefix(SITE)).status_code == 200


def test_an_edition_names_its_pdf_once_there_is_one(client):
    path = "/ausgaben/2022-10/"
    assert "application/pdf" not in head_of(client, path)
    EditionPdf.objects.create(
        edition=Edition.objects.get(month="2022-10-01"), content=b"%PDF", digest="0" * 64, change_count=0
    )
    [address] = re.findall(
        r'<link rel="alternate" type="application/pdf"[^>]* href="([^"]+)">', head_of(client, path)
    )
    assert client.get(address).headers["Content-Type"] == "application/pdf"


def test_a_data_set_is_described_for_search_engines(client):
    found = next(block for block in blocks(head_of(client, "/daten/rollout/")) if block["@type"] == "Dataset")
    assert found["name"] == "Stand des Roll-Outs" and found["url"] == f"{SITE}/daten/rollout/"
    assert "license" not in found
    for file in found["distribution"]:
        assert client.get(file["contentUrl"].removeprefix(SITE)).status_code == 200


def test_a_name_cannot_end_the_block_of_data(client):
    ServiceFactory(name="</script><script>alert(1)</script> & Co", slug="boese")
    head = head_of(client, "/leistungen/boese/")
    assert "<script>alert" not in head
    [crumbs] = blocks(head)
    assert crumbs["itemListElement"][-1]["name"] == "</script><script>alert(1)</script> & Co"


def test_a_quotation_mark_does_not_end_an_attribute():
    template = '{% load sharing %}{% page_title %}a "b" {{ c }}{% endpage_title %}'
    request = RequestFactory().get("/")
    html = Template(template).render(Context({"c": '"><b>', "request": request}))
    assert '<meta property="og:title" content="a &quot;b&quot; &quot;&gt;&lt;b&gt;">' in html


@pytest.mark.parametrize(
    ("path", "files"),
    [
        ("/leistungen/", "/daten/leistungen/aktuell"),
        ("/leistungen/sozialpass/", "/daten/rollout/alle"),
        ("/leistungen/sozialpass/", "/daten/einsatz/aktuell"),
        ("/rollout/", "/daten/rollout/2022-10-05"),
        ("/rollout/2022-12-05/", "/daten/rollout/2022-12-05"),
        ("/rollout/karte/", "/daten/berechnet/aktuell"),
        ("/rollout/karte/hundesteuer/beispiel/", "/daten/einsatz/beispiel"),
        ("/projekte/", "/daten/projekte/2022-10-14"),
        ("/projekte/jaegerpruefung/", "/daten/projekte/alle"),
        ("/kommunen/14627210/", "/daten/einsatz/aktuell"),
        ("/ausgaben/", "/daten/ausgaben/alle"),
        ("/ausgaben/", "/daten/ausgaben/beispiel"),
        ("/ausgaben/2022-10/", "/daten/leistungen/2022-10"),
        ("/ausgaben/2022-10/", "/daten/rollout/2022-10-05"),
        ("/ausgaben/2022-10/", "/daten/projekte/2022-10-14"),
        ("/ausgaben/2022-12/", "/daten/rollout/2022-12-05"),
        ("/ausgaben/2022-10/vergleich/2022-12/", "/daten/rollout/2022-10-05"),
        ("/ausgaben/2022-10/vergleich/2022-12/", "/daten/rollout/2022-12-05"),
        ("/ausgaben/2022-10/vergleich/2022-12/", "/daten/projekte/2022-12-14"),
        ("/entwicklung/", "/daten/leistungen/aktuell"),
        ("/entwicklung/", "/daten/rollout/alle"),
        ("/entwicklung/", "/daten/projekte/alle"),
        ("/entwicklung/beispiel/", "/daten/rollout/beispiel"),
        ("/entwicklung/beispiel/", "/daten/projekte/beispiel"),
    ],
)
def test_a_table_leads_to_its_own_data(client, path, files):
    links = [link for link in links_of(client.get(path)) if link.startswith(f"{files}.")]
    assert [link.partition("?")[0] for link in links] == [
        f"{files}.{kind}" for kind in ("csv", "json", "xlsx")
    ]
    assert all(client.get(link).status_code == 200 for link in links)


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("/rollout/", "/rollout/2022-10-05/#rollout-"),
        ("/rollout/2022-12-05/?sort=count", "/rollout/2022-12-05/#rollout-"),
        ("/projekte/", "/projekte/2022-10-14/#projekt-"),
        ("/ausgaben/2022-10/", "#produktiv-z1"),
        ("/ausgaben/2022-10/", "#rollout-rollout-"),
        ("/ausgaben/2022-10/", "#projekte-projekt-"),
        ("/leistungen/", f"?stand={timezone.localdate()}#leistung-sozialpass"),
        ("/kommunen/14627210/", f"?stand={timezone.localdate()}#leistung-sozialpass"),
    ],
)
def test_a_row_shows_the_address_to_cite_it_by(client, path, address):
    html = client.get(path).content.decode()
    cited = [
        link
        for link in re.findall(r'<a href="([^"]+)" aria-label="Adresse[^"]*"></a>', html)
        if link.startswith(address)
    ]
    assert len(cited) == 1
    page, _, anchor = cited[0].partition("#")
    assert f'id="{anchor}"' in client.get(page if page.startswith("/") else f"{path}{page}").content.decode()
