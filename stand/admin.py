"""What the admin pages of all apps share, and the pages of this one."""

import logging
from dataclasses import dataclass
from functools import cache
from typing import Any

from adminsortable2.admin import CustomInlineFormSet, SortableAdminBase, SortableTabularInline
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextareaWidget
from django.contrib.auth import get_permission_codename
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import PermissionDenied
from django.db import DataError, IntegrityError, models, transaction
from django.db.models import Case, Count, Q, Value, When
from django.http import HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.html import format_html, format_html_join
from django_prose_editor.fields import ProseEditorField
from django_prose_editor.widgets import AdminProseEditorWidget
from js_asset import Media

from .conflictadmin import TwoPeople
from .draftadmin import NewFromLast, Previewed, WithTools, comparison_of, form_address
from .forms import LAST_PLACE, CorrectionForm, LinesField, ProseField, RowForm, RuleForm, TextField
from .history import DELETED_ACCOUNT
from .historyadmin import HistoryPage
from .models import Correction, DeletedDraft, FormerAddress, WorkState
from .months import MonthField, format_month
from .seen import ORDER, SeenFormSet
from .templatetags.stand import prose
from .trash import CannotRestore

logger = logging.getLogger(__name__)


def yes_or_no(value: bool) -> str:
    return "ja" if value else "nein"


@cache
def readable(opts, name):
    """What stands in place of a field that cannot be edited: months, texts, ja and nein as a page shows them."""
    field = next((field for field in opts.fields if field.name == name), None)
    if isinstance(field, MonthField):
        in_words = format_month
    elif isinstance(field, ProseEditorField):
        in_words = prose
    elif isinstance(field, models.BooleanField):
        in_words = yes_or_no
    else:
        return name

    @admin.display(description=field.verbose_name, empty_value="")
    def shown(obj):
        return in_words(getattr(obj, name))

    shown.__name__ = name
    return shown


def _with_fields(fieldsets, change) -> list:
    """The fieldsets with `change` applied to the list of fields of each."""
    return [(title, options | {"fields": change(options["fields"])}) for title, options in fieldsets]


class FormFields:
    """The form fields of editors' pages and of the tables on them."""

    form = RuleForm
    # Help with an example where the model has none; by field.
    examples: dict[str, str] = {}
    formfield_overrides: dict[type[models.Field], dict[str, Any]] = {
        models.URLField: {"assume_scheme": "https"},
        models.TextField: {"form_class": TextField, "widget": AdminTextareaWidget(attrs={"rows": 4})},
        ProseEditorField: {"form_class": ProseField, "widget": AdminProseEditorWidget},
        ArrayField: {"form_class": LinesField, "widget": forms.Textarea(attrs={"rows": 2, "cols": 30})},
    }

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name in self.examples:
            kwargs["help_text"] = self.examples[db_field.name]
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        for action in ("add", "change", "delete", "view"):
            # No pop-up windows beside a choice: what it offers has pages of its own.
            if hasattr(field, "widget") and hasattr(field.widget, f"can_{action}_related"):
                setattr(field.widget, f"can_{action}_related", False)
        return field

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return _with_fields(fieldsets, lambda names: [readable(self.opts, name) for name in names])


# --- what is missing ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Gap:
    """Something that an editor still has to fill in; `condition` holds where it is missing."""

    key: str
    label: str
    condition: Q

    @property
    def column(self) -> str:
        return f"gap_{self.key}"


class GapFilter(admin.SimpleListFilter):
    title = "fehlt noch"
    parameter_name = "fehlt"

    def lookups(self, request, model_admin):
        return [(gap.key, gap.label) for gap in model_admin.gaps]

    def queryset(self, request, queryset):
        known = dict(self.lookup_choices)
        return queryset.filter(**{f"gap_{self.value()}": True}) if self.value() in known else queryset


class StateFilter(admin.SimpleListFilter):
    """Where something is between draft and public."""

    title = "Zustand"
    parameter_name = "zustand"

    def lookups(self, request, model_admin):
        return [*WorkState.choices, ("published", "veröffentlicht")]

    def queryset(self, request, queryset):
        if self.value() == "published":
            return queryset.filter(publication__isnull=False)
        if self.value() in WorkState.values:
            return queryset.filter(publication__isnull=True, state=self.value())
        return queryset


