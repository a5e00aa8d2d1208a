import io
import zipfile
from unittest import mock

import openpyxl
import pytest
from django.contrib.contenttypes.models import ContentType
from django.core import signing
from openpyxl.styles import numbers

from rollout.exchange import COVERAGE
from stand.exchange import places
from stand.models import Correction, CorrectionChange
from stand.uploads import escape_formula, unescape_formula
from tests.admin import client_of, differences, filled, page_of, upload
from tests.factories import (
    CoverageRowFactory,
    RolloutFootnoteFactory,
    RolloutReportFactory,
    ServiceFactory,
    publish,
)
from tests.html import text_of, without_time

pytestmark = pytest.mark.django_db
HEADINGS = ["Online-Antragsassistent", "Anzahl", "nach Behörden", "nach Einwohnern"]


@pytest.fixture
def editor():
    return client_of("Redaktion")


def report(rows=2, **kwargs):
    made = RolloutReportFactory()
    for number in range(1, rows + 1):
        CoverageRowFactory(report=made, position=number, label=f"Zeile {number}", **kwargs)
    return made


def figures(obj):
    rows = obj.rows.order_by("position")
    return list(rows.values_list("label", "count", "share_authorities", "share_population"))


def csv_of(*rows, headings=HEADINGS):
    return "\r\n".join(";".join(map(str, row)) for row in [headings, *rows]).encode()


def xlsx_of(*rows, headings=HEADINGS):
    book = openpyxl.Workbook()
    for row in [headings, *rows]:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def confirm(client, obj, response, **kwargs):
    return client.post(page_of(obj, "import"), filled(response) | kwargs)


def exported(client, obj, kind):
    return client.get(page_of(obj, "export", kind)).content


def complaints(response):
    return response.context["row_errors"] or response.context["form"].errors.get("file", [])


# --- out and in again ---


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_is_imported_without_a_difference(editor, kind):
    draft = report(rows=0)
    CoverageRowFactory(
        report=draft,
        position=3,
        label="=HYPERLINK(1)",
        parts=["-Geburt", "Tod"],
        count=None,
        share_authorities=None,
        footnote=RolloutFootnoteFactory(report=draft, number=7),
        service=ServiceFactory(name="Wohngeld"),
        origin="computed",
        denominator=60,
        register_date="2021-12-31",
    )
    CoverageRowFactory(report=draft, position=9, label="'=schon mit Strich")
    response = upload(editor, draft, exported(editor, draft, kind), f"tabelle.{kind}")
    assert "genau das, was schon gespeichert ist" in text_of(response)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_exported_label_is_never_a_formula(editor, kind):
    draft = report(rows=0)
    CoverageRowFactory(report=draft, position=1, label="=1+1")
    content = exported(editor, draft, kind)
    if kind == "csv":
        assert content.decode("utf-8-sig").splitlines()[1].startswith("'=1+1;")
    else:
        cell = openpyxl.load_workbook(io.BytesIO(content)).active["A2"]
        assert (cell.value, cell.data_type) == ("'=1+1", "s")


@pytest.mark.parametrize("text", ["", "a", "=1", "+1", "-1", "@a", "\t1", "'=1", "''=1", "'a", "'", "a=1"])
def test_escaping_is_undone_exactly(text):
    assert unescape_formula(escape_formula(text)) == text
    assert not escape_formula(text).startswith(("=", "+", "-", "@", "\t"))


def test_an_export_has_german_headings_words_and_numbers(editor):
    draft = report(rows=1, service=ServiceFactory(name="Wohngeld", level="gemeinden"))
    sheet = openpyxl.load_workbook(io.BytesIO(exported(editor, draft, "xlsx"))).active
    assert [[cell.value for cell in row] for row in sheet.rows] == [
        [
            *HEADINGS,
            "Fußnote",
            "Bestandteile",
            "Leistung",
            "Herkunft",
            "von",
            "Register vom",
            "mindestens",
        ],
        [
            "Zeile 1",
            48,
            16,
            59,
            None,
            None,
            "Wohngeld (Gemeinden)",
            "von der SAKD erhoben",
            None,
            None,
            "nein",
        ],
    ]


