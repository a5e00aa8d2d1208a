import io

import openpyxl
import pytest

from projects.exchange import MATRIX
from projects.models import ProjectReport
from tests.admin import client_of, differences, filled, page_of, upload
from tests.factories import ProjectFactory, ProjectFootnoteFactory, ProjectReportFactory, ProjectRowFactory
from tests.html import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor():
    return client_of("Redaktion")


def edited(client, obj, change):
    """The exported workbook after `change` was done to its sheet."""
    book = openpyxl.load_workbook(io.BytesIO(client.get(page_of(obj, "export", "xlsx")).content))
    change(book.active)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def column(sheet, heading):
    return next(cell.column for cell in sheet[1] if cell.value == heading)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_first_edition_is_exported_and_imported_without_a_difference(first_edition, editor, kind):
    printed = ProjectReport.objects.get()
    content = editor.get(page_of(printed, "export", kind)).content
    response = upload(editor, printed, content, f"tabelle.{kind}")
    assert "genau das, was schon gespeichert ist" in text_of(response)


def test_states_read_in_words_and_come_back_as_states(editor):
    draft = ProjectReportFactory(plan_year=2022)
    footnote = ProjectFootnoteFactory(report=draft, number=4)
    row = ProjectRowFactory(report=draft, label="Wohngeld", details_open=True, phase_4="planned")

    def change(sheet):
        texts = [cell.value for cell in sheet[2]]
        assert (texts[column(sheet, "Phase 4") - 1], texts[6]) == ("Plan 2022", "ja")
        for heading, text in {
            "LA": "Abgeschlossen",
            "Phase 1": "Plan",
            "Phase 4": None,
            "Umsetzungsweg": "EfA-Nachnutzung präferiert",
            "Fußnote": 4,
        }.items():
            sheet.cell(2, column(sheet, heading)).value = text

    response = upload(editor, draft, edited(editor, draft, change))
    assert differences(response) == [
        ["2", "Wohngeld", "LA", "keine Angabe", "abgeschlossen"],
        ["2", "Wohngeld", "Phase 1", "keine Angabe", "Plan 2022"],
        ["2", "Wohngeld", "Phase 4", "Plan 2022", "keine Angabe"],
        ["2", "Wohngeld", "Umsetzungsweg", "keine Angabe", "EfA-Nachnutzung präferiert"],
        ["2", "Wohngeld", "Fußnote", "leer", "4"],
    ]
    assert editor.post(page_of(draft, "import"), filled(response)).status_code == 302
    row.refresh_from_db()
    assert (row.phase_la, row.phase_1, row.phase_4, row.approach, row.footnote) == (
        "done",
        "planned",
        "unknown",
        "efa",
        footnote,
    )


def test_of_two_rows_with_one_label_each_keeps_its_project(editor):
    draft = ProjectReportFactory()
    made = [
        ProjectRowFactory(report=draft, position=n, label="Wohngeld", lb=f"0{n}", project=ProjectFactory())
        for n in (1, 2)
    ]
    response = upload(editor, draft, edited(editor, draft, lambda sheet: sheet.delete_rows(2)))
    assert "1 Zeile entfällt." in text_of(response)
    editor.post(page_of(draft, "import"), filled(response))
    assert list(draft.rows.values_list("pk", "project")) == [(made[1].pk, made[1].project_id)]


def test_a_name_that_two_projects_share_is_left_alone_or_refused(editor):
    draft = ProjectReportFactory()
    twins = [ProjectFactory(name="Wohngeld", slug=slug) for slug in ("eins", "zwei")]
    ProjectRowFactory(report=draft, position=1, label="a", project=twins[0])
    ProjectRowFactory(report=draft, position=2, label="b")
    same = upload(editor, draft, edited(editor, draft, lambda sheet: None))
    assert "genau das, was schon gespeichert ist" in text_of(same)

    def change(sheet):
        sheet.cell(3, column(sheet, "Projekt")).value = "Wohngeld"

    assert upload(editor, draft, edited(editor, draft, change)).context["row_errors"] == [
        "Zeile 3, Projekt: „Wohngeld“ gibt es mehrmals. Bitte wählen Sie es im Formular."
    ]


def test_an_lp_that_excel_shortened_is_two_digits_again(editor):
    draft = ProjectReportFactory()
    ProjectRowFactory(report=draft, lp="01")

    def change(sheet):
        sheet["A2"].value = 1

    response = upload(editor, draft, edited(editor, draft, change))
    assert "genau das, was schon gespeichert ist" in text_of(response)


def test_a_new_row_needs_what_its_missing_columns_would_say(editor):
    draft = ProjectReportFactory()
    phases = ["LA", "Phase 1", "Phase 2", "Phase 3", "Phase 4", "Produkt"]
    content = "\n".join([";".join(["Bezeichnung", *phases]), ";".join(["Neu", *[""] * 6])]).encode()
    assert upload(editor, draft, content, "x.csv").context["row_errors"] == [
        "Zeile 2, LP: Dieses Feld darf nicht leer sein.",
        "Zeile 2, Name des LP: Dieses Feld darf nicht leer sein.",
    ]


def test_every_column_of_the_table_is_a_field_of_its_row():
    names = {field.name for field in MATRIX.model._meta.fields if not field.generated}
    names -= {"id", "report", "position"}
    assert {column.name for column in MATRIX.columns} == names