# --- editors' pages ----------------------------------------------------------------------------

# Where no script adds rows to a table, the page is asked for with some.
EMPTY_ROWS = "leere-zeilen"


class EditorAdmin(TwoPeople, HistoryPage, WithTools, FormFields, admin.ModelAdmin):
    """A page of the editors."""

    actions = None
    gaps: list[Gap] = []

    def get_queryset(self, request):
        missing = {
            gap.column: Case(When(gap.condition, then=Value(True)), default=Value(False)) for gap in self.gaps
        }
        return super().get_queryset(request).annotate(**missing)

    @admin.display(description="fehlt noch", empty_value="")
    def missing(self, obj):
        return ", ".join(gap.label for gap in self.gaps if getattr(obj, gap.column))

    def is_public(self, obj) -> bool:
        return True

    def view_on_site(self, obj):
        return obj.get_absolute_url() if hasattr(obj, "get_absolute_url") and self.is_public(obj) else None

    def render_change_form(self, request, context, *args, **kwargs):
        # The editor's import map is an inline script, which the policy admits by its nonce only.
        context["media"] = Media.from_media(context["media"], nonce=request.csp_nonce)
        context["adds_rows"] = any(table.has_add_permission for table in context["inline_admin_formsets"])
        return super().render_change_form(request, context, *args, **kwargs)

    def response_add(self, request, obj, *args, **kwargs):
        return self._rows_if_asked(request, obj) or super().response_add(request, obj, *args, **kwargs)

    def response_change(self, request, obj):
        return self._rows_if_asked(request, obj) or super().response_change(request, obj)

    def _rows_if_asked(self, request, obj):
        if "_rows" not in request.POST:
            return None
        self.message_user(
            request, "Gespeichert. Am Ende jeder Tabelle stehen leere Zeilen.", messages.SUCCESS
        )
        return HttpResponseRedirect(f"{form_address(obj)}?{EMPTY_ROWS}=ja")

    def delete_model(self, request, obj):
        kept = DeletedDraft.keep(obj, request.user)
        super().delete_model(request, obj)
        if request.user.has_perm("stand.view_deleteddraft"):
            address = form_address(kept)
            text = 'Es liegt jetzt im <a href="{}">Papierkorb</a> und lässt sich von dort wiederherstellen.'
            self.message_user(request, format_html(text, address))

    # What a form cannot foresee, such as a publication at the same moment, is refused by the database.

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except (DataError, IntegrityError):
            text = "Nicht gespeichert: Die Angaben wurden gerade anderswo geändert oder veröffentlicht."
            return self._refused(request, f"{text} Bitte prüfen Sie sie und versuchen Sie es noch einmal.")

    def delete_view(self, request, object_id, extra_context=None):
        try:
            return super().delete_view(request, object_id, extra_context)
        except (DataError, IntegrityError):
            return self._refused(request, "Nicht gelöscht: Etwas Veröffentlichtes verweist darauf.")

    def _refused(self, request, text):
        logger.warning("The database refused %s %s", request.method, request.path, exc_info=True)
        self.message_user(request, text, messages.ERROR)
        return HttpResponseRedirect(request.get_full_path())


class AddressAdmin(EditorAdmin):
    """A page for something with a slug; a replaced address leads to the new one."""

    def save_model(self, request, obj, form, change):
        wanted = obj.slug
        moved = change and wanted != form.initial.get("slug", wanted)
        # A draft has no address that anybody could know.
        moved = moved and self.is_public(obj)
        if moved:
            obj.slug = form.initial["slug"]
        super().save_model(request, obj, form, change)
        if moved:
            obj.move_to(wanted)