def test_control_characters_do_not_break_the_export(editor):
    draft = report(rows=0)
    CoverageRowFactory(report=draft, position=1, label="a\x0bb")
    sheet = openpyxl.load_workbook(io.BytesIO(exported(editor, draft, "xlsx"))).active
    assert sheet["A2"].value == "a\N{REPLACEMENT CHARACTER}b"


def test_an_export_of_another_kind_does_not_exist(editor):
    assert editor.get(f"/admin/rollout/rolloutreport/{report().pk}/export/html/").status_code == 404


# --- differences, then all or nothing ---


def test_differences_are_shown_and_nothing_is_saved_before_the_second_step(editor):
    draft = report()
    before = figures(draft)
    response = upload(editor, draft, csv_of(["Neu", 1, 2, 3], ["Zeile 1", 50, 16, ""]))
    assert figures(draft) == before
    assert "2 Zellen geändert, 1 Zeile neu, 1 Zeile entfällt." in text_of(response)
    assert differences(response) == [
        ["2", "Neu (neue Zeile)", "Online-Antragsassistent", "leer", "Neu"],
        ["2", "Neu (neue Zeile)", "Anzahl", "leer", "1"],
        ["2", "Neu (neue Zeile)", "nach Behörden", "leer", "2"],
        ["2", "Neu (neue Zeile)", "nach Einwohnern", "leer", "3"],
        ["2", "Neu (neue Zeile)", "Herkunft", "leer", "von der SAKD erhoben"],
        ["2", "Neu (neue Zeile)", "mindestens", "leer", "nein"],
        ["3", "Zeile 1", "Anzahl", "48", "50"],
        ["3", "Zeile 1", "nach Einwohnern", "59", "leer"],
        ["", "Zeile 2", "Die Zeile entfällt."],
    ]
    kept = draft.rows.get(label="Zeile 1").pk
    assert confirm(editor, draft, response).status_code == 302
    assert figures(draft) == [("Neu", 1, 2, 3), ("Zeile 1", 50, 16, None)]
    assert draft.rows.get(label="Zeile 1").pk == kept
    page = editor.get(page_of(draft, "change")).content.decode()
    assert "Übernommen: 2 Zellen geändert, 1 Zeile neu, 1 Zeile entfällt." in page


def test_a_workbook_is_taken_over_with_its_percent_cells(editor):
    draft = report(rows=1)
    book = openpyxl.load_workbook(io.BytesIO(xlsx_of(["Zeile 1", 50.0, 0.17, "60 %"])))
    book.active["C2"].number_format = numbers.FORMAT_PERCENTAGE
    stream = io.BytesIO()
    book.save(stream)
    response = upload(editor, draft, stream.getvalue(), "tabelle.xlsx")
    assert confirm(editor, draft, response).status_code == 302
    assert figures(draft) == [("Zeile 1", 50, 17, 60)]


def test_columns_that_the_file_lacks_stay_as_they_are(editor):
    service = ServiceFactory()
    draft = report(rows=1, service=service, parts=["Geburt"])
    response = upload(editor, draft, csv_of(["Zeile 1", 50, 16, 59]))
    confirm(editor, draft, response)
    assert list(draft.rows.values_list("count", "service", "parts")) == [(50, service.pk, ["Geburt"])]


def test_the_order_of_the_file_is_the_order_of_the_table(editor):
    draft = report(rows=3)
    rows = [[f"Zeile {number}", 48, 16, 59] for number in (3, 1, 2)]
    response = upload(editor, draft, csv_of(*rows))
    assert "Reihenfolge geändert." in text_of(response)
    confirm(editor, draft, response)
    assert [row[0] for row in figures(draft)] == ["Zeile 3", "Zeile 1", "Zeile 2"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ([], []),
        ([0, 5, 9], [0, 5, 9]),
        ([3, 1, 2], [3, 4, 5]),
        ([1, None, 2], [1, 2, 3]),
        ([1, None, 5], [1, 2, 5]),
        ([None, 1], [1, 2]),
        ([32767, None], [1, 2]),
    ],
)
def test_rows_keep_their_places_where_they_can(old, new):
    assert places(old) == new


