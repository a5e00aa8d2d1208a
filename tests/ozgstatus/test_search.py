"""The search of the whole site, on the real content of October 2022 with the example of December beside it."""

import re
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from projects.models import ProjectRow
from stand.models import SearchedWord
from stand.search import MOST_MEANT
from tests.factories import ServiceFactory
from tests.html import links_of, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("every_edition")]

WOHNGELD = "/leistungen/erst-und-weiterleistungsantrag-mietzuschuss-auf-wohngeld/"


def ask(client, query, more=""):
    response = client.get(f"/suche/?q={quote(query)}{more}")
    assert response.status_code == 200
    return response


def hits_of(response) -> list[str]:
    """The addresses of the hits in their order."""
    return re.findall(r'<h2><a href="([^"]+)">', response.content.decode())


def marked(response) -> set[str]:
    return set(re.findall("<mark>(.*?)</mark>", response.content.decode()))


# --- the examples of issue 7 -------------------------------------------------------------------


def test_a_word_is_found_inside_compounds(client):
    response = ask(client, "Genehmigung")
    assert "/leistungen/baumfaellgenehmigung/" in hits_of(response)
    assert "Baumfäll<mark>genehmigung</mark>" in response.content.decode()


@pytest.mark.parametrize("query", ["Baumfaellgenehmigung", "Baumfällgenehmigung", "BAUMFÄLLGENEHMIGUNG"])
def test_umlauts_may_be_written_out(client, query):
    response = ask(client, query)
    assert hits_of(response)[0] == "/leistungen/baumfaellgenehmigung/"
    assert marked(response) == {"Baumfällgenehmigung"}


@pytest.mark.parametrize("query", ["Baumfällgenehmigungen", "Genehmigungen"])
def test_other_grammatical_forms_are_found(client, query):
    assert "/leistungen/baumfaellgenehmigung/" in hits_of(ask(client, query))


def test_typing_errors_are_forgiven_and_said(client):
    response = ask(client, "Wohngelt")
    assert set(hits_of(response)) == {
        WOHNGELD,
        "/projekte/wohngeld-ausbaustufe-iii-mietzuschuss/",
        "/projekte/wohngeld-ausbaustufe-iv-lastenzuschuss/",
        "/projekte/wohngeld-ausbaustufe-v-wohngeld-fuer-heimbewohner/",
    }
    assert marked(response) == {"Wohngeld"}
    assert "Genau so geschrieben wurde „Wohngelt“ nicht gefunden, aber ähnlich: 4 Treffer" in text_of(
        response
    )


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ("Datenfeldrn", "Datenfeldern"),
        ("Kinderbetreung", "Kinderbetreuung"),
        ("Familenfreundlichkeit", "Familienfreundlichkeit"),
    ],
)
def test_typing_errors_are_forgiven_in_the_text_of_an_article_too(client, query, meant):
    response = ask(client, query)
    assert hits_of(response) == hits_of(ask(client, meant)) != []
    assert marked(response) == {meant}
    assert f"Genau so geschrieben wurde „{query}“ nicht gefunden, aber ähnlich" in text_of(response)


def test_a_typing_error_beside_a_right_word(client):
    response = ask(client, "Datenfeldrn standardisierten")
    assert hits_of(response) == hits_of(ask(client, "Datenfeldern standardisierten")) != []
    assert marked(response) == {"standardisierten", "Datenfeldern"}


@pytest.mark.parametrize("query", ["Feuerwehrverdienstausfall", "Feuerwehrverdienstausschuss"])
def test_the_right_word_and_the_slip_of_the_print_find_the_same(client, query):
    response = ask(client, query)
    assert hits_of(response) == ["/leistungen/erstattung-feuerwehrverdienstausfall/"]
    assert marked(response) == {query}


def test_the_slip_in_a_part_is_found_with_the_service(client):
    response = ask(client, "Immobilienleihungsvermittler")
    assert hits_of(response) == ["/leistungen/gewerbeerlaubnisse-und-taetigkeitsanzeigen-landkreise/"]
    assert "(im Newsletter: Erlaubnis nach § 34i GewO (" in text_of(response)


