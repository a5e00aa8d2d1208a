import json

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from projects.models import ProjectReport, ProjectRow
from stand.models import Correction, CorrectionChange
from tests.admin import client_of, filled, send
from tests.factories import ProjectFootnoteFactory, ProjectReportFactory, ProjectRowFactory, publish
from tests.html import text_of, without_time

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor():
    return client_of("Redaktion")


def report(rows=2, **kwargs):
    made = ProjectReportFactory(plan_year=2022, **kwargs)
    for number in range(1, rows + 1):
        ProjectRowFactory(report=made, position=number, label=f"Zeile {number}", phase_la="done")
    return made


def grid(obj):
    return reverse("admin:projects_projectreport_grid", args=[obj.pk])


def cell(obj, number, name):
    """The name of an input: column `name` of the row with this number."""
    return f"{obj.rows.get(position=number).pk}-{name}"


def cells(obj, *names):
    return list(obj.rows.order_by("position").values_list(*names))


def problems(response):
    return response.context["problems"]


def test_only_changed_cells_are_saved_and_their_number_is_said(editor):
    draft = report()
    footnote = ProjectFootnoteFactory(report=draft, number=4)
    response = send(
        editor,
        grid(draft),
        **{
            cell(draft, 1, "phase_1"): "active",
            cell(draft, 1, "approach"): "efa",
            cell(draft, 2, "footnote"): footnote.pk,
        },
    )
    assert response.status_code == 302
    assert cells(draft, "phase_la", "phase_1", "approach", "footnote__number") == [
        ("done", "active", "efa", None),
        ("done", "unknown", "unknown", 4),
    ]
    page = editor.get(grid(draft)).content.decode()
    assert "3 Zellen geändert." in page
    history = editor.get(reverse("admin:projects_projectreport_history", args=[draft.pk]))
    assert (
        "Phase 1: bisher „keine Angabe“, neu „in Bearbeitung“ "
        "Umsetzungsweg: bisher „keine Angabe“, neu „EfA-Nachnutzung präferiert“"
    ) in text_of(history)


def test_saving_without_a_change_says_so(editor):
    draft = report()
    assert send(editor, grid(draft)).status_code == 302
    assert "Es gab keine Änderung" in editor.get(grid(draft)).content.decode()


def test_a_plan_reads_with_the_year_of_its_report(editor):
    assert "Plan 2022" in editor.get(grid(report(rows=1))).content.decode()


def test_a_value_that_is_not_offered_is_refused_with_a_link_to_its_cell_and_nothing_is_saved(editor):
    draft = report()
    bad, good = cell(draft, 1, "phase_1"), cell(draft, 2, "phase_1")
    response = send(editor, grid(draft), **{bad: "fertig", good: "active"})
    assert response.status_code == 200
    text = "Zeile 1, Phase 1: Bitte wählen Sie einen der angebotenen Werte."
    assert problems(response) == [(f"cell-{bad}", text)]
    page = response.content.decode()
    assert f'href="#cell-{bad}"' in page and f'id="cell-{bad}"' in page
    assert filled(response)[good] == ["active"]
    assert cells(draft, "phase_1") == [("unknown",), ("unknown",)]


# --- two people at once ---


def crossed(draft, theirs, mine):
    """Two people open the grid; one saves `theirs`, then the other one sends `mine`."""
    first, second = client_of("Redaktion"), client_of("Zweite", is_superuser=True)
    opened = filled(second.get(grid(draft)))
    send(first, grid(draft), **theirs)
    return second, second.post(grid(draft), opened | mine)


def test_a_newer_value_is_not_overwritten_silently():
    draft = report()
    disputed, other = cell(draft, 1, "phase_1"), cell(draft, 2, "phase_2")
    second, response = crossed(draft, {disputed: "done"}, {disputed: "active", other: "planned"})
    assert response.status_code == 200
    assert cells(draft, "phase_1", "phase_2") == [("done", "unknown"), ("unknown", "unknown")]
    [(anchor, text)] = problems(response)
    assert anchor == f"cell-{disputed}"
    assert without_time(text) == (
        "Zeile 1, Phase 1: inzwischen „abgeschlossen“ (Redaktion), Ihr Wert „in Bearbeitung“."
    )
    values = filled(response)
    assert (values[disputed], values[other]) == (["active"], ["planned"])
    # Who has seen both values decides.
    assert second.post(grid(draft), values).status_code == 302
    assert cells(draft, "phase_1", "phase_2") == [("active", "unknown"), ("unknown", "planned")]


# --- published ---


def test_a_published_matrix_asks_for_the_note_and_keeps_what_was_typed(editor):
    public = publish(report())
    changed = cell(public, 1, "phase_1")
    response = send(editor, grid(public), **{changed: "active"})
    assert response.status_code == 200
    assert "Der öffentliche Hinweis fehlt." in text_of(response)
    assert filled(response)[changed] == ["active"]
    assert cells(public, "phase_1")[0] == ("unknown",)


