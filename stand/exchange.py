"""A report's table as a file, out and in again in the same form.

An import has two steps: the file is tried out (dry run) and its differences are shown; then they are confirmed. Between
the steps the rows travel in the page itself, signed and compressed: no file and no session entry is left over when
nobody confirms, any process can take the second step, and what was shown is exactly what is taken over.
"""

from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.core import signing
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, connection, transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path
from import_export.fields import Field
from import_export.formats.base_formats import CSV, XLSX
from import_export.resources import ModelResource, modelresource_factory
from import_export.results import RowResult
from import_export.widgets import Widget
from tablib import Dataset

from . import history
from .columns import Table, broken_rules
from .conflictadmin import published_meanwhile
from .draftadmin import Tool, form_address
from .forms import NoteForm
from .grids import GridAdmin, in_number, lock, quoted
from .models import Correction
from .uploads import Sheet, escape_formula, read_sheet

MAX_AGE = 12 * 60 * 60
MAX_CARRIED = 4 * 1024 * 1024  # below DATA_UPLOAD_MAX_MEMORY_SIZE
MAX_ERRORS_SHOWN = 50


# --- one row as texts, and back ---


class CellWidget(Widget):
    """A value of one column in words."""

    def __init__(self, cells):
        super().__init__(coerce_to_string=False)
        self.cells = cells

    def clean(self, value, row=None, **kwargs):
        try:
            return self.cells.from_words(value)
        except ValidationError as error:
            raise ValueError(" ".join(error.messages)) from error


class TableResource(ModelResource):
    """All rows of one report. A row that the file lacks is removed, one that the report lacks is new."""

    class Meta:
        fields = ()
        use_bulk = True
        batch_size = None
        skip_unchanged = True
        report_skipped = True
        skip_html_diff = True
        store_instance = True

    def __init__(self, table: Table, report):
        super().__init__()
        self.table, self.report = table, report
        self.cells = table.cells(report)
        self.fields = {
            cells.name: Field(attribute=cells.attribute, column_name=cells.label, widget=CellWidget(cells))
            for cells in self.cells
        }

    # --- out

    def export_field(self, field, instance, **kwargs):
        cells = field.widget.cells
        if cells.is_number:
            return cells.value(instance)
        return escape_formula(cells.words(instance))

    # --- in

    def before_import(self, dataset, **kwargs):
        self.old_rows = self.table.locked_rows(self.report)
        self.matches = match(self.table, self.cells, self.old_rows, dataset.dict)
        self.places = places([row.position if row else None for row in self.matches])

    def import_row(self, row, instance_loader, row_number=0, **kwargs):
        self.number = row_number
        return super().import_row(row, instance_loader, row_number=row_number, **kwargs)

    def get_instance(self, instance_loader, row):
        return self.matches[self.number - 1]

    def init_instance(self, row=None):
        return self.table.model(report=self.report)

    def import_instance(self, instance, row, **kwargs):
        super().import_instance(instance, row, **kwargs)
        instance.position = self.places[self.number - 1]

    def import_field(self, field, instance, row, is_m2m=False, **kwargs):
        # What reads the same is the same, also where two projects share a name.
        same = instance.pk and row.get(field.column_name) == field.widget.cells.words(instance)
        if not same:
            super().import_field(field, instance, row, is_m2m, **kwargs)

    def skip_row(self, instance, original, row, import_validation_errors=None):
        same = super().skip_row(instance, original, row, import_validation_errors)
        return same and original.pk is not None and original.position == instance.position

    def validate_instance(self, instance, import_validation_errors=None, validate_unique=True):
        """Only what a missing column leaves open; values are checked already, rules by the database."""
        errors = dict(import_validation_errors or {})
        known = {
            cells.name for cells in self.cells if cells.label in self.headings or cells.field.is_relation
        }
        try:
            instance.clean_fields(exclude=known | {"report"} | set(errors))
        except ValidationError as error:
            errors = error.update_error_dict(errors)
        if errors:
            raise ValidationError(errors)

    def get_bulk_update_fields(self):
        return [*self.fields, "position"]

    def after_import(self, dataset, result, **kwargs):
        kept = {row.pk for row in self.matches if row}
        self.removed = [row for row in self.old_rows if row.pk not in kept]
        if self.removed:
            self.table.model._default_manager.filter(pk__in=[row.pk for row in self.removed]).delete()
        connection.check_constraints()

    def import_sheet(self, sheet: Sheet, **kwargs):
        self.headings = sheet.headings
        dataset = Dataset(*(values for _, values in sheet.rows), headers=sheet.headings)
        return self.import_data(dataset, use_transactions=True, rollback_on_validation_errors=True, **kwargs)


