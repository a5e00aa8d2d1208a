"""Files out of the admin and in again: first what they would change, then all of it or nothing.

Between the two steps the rows travel in the page itself, signed, as with the tables of reports (`stand.exchange`).
"""

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models.options import Options
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path

from stand.draftadmin import Tool
from stand.exchange import MAX_AGE, MAX_CARRIED, MAX_ERRORS_SHOWN, Outcome, UploadForm
from stand.uploads import Sheet, escape_formula


@dataclass(frozen=True)
class Heading:
    """A column of a file. One that is not `read` is there for people, and may say anything."""

    label: str
    needed: bool = False
    read: bool = True


@dataclass
class SheetPlan(Outcome):
    """What a file would change. `state` is what it was compared with (JSON), `apply` does it."""

    state: list = field(default_factory=list)
    apply: Callable[[], object] = lambda: None


class SheetFault(Exception):
    """What is wrong with a file, line by line."""

    def __init__(self, errors: list[str]):
        super().__init__(" ".join(errors))
        self.errors = errors


def check_headings(headings: Iterable[Heading], sheet: Sheet) -> None:
    """Raises SheetFault where a column is missing, unknown or there twice, or there is no row."""
    known = {heading.label for heading in headings}
    found = [label for label in sheet.headings if label]
    errors = [
        f"Die Spalte „{label}“ steht doppelt in der Datei."
        for label in sorted(known)
        if found.count(label) > 1
    ]
    errors += [
        f"Die Spalte „{label}“ ist hier unbekannt." for label in dict.fromkeys(found) if label not in known
    ]
    if "" in sheet.headings:
        errors.append(f"Spalte {sheet.headings.index('') + 1} hat keine Überschrift.")
    errors += [
        f"Die Spalte „{heading.label}“ fehlt."
        for heading in headings
        if heading.needed and heading.label not in found
    ]
    if errors:
        expected = ", ".join(heading.label for heading in headings)
        raise SheetFault([*errors, f"Erwartet werden in der ersten Zeile: {expected}."])
    if not sheet.rows:
        raise SheetFault(["Unter den Überschriften steht keine Zeile."])


def lines_of(sheet: Sheet) -> list[tuple[int, dict[str, str]]]:
    """Rows with their number in the file, as texts by heading."""
    return [
        (number, dict(zip(sheet.headings, map(str.strip, texts), strict=True)))
        for number, texts in sheet.rows
    ]