def test_errors_name_row_and_column_and_nothing_is_taken_over(editor):
    draft = report()
    before = figures(draft)
    content = csv_of(["Zeile 1", "viele", 16, 59], [], ["", 1, 2, 3], ["Zeile 2", 50, 0, "59%"])
    assert complaints(upload(editor, draft, content)) == [
        "Zeile 2, Anzahl: Bitte eine ganze Zahl eingeben.",
        "Zeile 4, Online-Antragsassistent: Dieses Feld ist zwingend erforderlich.",
    ]
    content = csv_of(["Zeile 1", 50, 16, 59], ["Zeile 2", 50, 0, "59%"])
    assert complaints(upload(editor, draft, content)) == [
        "Zeile 3, nach Behörden: nach Behörden: wo der Dienst im Einsatz ist, steht mindestens 1 Prozent."
    ]
    assert figures(draft) == before


def test_a_choice_that_is_unknown_says_what_is_possible(editor):
    draft = report(rows=1)
    RolloutFootnoteFactory(report=draft, number=7)
    content = csv_of(["Zeile 1", 48, 16, 59, "9", "geschätzt"], headings=[*HEADINGS, "Fußnote", "Herkunft"])
    assert complaints(upload(editor, draft, content)) == [
        "Zeile 2, Fußnote: „9“ steht nicht zur Wahl. Möglich: 7.",
        "Zeile 2, Herkunft: „geschätzt“ steht nicht zur Wahl. "
        "Möglich: von der SAKD erhoben, aus dem Register berechnet.",
    ]


def test_many_errors_are_cut_short(editor):
    response = upload(editor, report(), csv_of(*([f"Zeile {n}", "x", 1, 1] for n in range(60))))
    assert len(complaints(response)) == 50
    assert "… und 10 weitere." in text_of(response)


# --- what is no table ---


def unpacking_to(size):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * size)
    return stream.getvalue()


