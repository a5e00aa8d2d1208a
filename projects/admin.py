from django.contrib import admin
from django.db.models import Count, Exists, OuterRef, Q

from catalogue.admin import ChoosesServices
from stand.admin import AddressAdmin, Gap, GapFilter, ReportAdmin, RowTable, SortableTable, Table
from stand.exchange import ExchangeAdmin
from stand.forms import AddressForm, RowForm

from .exchange import MATRIX
from .models import LegendEntry, Phase, PhaseState, Project, ProjectFootnote, ProjectReport, ProjectRow
from .views import report_page

PHASES = [f"phase_{phase.value}" for phase in Phase]
ROWS = ProjectRow.objects.filter(report=OuterRef("pk"))
FOOTNOTES = ProjectFootnote.objects.filter(report=OuterRef("pk"))
LEGEND = LegendEntry.objects.filter(report=OuterRef("pk"))


@admin.register(Project)
class ProjectAdmin(ChoosesServices, AddressAdmin):
    form = AddressForm
    list_display = ["name", "service", "row_count", "missing"]
    list_select_related = ["service"]
    list_filter = [GapFilter]
    list_per_page = 200
    search_fields = ["name", "rows__label", "service__name"]
    search_help_text = "Bezeichnung, auch wie gedruckt, oder Leistung"
    fieldsets = [
        (None, {"fields": ["name", "service"]}),
        ("Internetadresse", {"classes": ["collapse"], "fields": ["slug"]}),
    ]
    gaps = [
        Gap("leistung", "Leistung", Q(service=None)),
        Gap("zeile", "Zeile in einem Stand", ~Q(Exists(ProjectRow.objects.filter(project=OuterRef("pk"))))),
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(row_count=Count("rows", distinct=True))

    def is_public(self, obj):
        return Project.objects.real().filter(pk=obj.pk).exists()

    @admin.display(description="Zeilen in Ständen")
    def row_count(self, obj):
        return obj.row_count


class FootnoteTable(Table):
    model = ProjectFootnote
    fields = ["number", "text"]


class LegendForm(RowForm):
    places = {"projects_legendentry_code_of_its_kind": "code", "projects_legendentry_once": "code"}


class LegendTable(SortableTable):
    model = LegendEntry
    form = LegendForm
    examples = {"kind": "was das Zeichen zeigt, zum Beispiel „Phase“", "code": "zum Beispiel „Phase LA“"}
    fields = ["position", "kind", "code", "text"]


class MatrixTable(RowTable):
    model = ProjectRow
    examples = {
        "approach": "zum Beispiel „EfA-Nachnutzung präferiert“; was der Druck nicht sagt: „keine Angabe“",
        "footnote": "eine der Fußnoten dieses Standes; neue zuerst anlegen und speichern",
    }
    fields = [
        "position",
        "lp",
        "lp_name",
        "lb",
        "label",
        "details",
        "details_listed",
        "details_open",
        *PHASES,
        "approach",
        "footnote",
        "project",
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).for_matrix().select_related("project")


@admin.register(ProjectReport)
class ProjectReportAdmin(ExchangeAdmin, ReportAdmin):
    table = MATRIX
    fieldsets = [(None, {"fields": ["date", "plan_year", "state", "illustrative", "note"]})]
    inlines = [LegendTable, FootnoteTable, MatrixTable]
    gaps = [
        Gap("stand", "Stand", Q(date=None)),
        Gap("planjahr", "Planjahr", Q(plan_year=None)),
        Gap("legende", "Legende", ~Q(Exists(LEGEND))),
        Gap("zeilen", "Zeilen", ~Q(Exists(ROWS))),
        Gap("projekt", "Projekt einer Zeile", Q(Exists(ROWS.filter(project=None)))),
        Gap(
            "phasen",
            "Phasen einer Zeile",
            Q(Exists(ROWS.filter(**dict.fromkeys(PHASES, PhaseState.UNKNOWN)))),
        ),
        Gap("fussnote", "Text einer Fußnote", Q(Exists(FOOTNOTES.filter(text="")))),
    ]

    def preview(self, request, obj):
        report = ProjectReport.objects.with_rows().get(pk=obj.pk)
        return report_page(request, report, self.address_of("change", obj.pk))
