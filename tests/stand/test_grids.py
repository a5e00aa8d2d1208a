"""The parts of the grid and of the exchange of files that need no page."""

import pytest

from projects.exchange import MATRIX
from projects.models import ProjectRow
from stand.columns import save_rows
from stand.conflicts import conflicts
from stand.grids import GridForm
from tests.factories import ProjectFootnoteFactory, ProjectReportFactory, ProjectRowFactory
from tests.html import without_time


@pytest.mark.parametrize(
    ("initial", "mine", "current", "expected"),
    [
        ("a", "a", "a", {}),
        ("a", "b", "a", {}),
        ("a", "a", "b", {}),
        ("a", "b", "b", {}),
        ("a", "b", "c", {"cell": ("c", "b")}),
        ("a", "b", None, {"cell": (None, "b")}),
        (None, "b", "c", {"cell": ("c", "b")}),
    ],
)
def test_a_conflict_is_a_change_on_top_of_another_one(initial, mine, current, expected):
    assert conflicts({"cell": initial}, {"cell": mine}, {"cell": current}) == expected


def form(report, data=None):
    rows = list(MATRIX.rows(report))
    return GridForm(MATRIX.cells(report, in_grid=True), rows, data)


@pytest.mark.django_db
class TestGridForm:
    def test_only_changed_cells_of_known_rows_and_columns_count(self):
        row = ProjectRowFactory(phase_la="done")
        shown = form(row.report).shown(row.pk)
        data = {
            f"initial-{row.pk}": shown,
            f"{row.pk}-phase_la": "done",
            f"{row.pk}-phase_1": "active",
            f"{row.pk}-label": "anders",
            f"{row.pk}-unbekannt": "x",
            "initial-x": shown,
            "initial-²": shown,
            "x-phase_1": "done",
        }
        assert form(row.report, data).changes == {(row.pk, "phase_1"): "active"}

    @pytest.mark.parametrize("shown", ["", "kein JSON", "[]", "7", "null", '{"phase_1": 7}'])
    def test_what_the_cells_showed_is_not_taken_on_trust(self, shown):
        row = ProjectRowFactory(phase_1="done")
        made = form(row.report, {f"initial-{row.pk}": shown, f"{row.pk}-phase_1": "active"})
        assert made.conflicts == {(row.pk, "phase_1"): ("done", "active")}
        assert made.changes == {}

    def test_a_row_deleted_meanwhile_is_named_with_the_value_that_is_lost(self):
        row = ProjectRowFactory(label="Wohngeld")
        data = {f"initial-{row.pk}": form(row.report).shown(row.pk), f"{row.pk}-phase_1": "done"}
        report = row.report
        row.delete()
        [(anchor, text)] = form(report, data).problems()
        assert (anchor, without_time(text)) == (
            "",
            "Wohngeld, Phase 1: Diese Zeile wurde inzwischen gelöscht (ohne Konto). "
            "Ihr Wert „abgeschlossen“ entfällt.",
        )

    def test_a_footnote_of_another_report_is_refused(self):
        row, other = ProjectRowFactory(), ProjectFootnoteFactory()
        data = {f"initial-{row.pk}": form(row.report).shown(row.pk), f"{row.pk}-footnote": str(other.pk)}
        made = form(row.report, data)
        assert made.apply() == []
        assert made.errors == {(row.pk, "footnote"): ["Bitte wählen Sie einen der angebotenen Werte."]}


@pytest.mark.django_db
def test_rows_are_saved_all_or_none():
    report = ProjectReportFactory()
    good, bad = ProjectRowFactory(report=report, label="a"), ProjectRowFactory(report=report, label="b")
    good.label, bad.lp = "c", "7a"
    assert save_rows([good, bad], {"label", "lp"}) == {
        bad.pk: {"lp": ["LP: bitte zwei Ziffern eingeben, zum Beispiel 01."]}
    }
    assert set(ProjectRow.objects.values_list("label", "lp")) == {("a", "17"), ("b", "17")}
