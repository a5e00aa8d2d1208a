"""How the next report begins, and how it says what has changed; shown with roll-out and project reports."""

import datetime
import threading

import pytest
from django.db import connection

from projects.models import ProjectReport
from rollout.models import RolloutReport
from stand.drafts import compare_with_previous, copy_report, new_from_last
from stand.models import WorkState
from tests.factories import (
    CoverageRowFactory,
    LegendEntryFactory,
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
OCTOBER, NOVEMBER, DECEMBER = (datetime.date(2022, month, 5) for month in (10, 11, 12))


def rollout(date=OCTOBER, **values):
    return RolloutReportFactory(date=date, **values)


def marks(draft):
    """The texts at the rows of a draft, by label."""
    found = compare_with_previous(type(draft), [draft])[draft.pk]
    return {row.label: str(found.marks[row.pk]) for row in draft.rows.all() if row.pk in found.marks}


# --- copies ---


def test_a_roll_out_report_is_copied_whole_without_its_date():
    last = rollout(note="Was gezählt wird", state=WorkState.READY)
    note = RolloutFootnoteFactory(report=last, number=2, text="nur Große Kreisstädte")
    service = ServiceFactory()
    values = {
        "label": "Wahlschein",
        "parts": ["eins", "zwei"],
        "origin": "computed",
        "denominator": 300,
        "register_date": OCTOBER,
    }
    CoverageRowFactory(report=last, position=1, service=service, footnote=note, **values)
    CoverageRowFactory(report=last, position=5, label="Ohne", service=None, count=None)
    draft = copy_report(publish(last))
    assert (draft.date, draft.state, draft.illustrative, draft.note) == (
        None,
        WorkState.DRAFT,
        False,
        "Was gezählt wird",
    )
    [copied] = draft.footnotes.all()
    assert (copied.number, copied.text) == (2, "nur Große Kreisstädte")
    columns = ["position", "label", "parts", "origin", "denominator", "register_date", "service", "count"]
    columns += ["share_authorities", "share_population"]
    assert list(draft.rows.values(*columns)) == list(last.rows.values(*columns))
    assert [row.footnote for row in draft.rows.all()] == [copied, None]


def test_a_project_report_is_copied_with_its_legend_and_the_year_of_its_plans():
    last = ProjectReportFactory(date=OCTOBER, plan_year=2022)
    LegendEntryFactory(report=last, code="la", text="Leistungsanalyse", position=3)
    note = ProjectFootnoteFactory(report=last, number=4)
    project = ProjectFactory()
    ProjectRowFactory(
        report=last, project=project, footnote=note, details=["x"], phase_product="planned", approach="efa"
    )
    draft = copy_report(publish(last))
    assert draft.plan_year == 2022
    assert list(draft.legend.values_list("kind", "code", "text", "position")) == [
        ("phase", "la", "Leistungsanalyse", 3)
    ]
    row = draft.rows.get()
    assert (row.project, row.details, row.phase_product, row.approach) == (project, ["x"], "planned", "efa")
    assert row.footnote == draft.footnotes.get() != note


def test_what_was_copied_stays_as_it_is():
    last = rollout()
    note = RolloutFootnoteFactory(report=last)
    row = CoverageRowFactory(report=last, footnote=note)
    draft = copy_report(publish(last))
    draft.rows.update(count=99)
    draft.footnotes.update(text="anders")
    row.refresh_from_db()
    note.refresh_from_db()
    assert (row.count, row.footnote, note.text != "anders") == (48, note, True)


# --- the next one ---


def test_the_next_report_begins_with_the_newest_real_one():
    publish(rollout(OCTOBER, note="alt"))
    publish(rollout(NOVEMBER, note="neu"))
    publish(rollout(DECEMBER, note="Beispiel", illustrative=True))
    draft, made = new_from_last(RolloutReport)
    assert (made, draft.note, draft.illustrative) == (True, "neu", False)


@pytest.mark.parametrize("state", WorkState.values)
def test_a_draft_that_exists_is_found_and_not_doubled(state):
    publish(rollout(OCTOBER))
    existing = rollout(None, state=state)
    assert new_from_last(RolloutReport) == (existing, False)
    assert RolloutReport.objects.count() == 2


def test_a_draft_of_an_example_does_not_stand_in_the_way():
    publish(rollout(OCTOBER))
    rollout(None, illustrative=True)
    assert new_from_last(RolloutReport)[1]


def test_where_there_are_only_examples_there_is_nothing_to_begin_with():
    publish(rollout(illustrative=True))
    assert new_from_last(RolloutReport) == (None, False)
    assert new_from_last(ProjectReport) == (None, False)


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_make_one_draft():
    publish(rollout(OCTOBER))
    found = []

    def click():
        try:
            found.append(new_from_last(RolloutReport))
        finally:
            connection.close()

    clicks = [threading.Thread(target=click) for _ in range(4)]
    for thread in clicks:
        thread.start()
    for thread in clicks:
        thread.join()
    assert sorted(made for _, made in found) == [False, False, False, True]
    assert len({draft.pk for draft, _ in found}) == 1


# --- what has changed ---


def test_a_copy_has_no_changes():
    last = rollout()
    CoverageRowFactory(report=last, footnote=RolloutFootnoteFactory(report=last), parts=["x"])
    draft = copy_report(publish(last))
    found = compare_with_previous(RolloutReport, [draft])[draft.pk]
    assert (found.previous, found.marks, found.dropped, found.summary) == (last, {}, (), "keine Änderung")


def test_a_row_says_what_its_changed_values_were():
    last = rollout()
    for label in ("gleich", "Zahlen", "leer", "Text"):
        CoverageRowFactory(report=last, label=label, service=ServiceFactory(name=label), parts=["eins"])
    last.rows.filter(label="leer").update(count=None, share_authorities=None)
    draft = copy_report(publish(last))
    draft.rows.filter(label="Zahlen").update(count=50, share_authorities=17)
    draft.rows.filter(label="leer").update(count=1, share_authorities=1)
    draft.rows.filter(label="Text").update(
        label="Neuer Text", parts=[], footnote=RolloutFootnoteFactory(report=draft, number=3)
    )
    assert marks(draft) == {
        "Zahlen": "geändert, bisher Anzahl 48, nach Behörden 16\u00a0%",
        "leer": "geändert, bisher Anzahl keine Angabe, nach Behörden keine Angabe",
        "Neuer Text": "geändert, bisher Online-Antragsassistent „Text“, Bestandteile eins, Fußnote leer",
    }


def test_phases_are_compared_in_words():
    last = ProjectReportFactory(date=OCTOBER)
    ProjectRowFactory(report=last, label="Fundsachen", project=ProjectFactory(), phase_3="active")
    draft = copy_report(publish(last))
    draft.rows.update(phase_3="done", approach="market", details_open=True)
    assert marks(draft) == {
        "Fundsachen": "geändert, bisher Einzelheiten nicht abschließend nein, "
        "Phase 3 „in Bearbeitung“, Umsetzungsweg „keine Angabe“"
    }


def test_new_and_dropped_rows_are_named():
    last = rollout()
    for label in ("bleibt", "geht"):
        CoverageRowFactory(report=last, label=label)
    draft = copy_report(publish(last))
    draft.rows.filter(label="geht").delete()
    CoverageRowFactory(report=draft, label="kommt")
    found = compare_with_previous(RolloutReport, [draft])[draft.pk]
    assert (found.dropped, found.summary, marks(draft)) == (
        ("geht",),
        "1 neu, 1 weggefallen",
        {"kommt": "neu"},
    )


def test_rows_are_the_same_by_their_link_first_and_by_their_label_else():
    last, service, other = rollout(), ServiceFactory(), ServiceFactory()
    CoverageRowFactory(report=last, label="A", service=service, count=1, share_authorities=1)
    CoverageRowFactory(report=last, label="B", service=service, count=2, share_authorities=1)
    CoverageRowFactory(report=last, label="C", service=None, count=3, share_authorities=1)
    publish(last)
    draft = rollout(None)
    for label, linked, count in (("B", service, 2), ("Z", service, 1), ("C", other, 3)):
        CoverageRowFactory(report=draft, label=label, service=linked, count=count, share_authorities=1)
    assert marks(draft) == {"Z": "geändert, bisher Online-Antragsassistent „A“"}


def test_a_report_is_compared_with_the_newest_real_one_before_it():
    october, november = publish(rollout(OCTOBER)), rollout(NOVEMBER)
    publish(rollout(datetime.date(2022, 11, 6), illustrative=True))
    undated = rollout(None)
    found = compare_with_previous(RolloutReport, [october, november, undated])
    assert {pk: comparison.previous for pk, comparison in found.items()} == {
        november.pk: october,
        undated.pk: november,
    }


@pytest.mark.parametrize("number", [1, 3])
def test_comparing_takes_two_queries_for_any_number(number, django_assert_num_queries):
    last = rollout()
    CoverageRowFactory(report=last, footnote=RolloutFootnoteFactory(report=last))
    publish(last)
    drafts = [copy_report(last) for _ in range(number)]
    with django_assert_num_queries(2):
        assert len(compare_with_previous(RolloutReport, drafts)) == number