class GuardedAdmin(SortableAdminBase, EditorAdmin):
    """A page for something that changes only by a Berichtigung once it is published."""

    # Fields that no Berichtigung changes, because addresses or the meaning of the whole hang on them.
    settled: tuple[str, ...] = ("illustrative",)

    def root(self, obj):
        """What is published: the object itself, or what it belongs to."""
        return obj

    def published_as(self, obj):
        return self.root(obj)

    def is_public(self, obj):
        return self.root(obj).is_published

    def _asks_for_note(self, request, obj) -> bool:
        return obj is not None and self.is_public(obj) and self.has_change_permission(request, obj)

    @admin.display(description="Zustand")
    def condition(self, obj):
        return self.root(obj).state_label

    @admin.display(description="Beispieldaten")
    def example(self, obj):
        return "ja" if self.root(obj).illustrative else ""

    def get_form(self, request, obj=None, change=False, **kwargs):
        if self._asks_for_note(request, obj):
            kwargs["form"] = type("PublishedForm", (CorrectionForm, self.form), {})
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or not self.is_public(obj):
            return fieldsets
        fieldsets = _with_fields(fieldsets, self._as_published)
        if not self._asks_for_note(request, obj):
            return fieldsets
        note = {
            "classes": ["correction"],
            "fields": ["correction_note"],
            "description": (
                "Dies ist veröffentlicht. Änderungen sind sofort sichtbar "
                "und werden als Berichtigung mit altem und neuem Wert festgehalten."
            ),
        }
        return [("Berichtigung", note), *fieldsets]

    def _as_published(self, names) -> list:
        """That it is published stands in place of how far its draft was."""
        shown = {"state": "condition"} | {name: readable(self.opts, name) for name in self.settled}
        return [shown.get(name, name) for name in names]

    def get_readonly_fields(self, request, obj=None):
        fields = [*super().get_readonly_fields(request, obj), "condition"]
        if obj is None or not self.is_public(obj):
            return fields
        return [*fields, *(readable(self.opts, name) for name in self.settled)]

    def render_change_form(self, request, context, *args, **kwargs):
        context["show_save_and_add_another"] = False  # the next one begins as a copy of the last
        return super().render_change_form(request, context, *args, **kwargs)

    def has_delete_permission(self, request, obj=None):
        if obj is not None and self.is_public(obj):
            return False
        return super().has_delete_permission(request, obj)

    def save_model(self, request, obj, form, change):
        if self.is_public(obj):
            if change and set(form.changed_data) <= {"correction_note"}:
                return
            self._declare(form)
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        published = self.is_public(form.instance)
        if published and any(formset.has_changed() for formset in formsets):
            self._declare(form)
        super().save_related(request, form, formsets, change)
        if published and not hasattr(form, "correction"):
            self.message_user(
                request, "Es gab keine Änderung; eine Berichtigung ist nicht entstanden.", messages.WARNING
            )

    def _declare(self, form):
        """Once per form, before the first change."""
        if not hasattr(form, "correction"):
            form.correction = Correction.declare(form.cleaned_data["correction_note"])


class ReportAdmin(Previewed, NewFromLast, GuardedAdmin):
    """A page for a dated report."""

    change_form_template = "admin/report_change_form.html"
    list_display = ["stand", "condition", "example", "row_count", "changes", "missing"]
    list_filter = [StateFilter, GapFilter, "illustrative"]
    ordering = ["-date"]
    search_fields = ["rows__label", "note"]
    search_help_text = "Bezeichnung einer Zeile"
    save_on_top = True

    def get_queryset(self, request):
        reports = super().get_queryset(request).select_related("publication")
        return reports.annotate(row_count=Count("rows", distinct=True))

    @admin.display(description="Stand", ordering="date")
    def stand(self, obj):
        return str(obj)

    @admin.display(description="Zeilen")
    def row_count(self, obj):
        return obj.row_count

    @admin.display(description="seit dem Stand davor", empty_value="")
    def changes(self, obj):
        found = comparison_of(obj)
        return f"{found.summary} ({found.previous})" if found else ""

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        context["comparison"] = comparison_of(obj)
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        if obj is not None and obj.is_published and "date" in form.base_fields:
            form.base_fields["date"].required = True
        return form

    def save_model(self, request, obj, form, change):
        before = form.initial.get("date")
        super().save_model(request, obj, form, change)
        if change and obj.is_published and before and before != obj.date:
            FormerAddress.replaced(self.model(date=before).get_absolute_url(), obj.get_absolute_url())


