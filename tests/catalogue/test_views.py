"""Catalogue and service pages as visitors see them."""

import datetime

import pytest

from catalogue.models import Level
from tests.factories import (
    ArticleFactory,
    BlockFactory,
    CatalogueRowFactory,
    CoverageRowFactory,
    EditionFactory,
    FundingFactory,
    ProjectFactory,
    ProjectReportFactory,
    ProjectRowFactory,
    RolloutFootnoteFactory,
    RolloutReportFactory,
    RubricFactory,
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
    assert "5 Leistungen" in text_of(page)


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
    assert len(names(client.get("/leistungen/", query))) == 6


def test_an_empty_catalogue_says_so(client):
    assert "0 Leistungen" in text_of(client.get("/leistungen/"))


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
    assert "Verfügbar, seit wann: keine Angabe" in text_of(client.get("/leistungen/bafoeg/"))


def test_a_plan_names_the_edition_it_stands_in(client):
    service = ServiceFactory(name="Flurstücke", available_since=None, planned_for=OCTOBER)
    edition = EditionFactory(month=OCTOBER)
    CatalogueRowFactory(edition=edition, service=service, kind="planned", month=OCTOBER)
    publish(edition)
    page = client.get("/leistungen/flurstuecke/")
    assert "Geplant für 10/2022 (laut Ausgabe Oktober 2022 )" in text_of(page)
    assert "/ausgaben/2022-10/" in links_of(page)


def test_where_to_get_it_names_shop_funding_and_contact(client):
    SiteFactory(contact_email="ozg@example.org")
    FundingFactory(
        title="Anschubfinanzierung",
        covered_platforms=["amt24"],
        excluded_platforms=["ekol-kfz"],
        exclusions="individuelle Eigenentwicklungen",
        ends_on=datetime.date(2024, 12, 31),
        as_of=OCTOBER,
    )
    ServiceFactory(name="Sozialpass", platform="amt24", shop_address="https://shop.example/541")
    ServiceFactory(name="Kfz", platform="ekol-kfz")
    ServiceFactory(name="Offen")
    funded = client.get("/leistungen/sozialpass/")
    assert {"https://shop.example/541", "mailto:ozg@example.org"} <= set(links_of(funded))
    assert "Nicht umfasst: individuelle Eigenentwicklungen" in text_of(funded)
    assert "Voraussichtlich bis 31.12.2024. Stand der Angabe: Ausgabe 10/2022." in text_of(funded)
    assert "Dienste auf der Plattform eKOL-KFZ sind nicht umfasst." in text_of(client.get("/leistungen/kfz/"))
    unknown = text_of(client.get("/leistungen/offen/"))
    assert "Bezugsquelle: keine Angabe." in unknown
    assert "Anschubfinanzierung" not in unknown


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
    assert "In der Übersicht steht die Leistung als „Oktober“." in text
    links = links_of(page)
    assert project.get_absolute_url() in links
    assert hidden.get_absolute_url() not in links
    assert [link for link in links if link.count("/") == 4 and link.startswith("/ausgaben/")] == [
        f"{edition.get_absolute_url()}oeffentlich/"
    ]


def test_the_printed_word_stands_beside_the_right_one(client):
    ServiceFactory(name="Feuerwehrverdienstausfall", printed_name="Feuerwehrverdienstausschuss")
    text = text_of(client.get("/leistungen/feuerwehrverdienstausfall/"))
    assert "im Newsletter Feuerwehrverdienstausschuss" in text


def test_an_unknown_service_is_not_found(client):
    assert client.get("/leistungen/gibt-es-nicht/").status_code == 404


@pytest.mark.parametrize("number", [1, 3])
def test_a_service_takes_the_same_queries_whatever_is_known_of_it(client, number, django_assert_num_queries):
    service = ServiceFactory(name="Wohngeld", platform="amt24")
    for _ in range(number):
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
