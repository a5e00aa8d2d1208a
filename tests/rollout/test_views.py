"""The coverage table as visitors see it."""

import datetime
import re

import pytest

from rollout.models import Origin
from rollout.tables import CoverageTable
from tests.factories import (
    BlockFactory,
    CoverageRowFactory,
    EditionFactory,
    RolloutFootnoteFactory,
    RolloutReportFactory,
    RubricFactory,
    ServiceFactory,
    publish,
)
from tests.html import links_of, rows_of, text_of

pytestmark = pytest.mark.django_db


def published(rows=(), **values):
    report = RolloutReportFactory(**{"date": datetime.date(2022, 10, 5), **values})
    for row in rows:
        CoverageRowFactory(report=report, **row)
    return publish(report)


def labels(response):
    return [row[0] for row in rows_of(response) if len(row) == 4]


def test_a_row_shows_its_figures_as_printed(client):
    published([{"label": "Wahlschein", "count": 48, "share_authorities": 16, "share_population": 59}])
    assert ["Wahlschein", "48", "16 %", "59 %"] in rows_of(client.get("/rollout/"))


def test_what_is_not_known_reads_keine_angabe(client):
    published([{"label": "Neu", "count": None, "share_authorities": None, "share_population": None}])
    assert ["Neu", "keine Angabe", "keine Angabe", "keine Angabe"] in rows_of(client.get("/rollout/"))


def test_a_denominator_shows_only_where_it_is_known(client):
    computed = {"origin": Origin.COMPUTED, "denominator": 309, "register_date": datetime.date(2021, 12, 31)}
    published([{"label": "Erhoben", "position": 1}, {"label": "Berechnet", "position": 2, **computed}])
    page = client.get("/rollout/")
    assert [row[1] for row in rows_of(page) if row[0] in ("Erhoben", "Berechnet")] == ["48", "48 von 309"]
    stand = "Stand: 05.10.2022, von der SAKD erhoben, aus dem Register berechnet (Register vom 31.12.2021)"
    assert stand in text_of(page)


def test_a_label_leads_to_its_service_and_keeps_its_words(client):
    service = ServiceFactory(name="Mängelmeldung")
    published([{"label": "Mängelmelder", "service": service}])
    page = client.get("/rollout/")
    assert "/leistungen/maengelmeldung/" in links_of(page)
    assert labels(page) == ["Mängelmelder"]


def test_a_footnote_is_marked_in_its_rows_and_leads_back(client):
    report = RolloutReportFactory()
    footnote = RolloutFootnoteFactory(report=report, number=2, text="Erst begonnen.")
    for position in (1, 2):
        CoverageRowFactory(report=report, position=position, footnote=footnote, label="Kita")
    publish(report)
    page = client.get("/rollout/")
    assert labels(page) == ["Kita ²", "Kita ²"]
    assert [link for link in links_of(page) if link.startswith("#")] == [
        *("#rollout-fn-2", "#rollout-fn-2"),
        *("#rollout-1", "#rollout-2"),
    ]
    assert "² Erst begonnen." in text_of(page)


COLUMNS = [name for name, column in CoverageTable.base_columns.items() if column.orderable is not False]
ROWS = [
    {"position": 1, "label": "Ärger", "count": 3, "share_authorities": 20, "share_population": 5},
    {"position": 2, "label": "Zulassung", "count": 1, "share_authorities": 10, "share_population": 15},
    {"position": 3, "label": "Bauen", "count": 2, "share_authorities": 30, "share_population": 10},
]
SORTED = {
    "label": ["Ärger", "Bauen", "Zulassung"],
    "count": ["Zulassung", "Bauen", "Ärger"],
    "share_authorities": ["Zulassung", "Ärger", "Bauen"],
    "share_population": ["Ärger", "Bauen", "Zulassung"],
}


def test_every_column_is_meant_to_sort():
    assert set(COLUMNS) == set(SORTED)


@pytest.mark.parametrize("column", COLUMNS)
def test_a_column_sorts_both_ways(client, column):
    published(ROWS)
    assert labels(client.get("/rollout/", {"sort": column})) == SORTED[column]
    down = client.get("/rollout/", {"sort": f"-{column}"})
    assert labels(down) == SORTED[column][::-1]
    assert down.content.decode().count('aria-sort="descending"') == 1


def test_figures_are_sorted_from_the_highest_at_first_and_names_from_a(client):
    published(ROWS)
    first = [link for link in links_of(client.get("/rollout/")) if "sort=" in link]
    assert first == ["?sort=label", "?sort=-count", "?sort=-share_authorities", "?sort=-share_population"]
    again = [link for link in links_of(client.get("/rollout/?sort=-count")) if "count" in link]
    assert again == ["?sort=count"]


def test_both_shares_stand_below_one_heading(client):
    published(ROWS)
    above, below = rows_of(client.get("/rollout/"))[:2]
    assert [cell.rstrip(" ↕") for cell in above] == [
        "Online-Antragsassistent",
        "Anzahl der Gemeinden u./o. Landkreise",
        "Grad der Flächendeckung",
    ]
    assert [cell.rstrip(" ↕") for cell in below] == [
        "nach Anzahl der zuständigen Behörden",
        "nach Einwohnerzahl",
    ]