# --- tables on a page --------------------------------------------------------------------------


class TableFormSet(SeenFormSet):
    """Rows whose choices are read once for the whole table."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._choices = {}

    def limit(self, name, queryset):
        """What a row may choose from in its field `name`."""
        return queryset

    def add_fields(self, form, index):
        super().add_fields(form, index)
        for name, field in form.fields.items():
            # The heading of the column is no label to a screen reader; choices sit in a wrapper of Django's.
            if not field.widget.is_hidden:
                getattr(field.widget, "widget", field.widget).attrs.setdefault("aria-label", field.label)
            if isinstance(field, forms.ModelChoiceField) and not field.widget.is_hidden:
                field.queryset = self.limit(name, field.queryset)
                if name not in self._choices:
                    self._choices[name] = list(field.choices)
                field.choices = self._choices[name]

    def get_unique_error_message(self, unique_check):
        names = [name for name in unique_check if name != self.fk.name]
        labels = " und ".join(f"„{self.model._meta.get_field(name).verbose_name}“" for name in names)
        return f"{labels} ist doppelt vergeben. Bitte ändern Sie eine der Zeilen."


class SortableFormSet(TableFormSet, CustomInlineFormSet):
    """Rows with a place, which is a number to type; those without one come at the end."""

    def add_fields(self, form, index):
        self._show_place(form)
        super().add_fields(form, index)

    def _show_place(self, form):
        """django-admin-sortable2 hides it, and its script writes into it where a row was dragged to."""
        if ORDER not in form.fields:
            return
        field = form.fields[ORDER]
        field.label = "Platz"
        field.help_text = "Geben Sie eine andere Zahl ein: Die Zeile kommt beim Speichern an diesen Platz."
        field.widget = forms.NumberInput(attrs={"class": "_reorder_", "min": 1})
        if form.instance.pk is None:
            form.initial[ORDER] = None

    def clean(self):
        super().clean()
        rows = [form for form in self.forms if self._has_place(form) and not self._should_delete_form(form)]
        if any(ORDER in form.touched or form.instance.pk is None for form in rows):
            for place, form in enumerate(sorted(rows, key=self._as_typed), start=1):
                form.put(place)

    def _has_place(self, form) -> bool:
        """A new row that names none comes at the end, as zero."""
        place = getattr(form, "cleaned_data", {}).get(ORDER)
        return place is not None and (form.instance.pk is not None or place > 0)

    def _as_typed(self, form) -> tuple[int, int, int]:
        """Whoever moves up comes before the row at that place, whoever moves down behind it."""
        typed = form.cleaned_data[ORDER]
        if form.instance.pk is None:
            return typed, -1, LAST_PLACE
        before = form.seen[ORDER] if ORDER in form.touched else typed
        return typed, (typed > before) - (typed < before), before

    def save(self, commit=True):
        saved = super().save(commit)
        self._make_room()
        return saved

    def _make_room(self):
        """Rows that somebody added meanwhile go to the end where their place is taken."""
        known = {form.instance.pk for form in self.forms}
        rows = self._rows().values_list("pk", "position")
        taken = {position for pk, position in rows if pk in known}
        for pk, position in rows:
            if pk not in known and position in taken:
                self._rows().filter(pk=pk).update(position=self.get_max_order() + 1)


class RowFormSet(SortableFormSet):
    """Rows of a report; they carry footnotes of that report."""

    def limit(self, name, queryset):
        if name != "footnote":
            return queryset
        return queryset.filter(report=self.instance) if self.instance.pk else queryset.none()


class TableFields(FormFields):
    """What all tables on a page share."""

    extra = 0
    view_on_site = False

    def get_extra(self, request, obj=None, **kwargs):
        return 3 if EMPTY_ROWS in request.GET else self.extra

    def get_formset(self, request, obj=None, **kwargs):
        # The fieldsets may hold fields for reading only, which no form knows.
        return super().get_formset(request, obj, **{"fields": list(self.fields), **kwargs})

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        if self.has_change_permission(request, obj):
            return fieldsets
        return _with_fields(fieldsets, lambda names: [name for name in names if name != "position"])


class SortableTable(TableFields, SortableTabularInline):
    form = RowForm
    formset = SortableFormSet


class RowTable(SortableTable):
    """The rows of a report."""

    formset = RowFormSet
    classes = ["report-rows"]
    readonly_fields = ["mark"]
    comparison = None

    def get_formset(self, request, obj=None, **kwargs):
        self.comparison = comparison_of(obj)  # tables are made anew for every request
        return super().get_formset(request, obj, **kwargs)

    def get_fields(self, request, obj=None):
        fields = list(self.fields)
        if comparison_of(obj):
            fields.insert(fields.index("label") + 1, "mark")
        return fields

    @admin.display(description="seit dem Stand davor", empty_value="")
    def mark(self, row):
        return str(self.comparison.marks.get(row.pk, ""))


class Table(TableFields, admin.TabularInline):
    formset = TableFormSet


# --- corrections and former addresses ----------------------------------------------------------


class ReadOnlyAdmin(EditorAdmin):
    """For what the site writes itself."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Correction)
