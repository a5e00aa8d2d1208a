"""The list of all Berichtigungen, and what of a page nothing changes."""

import datetime
import re

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from newsletter.models import Edition, EditionWithdrawal, Rubric
from projects.models import ProjectReport
from rollout.models import CoverageRow
from stand.models import Correction
from tests.factories import (
    CoverageRowFactory,
    EditionFactory,
    ProjectReportFactory,
    RolloutReportFactory,
    RubricFactory,
    SiteFactory,
    publish,
)
from tests.html import links_of as every_link_of
from tests.html import text_of

pytestmark = pytest.mark.django_db


def links_of(response) -> list[str]:
    """Without those to the files of the list."""
    return [link for link in every_link_of(response) if not link.startswith("/daten/")]


def correct(note, change):
    with transaction.atomic():
        Correction.declare(note)
        change()
    # All happens in the transaction of the test; a commit resets the setting.
    with connection.cursor() as cursor:
        cursor.execute("RESET ozgstatus.correction")


def corrected_report(number, note="Die Anzahl lautet 50."):
    report = RolloutReportFactory(date=datetime.date(2022, 10, number))
    row = CoverageRowFactory(report=report, label="Wahlschein")
    publish(report)
    correct(note, lambda: CoverageRow.objects.filter(pk=row.pk).update(count=50))
    return report


def corrected_edition(note="Die Rubrik heißt anders."):
    edition = EditionFactory(month="2022-10-01")
    rubric = RubricFactory(edition=edition, title="Aktuell")
    publish(edition)
    correct(note, lambda: Rubric.objects.filter(pk=rubric.pk).update(title="Aktuelles"))
    return Edition.objects.get()


def test_without_any_the_page_says_so_and_nothing_leads_there(client):
    SiteFactory()
    page = client.get("/berichtigungen/")
    assert text_of(page) == "Berichtigungen Bisher wurde nichts berichtigt."
    for address in ("/", "/sitemap.xml"):
        assert not re.search(r'(?:"|\.org)/berichtigungen/', client.get(address).content.decode())


def test_each_says_when_what_where_and_both_values_the_newest_first(client):
    corrected_report(5)
    corrected_edition()
    day = f"{timezone.localdate():%d.%m.%Y}"
    page = client.get("/berichtigungen/")
    assert text_of(page).endswith(
        f"{day}: Ausgabe Oktober 2022 Die Rubrik heißt anders. "
        "Rubrik „Aktuell“, Überschrift: bisher „Aktuell“, neu „Aktuelles“ "
        f"{day}: Stand des Roll-Outs vom 05.10.2022 Die Anzahl lautet 50. "
        "Zeile „Wahlschein“, Anzahl: bisher 48, neu 50 "
        "Daten: CSV , JSON , XLSX , Spalten und Lizenz"
    )
    assert links_of(page) == ["/ausgaben/2022-10/", "/rollout/2022-10-05/"]


def test_every_page_leads_there_and_so_does_the_sitemap(client):
    SiteFactory()
    corrected_report(5)
    for address in ("/", "/lizenzen/", "/sitemap.xml"):
        assert "/berichtigungen/" in client.get(address).content.decode()


def test_one_correction_of_two_reports_names_both(client):
    reports = [RolloutReportFactory(date="2022-10-05"), ProjectReportFactory(date="2022-10-14")]
    for report in reports:
        publish(report)

    def change():
        for report in reports:
            type(report).objects.update(note="neu")

    correct("Zwei Hinweise.", change)
    assert links_of(client.get("/berichtigungen/")) == ["/rollout/2022-10-05/", "/projekte/2022-10-14/"]


def test_one_of_a_withdrawn_edition_leads_nowhere(client):
    edition = corrected_edition()
    EditionWithdrawal.objects.create(
        publication=edition.publication, withdrawn_on=datetime.date(2022, 12, 5), reason="x"
    )
    page = client.get("/berichtigungen/")
    assert "Ausgabe Oktober 2022 (zurückgezogen)" in text_of(page)
    assert links_of(page) == []


def test_a_note_is_shown_as_text(client):
    corrected_report(5, note="<b>fett</b>\nzweite Zeile")
    assert "&lt;b&gt;fett&lt;/b&gt;<br>zweite Zeile" in client.get("/berichtigungen/").content.decode()


@pytest.fixture
def many():
    for number in range(51):
        Correction.objects.create(note=f"Nummer {number}.")


def notes(page) -> list[int]:
    return [int(number) for number in re.findall(r"Nummer (\d+)\.", text_of(page))]


def test_fifty_stand_on_a_page(client, many):
    first, second = client.get("/berichtigungen/"), client.get("/berichtigungen/?seite=2")
    assert notes(first) == list(range(50, 0, -1))
    assert notes(second) == [0]
    assert (links_of(first), links_of(second)) == (["?seite=2"], ["?seite=1"])


@pytest.mark.parametrize(
    ("number", "first"), [("0", 0), ("-1", 0), ("3", 0), ("9" * 5000, 50), ("x", 50), ("", 50), ("1.5", 50)]
)
def test_a_page_number_that_is_none_is_taken_for_the_nearest(client, many, number, first):
    page = client.get("/berichtigungen/", {"seite": number})
    assert page.status_code == 200
    assert notes(page)[0] == first


@pytest.mark.parametrize("number", [1, 3])
def test_it_takes_seven_queries_for_any_number(client, number):
    SiteFactory()
    for day in range(1, number + 1):
        corrected_report(day)
    publish(report := ProjectReportFactory())
    correct("x", lambda: ProjectReport.objects.filter(pk=report.pk).update(note="neu"))
    corrected_edition()
    with CaptureQueriesContext(connection) as queries:
        client.get("/berichtigungen/")
    assert len(queries) == 7
