"""Catalogue and service pages as visitors see them."""

import datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from catalogue.models import Level
from stand.years import MOST_AT_ONCE
from tests.factories import (
    AdoptionFactory,
    ArticleFactory,
    BlockFactory,
    CatalogueRowFactory,
    CompetenceFactory,
    CoverageRowFactory,
    EditionFactory,
    FundingFactory,
    ProjectFactory,
    ProjectReportFactory,
    ProjectRowFactory,
    RegisterEditionFactory,
    RolloutFootnoteFactory,
    RolloutReportFactory,
    RubricFactory,
    ServiceCompetenceFactory,
    ServiceFactory,
    ServicePartFactory,
    SiteFactory,
    publish,
)
from tests.html import links_of, rows_of, text_of

pytestmark = pytest.mark.django_db
OCTOBER = datetime.date(2022, 10, 1)


def names(response):
    return [row[0] for row in rows_of(response) if row[0] != "Leistung"]


def test_what_is_available_comes_first_and_then_by_level(client):
    ServiceFactory(name="eingestellt", discontinued_since=OCTOBER, level=Level.DISTRICTS)
    ServiceFactory(name="geplant", available_since=None, planned_for=OCTOBER, level=Level.DISTRICTS)
    for level in (Level.MUNICIPALITIES, Level.BOTH, Level.DISTRICTS):
        ServiceFactory(name=level.label, level=level)
    page = client.get("/leistungen/")
    assert names(page) == ["Landkreise", "Landkreise & Gemeinden", "Gemeinden", "geplant", "eingestellt"]
    assert "5 Einträge: 3 produktiv nutzbar, 1 kurz vor der Fertigstellung, 1 eingestellt" in text_of(page)


def test_a_line_shows_month_platform_and_parts(client):
    service = ServiceFactory(name="Leichenwesen", platform="amt24", parts_open=True)
    for position, name in enumerate(["Leichenpass", "Bestattungsfrist"]):
        ServicePartFactory(service=service, position=position, name=name)
    ServiceFactory(name="BAföG", available_since=None, address="https://www.bafoeg-digital.de")
    rows = [row for row in rows_of(client.get("/leistungen/")) if row[0] != "Leistung"]
    assert rows == [
        ["Leichenwesen, u.a. LeichenpassBestattungsfrist", "09/2022", "Amt24"],
        ["BAföG", "keine Angabe", "keine Angabe"],
    ]


@pytest.fixture
def services():
    amt24 = {"platform": "amt24"}
    ServiceFactory(name="Waffenbesitzkarte", level=Level.DISTRICTS, **amt24)
    ServiceFactory(name="Wunschkennzeichen", level=Level.DISTRICTS, platform="ekol-kfz")
    ServiceFactory(name="Wohngeld", level=Level.BOTH, printed_name="Mietzuschuss", **amt24)
    hunde = ServiceFactory(name="Hundesteuer", available_since=datetime.date(2020, 10, 1), **amt24)
    ServicePartFactory(service=hunde, name="Anmeldung")
    ServiceFactory(name="Flurstücke", available_since=None, planned_for=OCTOBER)
    ServiceFactory(name="Altverfahren", discontinued_since=OCTOBER)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "wohngeld"}, {"Wohngeld"}),
        ({"q": "mietzuschuss"}, {"Wohngeld"}),
        ({"q": "steuer hunde"}, {"Hundesteuer Anmeldung"}),
        ({"q": "anmeldung"}, {"Hundesteuer Anmeldung"}),
        ({"q": "%"}, set()),
        ({"q": "nichts"}, set()),
        ({"fuer": "landkreis"}, {"Waffenbesitzkarte", "Wunschkennzeichen", "Wohngeld"}),
        ({"fuer": "gemeinde"}, {"Wohngeld", "Hundesteuer Anmeldung", "Flurstücke", "Altverfahren"}),
        ({"fuer": "landkreis", "plattform": "nicht-amt24"}, {"Wunschkennzeichen"}),
        ({"plattform": "ekol-kfz"}, {"Wunschkennzeichen"}),
        ({"zustand": "planned"}, {"Flurstücke"}),
        ({"zustand": "discontinued"}, {"Altverfahren"}),
        ({"jahr": "2020"}, {"Hundesteuer Anmeldung"}),
    ],
)
def test_filters_show_exactly_what_fits(client, services, query, found):
    assert {" ".join(name.split()) for name in names(client.get("/leistungen/", query))} == found


