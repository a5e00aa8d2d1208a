from django import forms
from django.contrib import admin
from django.contrib.postgres.fields import ArrayField
from django.db.models import Case, Max, Q, Value, When
from django.utils import timezone

from stand.admin import AddressAdmin, EditorAdmin, Gap, GapFilter, SortableAdminBase, SortableTable
from stand.draftadmin import Tool
from stand.forms import AddressForm
from stand.months import format_month

from .models import Funding, Level, Platform, Service, ServicePart, State


class NamedWithLevel:
    """Two services may share a name; the level tells them apart."""

    def label_from_instance(self, service):
        return f"{service.name} ({service.get_level_display()})"


class ServiceChoiceField(NamedWithLevel, forms.ModelChoiceField):
    pass


class ServicesChoiceField(NamedWithLevel, forms.ModelMultipleChoiceField):
    pass


class ChoosesServices:
    """For pages and tables with a choice of services."""

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.related_model is Service:
            kwargs |= {
                "form_class": ServiceChoiceField,
                "queryset": Service.objects.order_by("name", "level"),
            }
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        if db_field.related_model is Service:
            kwargs |= {
                "form_class": ServicesChoiceField,
                "queryset": Service.objects.order_by("name", "level"),
                "widget": forms.CheckboxSelectMultiple,
            }
        return super().formfield_for_manytomany(db_field, request, **kwargs)


class PartTable(SortableTable):
    model = ServicePart
    fields = ["position", "name", "printed_name"]


class ServiceStateFilter(admin.SimpleListFilter):
    title = "Zustand"
    parameter_name = "zustand"

    def lookups(self, request, model_admin):
        return [*State.choices, ("overdue", "geplanter Monat vorbei")]

    def queryset(self, request, queryset):
        if self.value() == "overdue":
            return queryset.overdue(timezone.localdate())
        return queryset.filter(state=self.value()) if self.value() in dict(self.lookup_choices) else queryset


@admin.register(Service)
class ServiceAdmin(SortableAdminBase, AddressAdmin):
    form = AddressForm
    list_display = ["name", "level", "months", "platform_label", "missing"]
    list_filter = ["level", ServiceStateFilter, "platform", GapFilter]
    search_fields = ["name", "printed_name", "authority_label", "parts__name", "parts__printed_name"]
    search_help_text = "Bezeichnung, Teilleistung oder Behörde"
    list_per_page = 200
    inlines = [PartTable]
    fieldsets = [
        (None, {"fields": ["name", "printed_name", "level", "authority_label"]}),
        ("Wann", {"fields": ["available_since", "planned_for", "discontinued_since"]}),
        ("Wo", {"fields": ["platform", "address", "shop_address"]}),
        (None, {"fields": ["parts_open"]}),
        ("Internetadresse und Platz in der Liste", {"classes": ["collapse"], "fields": ["slug", "position"]}),
    ]
    gaps = [
        Gap("monat", "Monat", Q(available_since=None, planned_for=None)),
        Gap("plattform", "Plattform", Q(platform=Platform.UNKNOWN)),
        Gap("bezug", "Adresse im Webshop", Q(shop_address="")),
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).with_state()

    def form_tools(self, request, obj):
        tools = super().form_tools(request, obj)
        if obj.is_discontinued or not self.has_change_permission(request, obj):
            return tools
        if not obj.is_planned:
            return [*tools, Tool("Als eingestellt melden", self.address_of("report_discontinued", obj.pk))]
        return [
            *tools,
            Tool("Als verfügbar melden", self.address_of("report_available", obj.pk)),
            Tool("Plan verschieben", self.address_of("postpone", obj.pk)),
        ]

    def get_ordering(self, request):
        levels = [When(level=level, then=Value(place)) for place, level in enumerate(Level)]
        return [Case(*levels), "position", "pk"]

    @admin.display(description="verfügbar", ordering="available_since")
    def months(self, obj):
        if obj.is_discontinued:
            return f"eingestellt seit {format_month(obj.discontinued_since)}"
        if obj.is_planned:
            return f"geplant für {format_month(obj.planned_for)}"
        return f"seit {format_month(obj.available_since)}" if obj.available_since else "ja, ohne Monat"

    @admin.display(description="Plattform", ordering="platform")
    def platform_label(self, obj):
        return obj.get_platform_display()

    def save_model(self, request, obj, form, change):
        if not change and not obj.position:
            last = Service.objects.filter(level=obj.level).aggregate(last=Max("position"))["last"]
            obj.position = (last or 0) + 1
        super().save_model(request, obj, form, change)


PLATFORMS = [choice for choice in Platform.choices if choice[0]]


class PlatformsField(forms.MultipleChoiceField):
    """Several platforms."""

    def __init__(self, *, base_field=None, max_length=None, **kwargs):
        kwargs["show_hidden_initial"] = False
        super().__init__(choices=PLATFORMS, **kwargs)


@admin.register(Funding)
class FundingAdmin(EditorAdmin):
    formfield_overrides = EditorAdmin.formfield_overrides | {
        ArrayField: {"form_class": PlatformsField, "widget": forms.CheckboxSelectMultiple}
    }
    examples = {
        "covered_platforms": "Plattformen, deren Dienste gefördert werden, zum Beispiel Amt24",
        "excluded_platforms": "Plattformen, deren Dienste ausdrücklich nicht gefördert werden",
        "ends_on": "Tag, zum Beispiel 31.12.2022; leer, wenn die Quelle keinen nennt",
    }
    list_display = ["title", "ends_on", "source", "missing"]
    list_filter = [GapFilter]
    search_fields = ["title", "text", "exclusions"]
    search_help_text = "Bezeichnung oder Text"
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "title",
                    "text",
                    "covered_platforms",
                    "excluded_platforms",
                    "exclusions",
                    "ends_on",
                    "as_of",
                ]
            },
        ),
        ("Kürzel", {"classes": ["collapse"], "fields": ["slug"]}),
    ]
    prepopulated_fields = {"slug": ["title"]}
    gaps = [
        Gap("ende", "Ende", Q(ends_on=None)),
        Gap("quelle", "Ausgabe der Quelle", Q(as_of=None)),
        Gap("plattform", "Plattform", Q(covered_platforms=[])),
    ]

    @admin.display(description="laut Ausgabe", ordering="as_of")
    def source(self, obj):
        return format_month(obj.as_of)