def match(table: Table, cells, old_rows, new_rows) -> list:
    """For each row of the file the row of the report that it is about, or None: the surest recognition first."""
    labels = {one.name: one.label for one in cells}
    by_name = {one.name: one for one in cells}
    found: list[Any] = [None] * len(new_rows)
    left = list(old_rows)
    for names in table.identity:
        if not all(labels[name] in new_rows[0] for name in names if new_rows):
            continue
        waiting: dict[tuple, list] = {}
        for row in left:
            waiting.setdefault(tuple(by_name[name].words(row) for name in names), []).append(row)
        for number, new in enumerate(new_rows):
            same = waiting.get(tuple(by_name[name].column.tidy(new[labels[name]]) for name in names))
            if found[number] is None and same:
                found[number] = same.pop(0)
        taken = {row.pk for row in found if row}
        left = [row for row in left if row.pk not in taken]
    return found


def places(old: list[int | None]) -> list[int]:
    """Positions in the order of the file; the old ones where they ascend, so that nothing is moved for nothing."""
    new: list[int] = []
    for position in old:
        last = new[-1] if new else 0
        new.append(position if position is not None and (position > last or not new) else last + 1)
    return new if not new or new[-1] <= 32767 else list(range(1, len(old) + 1))


# --- a whole file ---


@dataclass
class Difference:
    """A row that an import changes; `cells` are (heading, before, after)."""

    kind: str
    number: int | None
    label: str
    cells: list[tuple[str, str, str]] = field(default_factory=list)


@dataclass
class Outcome:
    """What an import did, or would do: errors, or differences in the order of the file."""

    errors: list[str] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    reordered: bool = False

    @property
    def is_empty(self):
        return not self.differences and not self.reordered

    def count(self, kind) -> int:
        return sum(1 for difference in self.differences if difference.kind == kind)

    @property
    def summary(self) -> str:
        cells = sum(len(one.cells) for one in self.differences if one.kind == "geändert")
        new, gone = self.count("neu"), self.count("entfällt")
        parts = [
            in_number(cells, "Zelle geändert", "Zellen geändert"),
            in_number(new, "Zeile neu", "Zeilen neu"),
            in_number(gone, "Zeile entfällt", "Zeilen entfallen"),
        ]
        text = ", ".join(part for count, part in zip((cells, new, gone), parts, strict=True) if count)
        return ", ".join(filter(None, [text, "Reihenfolge geändert" if self.reordered else ""]))


def in_our_words(table: Table, sheet: Sheet) -> Sheet:
    """A file from the open data has our headings in place of its own, and none of what it has besides."""
    labels = {
        column.open_name: str(getattr(table.model._meta.get_field(column.name), "verbose_name", ""))
        for column in table.columns
        if column.open_name
    }
    kept = [place for place, heading in enumerate(sheet.headings) if heading not in table.passed_over]
    return Sheet(
        [labels.get(sheet.headings[place], sheet.headings[place]) for place in kept],
        [(number, [texts[place] for place in kept]) for number, texts in sheet.rows],
    )