def test_a_correction_records_exactly_the_changed_cells(editor):
    public = publish(report())
    values = {cell(public, 1, "phase_1"): "active", cell(public, 2, "approach"): "efa"}
    assert send(editor, grid(public), correction_note="Phasen.", **values).status_code == 302
    recorded = CorrectionChange.objects.values_list(
        "correction__note", "column_name", "old_value", "new_value"
    )
    assert set(recorded) == {
        ("Phasen.", "phase_1", "unknown", "active"),
        ("Phasen.", "approach", "unknown", "efa"),
    }


def test_a_note_without_a_change_makes_no_correction(editor):
    public = publish(report())
    assert send(editor, grid(public), correction_note="Nichts.").status_code == 302
    assert not Correction.objects.exists()


# --- who, how much ---


def test_the_grid_is_for_those_who_may_change_the_report(editor):
    draft = report()
    change = reverse("admin:projects_projectreport_change", args=[draft.pk])
    reader = client_of("Freigabe")
    assert grid(draft) in editor.get(change).content.decode()
    assert grid(draft) not in reader.get(change).content.decode()
    assert reader.get(grid(draft)).status_code == 403
    assert reader.post(grid(draft)).status_code == 403
    editor.logout()
    assert editor.get(grid(draft)).status_code == 302


def test_an_unknown_report_leads_back_with_a_message(editor):
    for number in ("999999", "x", "99999999999999999999"):
        address = f"/admin/projects/projectreport/{number}/grid/"
        assert editor.get(address).status_code == 302
        assert editor.post(address).status_code == 302


def test_a_report_without_rows_says_what_to_do(editor):
    assert "Dieser Stand hat noch keine Zeilen." in text_of(editor.get(grid(report(rows=0))))


def test_500_rows_are_saved_at_once(editor):
    draft = ProjectReportFactory()
    ProjectRow.objects.bulk_create(
        ProjectRow(report=draft, position=number, lp="17", lp_name="Bauen", label=f"Zeile {number}")
        for number in range(500)
    )
    values = filled(editor.get(grid(draft)))
    typed = {name: ["done"] for name in values if "-phase_" in name}
    assert len(typed) == 3000
    assert editor.post(grid(draft), values | typed).status_code == 302
    assert set(cells(draft, "phase_la", "phase_4", "phase_product")) == {("done", "done", "done")}
    assert "3000 Zellen geändert." in editor.get(grid(draft)).content.decode()


def test_more_than_500_rows_come_on_pages(editor):
    draft = ProjectReportFactory()
    ProjectRow.objects.bulk_create(
        ProjectRow(report=draft, position=number, lp="17", lp_name="Bauen", label=f"Zeile {number}")
        for number in range(501)
    )
    assert len(editor.get(grid(draft)).context["rows"]) == 500
    last = f"{grid(draft)}?seite=2"
    assert [line["label"] for line in editor.get(last).context["rows"]] == ["Zeile 500"]
    assert send(editor, last, **{cell(draft, 500, "phase_1"): "done"}).url == last
    assert draft.rows.filter(phase_1="done").count() == 1


def test_what_the_cells_showed_is_sent_once_per_row(editor):
    draft = report(rows=1)
    row = draft.rows.get()
    shown = json.loads(filled(editor.get(grid(draft)))[f"initial-{row.pk}"][0])
    assert (shown["label"], shown["phase_la"], shown["footnote"]) == ("Zeile 1", "done", "")


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_takes_the_same_queries_for_any_number_of_rows(editor, rows, django_assert_num_queries):
    public = publish(report(rows=rows))
    with django_assert_num_queries(8):
        editor.get(grid(public))


@pytest.mark.parametrize("rows", [1, 3])
def test_saving_takes_the_same_queries_for_any_number_of_rows(editor, rows, django_assert_num_queries):
    draft = report(rows=rows)
    values = filled(editor.get(grid(draft)))
    values |= {name: ["done"] for name in values if "-phase_" in name}
    User.objects.get(username="Redaktion")
    with django_assert_num_queries(17):
        editor.post(grid(draft), values)


def test_reports_of_the_same_number_are_locked_apart(editor):
    """A cell of another report's row is not part of this grid."""
    draft, other = report(rows=1), report(rows=1)
    foreign = filled(editor.get(grid(other)))
    values = filled(editor.get(grid(draft))) | foreign | {cell(other, 1, "phase_1"): ["done"]}
    response = editor.post(grid(draft), values)
    assert response.status_code == 200
    assert ProjectReport.objects.filter(rows__phase_1="done").count() == 0