@pytest.mark.parametrize(
    ("query", "address"),
    [
        ("BAföG", "/leistungen/bafoeg/"),
        ("bafoeg", "/leistungen/bafoeg/"),
        ("Kfz", "/leistungen/an-ab-und-ummeldung-eines-kfz/"),
        ("i-Kfz", "/leistungen/an-ab-und-ummeldung-eines-kfz/"),
        ("14713000", "/kommunen/14713000/"),
        ("14713", "/kommunen/14713000/"),
        ("14 7 13 000", "/kommunen/14713000/"),
        ("145220120120", "/kommunen/14522120/"),
        ("14522", "/kommunen/14522/"),
        ("Landkreis Leipzig", "/kommunen/14729/"),
        ("Leipzig", "/kommunen/14713000/"),
        ("Oktober 2022", "/ausgaben/2022-10/"),
        ("10/2022", "/ausgaben/2022-10/"),
        ("2022-10", "/ausgaben/2022-10/"),
        ("Ausgabe Oktober 2022", "/ausgaben/2022-10/"),
        ("Leichenpass", "/leistungen/leichen-und-bestattungswesen/"),
        ("Mängelmelder", "/leistungen/maengelmeldung/"),
        ("Zulassung zur Jägerprüfung", "/projekte/jaegerpruefung-und-jagdschein/"),
        ("was ist once only", "/ausgaben/2022-10/was-ist-mit-dem-once-only-prinzip-gemeint/"),
    ],
)
def test_keys_abbreviations_months_and_names_come_first(client, query, address):
    assert hits_of(ask(client, query))[0] == address


def test_projects_are_found_by_their_lp(client):
    rows = ProjectRow.objects.current().filter(lp="17", project__isnull=False)
    expected = {row.project.get_absolute_url() for row in rows.select_related("project")}
    assert len(expected) > 1
    assert set(hits_of(ask(client, "LP 17", "&art=projekt"))) == expected


def test_the_hit_is_marked_in_its_sentence(client):
    response = ask(client, "Datenfeldern")
    sentence = re.search("<p>([^<]*<mark>Datenfeldern</mark>.*?)</p>", response.content.decode())[1]
    assert sentence.startswith("Durch die Verwendung etwa von standardisierten <mark>Datenfeldern</mark>")


def test_kinds_are_facets_with_counts_that_add_up(client):
    response = ask(client, "Leipzig")
    facets = re.findall(r"(Alle|Leistungen|Projekte|Kommunen|Beiträge|Ausgaben) \((\d+)\)", text_of(response))
    assert facets == [("Alle", "5"), ("Kommunen", "2"), ("Beiträge", "3")]
    chosen = ask(client, "Leipzig", "&art=kommune")
    assert hits_of(chosen) == ["/kommunen/14713000/", "/kommunen/14729/"]
    assert "5 Treffer, davon 2 Kommunen" in text_of(chosen)


@pytest.mark.parametrize("kind", ["unbekannt", "projekt", "", "KOMMUNE", "x" * 5000])
def test_a_kind_without_hits_is_passed_over(client, kind):
    assert len(hits_of(ask(client, "Leipzig", f"&art={kind}"))) == 5


def test_many_hits_are_divided_into_pages(client):
    first, second = (ask(client, "14522", f"&seite={page}") for page in (1, 2))
    assert (len(hits_of(first)), len(set(hits_of(first)) & set(hits_of(second)))) == (20, 0)
    assert "Seite 1 von 3" in text_of(first)
    assert "?q=14522&seite=2" in [link.replace("&amp;", "&") for link in links_of(first)]
    assert hits_of(ask(client, "14522", "&seite=unsinn")) == hits_of(first)


def test_nothing_found_offers_near_terms_and_ways_on(client):
    response = ask(client, "Wohnegld")
    assert hits_of(response) == []
    assert "Zu „Wohnegld“ wurde nichts gefunden." in text_of(response)
    assert "?q=Wohngeld" in links_of(response)
    assert {"/leistungen/", "/projekte/", "/kommunen/", "/ausgaben/"} <= set(links_of(response))


def test_nothing_is_found_by_stop_words_alone(client):
    response = ask(client, "der die für")
    assert hits_of(response) == []
    assert "Nach Wörtern wie „der“ oder „für“ allein wird nicht gesucht." in text_of(response)


def test_stop_words_beside_others_change_nothing(client):
    assert hits_of(ask(client, "das Wohngeld für die")) == hits_of(ask(client, "Wohngeld")) != []


