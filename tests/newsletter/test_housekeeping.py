"""What is done by the clock."""

import datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

import newsletter.pdf
from newsletter.models import Edition, EditionPdf, EditionWithdrawal
from rollout.models import RolloutReport
from stand.models import Correction
from tests.factories import BlockFactory, EditionFactory, RolloutReportFactory, month, publish

pytestmark = pytest.mark.django_db
HOUR = datetime.timedelta(hours=1)


@pytest.fixture(autouse=True)
def typesetting(monkeypatch):
    """The months of the editions that were set as PDF, in their order, without the time that it takes."""
    months = []
    monkeypatch.setattr(newsletter.pdf, "render", lambda edition: months.append(edition.month) or b"%PDF")
    return months


def waiting(number, moment, **report):
    edition = EditionFactory(month=month(number), state="ready", publish_at=moment)
    BlockFactory(rubric__edition=edition, rollout_report=RolloutReportFactory(**{"state": "ready"} | report))
    return edition


def housekeeping() -> tuple[str, str]:
    """What it says, and what it complains about."""
    out, err = StringIO(), StringIO()
    try:
        call_command("housekeeping", stdout=out, stderr=err, no_color=True)
    except CommandError as error:
        err.write(str(error))
    return out.getvalue(), err.getvalue()


def public():
    return list(Edition.objects.public().order_by("month").values_list("month", flat=True))


def test_what_is_due_is_published_on_the_day_that_it_happens():
    now = timezone.now()
    waiting(0, now - 100 * HOUR)  # nobody has run it for days
    waiting(1, now + HOUR)
    assert housekeeping() == (
        "Ausgabe Januar 2022: veröffentlicht.\nAusgabe Januar 2022: PDF erstellt.\n",
        "",
    )
    assert public() == [month(0)]
    assert Edition.objects.public().get().publication.published_on == timezone.localdate()
    assert RolloutReport.objects.public().count() == 1


def test_a_second_run_does_nothing():
    waiting(0, timezone.now() - HOUR)
    housekeeping()
    assert housekeeping() == ("Es ist nichts zu tun.\n", "")


def test_what_fails_stays_a_draft_keeps_none_from_it_and_fails_the_run():
    now = timezone.now()
    waiting(0, now - 2 * HOUR, date=None)
    waiting(1, now - HOUR)
    out, err = housekeeping()
    assert out == "Ausgabe Februar 2022: veröffentlicht.\nAusgabe Februar 2022: PDF erstellt.\n"
    assert err == (
        "Ausgabe Januar 2022: Stand des Roll-Outs: Der Tag, für den die Angaben gelten, fehlt.\n"
        "Nicht veröffentlicht, weiter Entwurf: Ausgabe Januar 2022."
    )
    assert public() == [month(1)]
    assert RolloutReport.objects.public().count() == 1


def test_a_failed_one_is_published_by_the_next_run_after_it_is_mended():
    waiting(0, timezone.now() - HOUR, date=None)
    assert housekeeping()[0] == ""
    RolloutReport.objects.update(date="2022-01-05")
    assert housekeeping() == (
        "Ausgabe Januar 2022: veröffentlicht.\nAusgabe Januar 2022: PDF erstellt.\n",
        "",
    )


def test_the_run_ends_with_an_error_code():
    waiting(0, timezone.now() - HOUR, state="draft")
    with pytest.raises(CommandError) as error:
        call_command("housekeeping", stdout=StringIO(), stderr=StringIO())
    assert error.value.returncode == 1


def test_a_pdf_is_made_once_and_again_after_a_berichtigung_of_the_edition_or_of_its_report(typesetting):
    edition = waiting(0, timezone.now() - HOUR)
    housekeeping(), housekeeping()
    assert typesetting == [month(0)]
    with transaction.atomic():
        Correction.declare("Der Hinweis war falsch.")
        RolloutReport.objects.update(note="Richtig")
    housekeeping(), housekeeping()
    assert typesetting == [month(0)] * 2
    with transaction.atomic():
        Correction.declare("Das Anschreiben fehlte.")
        Edition.objects.update(opening="<p>Guten Tag</p>")
    housekeeping(), housekeeping()
    assert typesetting == [month(0)] * 3
    assert EditionPdf.objects.get().edition == edition


def test_drafts_and_withdrawn_editions_get_no_pdf(typesetting):
    EditionFactory(month=month(0))
    gone = EditionFactory(month=month(1))
    EditionWithdrawal.objects.create(
        publication=publish(gone).publication, withdrawn_on="2022-03-01", reason="falsch"
    )
    housekeeping()
    assert typesetting == []


def test_what_cannot_be_set_keeps_no_other_from_its_pdf(monkeypatch):
    for number in range(2):
        publish(EditionFactory(month=month(number)))

    def refuse_the_first(edition):
        if edition.month == month(0):
            raise ValueError("no way to set this")
        return b"%PDF"

    monkeypatch.setattr(newsletter.pdf, "render", refuse_the_first)
    housekeeping()
    assert [pdf.edition.month for pdf in EditionPdf.objects.all()] == [month(1)]


def test_without_the_libraries_of_the_machine_only_the_pdf_is_missing(monkeypatch):
    def refuse(edition):
        raise newsletter.pdf.PdfUnavailable("cannot load library 'libpango'")

    monkeypatch.setattr(newsletter.pdf, "render", refuse)
    waiting(0, timezone.now() - HOUR)
    out, err = housekeeping()
    assert out == "Ausgabe Januar 2022: veröffentlicht.\n"
    assert err == "Kein PDF erstellt: cannot load library 'libpango'\n"
    assert public() == [month(0)]
