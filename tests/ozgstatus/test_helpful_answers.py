"""Whatever is typed into an address of search, comparison, data, trends, feeds or PDF: the answer leads on."""

import datetime

import pytest
from django.utils import timezone

from newsletter.models import EditionWithdrawal
from ozgstatus.opendata import DATA_SETS
from tests.factories import EditionFactory, publish
from tests.html import links_of, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_site")]

QUERIES = {
    "5,000 characters": "x" * 5000,
    "5,000 words": "a " * 2500,
    "operators of the full text": "sozial & | ! <-> () :* pass",
    "quotes": "\"'„“‚‘`´",
    "emoji": "😀👩‍👩‍👧‍👦",
    "SQL": "'; DROP TABLE catalogue_service; --",
    "wildcards": "%_\\",
    "HTML": "<script>alert(1)</script>",
    "directions and joiners": "\u202e\u200d\u2066",
    "only spaces": "   ",
}


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_a_search_says_what_it_found_or_what_to_do(client, query):
    response = client.get("/suche/", {"q": query})
    assert response.status_code == 200
    text = text_of(response)
    helps = ("Treffer", "Zu diesem Suchwort", "Bitte", "Es genügt", "gefunden")
    assert any(word in text for word in helps), text


def test_a_search_with_nul_is_told_what_is_wrong(client):
    response = client.get("/suche/?q=a%00b")
    assert response.status_code == 400 and "Adresse" in response.content.decode()


# --- two editions ----------------------------------------------------------------------------


WRONG_PAIRS = [
    "/ausgaben/2022-10/vergleich/2022-11/",  # a draft
    "/ausgaben/2022-11/vergleich/2022-10/",
    "/ausgaben/2022-11/vergleich/2022-11/",
    "/ausgaben/1999-01/vergleich/2022-10/",
    "/ausgaben/2022-13/vergleich/2022-10/",
    "/ausgaben/2022-10/vergleich/x/",
    "/ausgaben/😀/vergleich/'--/",
]


@pytest.mark.parametrize("address", WRONG_PAIRS)
def test_a_pair_that_is_none_is_asked_for_anew(client, address):
    response = client.get(address)
    assert response.status_code == 404
    html = response.content.decode()
    assert "Bitte wählen Sie zwei aus den Listen." in text_of(response)
    assert (
        html.count('value="2022-10"') == html.count('value="2022-12"') == 2 and 'value="2022-11"' not in html
    )
    chosen = 'value="2022-10" selected' in html
    assert chosen == ("2022-10" in address and "2022-13" not in address and "x" not in address)


def test_a_pair_with_one_that_was_withdrawn_says_why(client):
    edition = publish(EditionFactory(month=datetime.date(2022, 9, 1)))
    EditionWithdrawal.objects.create(
        publication=edition.publication, withdrawn_on=timezone.localdate(), reason="Falsche Zahlen."
    )
    for address in ("/ausgaben/2022-09/vergleich/2022-10/", "/ausgaben/2022-10/vergleich/2022-09/"):
        response = client.get(address)
        assert response.status_code == 410 and "Falsche Zahlen." in text_of(response)


def test_an_edition_beside_itself_says_so(client):
    response = client.get("/ausgaben/2022-10/vergleich/2022-10/")
    assert response.status_code == 200 and "zweimal dieselbe Ausgabe" in text_of(response)


# --- data ------------------------------------------------------------------------------------

WRONG_KEYS = [
    "2022-11-05",
    "2022-11",
    "1999-01",
    "2022-13",
    "2022-13-45",
    "0000-00-00",
    "9999-12-31",
    "9999-12",
    "2022",
    "heute",
    "AKTUELL",
    "x" * 500,
    "'--",
    "😀",
    "..",
]


@pytest.mark.parametrize("name", DATA_SETS)
def test_a_stand_that_is_none_names_those_that_are(client, name):
    public = {one.key for one in DATA_SETS[name].stands()}
    for key in set(WRONG_KEYS) - public:
        for kind in ("csv", "json", "xlsx", "pdf"):
            response = client.get(f"/daten/{name}/{key}.{kind}")
            assert response.status_code == 404, (key, kind)
            text = text_of(response)
            assert "gibt es in" in text and DATA_SETS[name].stand_words in text, (key, kind)
            first = DATA_SETS[name].fixed[0].key
            assert f"/daten/{name}/{first}.csv" in links_of(response), (key, kind)


@pytest.mark.parametrize("name", DATA_SETS)
def test_a_format_that_is_none_names_those_that_are_and_the_files_of_the_stand(client, name):
    key = DATA_SETS[name].fixed[0].key
    for file in (f"{key}.pdf", f"{key}.CSV", f"{key}.csv.gz", f"{key}.", key, f"{key}/", f"{key}.😀"):
        response = client.get(f"/daten/{name}/{file}")
        assert response.status_code == 404, file
        assert "csv, json" in text_of(response)
        assert links_of(response).count(f"/daten/{name}/{key}.csv") == 2, file


@pytest.mark.parametrize(
    "address", ["x/", "x/aktuell.csv", "x", "ROLLOUT/", "x/y/z.csv", "😀/", "'--/", "x/tableschema.json"]
)
def test_a_data_set_that_is_none_names_those_that_are(client, address):
    response = client.get(f"/daten/{address}")
    assert response.status_code == 404
    assert "Diesen Datensatz gibt es nicht" in text_of(response)
    assert {f"/daten/{name}/" for name in DATA_SETS} < set(links_of(response))


def test_a_data_set_without_its_last_sign_is_found(client):
    response = client.get("/daten/rollout")
    assert (response.status_code, response.url) == (301, "/daten/rollout/")


@pytest.mark.parametrize("value", ["x", "'--", "😀", "x" * 5000, "%"])
def test_a_part_of_which_nothing_is_known_is_an_empty_table_and_never_the_whole(client, value):
    for name, data_set in DATA_SETS.items():
        for part in data_set.filters:
            response = client.get(f"/daten/{name}/aktuell.json", {part: value})
            assert (response.status_code, response.getvalue()) == (200, b"[]\n"), (name, part)


# --- trends, feeds, PDF ----------------------------------------------------------------------


@pytest.mark.parametrize("value", ["", "gibt-es-nicht", "😀", "x" * 5000, "'--", "sozialpass,hundesteuer"])
@pytest.mark.parametrize("address", ["/entwicklung/", "/entwicklung/beispiel/"])
def test_a_trend_of_what_is_not_there_shows_another_and_lets_choose(client, address, value):
    response = client.get(address, {"leistung": value, "projekt": value})
    assert response.status_code == 200
    html = response.content.decode()
    assert '<option value="sozialpass"' in html and "<table" in html


@pytest.mark.parametrize(
    "address",
    [
        "/leistungen/gibt-es-nicht/feed/",
        "/kommunen/00000000/feed/",
        "/projekte/jaegerpruefung/feed/",
        "/ausgaben/2022-11.pdf",  # a draft
        "/ausgaben/1999-01.pdf",
        "/ausgaben/2022-13.pdf",
        "/ausgaben/x.pdf",
    ],
)
def test_what_has_no_feed_or_pdf_leads_on(client, address):
    response = client.get(address)
    assert response.status_code == 404
    assert {"/leistungen/", "/kommunen/", "/ausgaben/"} < set(links_of(response))
    assert 'type="search"' in response.content.decode()
