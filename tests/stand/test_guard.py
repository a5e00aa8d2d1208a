"""What is published changes only by a Berichtigung; the database itself sees to it."""

import threading

import pytest
from django.db import DatabaseError, connection, connections, transaction

from newsletter.models import Article, Block, CatalogueRow, Edition, EditionPublication, Rubric
from projects.models import LegendEntry, ProjectFootnote, ProjectReport, ProjectRow
from rollout.models import CoverageRow, RolloutFootnote, RolloutReport
from stand.models import Correction, CorrectionChange
from tests.factories import (
    ArticleFactory,
    BlockFactory,
    CatalogueRowFactory,
    CoverageRowFactory,
    EditionFactory,
    LegendEntryFactory,
    ProjectFootnoteFactory,
    ProjectReportFactory,
    ProjectRowFactory,
    RolloutFootnoteFactory,
    RolloutReportFactory,
    RubricFactory,
    ServiceFactory,
    publish,
)

pytestmark = pytest.mark.django_db

GUARDED = "Veröffentlichtes ändert sich nur durch eine Berichtigung"


def published_rollout():
    report = RolloutReportFactory()
    footnote = RolloutFootnoteFactory(report=report, text="Erst begonnen.")
    CoverageRowFactory(report=report, label="Mängelmelder", count=48, footnote=footnote)
    return publish(report)


def published_projects():
    report = ProjectReportFactory()
    footnote = ProjectFootnoteFactory(report=report)
    ProjectRowFactory(report=report, footnote=footnote)
    LegendEntryFactory(report=report)
    return publish(report)


def published_edition():
    edition = EditionFactory()
    rubric = RubricFactory(edition=edition)
    article = ArticleFactory(edition=edition)
    article.services.add(ServiceFactory())
    BlockFactory(rubric=rubric, article=article)
    CatalogueRowFactory(edition=edition)
    return publish(edition)


def refused(change) -> bool:
    """Whether the database refuses `change` because of a publication; the attempt is undone."""
    try:
        with transaction.atomic():
            change()
    except DatabaseError as error:
        assert GUARDED in str(error)
        return True
    return False


CHANGES = [
    (published_rollout, RolloutReport, {"note": "anders"}),
    (published_rollout, RolloutReport, {"illustrative": True}),
    (published_rollout, RolloutFootnote, {"text": "anders"}),
    (published_rollout, CoverageRow, {"count": 50}),
    (published_projects, ProjectReport, {"plan_year": 2023}),
    (published_projects, ProjectFootnote, {"text": "anders"}),
    (published_projects, ProjectRow, {"phase_la": "done"}),
    (published_projects, LegendEntry, {"text": "anders"}),
    (published_edition, Edition, {"label": "anders"}),
    (published_edition, Rubric, {"title": "anders"}),
    (published_edition, Block, {"title": "anders"}),
    (published_edition, Article, {"body": "<p>anders</p>"}),
    (published_edition, CatalogueRow, {"label": "anders"}),
]
IDS = [f"{model.__name__}-{'-'.join(values)}" for _, model, values in CHANGES]


@pytest.mark.parametrize(("make", "model", "values"), CHANGES, ids=IDS)
def test_an_update_is_refused(make, model, values):
    make()
    assert refused(lambda: model.objects.update(**values))


@pytest.mark.parametrize(("make", "model", "values"), CHANGES, ids=IDS)
def test_the_same_update_of_a_draft_is_allowed(make, model, values, monkeypatch):
    monkeypatch.setattr("tests.stand.test_guard.publish", lambda root: root)
    make()
    assert not refused(lambda: model.objects.update(**values))


@pytest.mark.parametrize(
    "model", [CoverageRow, ProjectRow, LegendEntry, Block, CatalogueRow, Article.services.through]
)
def test_a_deletion_is_refused(model):
    published_rollout(), published_projects(), published_edition()
    assert refused(lambda: model.objects.all().delete())
    assert model.objects.count() == 1


