"""The state at a glance."""

import datetime

import pytest

from catalogue.models import Level
from tests.factories import (
    ArticleFactory,
    BlockFactory,
    CoverageRowFactory,
    EditionFactory,
    PageFactory,
    ProjectReportFactory,
    ProjectRowFactory,
    RegisterMunicipalityFactory,
    RolloutReportFactory,
    RubricFactory,
    ServiceFactory,
    SiteFactory,
    publish,
)
from tests.html import links_of, text_of

pytestmark = pytest.mark.django_db
OCTOBER = datetime.date(2022, 10, 1)


def test_the_figures_count_what_is_public_each_with_its_stand(client):
    for level, number in ((Level.DISTRICTS, 2), (Level.BOTH, 1), (Level.MUNICIPALITIES, 1)):
        ServiceFactory.create_batch(number, level=level)
    ServiceFactory(available_since=None, planned_for=OCTOBER)
    ServiceFactory(discontinued_since=OCTOBER)
    rollout = RolloutReportFactory(date="2022-10-05")
    for authorities, people in ((100, 100), (16, 51), (21, 50)):
        CoverageRowFactory(report=rollout, share_authorities=authorities, share_population=people)
    projects = ProjectReportFactory(date="2022-10-14")
    for lp in ("16", "17", "17"):
        ProjectRowFactory(report=projects, lp=lp)
    edition = EditionFactory(month=OCTOBER)
    for root in (rollout, projects, edition):
        publish(root)
    text = text_of(client.get("/"))
    assert (
        "4 Einträge produktiv nutzbar 2 im Vollzug der Landkreise, 1 der Landkreise & Gemeinden, 1 der Gemeinden "
        "nach dem heutigen Katalog" in text
    )
    assert "1 Eintrag kurz vor der Fertigstellung laut Ausgabe Oktober 2022" in text
    figures = "3 Antragsassistenten im Roll-out 1 bei 100 % der zuständigen Behörden, 2 über der Hälfte der Einwohner"
    assert f"{figures} Stand 05.10.2022" in text
    assert "3 Einträge laufender OZG-Projekte in 2 LP Stand 14.10.2022" in text


def test_drafts_and_examples_never_count(client):
    for values in ({}, {"illustrative": True}):
        rollout, projects, edition = (
            RolloutReportFactory(**values),
            ProjectReportFactory(**values),
            EditionFactory(**values),
        )
        CoverageRowFactory(report=rollout)
        ProjectRowFactory(report=projects)
        if values:
            for root in (rollout, projects, edition):
                publish(root)
    page = client.get("/")
    text = text_of(page)
    assert "Roll-out" not in text
    assert "Projekte" not in text
    assert "Aktuell" not in text
    assert {"/rollout/", "/projekte/"}.isdisjoint(links_of(page))


def test_the_newest_edition_lists_its_articles_by_rubric_in_print_order(client):
    older, edition = EditionFactory(month=OCTOBER), EditionFactory(month=datetime.date(2022, 11, 1))
    BlockFactory(rubric=RubricFactory(edition=older), article=ArticleFactory(edition=older, title="Älter"))
    publish(older)
    second = RubricFactory(edition=edition, title="Zweite", position=2)
    first = RubricFactory(edition=edition, title="Erste", position=1)
    for rubric, title, position in ((second, "C", 1), (first, "B", 2), (first, "A", 1)):
        BlockFactory(rubric=rubric, position=position, article=ArticleFactory(edition=edition, title=title))
    publish(edition)
    page = client.get("/")
    assert "Aktuell: Ausgabe November 2022 Erste (2) A B Zweite (1) C" in text_of(page)


def test_what_became_available_last_comes_first(client):
    for month in range(1, 9):
        ServiceFactory(name=f"Dienst {month}", available_since=datetime.date(2022, month, 1))
    ServiceFactory(name="Geplant", available_since=None, planned_for=OCTOBER)
    links = [link for link in links_of(client.get("/")) if link.startswith("/leistungen/dienst")]
    assert links == [f"/leistungen/dienst-{month}/" for month in (8, 7, 6, 5, 4, 3)]


def test_an_empty_site_answers_and_links_nothing_that_is_not_there(client):
    page = client.get("/")
    assert page.status_code == 200
    for link in {link for link in links_of(page) if link.startswith("/")}:
        assert client.get(link).status_code == 200, link


def test_the_navigation_shows_only_what_exists(client):
    SiteFactory()
    html = client.get("/").content.decode()
    for address in (
        "/rollout/",
        "/projekte/",
        "/kommunen/",
        "/entwicklung/",
        "/ausgaben/",
        "/methodik/",
        "/kontakt/",
    ):
        assert f'href="{address}"' not in html
    PageFactory(slug="methodik")
    RegisterMunicipalityFactory()
    publish(RolloutReportFactory())
    publish(ProjectReportFactory(illustrative=True))
    html = client.get("/").content.decode()
    for address, shown in (
        ("/kommunen/", True),
        ("/rollout/", True),
        ("/entwicklung/", False),
        ("/methodik/", True),
        ("/projekte/", False),
        ("/kontakt/", False),
    ):
        assert (f'href="{address}"' in html) is shown, address


def test_every_page_says_on_paper_where_it_comes_from(client):
    SiteFactory(name="OZG-Status", notice="Nur eine Demonstration")
    printed = "Gedruckt aus OZG-Status, https://ozgstatus.example.org/leistungen/?q=pass. Nur eine Demonstration</p>"
    assert printed in client.get("/leistungen/?q=pass").content.decode()


def test_the_texts_of_the_site_are_the_editors(client):
    SiteFactory(
        title="Umsetzung", lead="Für wen.", notice="Nur eine Demonstration", cofinancing="Mitfinanziert."
    )
    html = client.get("/").content.decode()
    for text in ("<h1>Umsetzung</h1>", "Für wen.", "Nur eine Demonstration", "Mitfinanziert."):
        assert text in html


@pytest.mark.parametrize("number", [1, 3])
def test_home_takes_the_same_queries_for_any_number_of_things(client, number, django_assert_num_queries):
    SiteFactory()
    for _ in range(number):
        ServiceFactory()
        rollout, projects, edition = RolloutReportFactory(), ProjectReportFactory(), EditionFactory()
        for _ in range(number):
            CoverageRowFactory(report=rollout)
            ProjectRowFactory(report=projects)
            BlockFactory(rubric=RubricFactory(edition=edition), article=ArticleFactory(edition=edition))
        for root in (rollout, projects, edition):
            publish(root)
    with django_assert_num_queries(8):
        client.get("/")
