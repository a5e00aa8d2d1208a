import datetime

import pytest
from django.urls import reverse

from catalogue.models import Level, Service
from rollout.models import CoverageRow, RolloutFootnote, RolloutPublication, RolloutReport
from stand.models import Correction, CorrectionChange, FormerAddress
from tests.admin import add_row, client_of, errors, filled, row_errors, send, shown

pytestmark = pytest.mark.django_db
LIST = "/admin/rollout/rolloutreport/"
DATE = datetime.date(2022, 10, 5)
FOOTNOTES, ROWS = 0, 1


@pytest.fixture
def editor():
    return client_of("Redaktion")


def report(date=DATE, rows=2, published=False, **kwargs):
    made = RolloutReport.objects.create(date=date, note="Zeile eins\nZeile zwei", **kwargs)
    for number in range(1, rows + 1):
        service = Service.objects.create(
            name=f"Leistung {number}", level=Level.BOTH, available_since="2022-09-01"
        )
        CoverageRow.objects.create(
            report=made,
            position=number,
            label=f"Zeile {number}",
            service=service,
            count=10,
            share_authorities=20,
            share_population=30,
            footnote=RolloutFootnote.objects.create(report=made, number=number, text="Text"),
        )
    if published:
        RolloutPublication.objects.create(report=made)
    return made


def change(obj):
    return reverse("admin:rollout_rolloutreport_change", args=[obj.pk])


# --- drafts ---


def test_a_draft_is_edited_without_a_note(editor):
    draft = report()
    response = send(editor, change(draft), **{"rows-0-count": 12, "rows-1-parts": " Geburt \r\n\r\nTod\r\n"})
    assert response.status_code == 302
    assert list(draft.rows.values_list("count", "parts")) == [(12, []), (10, ["Geburt", "Tod"])]
    assert not Correction.objects.exists()


def test_a_part_that_is_too_long_is_refused_at_its_field(editor):
    response = send(editor, change(report()), **{"rows-0-parts": "kurz\r\n" + "x" * 201})
    assert row_errors(response, ROWS) == [
        {"parts": ["Zeile 2 ist zu lang: 201 statt höchstens 200 Zeichen."]},
        {},
    ]
    assert "kurz" in filled(response)["rows-0-parts"][0]


def test_nul_bytes_are_refused_at_their_fields(editor):
    response = send(
        editor, change(report()), **{"rows-0-parts": "a\x00b", "rows-0-label": "a\x00b", "note": "a\x00"}
    )
    assert response.status_code == 200
    assert set(row_errors(response, ROWS)[0]) == {"parts", "label"}
    assert list(errors(response)) == ["note"]


@pytest.mark.parametrize(
    ("fields", "place", "message"),
    [
        ({"share_authorities": 0}, "share_authorities", "mindestens 1 Prozent"),
        ({"share_population": 101}, "share_population", "von 0 bis 100"),
        ({"share_population": -1}, "share_population", "von 0 bis 100"),
        ({"denominator": 9}, "denominator", "nicht mehr Behörden"),
        ({"denominator": 11, "share_authorities": 100}, "denominator", "wenn alle zuständigen"),
        ({"origin": "computed"}, "origin", "Zahl der Behörden und Stand des Registers"),
        ({"count": 99999999999}, "count", "2147483647"),
    ],
)
def test_a_figure_that_breaks_a_rule_is_refused_at_its_field(editor, fields, place, message):
    values = {f"rows-0-{name}": value for name, value in fields.items()}
    response = send(editor, change(report(rows=1)), **values)
    found = row_errors(response, ROWS)[0]
    assert list(found) == [place]
    assert message in found[place][0]


def test_a_share_of_0_is_right_where_nobody_has_adopted(editor):
    draft = report(rows=1)
    response = send(
        editor,
        change(draft),
        **{"rows-0-count": 0, "rows-0-share_authorities": 0, "rows-0-share_population": 0},
    )
    assert response.status_code == 302


def test_rows_carry_footnotes_of_their_own_report_only(editor):
    other = report(date=None).footnotes.first()
    response = send(editor, change(report(rows=1)), **{"rows-0-footnote": other.pk})
    assert list(row_errors(response, ROWS)[0]) == ["footnote"]
    assert f'value="{other.pk}"' not in str(
        response.context["inline_admin_formsets"][ROWS].formset.forms[0]["footnote"]
    )


def test_a_footnote_in_use_is_not_deleted(editor):
    draft = report()
    response = send(editor, change(draft), **{"footnotes-0-DELETE": "on"})
    assert response.status_code == 200
    assert "Zeile 1" in str(response.context["inline_admin_formsets"][FOOTNOTES].formset.non_form_errors())
    assert draft.footnotes.count() == 2


def test_a_footnote_number_is_given_once(editor):
    values = filled(editor.get(change(draft := report())))
    response = editor.post(change(draft), add_row(values, "footnotes", number=1, text="noch einer"))
    formset = response.context["inline_admin_formsets"][FOOTNOTES].formset
    assert formset.non_form_errors() == ["„Nummer“ ist doppelt vergeben. Bitte ändern Sie eine der Zeilen."]


def test_rows_change_places(editor):
    draft = report()
    response = send(editor, change(draft), **{"rows-0-position": 2, "rows-1-position": 1})
    assert response.status_code == 302
    assert list(draft.rows.values_list("label", flat=True)) == ["Zeile 2", "Zeile 1"]


def test_a_date_that_is_none_is_refused(editor):
    assert list(errors(send(editor, change(report()), date="31.02.2022"))) == ["date"]


