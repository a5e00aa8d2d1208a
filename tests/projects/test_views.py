"""The phase matrix and the page of a project as visitors see them."""

import datetime
import re

import pytest

from projects.models import Approach, PhaseState
from tests.factories import (
    LegendEntryFactory,
    ProjectFactory,
    ProjectFootnoteFactory,
    ProjectReportFactory,
    ProjectRowFactory,
    ServiceFactory,
    publish,
)
from tests.html import links_of, rows_of, text_of

pytestmark = pytest.mark.django_db
UNKNOWN = "keine Angabe"
PHASES = ["phase_la", "phase_1", "phase_2", "phase_3", "phase_4", "phase_product"]


def published(rows=(), **values):
    report = ProjectReportFactory(**{"date": datetime.date(2022, 10, 14), "plan_year": 2022, **values})
    for position, row in enumerate(rows):
        ProjectRowFactory(report=report, **{"position": position, **row})
    return publish(report)


def lines(response):
    """Rows of projects: LB, name, six cells, approach."""
    return [row for row in rows_of(response) if len(row) == 9]


def test_a_row_reads_like_a_line_of_progress(client):
    states = {
        "phase_la": PhaseState.DONE,
        "phase_1": PhaseState.ACTIVE,
        "phase_2": PhaseState.NOT_STARTED,
        "phase_3": PhaseState.NOT_NEEDED,
        "phase_4": PhaseState.BLANK,
        "phase_product": PhaseState.PLANNED,
    }
    published([{"lb": "01, 03-06", "label": "Verkehrswert", "approach": Approach.CENTRAL, **states}])
    words = [
        "abgeschlossen",
        "in Bearbeitung",
        "nicht begonnen",
        "nicht erforderlich",
        "im Druck leer",
        "Plan 2022",
    ]
    assert lines(client.get("/projekte/")) == [["01, 03-06", "Verkehrswert", *words, "zentral"]]


def test_what_the_print_does_not_say_stays_open(client):
    published([{"lb": "", "label": "Verkehrswert"}], note="Die Farben sind nicht erhalten.")
    page = client.get("/projekte/")
    assert lines(page) == [["", "Verkehrswert", *[UNKNOWN] * 6, ""]]
    assert "Die Farben sind nicht erhalten." in text_of(page)


def test_rows_stand_below_their_lp_in_the_order_of_the_print(client):
    published(
        [
            {"lp": "16", "lp_name": "Sozialwesen", "label": "Wohngeld"},
            {"lp": "17", "lp_name": "Bauen & Grundstück", "label": "Verkehrswert"},
            {"lp": "17", "lp_name": "Bauen & Grundstück", "label": "Baugenehmigung"},
        ]
    )
    rows = [
        row[0] if len(row) == 1 else row[1] for row in rows_of(client.get("/projekte/")) if len(row) in (1, 9)
    ]
    assert rows == [
        "LP 16 Sozialwesen",
        "Wohngeld",
        "LP 17 Bauen & Grundstück",
        "Verkehrswert",
        "Baugenehmigung",
    ]


def test_details_stand_as_a_list_or_as_a_sentence(client):
    published(
        [
            {"label": "Jagd", "details": ["Zulassung", "Erteilung"], "details_listed": True},
            {"label": "Bau", "details": ["Beseitigung", "Vorbescheid"], "details_open": True},
        ]
    )
    names = [row[1] for row in lines(client.get("/projekte/"))]
    assert names == ["Jagd ZulassungErteilung", "Bau u.a. Beseitigung, Vorbescheid"]


def test_footnotes_keep_their_numbers_and_lead_back_to_all_their_rows(client):
    report = ProjectReportFactory(date=datetime.date(2022, 10, 14))
    fourth = ProjectFootnoteFactory(report=report, number=4, text="Reform.")
    first = ProjectFootnoteFactory(report=report, number=1, text="Zurückgestellt.")
    for position, (label, note) in enumerate(
        [("Erziehungsgeld", first), ("Wohngeld", fourth), ("Heim", fourth)]
    ):
        ProjectRowFactory(report=report, position=position, label=label, footnote=note)
    publish(report)
    page = client.get("/projekte/")
    assert [row[1] for row in lines(page)] == ["Erziehungsgeld ¹", "Wohngeld ⁴", "Heim ⁴"]
    assert [link for link in links_of(page) if link.startswith("#projekt")] == [
        *("#projekte-fn-1", "#projekte-fn-4", "#projekte-fn-4"),
        *("#projekt-0", "#projekt-1", "#projekt-2"),
    ]


