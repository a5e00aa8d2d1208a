"""/entwicklung/ and its example: what is counted, what can be chosen, and that nothing invented passes for real."""

import datetime
import re

import pytest

from catalogue.models import Level
from stand.years import MOST_AT_ONCE
from tests.factories import (
    CoverageRowFactory,
    ProjectFactory,
    ProjectReportFactory,
    ProjectRowFactory,
    RolloutReportFactory,
    ServiceFactory,
    SiteFactory,
    publish,
)
from tests.html import links_of, rows_of, text_of

pytestmark = pytest.mark.django_db
ADDRESS, EXAMPLE = "/entwicklung/", "/entwicklung/beispiel/"


def stand(date: str, *services, project=None, **values):
    """A published Stand of the roll-out, and one of the projects a week later."""
    report = RolloutReportFactory(date=date, **values)
    for service in services:
        CoverageRowFactory(report=report, service=service)
    publish(report)
    if project:
        a_week_later = datetime.date.fromisoformat(date) + datetime.timedelta(days=7)
        projects = ProjectReportFactory(date=a_week_later, **values)
        ProjectRowFactory(report=projects, project=project, label=project.name)
        publish(projects)


def options(page, name: str) -> list[str]:
    """What can be chosen, the chosen one with an asterisk."""
    select = re.search(f'<select[^>]* name="{name}".*?</select>', page.content.decode(), re.DOTALL)
    found = re.findall(r'<option value="([^"]+)"( selected)?', select[0]) if select else []
    return [f"{slug}{'*' if selected else ''}" for slug, selected in found]


def test_there_is_no_page_before_there_is_a_service_or_a_stand(client):
    assert client.get(ADDRESS).status_code == 404
    stand("2022-12-05", illustrative=True)
    assert client.get(ADDRESS).status_code == 404
    stand("2022-10-05")
    assert client.get(ADDRESS).status_code == 404


def test_as_long_as_nothing_is_available_the_page_says_so_and_nothing_leads_there(client):
    SiteFactory()
    ServiceFactory(available_since=None, planned_for="2023-01-01")
    page = client.get(ADDRESS)
    assert "Noch ist kein Eintrag produktiv nutzbar." in text_of(page)
    assert 'href="/entwicklung/"' not in client.get("/").content.decode()
    ServiceFactory()
    assert 'href="/entwicklung/"' in client.get("/").content.decode()


def test_months_count_what_is_still_listed_and_say_so(client):
    ServiceFactory(level=Level.DISTRICTS, available_since="2020-04-01")
    ServiceFactory(level=Level.MUNICIPALITIES, available_since="2022-09-01")
    ServiceFactory(name="BAföG", level=Level.BOTH, available_since=None, address="https://example.org")
    ServiceFactory(available_since=None, planned_for="2022-11-01")
    ServiceFactory(available_since="2020-01-01", discontinued_since="2022-01-01")
    page = client.get(ADDRESS)
    assert rows_of(page) == [
        ["Monat", "Landkreise", "Landkreise & Gemeinden", "Gemeinden", "zusammen"],
        ["04/2020", "1", "0", "0", "1"],
        ["09/2022", "1", "0", "1", "2"],
        ["dazu ohne Monat", "0", "1", "0", "1"],
        ["heute", "1", "1", "1", "3"],
    ]
    text = text_of(page)
    assert "Was eingestellt oder nicht mehr gelistet ist, fehlt auch in den Monaten davor." in text
    assert "Ohne Monat: BAföG (Landkreise & Gemeinden)." in text
    assert "in keinem Monat, wohl aber in der Summe am Ende der Tabelle" in text


def test_the_service_and_the_project_with_the_most_stands_are_shown_first(client):
    rare, often = ServiceFactory(name="Angeln"), ServiceFactory(name="Wohngeld")
    once, twice = ProjectFactory(name="Ahndung"), ProjectFactory(name="Wohnsitz")
    stand("2022-10-05", rare, often, project=once)
    stand("2022-11-05", often, project=twice)
    stand("2022-12-05", project=twice)
    page = client.get(ADDRESS)
    assert options(page, "leistung") == ["angeln", "wohngeld*"]
    assert options(page, "projekt") == ["ahndung", "wohnsitz*"]
    assert {"/leistungen/wohngeld/", "/projekte/wohnsitz/"} <= set(links_of(page))


def test_what_is_only_in_old_stands_can_be_chosen_and_what_is_in_the_newest_comes_first(client):
    old, new = ServiceFactory(name="Angeln"), ServiceFactory(name="Wohngeld")
    for number in range(2 * MOST_AT_ONCE):
        is_old = number < MOST_AT_ONCE
        stand(f"{2000 + number}-10-05", old if is_old else new)
    for year in (1998, 1999):
        stand(f"{year}-10-05", old)
    assert options(client.get(ADDRESS), "leistung") == ["angeln", "wohngeld*"]
    assert options(client.get(ADDRESS, {"leistung": "angeln"}), "leistung") == ["angeln*", "wohngeld"]