# --- published ---


def test_something_published_is_not_changed_without_a_note_and_nothing_is_lost(editor):
    public = report(published=True)
    response = send(editor, change(public), **{"rows-0-count": 12, "note": "anders"})
    assert list(errors(response)) == ["correction_note"]
    assert "öffentlichen Hinweis" in errors(response)["correction_note"][0]
    kept = filled(response)
    assert (kept["rows-0-count"], kept["note"]) == (["12"], ["anders"])
    assert public.rows.first().count == 10


def test_a_correction_records_every_change_with_old_and_new_value(editor):
    public = report(published=True)
    values = filled(editor.get(change(public)))
    values = add_row(values, "rows", label="Zeile 3", origin="surveyed", parts="", position=0)
    values |= {"correction_note": "Anzahl berichtigt.", "rows-0-count": 12, "rows-1-DELETE": "on"}
    assert editor.post(change(public), values).status_code == 302
    correction = Correction.objects.get()
    assert correction.note == "Anzahl berichtigt."
    recorded = CorrectionChange.objects.values_list("column_name", "old_value", "new_value")
    assert {
        ("count", 10, 12),
        ("count", 10, None),
        ("label", "Zeile 2", None),
        ("label", None, "Zeile 3"),
    } == {(column, old, new) for column, old, new in recorded if column in ("count", "label") and old != new}
    assert list(public.rows.values_list("label", "count")) == [("Zeile 1", 12), ("Zeile 3", None)]


def test_a_correction_of_the_report_itself_is_recorded(editor):
    public = report(published=True)
    assert send(editor, change(public), correction_note="Hinweis neu.", note="neu").status_code == 302
    recorded = CorrectionChange.objects.get()
    assert (recorded.column_name, recorded.old_value, recorded.new_value) == (
        "note",
        "Zeile eins\nZeile zwei",
        "neu",
    )


def test_saving_without_a_change_makes_no_correction(editor):
    public = report(published=True)
    response = send(editor, change(public), correction_note="Nichts.")
    assert response.status_code == 302
    assert not Correction.objects.exists()
    assert "Es gab keine Änderung" in editor.get(change(public)).content.decode()


def test_a_new_stand_of_something_published_leaves_a_redirect(editor):
    public = report(published=True)
    assert (
        send(editor, change(public), correction_note="Stand berichtigt.", date="06.10.2022").status_code
        == 302
    )
    assert FormerAddress.objects.get().old_path == "/rollout/2022-10-05/"
    assert list(errors(send(editor, change(public), correction_note="x", date=""))) == ["date"]


def test_something_published_is_neither_deleted_nor_made_an_example(editor):
    public = report(published=True)
    page = editor.get(change(public))
    assert "deletelink" not in page.content.decode()
    assert (
        editor.post(
            reverse("admin:rollout_rolloutreport_delete", args=[public.pk]), {"post": "yes"}
        ).status_code
        == 403
    )
    send(editor, change(public), correction_note="x", illustrative="on", state="draft")
    public.refresh_from_db()
    assert not public.illustrative


def test_drafts_have_no_note_and_no_link_to_the_site(editor):
    draft, public = report(date=None), report(published=True)
    page = editor.get(change(draft)).content.decode()
    assert "correction_note" not in page and "Auf der Website" not in page
    page = editor.get(change(public)).content.decode()
    assert "correction_note" in page and "Auf der Website" in page


# --- lists and costs ---


def test_what_is_missing_can_be_filtered(editor):
    report(date=datetime.date(2022, 1, 1))
    report(date=None)
    report(date=datetime.date(2022, 1, 2), rows=0)
    report(date=datetime.date(2022, 1, 3)).rows.filter(position=1).update(service=None)
    report(date=datetime.date(2022, 1, 4)).rows.filter(position=1).update(share_population=None)
    report(date=datetime.date(2022, 1, 5)).footnotes.filter(number=1).update(text="")
    found = {
        key: shown(editor.get(LIST, {"fehlt": key}))
        for key in ("stand", "zeilen", "leistung", "zahl", "fussnote")
    }
    assert found == {
        "stand": ["Stand ohne Datum"],
        "zeilen": ["Stand 02.01.2022"],
        "leistung": ["Stand 03.01.2022"],
        "zahl": ["Stand 04.01.2022"],
        "fussnote": ["Stand 05.01.2022"],
    }


def test_states_can_be_filtered(editor):
    report(date=datetime.date(2022, 1, 1))
    report(date=datetime.date(2022, 1, 2), state="ready")
    report(date=datetime.date(2022, 1, 3), published=True, state="ready")
    found = [shown(editor.get(LIST, {"zustand": key})) for key in ("draft", "ready", "published")]
    assert found == [["Stand 01.01.2022"], ["Stand 02.01.2022"], ["Stand 03.01.2022"]]


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("group", ["Redaktion", "Freigabe"])
def test_the_form_takes_the_same_queries_for_any_number_of_rows(rows, group, django_assert_num_queries):
    client, public = client_of(group), report(rows=rows, published=True)
    with django_assert_num_queries(12):
        client.get(change(public))


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_takes_the_same_queries_for_any_number_of_reports(editor, rows, django_assert_num_queries):
    report(date=datetime.date(2021, 12, 31), rows=1, published=True)
    for day in range(1, rows + 1):
        report(date=datetime.date(2022, 1, day), rows=1)
    with django_assert_num_queries(11):
        editor.get(LIST)
