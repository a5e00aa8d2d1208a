"""Two people write the table of one report in every pair of ways: Berta saves first, then Redaktion.

Both have opened their pages before either saves. The ways are the form of the report itself, its rows on that form
("inline"), the grid and a file (dry run, then confirmation). Single ways with themselves in more detail:
test_conflicts.py and the grid and import tests of the apps.

A file is the whole table, so it also says something about cells that its owner never touched: confirming it would put
their old values back. Hence a table that changed anywhere since the dry run is not overwritten; the differences are
shown anew, and who has seen them decides.
"""

import pytest

from newsletter.models import Edition
from stand.models import Correction, CorrectionChange
from tests.admin import client_of, differences, filled, page_of, two_editors
from tests.admin import send as send_form
from tests.html import text_of, without_time

from .ways import (
    DELETED,
    FILE,
    FORM,
    GRID,
    INLINE,
    KINDS,
    ROW_WAYS,
    WITH_ROWS_TO_DELETE,
    cells,
    in_an_edition,
    saved,
    send,
    told,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(params=KINDS)
def kind(request):
    return KINDS[request.param]


# What does not hang on the kind of the cells, once.
of_rollout = pytest.mark.parametrize("kind", ["rollout"], indirect=True)


def of(ways):
    return pytest.mark.parametrize("second", ways.values(), ids=ways)


def after(ways):
    return pytest.mark.parametrize("first", ways.values(), ids=(f"{name}-then" for name in ways))


class Crossing:
    """Both open their pages with what they are going to type; Berta saves, and nothing is said to her."""

    def __init__(self, kind, first, theirs, second, mine):
        self.redaktion, self.berta = two_editors()
        self.report, self.second = kind.make(), second
        pages = [
            first.opened(self.berta, self.report, *theirs),
            second.opened(self.redaktion, self.report, *mine),
        ]
        saved(send(first, self.berta, self.report, pages[0]))
        self.response = send(second, self.redaktion, self.report, pages[1])

    def again(self):
        """Redaktion has read what was said and sends the page as it came back."""
        self.response = send(self.second, self.redaktion, self.report, filled(self.response))
        return self.response

    def cells(self, *names):
        return cells(self.report, *names)


# --- the same cell -------------------------------------------------------------------------------


@after(ROW_WAYS)
@of(ROW_WAYS)
def test_the_same_cell_with_different_values_comes_back_with_both(kind, first, second):
    two = Crossing(kind, first, [("A", kind.cell, kind.one)], second, [("A", kind.cell, kind.two)])
    assert two.response.status_code == 200
    assert told(two.response) == [second.conflict(kind, kind.one, kind.two)]
    if second is FILE:
        words = [kind.words(kind.cell, value) for value in (kind.one, kind.two)]
        assert differences(two.response) == [["2", "A", kind.heading(kind.cell), *words]]
    assert two.cells(kind.cell) == {"A": (kind.one,), "B": (kind.old,)}

    assert second.is_done(two.again())
    assert two.cells(kind.cell) == {"A": (kind.two,), "B": (kind.old,)}


@after(ROW_WAYS)
@of(ROW_WAYS)
def test_the_same_cell_with_the_same_value_is_no_conflict(kind, first, second):
    """A file is compared as a whole: it is said that the value is there already, and nothing is left to do."""
    edit = ("A", kind.cell, kind.one)
    two = Crossing(kind, first, [edit], second, [edit])
    if second is FILE:
        assert told(two.response) == [FILE.changed(kind, "A", kind.cell, kind.old, kind.one)]
        assert "Es gibt nichts zu übernehmen." in text_of(two.response)
    else:
        assert second.is_done_without_a_change(two.response)
    assert two.cells(kind.cell) == {"A": (kind.one,), "B": (kind.old,)}


@of_rollout
@pytest.mark.parametrize("second", ROW_WAYS.values(), ids=ROW_WAYS)
def test_who_has_seen_both_values_is_asked_again_after_a_third_one(kind, second):
    two = Crossing(kind, GRID, [("A", kind.cell, kind.one)], second, [("A", kind.cell, kind.two)])
    third = GRID.opened(two.berta, two.report, ("A", kind.cell, kind.three))
    saved(send(GRID, two.berta, two.report, third))
    expected = second.conflict(kind, kind.three, kind.two)
    if second is FILE:
        expected = FILE.changed(kind, "A", kind.cell, kind.one, kind.three)
    assert told(two.again()) == [expected]
    assert two.cells(kind.cell)["A"] == (kind.three,)
    assert second.is_done(two.again())
    assert two.cells(kind.cell)["A"] == (kind.two,)


# --- different cells -----------------------------------------------------------------------------


@of_rollout
@after(ROW_WAYS)
@of(ROW_WAYS)
@pytest.mark.parametrize("row", ["A", "B"], ids=["one-row", "two-rows"])
def test_different_cells_are_both_kept_or_asked_about(kind, first, second, row):
    theirs, mine = (row, kind.other_cell, kind.other), ("A", kind.cell, kind.two)
    two = Crossing(kind, first, [theirs], second, [mine])
    names = kind.cell, kind.other_cell
    before = {"A": (kind.old, kind.other_old), "B": (kind.old, kind.other_old)}
    changed = before | {row: (kind.old, kind.other)}
    if second is FILE:
        expected = FILE.changed(kind, row, kind.other_cell, kind.other_old, kind.other)
        assert told(two.response) == [expected]
        assert two.cells(*names) == changed
        # What would go back to the old value stands among the differences.
        words = [kind.words(kind.other_cell, value) for value in (kind.other, kind.other_old)]
        number = {"A": "2", "B": "3"}[row]
        assert [number, row, kind.heading(kind.other_cell), *words] in differences(two.response)
        assert saved(two.again()) == ["Übernommen: 2 Zellen geändert."]
        assert two.cells(*names) == before | {"A": (kind.two, kind.other_old)}
    else:
        assert second.is_done(two.response)
        assert two.cells(*names) == changed | {"A": (kind.two, changed["A"][1])}


# --- a row deleted by one of them ----------------------------------------------------------------


@after(WITH_ROWS_TO_DELETE)
@of(ROW_WAYS)
def test_what_was_typed_into_a_row_deleted_meanwhile_is_not_lost_in_silence(kind, first, second):
    mine = [("A", kind.cell, kind.two), ("B", kind.cell, kind.three)]
    two = Crossing(kind, first, [("A", DELETED, "on")], second, mine)
    words = kind.words(kind.cell, kind.two)
    expected = {
        INLINE: "Diese Zeile wurde inzwischen gelöscht (Berta). Ihre Eingabe steht hier als neue Zeile: Speichern "
        "legt sie wieder an; soll sie gelöscht bleiben, entfernen oder leeren Sie die Zeile.",
        GRID: f"A, {kind.heading(kind.cell)}: Diese Zeile wurde inzwischen gelöscht (Berta). "
        f"Ihr Wert „{words}“ entfällt.",
        FILE: "A: entfernt (Berta)",
    }
    assert told(two.response) == [expected[second]]
    assert two.cells(kind.cell) == {"B": (kind.old,)}
    saved(two.again())
    left = {} if second is GRID else {"A": (kind.two,)}
    assert two.cells(kind.cell) == left | {"B": (kind.three,)}


@after(ROW_WAYS)
@of(WITH_ROWS_TO_DELETE)
def test_a_row_changed_meanwhile_is_deleted_only_by_who_has_seen_that(kind, first, second):
    two = Crossing(kind, first, [("A", kind.cell, kind.one)], second, [("A", DELETED, "on")])
    if second is FILE:
        assert told(two.response) == [FILE.changed(kind, "A", kind.cell, kind.old, kind.one)]
        assert differences(two.response) == [["", "A", "Die Zeile entfällt."]]
    else:
        assert told(two.response) == [
            "„A“ wollen Sie löschen, wurde aber inzwischen geändert (Berta): "
            f"{kind.heading(kind.cell)}: {kind.in_message(kind.one)}. "
            "Bitte entscheiden Sie: Noch einmal Speichern löscht die Zeile."
        ]
    assert two.cells(kind.cell) == {"A": (kind.one,), "B": (kind.old,)}
    saved(two.again())
    assert two.cells(kind.cell) == {"B": (kind.old,)}


@of_rollout
@after(WITH_ROWS_TO_DELETE)
@of(WITH_ROWS_TO_DELETE)
def test_a_row_that_both_deleted_is_deleted(kind, first, second):
    two = Crossing(kind, first, [("A", DELETED, "on")], second, [("A", DELETED, "on")])
    if second is FILE:
        assert told(two.response) == ["A: entfernt (Berta)"]
        assert "Es gibt nichts zu übernehmen." in text_of(two.response)
    else:
        assert second.is_done(two.response)
    assert two.cells(kind.cell) == {"B": (kind.old,)}


# --- the report itself beside its rows ------------------------------------------------------------


@of_rollout
@of(ROW_WAYS)
def test_rows_are_written_beside_a_newer_field_of_the_report(kind, second):
    two = Crossing(kind, FORM, [("note", "neu")], second, [("A", kind.cell, kind.two)])
    assert second.is_done(two.response)
    two.report.refresh_from_db()
    assert (two.report.note, two.cells(kind.cell)["A"]) == ("neu", (kind.two,))


@of_rollout
@after(ROW_WAYS)
def test_a_field_of_the_report_is_written_beside_newer_rows(kind, first):
    two = Crossing(kind, first, [("A", kind.cell, kind.one)], FORM, [("note", "neu")])
    assert FORM.is_done(two.response)
    two.report.refresh_from_db()
    assert (two.report.note, two.cells(kind.cell)["A"]) == ("neu", (kind.one,))


@of_rollout
def test_different_fields_of_the_report_are_both_kept(kind):
    two = Crossing(kind, FORM, [("note", "neu")], FORM, [("illustrative", "on")])
    assert FORM.is_done(two.response)
    two.report.refresh_from_db()
    assert (two.report.note, two.report.illustrative) == ("neu", True)


# --- published by somebody else --------------------------------------------------------------------


def publish(edition):
    assert send_form(client_of("Freigabe"), page_of(edition, "publish")).status_code == 302
    assert Edition.objects.get().is_published


@of(ROW_WAYS)
def test_what_was_published_meanwhile_is_said_and_becomes_a_correction(kind, second):
    [redaktion, _], report = two_editors(), kind.make()
    edition = in_an_edition(report)
    values = second.opened(redaktion, report, ("A", kind.cell, kind.two))
    publish(edition)
    response = send(second, redaktion, report, values)
    assert response.status_code == 200
    page = without_time(text_of(response))
    assert "Dies wurde inzwischen veröffentlicht (Freigabe)" in page
    assert "öffentlicher Hinweis" in page
    assert cells(report, kind.cell)["A"] == (kind.old,)

    again = filled(response)
    assert again["correction_note"] == [""]
    assert second.is_done(send(second, redaktion, report, again | {"correction_note": ["Zeile A."]}))
    assert cells(report, kind.cell) == {"A": (kind.two,), "B": (kind.old,)}
    assert Correction.objects.get().note == "Zeile A."
    [change] = CorrectionChange.objects.all()
    assert (change.column_name, str(change.old_value), str(change.new_value)) == (
        kind.cell,
        kind.old,
        kind.two,
    )