def test_all_stands_can_be_seen_of_what_is_chosen(client):
    service, project = ServiceFactory(name="Angeln"), ProjectFactory(name="Wohnsitz")
    for number in range(MOST_AT_ONCE + 1):
        stand(f"{2000 + number}-10-05", service, project=project)
    links = links_of(client.get(ADDRESS, {"leistung": "angeln", "projekt": "wohnsitz"}))
    chosen = "leistung=angeln&projekt=wohnsitz"
    assert f"?{chosen}&umfang=alle#coverage-caption-1" in links
    assert f"?{chosen}&umfang=alle#phases-caption-1" in links
    whole = client.get(f"{ADDRESS}?{chosen}&umfang=alle")
    dates = [row[0] for row in rows_of(whole) if re.match(r"\d\d\.\d\d\.", row[0])]
    assert (len(dates), dates[-1]) == (
        MOST_AT_ONCE + 2,
        f"12.10.2000 bis 12.10.{2000 + MOST_AT_ONCE} (13 Stände)",
    )
    assert f"?{chosen}#coverage-caption-1" in links_of(whole)


def test_another_service_and_project_can_be_chosen_and_each_keeps_the_other(client):
    stand("2022-10-05", ServiceFactory(name="Angeln"), ServiceFactory(name="Wohngeld"))
    for date, name in (("2022-10-14", "Ahndung"), ("2022-11-14", "Wohnsitz")):
        stand(date, project=ProjectFactory(name=name))
    page = client.get(ADDRESS, {"leistung": "wohngeld", "projekt": "wohnsitz"})
    assert options(page, "leistung") == ["angeln", "wohngeld*"]
    assert options(page, "projekt") == ["ahndung", "wohnsitz*"]
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)"', page.content.decode())
    assert hidden == [("projekt", "wohnsitz"), ("leistung", "wohngeld")]


def test_a_name_that_makes_no_sense_is_passed_over(client):
    stand("2022-10-05", ServiceFactory(name="Angeln"))
    page = client.get(ADDRESS, {"leistung": "<b>", "projekt": "x" * 5000})
    assert options(page, "leistung") == ["angeln*"]


def test_drafts_and_examples_can_neither_be_chosen_nor_seen(client):
    real, invented, drafted = (ServiceFactory(name=name) for name in ("Echt", "Erfunden", "Entwurf"))
    stand("2022-10-05", real)
    stand("2022-12-05", real, invented, project=ProjectFactory(name="Erfunden"), illustrative=True)
    CoverageRowFactory(report__date="2022-11-05", service=drafted)
    page = client.get(ADDRESS, {"leistung": "erfunden", "projekt": "erfunden"})
    assert options(page, "leistung") == ["echt*"]
    assert options(page, "projekt") == []
    dates = {row[0] for row in rows_of(page) if re.match(r"\d\d\.\d\d\.", row[0])}
    assert dates == {"05.10.2022"}


def test_the_example_names_and_dashes_what_is_invented(client):
    service, project = ServiceFactory(name="Wohngeld"), ProjectFactory(name="Wohnsitz")
    stand("2022-10-05", service, project=project)
    stand("2022-12-05", service, project=project, illustrative=True)
    page = client.get(EXAMPLE)
    assert "Beispieldaten: Entwicklung Beispieldaten. Diese Angaben sind zur Anschauung erfunden" in text_of(
        page
    )
    dates = [row[0] for row in rows_of(page) if re.match(r"\d\d\.\d\d\.", row[0])]
    assert dates == ["05.12.2022 (Beispieldaten)", "05.10.2022", "12.12.2022 (Beispieldaten)", "12.10.2022"]
    html = page.content.decode()
    drawings = re.findall('<svg class="chart-drawing".*?</figure>', html, re.DOTALL)
    assert [drawing.count(">Beispieldaten</text>") for drawing in drawings] == [1, 1, 1]
    strokes = re.findall(r'<path class="chart-line ([^"]+)" d="M[^"]+" vector-effect', html)
    assert strokes == ["chart-1 chart-dashed", "chart-2 chart-dashed", "chart-1 chart-dashed"]
    assert '<meta name="robots" content="noindex">' in html


def test_the_example_leaves_out_what_has_none(client):
    real, invented = ServiceFactory(name="Echt"), ServiceFactory(name="Erfunden")
    stand("2022-10-05", real)
    assert client.get(EXAMPLE).status_code == 404
    stand("2022-12-05", invented, illustrative=True)
    assert options(client.get(EXAMPLE), "leistung") == ["erfunden*"]
    assert options(client.get(EXAMPLE, {"leistung": "echt"}), "leistung") == ["erfunden*"]


def test_the_way_to_the_example_is_shown_as_long_as_nothing_real_is_a_trend(client):
    service = ServiceFactory(name="Wohngeld")
    stand("2022-10-05", service)
    assert EXAMPLE not in links_of(client.get(ADDRESS))
    stand("2022-12-05", service, illustrative=True)
    assert EXAMPLE in links_of(client.get(ADDRESS))
    stand("2022-11-05", service)
    assert EXAMPLE not in links_of(client.get(ADDRESS))


@pytest.mark.parametrize("number", [1, 3])
def test_it_takes_the_same_queries_for_any_number_of_services_and_stands(
    client, number, django_assert_num_queries
):
    services = [ServiceFactory() for _ in range(number)]
    for month in range(1, number + 2):
        stand(f"2022-{month:02}-05", *services, project=ProjectFactory())
        stand(f"2023-{month:02}-05", *services, project=ProjectFactory(), illustrative=True)
    with django_assert_num_queries(6):
        assert client.get(ADDRESS).status_code == 200
    with django_assert_num_queries(5):
        assert client.get(EXAMPLE).status_code == 200