def heading_errors(table: Table, report, sheet: Sheet) -> list[str]:
    cells = table.cells(report)
    known = {one.label for one in cells}
    errors = [
        f"Die Spalte „{heading}“ steht doppelt in der Datei."
        for heading in dict.fromkeys(sheet.headings)
        if heading and sheet.headings.count(heading) > 1
    ]
    if "" in sheet.headings:
        errors.append(f"Spalte {sheet.headings.index('') + 1} hat keine Überschrift.")
    errors += [
        f"Die Spalte „{heading}“ ist hier unbekannt."
        for heading in dict.fromkeys(sheet.headings)
        if heading and heading not in known
    ]
    errors += [
        f"Die Spalte „{one.label}“ fehlt."
        for one in cells
        if one.column.needed and one.label not in sheet.headings
    ]
    if errors:
        errors.append(f"Erwartet werden in der ersten Zeile: {', '.join(one.label for one in cells)}.")
    elif not sheet.rows:
        errors.append("Unter den Überschriften steht keine Zeile.")
    return errors


def run_import(table: Table, report, sheet: Sheet, *, dry_run: bool) -> Outcome:
    """Inside a transaction; all rows or none are written."""
    sheet = in_our_words(table, sheet)
    errors = heading_errors(table, report, sheet)
    if errors:
        return Outcome(errors=errors)
    model = modelresource_factory(table.model, resource_class=TableResource)
    resource = model(table, report)
    result = resource.import_sheet(sheet, dry_run=dry_run)
    errors = _errors(resource, result, sheet)
    return Outcome(errors=errors) if errors else _differences(resource, result, sheet)


def _errors(resource, result, sheet) -> list[str]:
    numbers = [number for number, _ in sheet.rows]
    labels = {name: one.label for one in resource.cells for name in (one.name, one.attribute)}
    for broken in result.error_rows:
        raise broken.errors[0].error
    found = [
        f"Zeile {numbers[row.number - 1]}, {labels.get(name, name)}: {' '.join(texts)}"
        for row in result.invalid_rows
        for name, texts in row.error.message_dict.items()
        if name != NON_FIELD_ERRORS
    ]
    if found or not result.base_errors:
        return found
    # The database refused them together; now each is asked which rule it breaks.
    for number, row in zip(numbers, result.rows, strict=True):
        if row.import_type != RowResult.IMPORT_TYPE_SKIP:
            for name, texts in broken_rules(row.instance).items():
                found.append(f"Zeile {number}, {labels.get(name, name)}: {' '.join(texts)}")
    if not found:
        raise result.base_errors[0].error
    return found


def _differences(resource, result, sheet) -> Outcome:
    outcome = Outcome()
    for (number, _), row in zip(sheet.rows, result.rows, strict=True):
        if row.import_type == RowResult.IMPORT_TYPE_NEW:
            cells = [(one.label, "", words) for one in resource.cells if (words := one.words(row.instance))]
            outcome.differences.append(Difference("neu", number, str(row.instance), cells))
        elif row.import_type == RowResult.IMPORT_TYPE_UPDATE:
            cells = [
                (one.label, one.words(row.original), one.words(row.instance))
                for one in resource.cells
                if one.value(row.original) != one.value(row.instance)
            ]
            if cells:
                outcome.differences.append(Difference("geändert", number, str(row.original), cells))
    outcome.differences += [Difference("entfällt", None, str(row)) for row in resource.removed]
    order = {row.pk: number for number, row in enumerate(resource.old_rows)}
    kept = [order[row.pk] for row in resource.matches if row]
    outcome.reordered = kept != sorted(kept)
    return outcome


def snapshot(table: Table, report) -> list[list]:
    """The table as it is: key, name and texts of each row in its order."""
    cells = table.cells(report)
    return [[row.pk, str(row), [one.text(row) for one in cells]] for row in table.locked_rows(report)]