def test_an_urban_district_sees_all_levels(client, services):
    assert len(names(client.get("/leistungen/", {"fuer": "kreisfreie-stadt"}))) == 6


def test_the_filter_keeps_what_was_chosen_and_leads_back(client, services):
    page = client.get("/leistungen/", {"q": "nichts", "fuer": "landkreis"})
    html = page.content.decode()
    assert 'value="nichts"' in html
    assert '<option value="landkreis" selected>' in html
    assert "/leistungen/" in links_of(page)
    assert "Zu dieser Auswahl gibt es keine Leistung." in text_of(page)


@pytest.mark.parametrize(
    "query",
    [
        {"fuer": "x"},
        {"zustand": "x"},
        {"jahr": "99999999999"},
        {"jahr": "zwanzig"},
        {"plattform": "x"},
        {"page": "9"},
    ],
)
def test_a_filter_that_makes_no_sense_is_passed_over(client, services, query):
    page = client.get("/leistungen/", query)
    assert len(names(page)) == 6
    assert "gefunden" not in text_of(page)


PASSED_OVER = "Ein Merkmal war nicht bekannt und wurde nicht berücksichtigt."


def test_a_value_that_was_passed_over_is_named_beside_those_that_count(client, services):
    page = client.get("/leistungen/", {"q": "wohngeld", "plattform": "x"})
    assert names(page) == ["Wohngeld"]
    text = text_of(page)
    assert "1 Eintrag gefunden: 1 produktiv nutzbar. Alle Leistungen zeigen" in text
    assert PASSED_OVER in text
    assert PASSED_OVER not in text_of(client.get("/leistungen/", {"q": "wohngeld", "plattform": ""}))


def test_a_search_without_result_leads_to_the_projects_where_there_are_any(client, services):
    SiteFactory()
    query = {"q": "nichts"}
    assert "laufendes Projekt" not in text_of(client.get("/leistungen/", query))
    publish(ProjectReportFactory())
    page = client.get("/leistungen/", query)
    assert "Vielleicht ist es ein laufendes Projekt: Stand der OZG-Projekte ." in text_of(page)
    assert "/projekte/" in links_of(page)


def test_what_a_list_counts_stands_below_its_heading_with_its_source(client, services):
    rubric = RubricFactory(edition=EditionFactory(month=OCTOBER))
    BlockFactory(rubric=rubric, introduction="<p>Im Einsatz sind:</p>")
    BlockFactory(rubric=rubric, kind="planned", introduction="<p>In Kürze fertig:</p>")
    publish(rubric.edition)
    text = text_of(client.get("/leistungen/"))
    assert "Produktiv nutzbare Leistungen Im Einsatz sind: Quelle: Ausgabe Oktober 2022 ." in text
    source = "Quelle: Ausgabe Oktober 2022 ; die Monate können inzwischen vorbei sein."
    assert f"Kurz vor der Fertigstellung In Kürze fertig: {source}" in text
    assert text.index("Wunschkennzeichen") < text.index("In Kürze fertig:") < text.index("Flurstücke")
    assert "Quelle:" not in text_of(client.get("/leistungen/", {"q": "nichts"}))


def test_an_empty_catalogue_says_so(client):
    text = text_of(client.get("/leistungen/"))
    assert "0 Einträge" in text
    assert "Der Katalog hat noch keine Einträge." in text


@pytest.mark.parametrize("number", [1, 3])
def test_the_catalogue_takes_the_same_queries_for_any_number_of_services(
    client, number, django_assert_num_queries
):
    for _ in range(number):
        ServicePartFactory()
    with django_assert_num_queries(5):
        client.get("/leistungen/")


# --- one service ---------------------------------------------------------------------------------


def test_since_when_a_service_exists_reads_as_a_sentence(client):
    ServiceFactory(name="Sozialpass")
    ServiceFactory(name="Flurstücke", available_since=None, planned_for=OCTOBER)
    ServiceFactory(name="Alt", discontinued_since=OCTOBER)
    ServiceFactory(name="BAföG", available_since=None, address="https://www.bafoeg-digital.de")
    assert "Seit 09/2022 verfügbar" in text_of(client.get("/leistungen/sozialpass/"))
    assert "Geplant für 10/2022" in text_of(client.get("/leistungen/flurstuecke/"))
    assert "Eingestellt seit 10/2022" in text_of(client.get("/leistungen/alt/"))
    assert "Verfügbar; Monat: keine Angabe" in text_of(client.get("/leistungen/bafoeg/"))