def test_the_legend_stands_as_printed_with_the_report(client):
    report = ProjectReportFactory(date=datetime.date(2022, 10, 14))
    LegendEntryFactory(report=report, kind="phase", code="la", text="Leistungsanalyse")
    LegendEntryFactory(report=report, kind="state", code="planned", text="Plan 2022")
    LegendEntryFactory(report=report, kind="approach", code="efa", text="Nachnutzung eines EfA-Dienstes")
    ProjectRowFactory(report=report)
    publish(report)
    text = text_of(client.get("/projekte/"))
    for words in ("LA Leistungsanalyse", "Plan 2022", "EfA Nachnutzung eines EfA-Dienstes", "keine Angabe"):
        assert words in text
    assert "im Druck leer" not in text


def test_an_example_says_so_and_is_never_the_newest(client):
    published([{"label": "Echt"}])
    published([{"label": "Beispiel"}], date=datetime.date(2022, 12, 1), illustrative=True)
    assert [row[1] for row in lines(client.get("/projekte/"))] == ["Echt"]
    example = client.get("/projekte/2022-12-01/")
    assert [row[1] for row in lines(example)] == ["Beispiel"]
    assert "Beispieldaten" in text_of(example)


def test_only_where_most_cells_are_unknown_a_link_leads_to_the_newest_public_example(client):
    link = "Ein Beispiel mit allen Zuständen (Beispieldaten)"
    published([{}])
    assert link not in text_of(client.get("/projekte/"))
    for day in (1, 2):
        published([{}], date=datetime.date(2022, 12, day), illustrative=True)
    ProjectReportFactory(date=datetime.date(2022, 12, 3), illustrative=True)
    page = client.get("/projekte/")
    assert link in text_of(page)
    assert [path for path in links_of(page) if path.startswith("/projekte/2022-12")] == [
        *("/projekte/2022-12-02/", "/projekte/2022-12-01/", "/projekte/2022-12-02/")
    ]
    assert link not in text_of(client.get("/projekte/2022-12-01/"))
    half = dict.fromkeys(("phase_la", "phase_1", "phase_2"), PhaseState.DONE)
    published([half], date=datetime.date(2022, 11, 1))
    assert link not in text_of(client.get("/projekte/"))


def test_of_many_stands_a_page_leads_to_those_of_its_year_and_to_every_other_year(client):
    for year, month in [(2022, 10), (2022, 9), *((2021, month) for month in range(1, 12)), (2019, 5)]:
        publish(ProjectReportFactory(date=datetime.date(year, month, 5)))
    page = client.get("/projekte/2021-03-05/")
    ways = [link for link in links_of(page) if re.fullmatch(r"/projekte/\d{4}-\d\d-\d\d/", link)]
    of_the_year = [f"/projekte/2021-{month:02}-05/" for month in range(11, 0, -1) if month != 3]
    assert ways == [*of_the_year, "/projekte/2022-10-05/", "/projekte/2019-05-05/"]
    assert "<summary>Anderes Jahr</summary>" in page.content.decode()
    assert "Anderes Jahr" not in page.content.decode().partition("<main")[2]  # which never changes


def test_drafts_and_other_days_are_not_found(client):
    ProjectReportFactory(date=datetime.date(2022, 10, 14))
    for address in ("/projekte/", "/projekte/2022-10-14/", "/projekte/2022-10-15/", "/projekte/2022-13-01/"):
        assert client.get(address).status_code == 404