def changed_since(table: Table, report, before: list[list], now: list[list]) -> list[str]:
    """In words what somebody else did to the table, who and when."""
    model = table.model
    cells = table.cells(report)
    old, new = ({row[0]: row for row in rows} for rows in (before, now))
    found = [
        f"{row[1]}: entfernt ({history.who_deleted(model, key)})"
        for key, row in old.items()
        if key not in new
    ]
    found += [
        f"{row[1]}: neu ({history.who_and_when(model, key)})" for key, row in new.items() if key not in old
    ]
    for key in old.keys() & new.keys():
        for one, was, now_is in zip(cells, old[key][2], new[key][2], strict=True):
            if was != now_is:
                told = history.who_and_when(model, key, one.field)
                values = f"bei der Prüfung {quoted(one, was)}, jetzt {quoted(one, now_is)}"
                found.append(f"{old[key][1]}, {one.label}: {values} ({told})")
    return sorted(found) or ["die Reihenfolge der Zeilen"]


def numbers(report) -> list[list[int]]:
    """Which footnote each number means, as key and number."""
    return [[note.pk, note.number] for note in report.footnotes.all()]


def renumbered_since(report, before: list[list[int]]) -> list[str]:
    """In words that a footnote which the file may mean has another number by now, or is gone; who and when."""
    now = numbers(report)
    if all(pair in now for pair in before):
        return []
    told = history.who_moved_rows(report.footnotes.model, "report_id", report.pk, "number")
    return [f"die Nummern der Fußnoten ({told})"]


# --- pages ---


class UploadForm(forms.Form):
    file = forms.FileField(
        label="Datei",
        help_text="Excel (.xlsx) oder CSV, höchstens 2 MB und 5.000 Zeilen",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
        error_messages={"required": "Bitte wählen Sie eine Datei.", "empty": "Die Datei ist leer."},
    )

    def clean_file(self):
        return read_sheet(self.cleaned_data["file"])