def test_a_missing_figure_sorts_below_every_other(client):
    published(
        [
            *ROWS,
            {"position": 4, "label": "Offen", "count": None},
            {"position": 5, "label": "Null", "count": 0},
        ]
    )
    assert labels(client.get("/rollout/", {"sort": "count"}))[:2] == ["Offen", "Null"]
    assert labels(client.get("/rollout/", {"sort": "-count"}))[-2:] == ["Null", "Offen"]


@pytest.mark.parametrize("sort", ["nix", "-nix", "service__slug", "", "label,label", "--label"])
def test_an_unknown_column_is_passed_over(client, sort):
    published(ROWS)
    assert labels(client.get("/rollout/", {"sort": sort})) in (
        ["Ärger", "Zulassung", "Bauen"],
        SORTED["label"],
    )


def test_the_newest_stand_is_no_example_and_the_others_can_be_chosen(client):
    published([{"label": "September"}], date=datetime.date(2022, 9, 5))
    published([{"label": "Oktober"}], date=datetime.date(2022, 10, 5))
    published([{"label": "Beispiel"}], date=datetime.date(2022, 12, 5), illustrative=True)
    RolloutReportFactory(date=datetime.date(2023, 1, 5))
    newest = client.get("/rollout/")
    assert labels(newest) == ["Oktober"]
    assert {"/rollout/2022-09-05/", "/rollout/2022-12-05/"} <= set(links_of(newest))
    assert labels(client.get("/rollout/2022-09-05/")) == ["September"]


def test_an_example_says_so_at_its_own_address(client):
    published([{"label": "Beispiel"}], illustrative=True)
    assert client.get("/rollout/").status_code == 404
    page = client.get("/rollout/2022-10-05/")
    assert labels(page) == ["Beispiel"]
    assert "Beispieldaten" in text_of(page)
    assert "Beispieldaten" in page.content.decode().partition("<title>")[2].partition("</title>")[0]


def test_of_many_stands_a_page_leads_to_those_of_its_year_and_to_every_other_year(client):
    for year, month in [(2022, 10), (2022, 9), *((2021, month) for month in range(1, 12)), (2019, 5)]:
        publish(RolloutReportFactory(date=datetime.date(year, month, 5)))
    page = client.get("/rollout/2021-03-05/")
    ways = [link for link in links_of(page) if re.fullmatch(r"/rollout/\d{4}-\d\d-\d\d/", link)]
    of_the_year = [f"/rollout/2021-{month:02}-05/" for month in range(11, 0, -1) if month != 3]
    assert ways == [*of_the_year, "/rollout/2022-10-05/", "/rollout/2019-05-05/"]
    assert "<summary>Anderes Jahr</summary>" in page.content.decode()
    assert "Anderes Jahr" not in page.content.decode().partition("<main")[2]  # which never changes


def test_drafts_and_other_days_are_not_found(client):
    RolloutReportFactory(date=datetime.date(2022, 10, 5))
    for address in ("/rollout/", "/rollout/2022-10-05/", "/rollout/2022-10-06/", "/rollout/2022-02-30/"):
        assert client.get(address).status_code == 404


def test_what_is_counted_is_said_as_in_the_newest_edition(client):
    report = published([{"label": "Wohngeld"}])
    edition = EditionFactory()
    rubric = RubricFactory(edition=edition)
    BlockFactory(
        rubric=rubric, rollout_report=report, introduction="<p>Sowohl eigene als auch Lösungen Dritter.</p>"
    )
    assert "Sowohl eigene" not in text_of(client.get("/rollout/"))
    publish(edition)
    example = EditionFactory(illustrative=True, month=datetime.date(2030, 1, 1))
    BlockFactory(rubric__edition=example, rollout_report=report, introduction="<p>Erfunden.</p>")
    publish(example)
    text = text_of(client.get("/rollout/"))
    assert "Sowohl eigene als auch Lösungen Dritter." in text
    assert "Erfunden." not in text


def test_an_example_never_introduces_a_real_report(client):
    report = published([{}])
    edition = EditionFactory(month=datetime.date(2022, 12, 1), illustrative=True)
    rubric = RubricFactory(edition=edition)
    BlockFactory(rubric=rubric, rollout_report=report, introduction="<p>Erfunden.</p>")
    publish(edition)
    assert "Erfunden." not in text_of(client.get("/rollout/"))


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_takes_the_same_queries_for_any_number_of_rows(client, number, django_assert_num_queries):
    report = RolloutReportFactory()
    for position in range(number):
        footnote = RolloutFootnoteFactory(report=report)
        CoverageRowFactory(report=report, position=position, service=ServiceFactory(), footnote=footnote)
    publish(report)
    with django_assert_num_queries(6):
        client.get("/rollout/")