class CorrectionAdmin(ReadOnlyAdmin):
    list_display = ["made_at", "note", "change_count"]
    list_display_links = ["made_at", "note"]
    search_fields = ["note"]
    search_help_text = "Wort aus dem Hinweis"
    date_hierarchy = "made_at"
    fields = ["made_at", "note", "recorded"]
    readonly_fields = ["recorded"]

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(change_count=Count("changes"))

    @admin.display(description="berichtigte Werte")
    def change_count(self, obj):
        return obj.change_count

    @admin.display(description="berichtigte Werte")
    def recorded(self, obj):
        return format_html_join(
            "", "<p>{}</p>", ((change.in_words,) for change in obj.changes.order_by("pk"))
        )


@admin.register(FormerAddress)
class FormerAddressAdmin(ReadOnlyAdmin):
    list_display = ["old_path", "new_path"]
    search_fields = ["old_path", "new_path"]
    search_help_text = "Teil der Adresse"
    fields = ["old_path", "new_path"]


# --- what was deleted --------------------------------------------------------------------------


@admin.register(DeletedDraft)
class TrashAdmin(ReadOnlyAdmin):
    change_form_template = "admin/trash.html"
    list_display = ["name", "kind_label", "deleted_at", "who"]
    list_select_related = ["deleted_by"]
    search_fields = ["name"]
    search_help_text = "Bezeichnung"
    fields = ["name", "kind_label", "contents", "deleted_at", "who"]
    readonly_fields = ["kind_label", "contents", "who"]

    @admin.display(description="Art")
    def kind_label(self, draft):
        return draft.kind_label

    @admin.display(description="enthält", empty_value="nichts weiter")
    def contents(self, draft):
        return draft.contents or None

    @admin.display(description="gelöscht von")
    def who(self, draft):
        user = draft.deleted_by
        return user.get_full_name() or user.get_username() if user else DELETED_ACCOUNT

    def get_urls(self):
        restore = self.admin_site.admin_view(self.restore_view)
        name = "stand_deleteddraft_restore"
        return [path("<int:pk>/wiederherstellen/", restore, name=name), *super().get_urls()]

    def _may_restore(self, request, draft) -> bool:
        opts = draft.model._meta
        return request.user.has_perm(f"{opts.app_label}.{get_permission_codename('add', opts)}")

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        context["title"] = "Gelöschter Entwurf"
        context["may_restore"] = obj is not None and self._may_restore(request, obj)
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    @transaction.atomic
    def restore_view(self, request, pk):
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        draft = get_object_or_404(DeletedDraft.objects.select_for_update(), pk=pk)
        if not self.has_view_permission(request, draft) or not self._may_restore(request, draft):
            raise PermissionDenied
        try:
            obj = draft.restore()
        except CannotRestore as error:
            self.message_user(request, f"Nicht wiederhergestellt: {error}", messages.ERROR)
            return HttpResponseRedirect(form_address(draft))
        self.message_user(request, f"{draft} ist wiederhergestellt.", messages.SUCCESS)
        return HttpResponseRedirect(form_address(obj))