def test_a_plan_names_the_edition_it_stands_in(client):
    service = ServiceFactory(name="Flurstücke", available_since=None, planned_for=OCTOBER)
    edition = EditionFactory(month=OCTOBER)
    CatalogueRowFactory(edition=edition, service=service, kind="planned", month=OCTOBER)
    publish(edition)
    page = client.get("/leistungen/flurstuecke/")
    assert "Geplant für 10/2022 (laut Ausgabe Oktober 2022 )" in text_of(page)
    assert "/ausgaben/2022-10/" in links_of(page)


def test_where_to_get_it_names_shop_and_contact(client):
    SiteFactory(contact_email="ozg@example.org", operator="Die Anstalt")
    ServiceFactory(name="Sozialpass", shop_address="https://shop.example/541")
    ServiceFactory(name="Offen")
    page = client.get("/leistungen/sozialpass/")
    assert {"https://shop.example/541", "mailto:ozg@example.org"} <= set(links_of(page))
    assert "Online-Shop: https://shop.example/541 Fragen an: Die Anstalt, ozg@example.org" in text_of(page)
    assert "Bezugsquelle: keine Angabe. Fragen an: Die Anstalt" in text_of(client.get("/leistungen/offen/"))


def test_a_shop_address_of_several_services_is_the_shop_as_a_whole(client):
    for name in ("Eins", "Zwei"):
        ServiceFactory(name=name, shop_address="https://shop.example/")
    ServiceFactory(name="Eigene", shop_address="https://shop.example/541")
    whole = (
        "Online-Shop für Online-Antragsassistenten (laut Newsletter): https://shop.example/ . "
        "Ob diese Leistung dort steht: keine Angabe."
    )
    assert whole in text_of(client.get("/leistungen/eins/"))
    own = text_of(client.get("/leistungen/eigene/"))
    assert "Online-Shop: https://shop.example/541" in own
    assert "Ob diese Leistung dort steht" not in own


def test_an_address_of_its_own_stands_once(client):
    ServiceFactory(name="BAföG", address="https://www.bafoeg-digital.de")
    page = client.get("/leistungen/bafoeg/")
    assert links_of(page).count("https://www.bafoeg-digital.de") == 1
    assert "Die Leistung läuft unter der oben genannten eigenen Adresse." in text_of(page)


def funding(**values):
    return FundingFactory(
        title="Anschubfinanzierung",
        text="Die Einrichtung ist kostenneutral.",
        covered_platforms=["amt24"],
        excluded_platforms=["ekol-kfz"],
        as_of=OCTOBER,
        **values,
    )


def test_funding_tells_until_when_it_is_meant_and_keeps_the_words_of_the_edition(client):
    funding(exclusions="individuelle Eigenentwicklungen", ends_on=datetime.date(2199, 12, 31))
    ServiceFactory(name="Sozialpass", platform="amt24")
    text = text_of(client.get("/leistungen/sozialpass/"))
    assert "Voraussichtlich bis 31.12.2199. Stand der Angabe: Ausgabe 10/2022." in text
    assert "Wortlaut der Ausgabe 10/2022 Die Einrichtung ist kostenneutral." in text
    assert "Nicht umfasst: individuelle Eigenentwicklungen. " in text
    assert "endete" not in text


def test_funding_whose_time_is_over_says_so_first(client):
    funding(exclusions="Eigenentwicklungen.", ends_on=datetime.date(2024, 12, 31))
    ServiceFactory(name="Sozialpass", platform="amt24")
    text = text_of(client.get("/leistungen/sozialpass/"))
    assert (
        "Anschubfinanzierung Der genannte Zeitraum endete am 31.12.2024. "
        "Ob die Förderung fortgesetzt wurde: keine Angabe. Wortlaut der Ausgabe 10/2022" in text
    )
    assert "Nicht umfasst: Eigenentwicklungen. " in text
    assert "Voraussichtlich" not in text


def test_funding_is_only_told_where_it_is_known_to_concern_the_service(client):
    funding(ends_on=datetime.date(2024, 12, 31))
    ServiceFactory(name="Kfz", platform="ekol-kfz")
    ServiceFactory(name="Offen")
    excluded = text_of(client.get("/leistungen/kfz/"))
    assert "Dienste auf der Plattform eKOL-KFZ sind nicht umfasst." in excluded
    assert "Stand der Angabe: Ausgabe 10/2022." in excluded
    assert "Wortlaut" not in excluded
    assert "Anschubfinanzierung" not in text_of(client.get("/leistungen/offen/"))