def test_new_rows_are_refused():
    rollout, projects, edition = published_rollout(), published_projects(), published_edition()
    assert refused(lambda: CoverageRowFactory(report=rollout))
    assert refused(lambda: RolloutFootnoteFactory(report=rollout))
    assert refused(lambda: ProjectRowFactory(report=projects))
    assert refused(lambda: RubricFactory(edition=edition))
    assert refused(lambda: ArticleFactory(edition=edition))
    assert refused(lambda: CatalogueRowFactory(edition=edition))
    assert refused(lambda: Article.objects.get().services.add(ServiceFactory()))


def test_a_row_moves_neither_in_nor_out():
    rollout = published_rollout()
    draft = RolloutReportFactory()
    free = CoverageRowFactory(report=draft)
    assert refused(lambda: CoverageRow.objects.filter(pk=free.pk).update(report=rollout, position=99))
    assert refused(lambda: CoverageRow.objects.filter(report=rollout).update(report=draft, footnote=None))


def test_saving_without_a_change_is_no_change():
    published_rollout(), published_edition()
    for model in (RolloutReport, CoverageRow, Edition, Article):
        for thing in model.objects.all():
            thing.save()
    assert CorrectionChange.objects.count() == 0


def test_a_berichtigung_changes_and_is_recorded_by_the_database():
    report = published_rollout()
    row = CoverageRow.objects.get()
    with transaction.atomic():
        correction = Correction.declare("Die Anzahl lautet 50.")
        CoverageRow.objects.update(count=50)
    assert CoverageRow.objects.get().count == 50
    [change] = CorrectionChange.objects.below(report)
    assert change.correction == correction
    assert (change.table_name, change.row_id, change.column_name) == ("rollout_coveragerow", row.pk, "count")
    assert (change.old_value, change.new_value) == (48, 50)
    assert change.in_words == "Zeile „Mängelmelder“, Anzahl: bisher 48, neu 50"


def test_a_berichtigung_ends_with_its_transaction():
    published_rollout()
    with transaction.atomic():
        Correction.declare("Nur für eine Änderung.")
    # The test's own transaction is still the same one for the database; a commit resets the setting.
    with connection.cursor() as cursor:
        cursor.execute("RESET ozgstatus.correction")
    assert refused(lambda: CoverageRow.objects.update(count=50))


def test_a_new_row_is_recorded_without_its_empty_fields():
    report = published_rollout()
    with transaction.atomic():
        Correction.declare("Eine Zeile fehlte.")
        CoverageRowFactory(report=report, position=2, label="Wohngeld", count=None)
    columns = {change.column_name: change.new_value for change in CorrectionChange.objects.below(report)}
    assert columns["label"] == "Wohngeld"
    assert {"count", "denominator", "footnote_id", "id"}.isdisjoint(columns)


@pytest.mark.parametrize("make", [published_rollout, published_projects, published_edition])
def test_a_publication_is_written_once(make):
    publication = type(make().publication)
    with pytest.raises(DatabaseError), transaction.atomic():
        publication.objects.update(published_on="2022-10-17")
    with pytest.raises(DatabaseError), transaction.atomic():
        publication.objects.all().delete()


def test_a_correction_is_written_once():
    published_rollout()
    with transaction.atomic():
        Correction.declare("Hinweis.")
        CoverageRow.objects.update(count=50)
    for model in (Correction, CorrectionChange):
        with pytest.raises(DatabaseError), transaction.atomic():
            model.objects.all().delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        Correction.objects.update(note="anders")