def test_of_very_many_words_that_have_what_is_typed_the_shortest_are_meant(client):
    words = [f"zander{n:03}" for n in range(MOST_MEANT)]
    SearchedWord.objects.bulk_create(SearchedWord(word=word, spelled=word) for word in words)
    ServiceFactory(name="Zander", slug="kurz")
    ServiceFactory(name="Zandergenehmigung", slug="lang")
    assert hits_of(ask(client, "zander")) == ["/leistungen/kurz/"]
    assert hits_of(ask(client, "zandergen")) == ["/leistungen/lang/"]


def test_without_a_query_the_page_says_what_is_searched(client):
    response = client.get("/suche/")
    assert "Durchsucht werden Leistungen mit ihren Teilleistungen" in text_of(response)
    assert '<link rel="canonical" href="https://ozgstatus.example.org/suche/">' in response.content.decode()


def test_results_are_kept_from_search_engines(client):
    html = ask(client, "Wohngeld").content.decode()
    assert '<meta name="robots" content="noindex">' in html
    assert "canonical" not in html


# --- whatever is typed -------------------------------------------------------------------------

TYPED = {
    "5,000 characters": "Wohngeld " * 555,
    "one word of 5,000 characters": "x" * 5000,
    "500 words": " ".join(f"wort{n}" for n in range(500)),
    "operators": "a & b | !c <-> d:* (e",
    "operators of a web search": '"Wohngeld OR -Kfz AND ("',
    "only signs": "&|!():*<->'\"\\",
    "quotes": "'\"„“‚‘",
    "a backslash and wildcards": "\\ % _ %% \\%",
    "an emoji": "😀",
    "an emoji and a word": "😀 Wohngeld",
    "SQL": "'; DROP TABLE catalogue_service; --",
    "HTML": "<script>alert(1)</script>",
    "a template": "{{ site }} {% url 'home' %}",
    "placeholders": "%s %(x)s {0} %%",
    "only spaces": "   \t\n  ",
    "only stop words": "der die das und",
    "one letter": "e",
    "digits of other scripts": "٢٠٢٢",
    "another script": "Москва 東京",
    "combining signs": "Wohnge\u0308ld\u0301\u0301\u0301",
    "a soft hyphen": "Wohn\u00adgeld",
    "invisible signs": "\u200b\u200e\ufeff",
    "a line break": "Wohngeld\r\nSet-Cookie: a=b",
}


@pytest.mark.parametrize("query", TYPED.values(), ids=TYPED)
def test_any_query_gets_an_answer_that_helps(client, query):
    response = ask(client, query)
    text = text_of(response)
    assert hits_of(response) or "Bitte prüfen Sie die Schreibweise" in text or "Durchsucht werden" in text
    assert "<script>alert" not in response.content.decode()


def test_nul_is_refused(client):
    assert client.get("/suche/?q=Wohn%00geld").status_code == 400


@pytest.mark.parametrize(
    "query",
    ['"Wohngeld"', "+Wohngeld", "Wohngeld*", "(Wohngeld)", "Wohngeld & ", "😀 Wohngeld", "Wohn\u00adgeld"],
)
def test_signs_around_a_word_change_nothing(client, query):
    assert set(hits_of(ask(client, query))) == set(hits_of(ask(client, "Wohngeld")))


def test_the_query_comes_back_in_the_field(client):
    html = ask(client, 'Wohn"geld & <b>').content.decode()
    assert 'name="q" value="Wohn&quot;geld &amp; &lt;b&gt;"' in html


def test_a_very_long_query_is_cut_and_that_is_said(client):
    response = ask(client, "Wohngeld " * 555)
    assert WOHNGELD in hits_of(response)
    assert "Die Anfrage ist sehr lang. Gesucht wurde nach den ersten Wörtern: Wohngeld" in text_of(response)


# --- queries -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "hits", "number"),
    [
        ("BAföG", 1, 2),
        ("Kfz", 3, 2),
        ("Wohngelt", 4, 3),
        ("Datenfeldrn", 1, 3),
        ("14522", 20, 2),
        ("Wohnegld", 0, 3),
        ("😀", 0, 1),
    ],
)
def test_any_answer_takes_three_queries_at_most(client, query, hits, number):
    with CaptureQueriesContext(connection) as queries:
        response = ask(client, query)
    assert (len(hits_of(response)), len(queries)) == (hits, number)