def test_a_planned_service_cannot_be_had_yet(client):
    funding()
    ServiceFactory(name="Flurstücke", available_since=None, planned_for=OCTOBER, platform="amt24")
    text = text_of(client.get("/leistungen/flurstuecke/"))
    assert "So beziehen Sie den Dienst Die Leistung ist noch nicht verfügbar. Stand des Roll-Outs" in text
    assert "Verbreitung" not in text


def test_a_report_by_mail_names_the_service_and_asks_for_what_is_needed(client, settings):
    SiteFactory(contact_email="ozg@example.org")
    ServiceFactory(name="Gewerbe & Handel", level=Level.BOTH)
    page = client.get("/leistungen/gewerbe-und-handel/")
    [report] = [urlsplit(link) for link in links_of(page) if "?" in link]
    assert (report.scheme, report.path) == ("mailto", "ozg@example.org")
    assert parse_qs(report.query) == {
        "subject": ["Gewerbe & Handel (Landkreise & Gemeinden)"],
        "body": [
            f"Adresse: {settings.SITE_URL}/leistungen/gewerbe-und-handel/\r\n\r\n"
            "Kommune: \r\nim Einsatz seit (MM/JJJJ): \r\n"
        ],
    }
    assert "+" not in report.query  # a mail program would show it
    assert text_of(page).endswith("Rückmeldung Nutzung oder Fehler melden")


def test_the_title_tells_services_of_one_name_apart(client):
    SiteFactory(name="OZG-Status")
    ServiceFactory(name="Gewerbe", level=Level.DISTRICTS)
    html = client.get("/leistungen/gewerbe/").content.decode()
    assert "<title>Gewerbe (Landkreise) – Leistungen – OZG-Status</title>" in html


@pytest.mark.parametrize(
    ("figures", "spread"),
    [
        (
            {"count": 11, "share_authorities": 32, "share_population": 33},
            "11 Kommunen; 32 % der Behörden, 33 % der Einwohner",
        ),
        (
            {"count": 1, "share_authorities": None},
            "1 Kommune; Anteil der Behörden: keine Angabe, 59 % der Einwohner",
        ),
        (
            {"count": None, "share_population": None},
            "Anzahl: keine Angabe; 16 % der Behörden, Anteil der Einwohner: keine Angabe",
        ),
        ({"count": None, "share_authorities": None, "share_population": None}, "keine Angabe"),
    ],
)
def test_how_widely_it_is_used_stands_on_top_with_its_stand(client, figures, spread):
    service = ServiceFactory(name="Wohngeld")
    for date in ("2022-09-05", "2022-10-05"):
        report = RolloutReportFactory(date=date)
        note = RolloutFootnoteFactory(report=report, text=f"Nur teilweise analysiert ({date}).")
        CoverageRowFactory(report=report, service=service, footnote=note, **figures)
        publish(report)
    text = text_of(client.get("/leistungen/wohngeld/")).partition("So beziehen Sie")[0]
    end = f"Verbreitung {spread} (Stand 05.10.2022) Nur teilweise analysiert (2022-10-05). "
    assert text.endswith(end)


def test_a_service_without_figures_says_so_on_top(client):
    ServiceFactory(name="Sozialpass")
    assert "Verbreitung keine Angabe So beziehen" in text_of(client.get("/leistungen/sozialpass/"))


def test_coverage_projects_and_articles_show_only_what_is_public_and_real(client):
    service = ServiceFactory(name="Wohngeld")
    for date, label, values in [
        ("2022-09-05", "September", {}),
        ("2022-10-05", "Oktober", {}),
        ("2022-12-05", "Beispiel", {"illustrative": True}),
    ]:
        report = RolloutReportFactory(date=date, **values)
        footnote = RolloutFootnoteFactory(report=report, text=f"Nur teilweise erhoben ({label}).")
        CoverageRowFactory(report=report, label=label, service=service, count=len(label), footnote=footnote)
        publish(report)
    CoverageRowFactory(service=service, report__date="2023-01-05", count=99)
    project, hidden = ProjectFactory(name="Wohngeld III", service=service), ProjectFactory(service=service)
    projects = ProjectReportFactory()
    ProjectRowFactory(report=projects, project=project)
    publish(projects)
    ProjectRowFactory(project=hidden)
    edition, draft = EditionFactory(), EditionFactory()
    for owner, title in ((edition, "Öffentlich"), (draft, "Entwurf")):
        article = ArticleFactory(edition=owner, title=title)
        article.services.add(service)
        BlockFactory(rubric=RubricFactory(edition=owner), article=article)
    publish(edition)

    page = client.get("/leistungen/wohngeld/")
    figures = ["16 %", "59 %", "von der SAKD erhoben"]
    assert [row for row in rows_of(page) if row[0] != "Stand"] == [
        ["05.10.2022", "7", *figures],
        ["05.09.2022", "9", *figures],
    ]
    text = text_of(page)
    assert "Einschränkung: Nur teilweise erhoben (Oktober)." in text
    assert "Bezeichnung in der Übersicht: Oktober" in text
    links = links_of(page)
    assert project.get_absolute_url() in links
    assert hidden.get_absolute_url() not in links
    assert [link for link in links if link.count("/") == 4 and link.startswith("/ausgaben/")] == [
        f"{edition.get_absolute_url()}oeffentlich/"
    ]