class ExchangeAdmin(GridAdmin):
    """Adds grid, export and import to the page of a report."""

    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        wrap = self.admin_site.admin_view
        return [
            path("<path:object_id>/import/", wrap(self.import_view), name=f"{name}_import"),
            path("<path:object_id>/export/<slug:kind>/", wrap(self.export_view), name=f"{name}_export"),
            *super().get_urls(),
        ]

    def form_tools(self, request, obj):
        tools = super().form_tools(request, obj)
        if self.has_change_permission(request, obj):
            tools = [*tools, Tool("Aus Datei übernehmen", self.address_of("import", obj.pk))]
        kinds = [("Als Excel-Datei", "xlsx"), ("Als CSV-Datei", "csv")]
        return [*tools, *(Tool(label, self.address_of("export", obj.pk, kind)) for label, kind in kinds)]

    def export_view(self, request, object_id, kind):
        report = self._report(request, object_id, self.has_view_permission)
        if report is None:
            return self._missing(request, object_id)
        if kind not in ("csv", "xlsx"):
            raise Http404
        model = modelresource_factory(self.table.model, resource_class=TableResource)
        dataset = model(self.table, report).export(list(self.table.rows(report)))
        if kind == "csv":
            # With BOM and semicolon German Excel opens it by a double click.
            writer, content = CSV(), CSV().export_data(dataset, delimiter=";").encode("utf-8-sig")
        else:
            writer, content = XLSX(), XLSX().export_data(dataset)
        name = f"{self.opts.app_label}-{report.date or 'ohne-datum'}.{kind}"
        return HttpResponse(
            content,
            content_type=writer.get_content_type() + ("; charset=utf-8" if kind == "csv" else ""),
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    def import_view(self, request, object_id):
        report = self._report(request, object_id, self.has_change_permission)
        if report is None:
            return self._missing(request, object_id)
        try:
            if request.method != "POST":
                return self._upload_page(request, report, UploadForm())
            if "rows" in request.POST:
                return self._take_over(request, report)
            return self._try_out(request, report)
        except IntegrityError:
            text = "Nicht übernommen: Die Angaben wurden gerade anderswo geändert oder veröffentlicht."
            return self._refused(request, f"{text} Bitte laden Sie die Datei noch einmal hoch.")

    def _upload_page(self, request, report, form, errors=(), **meanwhile):
        cells = self.table.cells(report)
        context = self.page_context(
            request,
            report,
            "Aus Datei übernehmen",
            form=form,
            row_errors=errors[:MAX_ERRORS_SHOWN],
            more_errors=max(0, len(errors) - MAX_ERRORS_SHOWN),
            needed=[one.label for one in cells if one.column.needed],
            optional=[one.label for one in cells if not one.column.needed],
            **meanwhile,
        )
        return TemplateResponse(request, "admin/import.html", context)

    def _try_out(self, request, report):
        form = UploadForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._upload_page(request, report, form)
        return self._differences_page(request, report, form.cleaned_data["file"], NoteForm())

    def _differences_page(self, request, report, sheet, note, **meanwhile):
        """The dry run: what the file would change now; `meanwhile` is what others did since the last one."""
        with transaction.atomic():
            report = lock(report)
            before = snapshot(self.table, report)
            if report.is_published:
                Correction.declare("Prüfung einer Datei; wird nie gespeichert.")
            outcome = run_import(self.table, report, sheet, dry_run=True)
            transaction.set_rollback(True)
        if outcome.errors:
            return self._upload_page(request, report, UploadForm(), outcome.errors, **meanwhile)
        carried = self._carry(request, report, sheet, before)
        if len(carried) > MAX_CARRIED:
            form = UploadForm()
            return self._upload_page(request, report, form, ["Die Texte der Datei sind zusammen zu lang."])
        context = self.page_context(
            request,
            report,
            "Unterschiede prüfen",
            outcome=outcome,
            carried=carried,
            note=note if report.is_published else None,
            **meanwhile,
        )
        return TemplateResponse(request, "admin/import_differences.html", context)

    def _salt(self, request, report) -> str:
        return f"import-{self.opts.label_lower}-{report.pk}-{request.user.pk}"

    def _carry(self, request, report, sheet, before) -> str:
        content = {
            "headings": sheet.headings,
            "rows": sheet.rows,
            "before": before,
            "footnotes": numbers(report),
            "published": report.is_published,
        }
        return signing.dumps(content, salt=self._salt(request, report), compress=True)

    def _meanwhile(self, report, carried) -> dict[str, Any]:
        """What others did since the dry run, in words: `notice` of a publication, `changed` rows and cells."""
        found: dict[str, Any] = {}
        if report.is_published and not carried["published"]:
            found["notice"] = published_meanwhile(report.publication)
        before, now = carried["before"], snapshot(self.table, report)
        changed = changed_since(self.table, report, before, now) if now != before else []
        changed += renumbered_since(report, carried["footnotes"])
        return found | {"changed": changed} if changed else found

    def _take_over(self, request, report):
        try:
            carried = signing.loads(request.POST["rows"], salt=self._salt(request, report), max_age=MAX_AGE)
        except signing.BadSignature:
            text = "Die Prüfung gilt nicht mehr. Bitte laden Sie die Datei noch einmal hoch."
            return self._upload_page(request, report, UploadForm(), [text])
        sheet = Sheet(carried["headings"], [(number, texts) for number, texts in carried["rows"]])
        note = NoteForm(request.POST)
        with transaction.atomic():
            report = lock(report)
            meanwhile = self._meanwhile(report, carried)
            refused = bool(meanwhile) or (report.is_published and not note.is_valid())
            outcome = Outcome()
            if not refused:
                if report.is_published:
                    Correction.declare(note.cleaned_data["correction_note"])
                outcome = run_import(self.table, report, sheet, dry_run=False)
                if outcome.errors or outcome.is_empty:
                    transaction.set_rollback(True)
                else:
                    self.log_change(request, report, f"Aus Datei übernommen: {outcome.summary}.")
        if refused or outcome.errors:
            return self._differences_page(request, report, sheet, note, **meanwhile)
        self.message_user(
            request, f"Übernommen: {outcome.summary or 'nichts war zu ändern'}.", messages.SUCCESS
        )
        return HttpResponseRedirect(form_address(report))