def lying(content, size):
    """The archive, whose directory says `size` for all that is larger."""
    changed = bytearray(content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        large = [part for part in archive.infolist() if part.file_size > size]
    for part in large:
        real = part.file_size.to_bytes(4, "little")
        while (place := changed.find(real)) >= 0:
            changed[place : place + 4] = size.to_bytes(4, "little")
    return bytes(changed)


def with_part(name, content=b""):
    stream = io.BytesIO(xlsx_of(["Zeile 1", 1, 2, 3]))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr(name, content)
    return stream.getvalue()


def compressed_otherwise():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return stream.getvalue()


REFUSED = {
    "over 2 MiB": ("x.xlsx", lambda: b"PK" + b"x" * 2 * 1024 * 1024, "größer als 2 MB"),
    "over 20 MiB unpacked": ("x.xlsx", lambda: unpacking_to(21 * 1024 * 1024), "entpackt größer als 20 MB"),
    "lying about its size": ("x.xlsx", lambda: lying(unpacking_to(21 * 1024 * 1024), 100), "beschädigt"),
    "over 5,000 rows": ("x.xlsx", lambda: xlsx_of(*([n, 1, 1, 1] for n in range(5001))), "5.000 Zeilen"),
    "over 5,000 rows of CSV": ("x.csv", lambda: csv_of(*([n, 1, 1, 1] for n in range(5001))), "5.000 Zeilen"),
    "far too many columns": (
        "x.xlsx",
        lambda: xlsx_of(*([1] * 2000 for _ in range(76))),
        "zu viele Spalten",
    ),
    "a macro file by name": ("x.xlsm", lambda: xlsx_of(["a", 1, 1, 1]), "Makros"),
    "a macro file by content": ("x.xlsx", lambda: with_part("xl/vbaProject.bin"), "Makros"),
    "another kind of archive": ("x.xlsx", lambda: compressed_otherwise(), "beschädigt"),
    "no workbook": (
        "x.xlsx",
        lambda: with_part("x").replace(b"xl/workbook.xml", b"yl/workbook.xml"),
        "weder eine Excel-Datei",
    ),
    "half a workbook": ("x.xlsx", lambda: xlsx_of(["a", 1, 1, 1])[:-100], "beschädigt"),
    "an old workbook": (
        "x.xls",
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600,
        "alte Format .xls",
    ),
    "a picture": ("x.png", lambda: b"\x89PNG\r\n\x1a\n\x00\x00", "weder eine Excel-Datei"),
    "UTF-16": ("x.csv", lambda: csv_of().decode().encode("utf-16"), "weder eine Excel-Datei"),
    "bytes of no encoding": ("x.csv", lambda: csv_of() + b"\r\n\x81", "weder UTF-8 noch Windows-1252"),
    "a quotation mark too few": ("x.csv", lambda: csv_of(['"Zeile 1', 1, 2, 3]), "Zeile 2"),
    "nothing": ("x.csv", lambda: b"", "leer"),
    "blank lines": ("x.csv", lambda: b"\r\n;;;\r\n", "leer"),
    "more cells than headings": ("x.csv", lambda: csv_of(["a", 1, 2, 3, 4]), "mehr Zellen als Überschriften"),
}


@pytest.mark.parametrize(("name", "make", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_table_is_refused_before_it_is_opened(editor, name, make, message):
    draft, content = report(), make()
    before = figures(draft)
    with mock.patch("openpyxl.load_workbook") as opened:
        response = upload(editor, draft, content, name)
    assert not opened.called
    assert response.status_code == 200
    [text] = complaints(response)
    assert message in text
    assert figures(draft) == before


def test_a_workbook_that_openpyxl_cannot_read_is_refused(editor):
    content = unpacking_to(10)
    assert "beschädigt" in complaints(upload(editor, report(), content, "x.xlsx"))[0]


def test_no_file_is_said(editor):
    draft = report()
    assert "Bitte wählen Sie eine Datei." in text_of(editor.post(page_of(draft, "import"), {}))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_csv_is_read_as_excel_writes_it(editor, encoding, delimiter):
    draft = report(rows=0)
    content = csv_of(["Mängelmelder", 1, 2, 3]).decode().replace(";", delimiter).encode(encoding)
    confirm(editor, draft, upload(editor, draft, content))
    assert figures(draft) == [("Mängelmelder", 1, 2, 3)]


@pytest.mark.parametrize(
    ("headings", "expected"),
    [
        (HEADINGS[:3], ["Die Spalte „nach Einwohnern“ fehlt."]),
        ([*HEADINGS, "Bemerkung"], ["Die Spalte „Bemerkung“ ist hier unbekannt."]),
        ([*HEADINGS, "Anzahl"], ["Die Spalte „Anzahl“ steht doppelt in der Datei."]),
        ([*HEADINGS[:2], "", *HEADINGS[2:]], ["Spalte 3 hat keine Überschrift."]),
    ],
)
def test_wrong_columns_are_named(editor, headings, expected):
    response = upload(editor, report(), csv_of([1] * len(headings), headings=headings))
    *found, hint = complaints(response)
    assert found == expected
    assert hint.startswith("Erwartet werden in der ersten Zeile: Online-Antragsassistent, Anzahl, ")


def test_headings_alone_would_remove_everything_and_are_refused(editor):
    assert complaints(upload(editor, report(), csv_of())) == ["Unter den Überschriften steht keine Zeile."]


# --- between the two steps ---


def changed_meanwhile(editor, change):
    draft = report()
    response = upload(editor, draft, csv_of(["Zeile 1", 50, 16, 59], ["Zeile 2", 48, 16, 59]))
    change(draft)
    return draft, confirm(editor, draft, response)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda draft: draft.rows.filter(position=1).update(count=49),
            "Zeile 1, Anzahl: bei der Prüfung „48“, jetzt „49“ (Redaktion)",
        ),
        (lambda draft: CoverageRowFactory(report=draft, position=3, label="Drei"), "Drei: neu (Redaktion)"),
        (lambda draft: draft.rows.filter(position=1).update(position=9), "die Reihenfolge der Zeilen"),
    ],
)
def test_a_table_changed_since_the_dry_run_is_not_overwritten(editor, change, message):
    draft, response = changed_meanwhile(editor, change)
    after = figures(draft)
    assert response.status_code == 200
    assert [without_time(text) for text in response.context["changed"]] == [message]
    assert "Es wurde nichts übernommen" in text_of(response)
    assert figures(draft) == after


def test_an_error_that_a_newer_value_brings_says_whose_that_is(editor):
    draft, response = changed_meanwhile(editor, lambda draft: draft.rows.update(denominator=49))
    assert complaints(response) == [
        "Zeile 2, von: Es können nicht mehr Behörden den Dienst einsetzen, als zuständig sind."
    ]
    assert "Zeile 1, von: bei der Prüfung leer, jetzt „49“ (Redaktion)" in without_time(text_of(response))
    assert [row[1] for row in figures(draft)] == [48, 48]


