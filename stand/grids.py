"""The table of a report on one page, for entry at speed."""

import json
from dataclasses import dataclass, field

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.db.models.options import Options
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path

from . import history
from .columns import Cells, Table, save_rows
from .conflictadmin import published_meanwhile
from .conflicts import conflicts
from .draftadmin import Tool
from .forms import NoteForm
from .models import Correction

# Each row sends one input per cell and one for what all its cells showed: 500 rows stay far below Django's limit.
ROWS_PER_PAGE = 500


@dataclass
class Cell:
    """An input of the grid: what it holds, and what is wrong with that."""

    row: int
    cells: Cells
    value: str
    errors: list[str] = field(default_factory=list)
    theirs: str | None = None

    @property
    def name(self):
        return f"{self.row}-{self.cells.name}"

    @property
    def has_problem(self):
        return bool(self.errors) or self.theirs is not None


def _initial(text) -> dict[str, str]:
    """What the cells of a row showed; nonsense counts as nothing, so that it can never hide a newer value."""
    try:
        values = json.loads(text)
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}


class GridForm:
    """What the grid shows and what was typed into it. Cells are named by (row, column), values are texts."""

    def __init__(self, cells: list[Cells], rows: list, data=None):
        self.cells = {column.name: column for column in cells}
        self.rows = {row.pk: row for row in rows}
        self.current = {
            (row.pk, name): column.column.tidy(column.text(row))
            for row in rows
            for name, column in self.cells.items()
        }
        self.errors: dict[tuple[int, str], list[str]] = {}
        self.labels: dict[int, str] = {row.pk: str(row) for row in rows}
        self.initial: dict
        self.submitted: dict
        self.initial, self.submitted = self._read(data) if data is not None else (self.current, self.current)
        self.mine = {
            key: text for key, text in self.submitted.items() if text != self.initial.get(key)
        }  # what this person changed
        self.conflicts = conflicts(self.initial, self.submitted, self.current)
        self.changes = {
            key: text
            for key, text in self.mine.items()
            if key not in self.conflicts and text != self.current.get(key)
        }

    def _read(self, data) -> tuple[dict, dict]:
        initial: dict[tuple[int, str], str | None] = {}
        submitted: dict[tuple[int, str], str] = {}
        for key in data:
            number = key.removeprefix("initial-")
            if number == key or not (number.isascii() and number.isdecimal()):
                continue
            row, shown = int(number), _initial(data[key])
            self.labels.setdefault(row, str(shown.get("label", "")))
            for name, column in self.cells.items():
                typed = data.get(f"{row}-{name}")
                if typed is not None:
                    initial[row, name] = shown.get(name)
                    submitted[row, name] = column.column.tidy(typed)
        return initial, submitted

    @property
    def is_bound(self) -> bool:
        return self.submitted is not self.current

    def apply(self) -> list:
        """Put the changes into their rows; returns those rows, and notes what is no value of its column."""
        changed = {}
        for (number, name), text in self.changes.items():
            column = self.cells[name]
            try:
                column.put(self.rows[number], column.clean(text))
                changed[number] = self.rows[number]
            except ValidationError as error:
                self.errors[number, name] = error.messages
        return list(changed.values())

    def add_broken_rules(self, found):
        """At the cell that a rule is about, or else at the first cell of the row that was changed."""
        for number, broken in found.items():
            for name, texts in broken.items():
                first = next(column for row, column in self.changes if row == number)
                self.errors.setdefault((number, name if name in self.cells else first), []).extend(texts)

    def line(self, number: int) -> list[Cell]:
        return [
            Cell(
                number,
                column,
                self.mine.get((number, name), self.current[number, name]),
                self.errors.get((number, name), []),
                column.in_words(self.conflicts[number, name][0])
                if (number, name) in self.conflicts
                else None,
            )
            for name, column in self.cells.items()
        ]

    def shown(self, number: int) -> str:
        """For the hidden input of a row: what its cells show now, so that what comes next is compared with that."""
        values = {name: self.current[number, name] for name in self.cells}
        return json.dumps({"label": self.labels[number]} | values, ensure_ascii=False)

    def problems(self) -> list[tuple[str, str]]:
        """(anchor, text) of all that keeps the grid from being saved; no anchor where the row is gone."""
        found = []
        for (number, name), (theirs, mine) in self.conflicts.items():
            column, label = self.cells[name], self.labels[number]
            if number not in self.rows:
                told = history.who_deleted(column.field.model, number)
                text = f"Diese Zeile wurde inzwischen gelöscht ({told}). Ihr Wert „{column.in_words(mine)}“ entfällt."
                found.append(("", f"{label}, {column.label}: {text}"))
                continue
            told = history.who_and_when(column.field.model, number, column.field)
            text = f"inzwischen {quoted(column, theirs)} ({told}), Ihr Wert {quoted(column, mine)}."
            found.append((f"cell-{number}-{name}", f"{label}, {column.label}: {text}"))
        for (number, name), texts in self.errors.items():
            anchor = f"cell-{number}-{name}"
            found.append((anchor, f"{self.labels[number]}, {self.cells[name].label}: {' '.join(texts)}"))
        return found