def test_a_project_shows_its_phases_over_time_without_examples(client):
    project = ProjectFactory(name="Sozialpass", service=ServiceFactory(name="Sozialpass"))
    footnoted = ProjectReportFactory(date=datetime.date(2022, 10, 14), note="Farben fehlen.")
    footnote = ProjectFootnoteFactory(report=footnoted, text="Neu begonnen.")
    ProjectRowFactory(
        report=footnoted, project=project, phase_product="done", footnote=footnote, details=["Antrag"]
    )
    publish(footnoted)
    published([{"project": project, "label": "Soz.-Pass"}], date=datetime.date(2022, 9, 1))
    published([{"project": project}], date=datetime.date(2022, 12, 1), illustrative=True)
    page = client.get("/projekte/sozialpass/")
    history = [row for row in rows_of(page) if len(row) == 7][1:]
    assert [row[0].split()[0] for row in history] == ["14.10.2022", "01.09.2022"]
    assert history[0][1:] == [*[UNKNOWN] * 5, "abgeschlossen"]
    assert "im Newsletter: Soz.-Pass" in history[1][0]
    text = text_of(page)
    for words in ("17 Bauen & Grundstück", "Antrag", "Neu begonnen.", "Farben fehlen."):
        assert words in text
    assert "/leistungen/sozialpass/" in links_of(page)


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ({}, "Alle Phasen: keine Angabe"),
        ({"phase_product": "planned"}, "Produkt: Plan 2022, übrige: keine Angabe"),
        (
            {"phase_la": "blank", "phase_1": "blank"},
            "LA: im Druck leer, 1: im Druck leer, übrige: keine Angabe",
        ),
        (dict.fromkeys(PHASES, "done"), "Alle Phasen: abgeschlossen"),
        (
            dict.fromkeys(PHASES, "done") | {"phase_product": "active"},
            "LA: abgeschlossen, 1: abgeschlossen, 2: abgeschlossen, 3: abgeschlossen, 4: abgeschlossen, "
            "Produkt: in Bearbeitung",
        ),
    ],
)
def test_the_newest_phases_are_told_in_words_once(client, states, words):
    published([{"project": ProjectFactory(name="Sozialpass"), **states}])
    assert f"{words} (Stand 14.10.2022)." in text_of(client.get("/projekte/sozialpass/"))


def test_a_project_without_a_public_row_is_not_found(client):
    project = ProjectFactory()
    ProjectRowFactory(project=project)
    published([{"project": ProjectFactory(name="Beispiel")}], illustrative=True)
    assert client.get(project.get_absolute_url()).status_code == 404
    assert client.get("/projekte/beispiel/").status_code == 404


def filled(number):
    project = ProjectFactory(name="Wohngeld", service=ServiceFactory())
    for _ in range(number):
        report = ProjectReportFactory()
        LegendEntryFactory(report=report)
        for _ in range(number):
            footnote = ProjectFootnoteFactory(report=report)
            ProjectRowFactory(report=report, project=project, footnote=footnote)
        publish(report)


@pytest.mark.parametrize("number", [1, 3])
def test_the_matrix_takes_the_same_queries_for_any_number_of_rows(client, number, django_assert_num_queries):
    filled(number)
    with django_assert_num_queries(7):
        client.get("/projekte/")


@pytest.mark.parametrize("number", [1, 3])
def test_a_project_takes_the_same_queries_for_any_number_of_reports(
    client, number, django_assert_num_queries
):
    filled(number)
    with django_assert_num_queries(3):
        client.get("/projekte/wohngeld/")


def test_an_lp_that_comes_again_has_an_anchor_of_its_own(client):
    published([{"lp": lp, "lp_name": "Bauen"} for lp in ("01", "02", "01")])
    html = client.get("/projekte/").content.decode()
    assert [html.count(f'id="{anchor}"') for anchor in ("lp-01", "lp-02", "lp-01-2")] == [1, 1, 1]


def test_a_project_that_only_an_example_names_is_not_linked(client):
    only_here, elsewhere = ProjectFactory(name="Nur Beispiel"), ProjectFactory(name="Verkehrswert")
    published([{"project": elsewhere}])
    day = datetime.date(2022, 12, 1)
    published([{"project": only_here}, {"project": elsewhere}], date=day, illustrative=True)
    links = links_of(client.get("/projekte/2022-12-01/"))
    assert [link for link in links if link.startswith("/projekte/") and link.count("-") < 2] == [
        "/projekte/verkehrswert/"
    ]