def test_a_number_that_means_another_footnote_by_now_is_not_taken_over(editor):
    draft = report(rows=1)
    old = RolloutFootnoteFactory(report=draft, number=7)
    response = upload(editor, draft, csv_of(["Zeile 1", 48, 16, 59, 7], headings=[*HEADINGS, "Fußnote"]))
    old.number = 8
    old.save()
    new = RolloutFootnoteFactory(report=draft, number=7)
    response = confirm(editor, draft, response)
    assert [without_time(text) for text in response.context["changed"]] == [
        "die Nummern der Fußnoten (Redaktion)"
    ]
    assert draft.rows.get().footnote is None
    assert confirm(editor, draft, response).status_code == 302
    assert draft.rows.get().footnote == new


def test_confirming_twice_changes_nothing_more(editor):
    draft = report(rows=1)
    response = upload(editor, draft, csv_of(["Zeile 1", 50, 16, 59]))
    assert confirm(editor, draft, response).status_code == 302
    assert "nichts zu übernehmen" in text_of(confirm(editor, draft, response))


@pytest.mark.parametrize(
    "carried", ["", "x", "a:b:c", pytest.param(signing.dumps({"rows": []}), id="signed elsewhere")]
)
def test_rows_that_were_not_tried_out_are_refused(editor, carried):
    draft = report()
    before = figures(draft)
    response = editor.post(page_of(draft, "import"), {"rows": carried})
    assert "Die Prüfung gilt nicht mehr." in text_of(response)
    assert figures(draft) == before


def test_rows_tried_out_by_somebody_else_or_for_another_report_are_refused(editor):
    draft, other = report(rows=1), report(rows=1)
    values = filled(upload(editor, draft, csv_of(["Zeile 1", 50, 16, 59])))
    second = client_of("Zweite", is_superuser=True)
    assert "Die Prüfung gilt nicht mehr." in text_of(second.post(page_of(draft, "import"), values))
    assert "Die Prüfung gilt nicht mehr." in text_of(editor.post(page_of(other, "import"), values))
    assert figures(draft) == figures(other) == [("Zeile 1", 48, 16, 59)]


# --- published, and who ---


def test_an_import_into_something_published_needs_the_note(editor):
    public = publish(report(rows=1))
    response = upload(editor, public, csv_of(["Zeile 1", 50, 16, 59]))
    assert not Correction.objects.exists()
    refused = confirm(editor, public, response)
    assert "Veröffentlichtes ändert sich nur mit einem öffentlichen Hinweis." in text_of(refused)
    assert figures(public) == [("Zeile 1", 48, 16, 59)]
    assert confirm(editor, public, refused, correction_note="50, nicht 48.").status_code == 302
    recorded = CorrectionChange.objects.values_list(
        "correction__note", "column_name", "old_value", "new_value"
    )
    assert list(recorded) == [("50, nicht 48.", "count", 48, 50)]


def test_import_is_for_those_who_change_and_export_for_those_who_read(editor):
    draft, reader = report(), client_of("Freigabe")
    assert reader.get(page_of(draft, "import")).status_code == 403
    assert reader.post(page_of(draft, "import")).status_code == 403
    assert reader.get(page_of(draft, "export", "csv")).status_code == 200
    editor.logout()
    assert editor.get(page_of(draft, "export", "csv")).status_code == 302
    assert editor.get(page_of(draft, "import")).status_code == 302


@pytest.mark.parametrize("rows", [1, 3])
def test_an_import_takes_the_same_queries_for_any_number_of_rows(editor, rows, django_assert_num_queries):
    draft = report(rows=rows)
    content = csv_of(*([f"Zeile {n}", 50, 16, 59] for n in range(1, rows + 1)), ["Neu", 1, 2, 3])
    values = filled(upload(editor, draft, content))
    ContentType.objects.get_for_model(draft)  # asked for once in a process
    with django_assert_num_queries(34):
        editor.post(page_of(draft, "import"), values)


def test_every_column_of_the_table_is_a_field_of_its_row():
    names = {field.name for field in COVERAGE.model._meta.fields if not field.generated}
    names -= {"id", "report", "position"}
    assert {column.name for column in COVERAGE.columns} == names