def lock(report):
    """The report as it is now; nobody else saves or publishes it before the transaction ends.

    NO KEY UPDATE, because every write to a row takes KEY SHARE on its report, and would else wait for this one.
    """
    return type(report)._default_manager.select_for_update(no_key=True).get(pk=report.pk)


def quoted(column: Cells, text: str) -> str:
    return f"„{column.in_words(text)}“" if text else "leer"


def in_number(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


class GridAdmin:
    """Adds the grid to the page of a report."""

    table: Table
    opts: Options  # of the model admin that this is mixed into

    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}_grid"
        return [
            path("<path:object_id>/grid/", self.admin_site.admin_view(self.grid_view), name=name),
            *super().get_urls(),
        ]

    def form_tools(self, request, obj):
        tools = super().form_tools(request, obj)
        if not self.has_change_permission(request, obj):
            return tools
        return [*tools, Tool("Tabelle ausfüllen", self.address_of("grid", obj.pk))]

    def _report(self, request, object_id, allowed):
        """The report of this address, or None; refused unless `allowed`."""
        report = self.get_object(request, unquote(object_id))
        if report is not None and not allowed(request, report):
            raise PermissionDenied
        return report

    def _missing(self, request, object_id):
        return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)

    def page_context(self, request, report, title, **kwargs):
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": report,
            "title": title,
            "subtitle": str(report),
            "is_published": report.is_published,
            **kwargs,
        }

    def grid_view(self, request, object_id):
        report = self._report(request, object_id, self.has_change_permission)
        if report is None:
            return self._missing(request, object_id)
        if request.method != "POST":
            rows = list(self.table.rows(report))
            return self._grid_page(request, report, rows, GridForm(self._columns(report), rows), NoteForm())
        try:
            return self._save_grid(request, report)
        except IntegrityError:
            text = "Nicht gespeichert: Die Angaben wurden gerade anderswo geändert oder veröffentlicht."
            return self._refused(request, f"{text} Bitte versuchen Sie es noch einmal.")

    def _columns(self, report):
        return self.table.cells(report, in_grid=True)

    def _save_grid(self, request, report):
        note = NoteForm(request.POST)
        with transaction.atomic():
            report = lock(report)
            rows = self.table.locked_rows(report)
            form = GridForm(self._columns(report), rows, request.POST)
            changed = form.apply()
            note_missing = report.is_published and not note.is_valid()
            # Who saw a draft decides anew, although such a page could hold no note anyway.
            meanwhile = report.is_published and "published" not in request.POST
            refused = bool(form.errors or form.conflicts or note_missing or meanwhile)
            if changed and not refused:
                if report.is_published:
                    Correction.declare(note.cleaned_data["correction_note"])
                form.add_broken_rules(save_rows(changed, {name for _, name in form.changes}))
                refused = bool(form.errors)
            if refused:
                transaction.set_rollback(True)
            elif changed:
                self.log_change(request, report, f"Tabelle: {_cells_changed(form)}.")
        if refused:
            notice = published_meanwhile(report.publication) if meanwhile else ""
            return self._grid_page(request, report, rows, form, note, notice)
        self._confirm(request, form)
        return HttpResponseRedirect(request.get_full_path())

    def _confirm(self, request, form):
        if form.changes:
            text, level = f"{_cells_changed(form)}.", messages.SUCCESS
        else:
            text, level = "Es gab keine Änderung; gespeichert wurde nichts.", messages.WARNING
        # The mark tells the page's script that nothing is unsaved any more.
        self.message_user(request, text, level, extra_tags="saved")

    def _grid_page(self, request, report, rows, form, note, notice=""):
        page = Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("seite"))
        context = self.page_context(
            request,
            report,
            "Tabelle ausfüllen",
            is_nav_sidebar_enabled=False,  # the table takes the whole width
            columns=list(form.cells.values()),
            rows=[
                {
                    "row": row,
                    "cells": form.line(row.pk),
                    "shown": form.shown(row.pk),
                    "label": form.labels[row.pk],
                }
                for row in page
            ],
            label_in_grid="label" in form.cells,
            page=page,
            form=form,
            problems=form.problems(),
            notice=notice,
            note=note if report.is_published else None,
        )
        return TemplateResponse(request, "admin/grid.html", context)


def _cells_changed(form) -> str:
    return in_number(len(form.changes), "Zelle geändert", "Zellen geändert")