class SheetPages:
    """Adds "Als CSV herunterladen" and "Aus Datei übernehmen" to a model admin.

    About one object where `sheet_of_object`, else about all. The concrete one gives `sheet_headings`,
    `sheet_explanation`, `sheet_file_name`, `sheet_rows` and `sheet_plan`, which raises SheetFault.
    """

    opts: Options  # of the model admin that this is mixed into
    sheet_of_object = False
    sheet_headings: tuple[Heading, ...]
    sheet_explanation: tuple[str, ...]

    def sheet_file_name(self, obj) -> str:
        raise NotImplementedError

    def sheet_rows(self, request, obj) -> Iterable[list[str]]:
        """What is there now, as texts in the order of the headings."""
        raise NotImplementedError

    def sheet_plan(self, obj, sheet: Sheet) -> SheetPlan:
        """What a file would change now; in a transaction, in which it may lock."""
        raise NotImplementedError

    def may_import(self, request, obj) -> bool:
        raise NotImplementedError

    def get_urls(self):
        prefix = "<int:pk>/" if self.sheet_of_object else ""
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        wrap = self.admin_site.admin_view
        return [
            path(f"{prefix}csv/", wrap(self.csv_view), name=f"{name}_csv"),
            path(f"{prefix}datei/", wrap(self.sheet_view), name=f"{name}_sheet"),
            *super().get_urls(),
        ]

    def list_tools(self, request):
        tools = super().list_tools(request)
        return tools if self.sheet_of_object else [*tools, *self._sheet_tools(request, None)]

    def form_tools(self, request, obj):
        tools = super().form_tools(request, obj)
        return [*tools, *self._sheet_tools(request, obj)] if self.sheet_of_object else tools

    def _sheet_tools(self, request, obj):
        args = [obj.pk] if obj else []
        query = "" if obj else f"?{request.GET.urlencode()}"
        tools = [Tool("Als CSV herunterladen", self.address_of("csv", *args) + query.removesuffix("?"))]
        if self.may_import(request, obj):
            tools.append(Tool("Aus Datei übernehmen", self.address_of("sheet", *args)))
        return tools

    def _sheet_object(self, request, pk):
        if pk is None:
            return None
        obj = self.get_object(request, str(pk))
        if obj is None:
            raise Http404(f"{self.opts.verbose_name} gibt es nicht.")
        return obj

    def csv_view(self, request, pk=None):
        if not self.has_view_permission(request):
            raise PermissionDenied
        obj = self._sheet_object(request, pk)
        try:
            rows = self.sheet_rows(request, obj)
        except IncorrectLookupParameters:  # as the list itself answers
            return HttpResponseRedirect(f"{self.address_of('changelist')}?{ERROR_FLAG}=1")
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=";")
        writer.writerow([heading.label for heading in self.sheet_headings])
        writer.writerows(map(escape_formula, row) for row in rows)
        response = HttpResponse(text.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{self.sheet_file_name(obj)}.csv"'
        return response

    def sheet_view(self, request, pk=None):
        """The choice of a file, then what it would change, then the change."""
        obj = self._sheet_object(request, pk)
        if not self.may_import(request, obj):
            raise PermissionDenied
        try:
            if "rows" in request.POST:
                return self._confirmed(request, obj)
        except IntegrityError:
            text = "Nichts wurde übernommen: Die Angaben wurden gerade anderswo geändert."
            self.message_user(request, f"{text} Bitte versuchen Sie es noch einmal.", messages.ERROR)
            return HttpResponseRedirect(request.path)
        if request.method != "POST":
            return self._upload(request, obj, UploadForm())
        form = UploadForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._upload(request, obj, form)
        return self._tried(request, obj, form.cleaned_data["file"])

    def _planned(self, obj, sheet) -> SheetPlan:
        check_headings(self.sheet_headings, sheet)
        return self.sheet_plan(obj, sheet)

    def _tried(self, request, obj, sheet, changed=False):
        try:
            with transaction.atomic():
                plan = self._planned(obj, sheet)
        except SheetFault as fault:
            return self._upload(request, obj, UploadForm(), fault.errors)
        carried = signing.dumps(
            {"headings": sheet.headings, "rows": sheet.rows, "state": plan.state},
            salt=self._salt(request, obj),
            compress=True,
        )
        if len(carried) > MAX_CARRIED:
            return self._upload(request, obj, UploadForm(), ["Die Texte der Datei sind zusammen zu lang."])
        return self._page(
            request, obj, "admin/sheet_differences.html", outcome=plan, carried=carried, changed=changed
        )

    def _confirmed(self, request, obj):
        try:
            seen = signing.loads(request.POST["rows"], salt=self._salt(request, obj), max_age=MAX_AGE)
        except signing.BadSignature:
            text = "Die Prüfung gilt nicht mehr. Bitte laden Sie die Datei noch einmal hoch."
            return self._upload(request, obj, UploadForm(), [text])
        sheet = Sheet(seen["headings"], [(number, texts) for number, texts in seen["rows"]])
        try:
            with transaction.atomic():
                plan = self._planned(obj, sheet)
                current = plan.state == seen["state"]
                if current:
                    plan.apply()
        except SheetFault as fault:
            return self._upload(request, obj, UploadForm(), fault.errors)
        if not current:
            return self._tried(request, obj, sheet, changed=True)
        if obj:
            self.log_change(request, obj, f"Aus Datei übernommen: {plan.summary}.")
        self.message_user(request, f"Übernommen: {plan.summary or 'nichts war zu ändern'}.", messages.SUCCESS)
        return HttpResponseRedirect(self._back(obj))

    def _back(self, obj):
        return self.address_of("change", obj.pk) if obj else self.address_of("changelist")

    def _salt(self, request, obj) -> str:
        return f"sheet-{self.opts.label_lower}-{obj.pk if obj else ''}-{request.user.pk}"

    def _upload(self, request, obj, form, errors=()):
        return self._page(
            request,
            obj,
            "admin/sheet_upload.html",
            form=form,
            row_errors=errors[:MAX_ERRORS_SHOWN],
            more_errors=max(0, len(errors) - MAX_ERRORS_SHOWN),
        )

    def _page(self, request, obj, template, **context):
        context |= {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": obj,
            "title": "Unterschiede prüfen" if "outcome" in context else "Aus Datei übernehmen",
            "explanation": self.sheet_explanation,
            "needed": [heading.label for heading in self.sheet_headings if heading.needed],
            "optional": [
                heading.label for heading in self.sheet_headings if heading.read and not heading.needed
            ],
            "unread": [heading.label for heading in self.sheet_headings if not heading.read],
            "csv": self.address_of("csv", *([obj.pk] if obj else [])),
            "back": self._back(obj),
        }
        return TemplateResponse(request, template, context)
