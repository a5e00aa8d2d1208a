"""What holds for every public page, on a site that has one thing of each kind, drafts and examples."""

import re
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.html import links_of, text_of
from tests.pages import paths_of_the_sitemap

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_site")]

HTML_PAGES = [
    "/",
    "/leistungen/",
    "/leistungen/?q=sozialpass&fuer=gemeinde",
    "/suche/",
    "/suche/?q=sozialpass",
    "/suche/?q=sozialpasss&art=leistung",
    "/suche/?q=gibtesnicht",
    "/leistungen/sozialpass/",
    "/leistungen/hundesteuer/",
    "/rollout/",
    "/rollout/2022-10-05/",
    "/rollout/2022-12-05/?sort=-count",
    "/rollout/karte/",
    "/rollout/karte/sozialpass/",
    "/rollout/karte/hundesteuer/beispiel/?art=gemeinde",
    "/projekte/",
    "/projekte/2022-10-14/",
    "/projekte/jaegerpruefung/",
    "/kommunen/",
    "/kommunen/?q=rade&art=gemeinde&seite=2",
    "/kommunen/14627210/",
    "/kommunen/14627210/beispiel/?art=gemeinde",
    "/entwicklung/",
    "/entwicklung/beispiel/?leistung=sozialpass",
    "/ausgaben/",
    "/ausgaben/2022-10/",
    "/ausgaben/2022-10/once-only/",
    "/ausgaben/2022-10/vergleich/2022-12/",
    "/ausgaben/vergleich/",
    "/abonnement/",
    "/abonnement/aendern/",
    "/methodik/",
    "/kontakt/",
    "/impressum/",
    "/datenschutz/",
    "/barrierefreiheit/",
    "/lizenzen/",
    "/daten/",
    "/daten/leistungen/",
    "/daten/rollout/",
    "/daten/projekte/",
    "/daten/berechnet/",
    "/daten/berichtigungen/",
    "/daten/einsatz/",
    "/daten/kommunen/",
    "/daten/ausgaben/",
]
DATA = ["/daten/rollout/2022-10-05.csv", "/daten/katalog.jsonld", "/feed/", "/leistungen/sozialpass/feed/"]
FOR_MACHINES = [*DATA, "/lizenzen/eupl-1.2.txt", "/robots.txt", "/sitemap.xml", "/livez", "/readyz"]
NO_PAGES = [
    "/gibt-es-nicht/",
    "/leistungen/gibt-es-nicht/",
    "/rollout/2022-11-05/",
    "/kommunen/99999999/",
    "/rollout/karte/hundesteuer/",
    "/rollout/karte/sozialpass/beispiel/",
]


@pytest.mark.parametrize("path", [*HTML_PAGES, *NO_PAGES])
def test_headings_form_an_outline_without_gaps(client, path):
    html = client.get(path).content.decode()
    levels = [int(level) for level in re.findall(r"<h([1-6])\b", html)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert [pair for pair in pairwise(levels) if pair[1] > pair[0] + 1] == []


def test_the_sitemap_names_every_public_page_and_no_draft_or_example(client):
    # Nor pairs of editions: there are as many as the square of the editions, and each page leads to some.
    expected = {page for page in HTML_PAGES if "?" not in page and "/vergleich/" not in page}
    found = paths_of_the_sitemap(client)
    assert set(found) == expected
    assert len(found) == len(expected)


def test_every_address_of_the_sitemap_answers(client):
    for path in paths_of_the_sitemap(client):
        assert (path, client.get(path).status_code) == (path, 200)


@pytest.mark.parametrize("path", [*HTML_PAGES, *NO_PAGES])
def test_every_page_has_the_search_of_everything_once(client, path):
    forms = re.findall(r'<form[^>]* action="/suche/".*?</form>', client.get(path).content.decode(), re.DOTALL)
    assert len(forms) == 1
    label = re.search(r'<label[^>]* for="([^"]+)"', forms[0])[1]
    assert re.search(rf'<input[^>]* id="{label}" type="search" name="q"', forms[0])


@pytest.mark.parametrize("path", NO_PAGES)
def test_where_there_is_no_page_a_search_of_everything_is_offered(client, path):
    response = client.get(path)
    assert response.status_code == 404
    assert "Diese Seite gibt es nicht" in text_of(response)
    html = response.content.decode()
    assert re.findall(r'<form[^>]* action="([^"]+)"', html) == ["/suche/"]
    assert re.findall(r'<input[^>]* name="([^"]+)"', html) == ["q"]
    ways = ["/", "/leistungen/", "/rollout/", "/projekte/", "/kommunen/", "/ausgaben/", "/daten/"]
    assert links_of(response) == ways


def test_a_404_page_makes_two_queries(client):
    with CaptureQueriesContext(connection) as queries:
        client.get("/gibt-es-nicht/")
    assert len(queries) == 2


@pytest.mark.parametrize("query", ["", "?q=a%20b&q=%C3%A4"])
def test_a_replaced_address_leads_to_the_present_one_with_its_query(client, query):
    response = client.get(f"/leistungen/sozial-pass/{query}")
    assert (response.status_code, response.url) == (301, f"/leistungen/sozialpass/{query}")


@pytest.mark.parametrize("path", [*HTML_PAGES, *FOR_MACHINES, *NO_PAGES, "/?q=%00"])
def test_a_public_page_sets_no_cookie_and_does_not_depend_on_one(client, path):
    client.cookies["sessionid"] = "a" * 32
    response = client.get(path)
    assert not response.cookies
    assert "Cookie" not in response.headers.get("Vary", "")


@pytest.mark.parametrize("path", [*HTML_PAGES, *FOR_MACHINES, *NO_PAGES, "/?q=%00"])
def test_a_public_page_allows_the_browser_nothing_but_our_own_files(client, path):
    policy = client.get(path).headers["Content-Security-Policy"]
    assert set(policy.split("; ")) == {
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "object-src 'none'",
    }


@pytest.mark.parametrize("path", [*HTML_PAGES, *NO_PAGES, "/?q=%00"])
def test_a_public_page_asks_no_other_host_and_has_no_inline_style_or_script(client, path):
    html = client.get(path).content.decode()
    # Blocks of data are no scripts: a browser does not run them.
    html = re.sub(r'<script type="application/ld\+json">[^<]*</script>', "", html)
    assert re.findall(r'<(?:script|style)\b|\sstyle="|\son\w+="', html) == []
    # What is canonical or an alternate is named, not loaded.
    html = re.sub(r'<link rel="(?:canonical|alternate)"[^>]*>', "", html)
    loaded = re.findall(r'<link[^>]* href="([^"]+)"|\ssrc="([^"]+)"', html)
    assert loaded and all(address.startswith("/static/") for pair in loaded for address in pair if address)