def test_a_draft_is_deleted_with_all_it_holds():
    report = RolloutReportFactory()
    CoverageRowFactory(report=report, footnote=RolloutFootnoteFactory(report=report))
    edition = EditionFactory()
    BlockFactory(rubric=RubricFactory(edition=edition), article=ArticleFactory(edition=edition))
    report.delete()
    edition.delete()
    assert not CoverageRow.objects.exists()
    assert not Block.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_change_and_a_publication_at_the_same_moment_wait_for_each_other():
    report = RolloutReportFactory()
    CoverageRowFactory(report=report, count=48)
    outcome = []

    def change():
        try:
            CoverageRow.objects.update(count=50)
            outcome.append("changed")
        except DatabaseError:
            outcome.append("refused")
        finally:
            connections.close_all()

    with transaction.atomic():
        publish(report)
        thread = threading.Thread(target=change)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive(), "the change must wait for the publication"
    thread.join(10)
    assert outcome == ["refused"]
    assert CoverageRow.objects.get().count == 48


@pytest.mark.parametrize("factory", [RolloutReportFactory, ProjectReportFactory])
def test_a_report_without_a_date_is_neither_published_nor_made_so(factory):
    with pytest.raises(DatabaseError, match="ohne Datum"), transaction.atomic():
        publish(factory(date=None))
    public = publish(factory())
    with pytest.raises(DatabaseError, match="hat ein Datum"), transaction.atomic():
        Correction.declare("Datum weg.")
        type(public).objects.update(date=None)


@pytest.mark.parametrize("values", [{}, {"illustrative": True}])
def test_a_published_edition_shows_no_drafts_and_no_examples(values):
    report = RolloutReportFactory(**values)
    if values:
        publish(report)
    draft, public = EditionFactory(), publish(RubricFactory().edition)
    BlockFactory(rubric__edition=draft, rollout_report=report)
    with pytest.raises(DatabaseError, match="nur veröffentlichte Stände"), transaction.atomic():
        EditionPublication.objects.create(edition=draft)
    with pytest.raises(DatabaseError, match="nur veröffentlichte Stände"), transaction.atomic():
        Correction.declare("Tabelle ergänzt.")
        BlockFactory(rubric=public.rubrics.get(), rollout_report=report)


def corrected(root, change):
    with transaction.atomic():
        Correction.declare("Hinweis.")
        change()
    return [entry.in_words for entry in CorrectionChange.objects.below(root)]


def test_a_correction_reads_in_german_words():
    projects, edition = published_projects(), published_edition()
    row, article = ProjectRow.objects.get(), Article.objects.get()
    assert corrected(projects, lambda: ProjectRow.objects.update(phase_la="done", lb="")) == [
        f"Zeile „{row.label}“, LA: bisher „keine Angabe“, neu „abgeschlossen“"
    ]
    assert corrected(projects, lambda: ProjectRow.objects.update(footnote=None))[0] == (
        f"Zeile „{row.label}“, Fußnote: entfernt"
    )
    line = CatalogueRow.objects.get().label
    assert corrected(edition, lambda: CatalogueRow.objects.update(month="2022-10-01")) == [
        f"Zeile des Katalogs „{line}“, Monat: bisher 09/2022, neu 10/2022"
    ]
    linked = corrected(edition, lambda: article.services.clear())
    assert linked[0].endswith(": entfernt") and "service_id" not in linked[0]


def test_a_new_row_tells_what_it_says_and_nothing_technical():
    rollout = published_rollout()
    told = corrected(
        rollout, lambda: CoverageRowFactory(report=rollout, position=7, label="Wohngeld", count=11)
    )
    assert set(told) == {
        "Zeile „Wohngeld“, Online-Antragsassistent: bisher leer, neu „Wohngeld“",
        "Zeile „Wohngeld“, Anzahl: bisher leer, neu 11",
        "Zeile „Wohngeld“, nach Behörden: bisher leer, neu 16",
        "Zeile „Wohngeld“, nach Einwohnern: bisher leer, neu 59",
        "Zeile „Wohngeld“, Herkunft: bisher leer, neu „von der SAKD erhoben“",
        "Zeile „Wohngeld“, mindestens: bisher leer, neu nein",
    }
