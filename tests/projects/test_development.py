"""The phases of a project over the Stände, on its page: the drawing and the table."""

import datetime
import re

import pytest

from stand.years import MOST_AT_ONCE
from tests.factories import ProjectFactory, ProjectReportFactory, ProjectRowFactory, publish
from tests.html import links_of, rows_of, text_of

pytestmark = pytest.mark.django_db
ADDRESS = "/projekte/sozialpass/"
ONE_STAND = "Es gibt erst einen Stand. Ein einzelner Stand ist keine Entwicklung"
UNKNOWN = "keine Angabe"


@pytest.fixture
def project():
    return ProjectFactory(name="Sozialpass")


def stand(date: str, project, *, illustrative=False, plan_year=2023, **phases):
    report = ProjectReportFactory(date=date, illustrative=illustrative, plan_year=plan_year)
    ProjectRowFactory(report=report, project=project, label="Sozialpass", **phases)
    return publish(report)


def table(page) -> list[list[str]]:
    return [row for row in rows_of(page) if len(row) == 7 and row[0] != "Stand"]


def bands(page) -> dict[str, list[tuple[str, bool]]]:
    """Of each phase the states in the drawing, and whether each is drawn as lasting."""
    drawing = re.search('<svg class="chart-drawing".*?</figure>', page.content.decode(), re.DOTALL)[0]
    rows = re.findall(r'dx="-.75em">(.*?)</text>(.*?)<text class="chart-label', drawing, re.DOTALL)
    return {
        phase: [
            (state, "phase-band" in content)
            for state, content in re.findall(r'<g class="([^"]+)">(.*?)</g>', drawn, re.DOTALL)
        ]
        for phase, drawn in rows
    }


def test_one_stand_is_no_development_and_shows_its_states(client, project):
    stand("2022-10-14", project, phase_product="done")
    page = client.get(ADDRESS)
    assert ONE_STAND in text_of(page)
    assert "chart-drawing" not in page.content.decode()
    assert table(page) == [["14.10.2022", *[UNKNOWN] * 5, "abgeschlossen"]]


def test_a_state_lasts_until_a_stand_says_something_else(client, project):
    stand("2022-10-14", project, phase_la="active", phase_1="not-started")
    stand("2022-12-02", project, phase_la="active", phase_1="active")
    stand("2023-02-02", project, phase_la="done", phase_1="active")
    page = client.get(ADDRESS)
    assert ONE_STAND not in text_of(page)
    found = bands(page)
    assert list(found) == ["LA", "1", "2", "3", "4", "Produkt"]
    assert found["LA"] == [("active", True), ("done", False)]
    assert found["1"] == [("not-started", True), ("active", True), ("active", False)]


def test_a_plan_for_another_year_is_another_state(client, project):
    stand("2022-10-14", project, plan_year=2022, phase_product="planned")
    stand("2022-12-02", project, plan_year=2023, phase_product="planned")
    page = client.get(ADDRESS)
    assert bands(page)["Produkt"] == [("planned", True), ("planned", False)]
    assert [row[-1] for row in table(page)] == ["Plan 2023", "Plan 2022"]


def test_the_drawing_says_in_words_what_was_and_what_is(client, project):
    stand("2022-10-14", project, phase_product="planned")
    stand("2022-12-02", project, phase_product="done")
    summary = (
        "2 Stände. 14.10.2022: Produkt: Plan 2023, übrige: keine Angabe. "
        "02.12.2022: Produkt: abgeschlossen, übrige: keine Angabe. Die Tabelle darunter nennt alle Stände."
    )
    assert summary in client.get(ADDRESS).content.decode()


def test_stands_that_say_the_same_share_a_row_of_the_table(client, project):
    stand("2022-10-14", project, phase_la="active")
    stand("2022-11-14", project, phase_la="active")
    stand("2022-12-02", project, phase_la="done")
    assert [row[:2] for row in table(client.get(ADDRESS))] == [
        ["02.12.2022", "abgeschlossen"],
        ["14.10.2022 bis 14.11.2022 (2 Stände)", "in Bearbeitung"],
    ]


def test_several_rows_of_a_stand_are_told_apart(client, project):
    report = ProjectReportFactory(date="2022-10-14")
    for label in ("Antrag", "Verlängerung"):
        ProjectRowFactory(report=report, project=project, label=label)
    publish(report)
    html = client.get(ADDRESS).content.decode()
    assert re.findall("<h3>(.*?)</h3>", html) == ["Antrag", "Verlängerung"]


def test_240_stands_stay_a_page_of_moderate_size(client, project):
    first = datetime.date(2000, 1, 5)
    for number in range(240):
        states = {"phase_la": "active" if number % 60 < 30 else "done"}
        stand(f"{first + datetime.timedelta(days=30 * number)}", project, **states)
    page = client.get(f"{ADDRESS}?umfang=alle")
    assert len(table(page)) == 8
    assert len(page.content) < 40_000


def test_of_many_stands_the_newest_are_shown_and_a_link_shows_all(client, project):
    for number in range(MOST_AT_ONCE + 1):
        stand(f"{2000 + number}-10-14", project)
    page = client.get(ADDRESS)
    first = f"14.10.2001 bis 14.10.{2000 + MOST_AT_ONCE} ({MOST_AT_ONCE} Stände)"
    assert [row[0] for row in table(page)] == [first]
    assert f"Gezeigt sind die neuesten {MOST_AT_ONCE} Stände. Alle Stände" in text_of(page)
    assert "?umfang=alle#phases-caption-1" in links_of(page)
    whole = client.get(f"{ADDRESS}?umfang=alle")
    assert [row[0][:10] for row in table(whole)] == ["14.10.2000"]
    assert "?#phases-caption-1" in links_of(whole)
    assert 'id="phases-caption-1"' in whole.content.decode()
