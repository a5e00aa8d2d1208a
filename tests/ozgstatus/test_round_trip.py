"""What goes out as open data comes back through the editors' import without a difference."""

import datetime

import pytest

from tests.admin import client_of, filled, page_of, upload
from tests.factories import (
    CoverageRowFactory,
    ProjectFactory,
    ProjectFootnoteFactory,
    ProjectReportFactory,
    ProjectRowFactory,
    RolloutFootnoteFactory,
    RolloutReportFactory,
    ServiceFactory,
    publish,
)

pytestmark = pytest.mark.django_db


def downloaded(client, address) -> bytes:
    return b"".join(client.get(address).streaming_content)


def every_kind_of_coverage(report):
    CoverageRowFactory(
        report=report,
        position=1,
        label="=HYPERLINK(1)",
        parts=["-Geburt", "Tod"],
        count=None,
        share_authorities=None,
        footnote=RolloutFootnoteFactory(report=report, number=7),
        service=ServiceFactory(name="Wohngeld"),
    )
    CoverageRowFactory(
        report=report,
        position=2,
        label="berechnet; mit „Zeichen“",
        origin="computed",
        denominator=60,
        register_date="2021-12-31",
        at_least=True,
    )


def values_of(report):
    names = ["position", "label", "parts", "service", "count", "denominator", "share_authorities"]
    names += ["share_population", "origin", "register_date", "at_least", "footnote__number"]
    return list(report.rows.order_by("position").values(*names))


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_coverage_table_comes_back_without_a_difference(client, kind):
    report = RolloutReportFactory(date=datetime.date(2022, 10, 5))
    every_kind_of_coverage(report)
    report = publish(report)
    content = downloaded(client, f"/daten/rollout/2022-10-05.{kind}")
    response = upload(client_of("Redaktion"), report, content, f"rollout.{kind}")
    assert response.context["outcome"].is_empty


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_empty_draft_becomes_the_published_table(client, kind):
    report = RolloutReportFactory(date=datetime.date(2022, 10, 5))
    every_kind_of_coverage(report)
    publish(report)
    draft = RolloutReportFactory(date=datetime.date(2022, 11, 5))
    RolloutFootnoteFactory(report=draft, number=7)
    editor = client_of("Redaktion")
    content = downloaded(client, f"/daten/rollout/2022-10-05.{kind}")
    response = upload(editor, draft, content, f"rollout.{kind}")
    editor.post(page_of(draft, "import"), filled(response))
    assert values_of(draft) == values_of(report)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_phase_matrix_comes_back_without_a_difference(client, kind):
    report = ProjectReportFactory(date=datetime.date(2022, 10, 14), plan_year=2022)
    twin = {"name": "Zwilling"}
    for position, phases in enumerate(
        [{"phase_la": "planned", "phase_1": "blank"}, {"phase_product": "done", "approach": "efa"}], start=1
    ):
        ProjectRowFactory(
            report=report,
            position=position,
            lp="01",
            lb="03-06",
            label=f"Zeile {position}",
            details=["eins", "zwei"],
            project=ProjectFactory(**twin),
            footnote=ProjectFootnoteFactory(report=report, number=position),
            **phases,
        )
    report = publish(report)
    content = downloaded(client, f"/daten/projekte/2022-10-14.{kind}")
    response = upload(client_of("Redaktion"), report, content, f"projekte.{kind}")
    assert response.context["outcome"].is_empty


def test_a_changed_figure_in_an_open_file_is_the_only_difference(client):
    report = RolloutReportFactory(date=datetime.date(2022, 10, 5))
    CoverageRowFactory(report=report, position=1, label="Wohngeld", count=48)
    report = publish(report)
    content = downloaded(client, "/daten/rollout/2022-10-05.csv").replace(b";48;", b";49;")
    response = upload(client_of("Redaktion"), report, content, "rollout.csv")
    [difference] = response.context["outcome"].differences
    assert difference.cells == [("Anzahl", "48", "49")]


def test_a_column_twice_under_both_names_is_refused(client):
    draft = RolloutReportFactory()
    content = b"bezeichnung;anzahl;Anzahl;anteil_behoerden;anteil_einwohner\r\nWohngeld;1;2;3;4"
    response = upload(client_of("Redaktion"), draft, content, "rollout.csv")
    assert "Die Spalte „Anzahl“ steht doppelt in der Datei." in response.context["row_errors"]