def mention(service, number: int) -> list[str]:
    """As many editions with an article each, up to October 2022; the addresses of the articles, the newest first."""
    addresses = []
    for month in range(2022 * 12 + 9, 2022 * 12 + 9 - number, -1):
        edition = EditionFactory(month=datetime.date(month // 12, month % 12 + 1, 1))
        article = ArticleFactory(edition=edition)
        article.services.add(service)
        BlockFactory(rubric=RubricFactory(edition=edition), article=article)
        publish(edition)
        addresses.append(article.get_absolute_url())
    return addresses


def articles_in(page) -> list[str]:
    return [link for link in links_of(page) if link.startswith("/ausgaben/")]


def test_as_many_articles_as_are_shown_at_once_are_all(client):
    addresses = mention(ServiceFactory(name="Wohngeld"), MOST_AT_ONCE)
    for address in ("/leistungen/wohngeld/", "/leistungen/wohngeld/?umfang=alle"):
        page = client.get(address)
        assert articles_in(page) == addresses
        assert "Gezeigt sind" not in text_of(page)


def test_of_more_articles_the_newest_are_shown_and_a_link_shows_all(client):
    addresses = mention(ServiceFactory(name="Wohngeld"), MOST_AT_ONCE + 1)
    page = client.get("/leistungen/wohngeld/")
    assert articles_in(page) == addresses[:MOST_AT_ONCE]
    assert f"Gezeigt sind die neuesten {MOST_AT_ONCE} Beiträge. Alle Beiträge" in text_of(page)
    assert "?umfang=alle#beitraege" in links_of(page)
    whole = client.get("/leistungen/wohngeld/?umfang=alle")
    assert articles_in(whole) == addresses
    assert "Gezeigt sind alle Beiträge. Nur die neuesten Beiträge" in text_of(whole)
    assert 'id="beitraege"' in whole.content.decode()


def test_the_printed_word_stands_beside_the_right_one(client):
    ServiceFactory(name="Feuerwehrverdienstausfall", printed_name="Feuerwehrverdienstausschuss")
    text = text_of(client.get("/leistungen/feuerwehrverdienstausfall/"))
    assert "im Newsletter Feuerwehrverdienstausschuss" in text


def test_an_unknown_service_is_not_found(client):
    assert client.get("/leistungen/gibt-es-nicht/").status_code == 404


@pytest.mark.parametrize("number", [1, 3])
def test_a_service_takes_the_same_queries_whatever_is_known_of_it(client, number, django_assert_num_queries):
    service = ServiceFactory(name="Wohngeld", platform="amt24")
    link = ServiceCompetenceFactory(service=service)
    register = RegisterEditionFactory()
    for _ in range(number):
        competent = CompetenceFactory(entry__edition=register, set=link.set).authority
        AdoptionFactory(service=service, authority=competent)
        ServicePartFactory(service=service)
        FundingFactory(covered_platforms=["amt24"])
        rollout, projects, edition = RolloutReportFactory(), ProjectReportFactory(), EditionFactory()
        footnote = RolloutFootnoteFactory(report=rollout)
        CoverageRowFactory(report=rollout, service=service, footnote=footnote)
        ProjectRowFactory(report=projects, project=ProjectFactory(service=service))
        article = ArticleFactory(edition=edition)
        article.services.add(service)
        BlockFactory(rubric=RubricFactory(edition=edition), article=article)
        CatalogueRowFactory(edition=edition, service=service)
        for root in (rollout, projects, edition):
            publish(root)
    with django_assert_num_queries(8):
        client.get("/leistungen/wohngeld/")
