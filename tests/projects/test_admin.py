import datetime

import pytest
from django.urls import reverse

from projects.models import (
    LegendEntry,
    Project,
    ProjectFootnote,
    ProjectPublication,
    ProjectReport,
    ProjectRow,
)
from stand.models import Correction, CorrectionChange, FormerAddress
from tests.admin import add_row, client_of, errors, filled, row_errors, send, shown

pytestmark = pytest.mark.django_db
LIST = "/admin/projects/projectreport/"
DATE = datetime.date(2022, 10, 14)
LEGEND, FOOTNOTES, ROWS = 0, 1, 2


@pytest.fixture
def editor():
    return client_of("Redaktion")


def report(date=DATE, rows=2, published=False, **kwargs):
    made = ProjectReport.objects.create(**{"date": date, "plan_year": 2022} | kwargs)
    LegendEntry.objects.create(report=made, position=1, kind="phase", code="la", text="Leistungsanalyse")
    for number in range(1, rows + 1):
        ProjectRow.objects.create(
            report=made,
            position=number,
            lp="17",
            lp_name="Bauen & Grundstück",
            label=f"Zeile {number}",
            phase_la="done",
            project=Project.objects.create(name=f"Projekt {number}"),
            footnote=ProjectFootnote.objects.create(report=made, number=number, text="Text"),
        )
    if published:
        ProjectPublication.objects.create(report=made)
    return made


def change(obj):
    return reverse(f"admin:projects_{obj._meta.model_name}_change", args=[obj.pk])


def test_a_row_is_added_with_details_one_per_line(editor):
    draft = report(rows=0)
    phases = dict.fromkeys(
        ("phase_la", "phase_1", "phase_2", "phase_3", "phase_4", "phase_product"), "unknown"
    )
    values = add_row(
        filled(editor.get(change(draft))),
        "rows",
        lp="23",
        lp_name="Jagen",
        label="Jägerprüfung & Jagdschein",
        details="Zulassung zur Jägerprüfung\r\n\r\n  Erteilung eines Jagdscheins ",
        approach="unknown",
        position=0,
        **phases,
    )
    assert editor.post(change(draft), values).status_code == 302
    row = draft.rows.get()
    assert (row.position, row.details) == (1, ["Zulassung zur Jägerprüfung", "Erteilung eines Jagdscheins"])


def test_an_lp_that_is_not_two_digits_is_refused_at_its_field(editor):
    found = row_errors(send(editor, change(report(rows=1)), **{"rows-0-lp": "7a"}), ROWS)[0]
    assert list(found) == ["lp"]
    assert "zwei Ziffern" in found["lp"][0]


def test_a_sign_is_explained_once(editor):
    draft = report()
    values = filled(editor.get(change(draft)))
    response = editor.post(
        change(draft), add_row(values, "legend", kind="phase", code="la", text="x", position=0)
    )
    assert response.context["inline_admin_formsets"][LEGEND].formset.total_error_count() > 0
    assert draft.legend.count() == 1


def test_a_published_matrix_changes_with_a_note_only(editor):
    public = report(published=True)
    assert list(errors(send(editor, change(public), **{"rows-0-phase_1": "done"}))) == ["correction_note"]
    assert (
        send(editor, change(public), correction_note="Phase 1.", **{"rows-0-phase_1": "done"}).status_code
        == 302
    )
    recorded = CorrectionChange.objects.get()
    assert (recorded.column_name, recorded.old_value, recorded.new_value) == ("phase_1", "unknown", "done")
    assert Correction.objects.get().note == "Phase 1."


def test_a_footnote_in_use_is_not_deleted(editor):
    draft = report()
    response = send(editor, change(draft), **{"footnotes-0-DELETE": "on"})
    assert "Zeile 1" in str(response.context["inline_admin_formsets"][FOOTNOTES].formset.non_form_errors())
    assert draft.footnotes.count() == 2


def test_a_new_address_leaves_a_redirect_only_where_the_old_one_could_be_known(editor):
    report(published=True, rows=1)
    hidden, public = Project.objects.create(name="Entwurf"), Project.objects.get(name="Projekt 1")
    for project in (hidden, public):
        assert send(editor, change(project), slug=f"neu-{project.pk}").status_code == 302
        project.refresh_from_db()
        assert project.slug == f"neu-{project.pk}"
    assert FormerAddress.objects.get().old_path == "/projekte/projekt-1/"


def test_a_sign_of_another_kind_is_refused_at_its_field(editor):
    draft = report()
    response = send(editor, change(draft), **{"legend-0-code": "done"})
    assert row_errors(response, LEGEND)[0] == {"code": ["Dieses Zeichen gehört zu einer anderen Art."]}


def test_a_place_beyond_what_can_be_stored_is_refused_and_no_error_of_ours(editor):
    draft = report()
    response = send(editor, change(draft), **{"rows-0-position": "99999"})
    assert response.status_code == 200
    assert list(row_errors(response, ROWS)[0]) == ["position"]


def test_only_projects_with_a_public_row_have_a_link_to_the_site(editor):
    report(published=True, rows=1)
    hidden, public = Project.objects.create(name="Entwurf"), Project.objects.get(name="Projekt 1")
    assert "Auf der Website" in editor.get(change(public)).content.decode()
    assert "Auf der Website" not in editor.get(change(hidden)).content.decode()


def test_what_reports_miss_can_be_filtered(editor):
    def day(number, **kwargs):
        return report(date=datetime.date(2022, 1, number), **kwargs)

    day(1)
    report(date=None)
    day(2, plan_year=None)
    day(3).legend.all().delete()
    day(4, rows=0)
    day(5).rows.filter(position=1).update(project=None)
    day(6).rows.filter(position=1).update(phase_la="unknown")
    day(7).footnotes.filter(number=1).update(text="")
    keys = ("stand", "planjahr", "legende", "zeilen", "projekt", "phasen", "fussnote")
    assert {key: shown(editor.get(LIST, {"fehlt": key})) for key in keys} == {
        "stand": ["Stand ohne Datum"],
        "planjahr": ["Stand 02.01.2022"],
        "legende": ["Stand 03.01.2022"],
        "zeilen": ["Stand 04.01.2022"],
        "projekt": ["Stand 05.01.2022"],
        "phasen": ["Stand 06.01.2022"],
        "fussnote": ["Stand 07.01.2022"],
    }


def test_what_projects_miss_can_be_filtered(editor):
    report(rows=1)
    Project.objects.create(name="ohne Zeile")
    found = {
        key: shown(editor.get("/admin/projects/project/", {"fehlt": key})) for key in ("leistung", "zeile")
    }
    assert found == {"leistung": ["Projekt 1", "ohne Zeile"], "zeile": ["ohne Zeile"]}


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("group", ["Redaktion", "Freigabe"])
def test_the_form_takes_the_same_queries_for_any_number_of_rows(rows, group, django_assert_num_queries):
    client, public = client_of(group), report(rows=rows, published=True)
    with django_assert_num_queries(13):
        client.get(change(public))


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_projects_takes_the_same_queries_for_any_number(editor, rows, django_assert_num_queries):
    report(rows=rows)
    with django_assert_num_queries(8):
        editor.get("/admin/projects/project/")
