from django.contrib import admin
from django.db.models import Exists, OuterRef, Q

from catalogue.admin import ChoosesServices
from stand.admin import Gap, ReportAdmin, RowTable, Table
from stand.exchange import ExchangeAdmin

from .adoption_admin import AdoptionAdmin
from .competence_admin import CompetenceSetAdmin, ServiceWithCompetenceAdmin
from .computing_admin import ComputesRows
from .exchange import COVERAGE
from .models import CoverageRow, RolloutFootnote, RolloutReport
from .register_admin import AuthorityAdmin, RegisterEditionAdmin, SuccessionAdmin
from .views import report_page

# Django looks for the pages of an app here.
__all__ = [
    "AdoptionAdmin",
    "AuthorityAdmin",
    "CompetenceSetAdmin",
    "RegisterEditionAdmin",
    "RolloutReportAdmin",
    "ServiceWithCompetenceAdmin",
    "SuccessionAdmin",
]

ROWS = CoverageRow.objects.filter(report=OuterRef("pk"))
FOOTNOTES = RolloutFootnote.objects.filter(report=OuterRef("pk"))


class FootnoteTable(Table):
    model = RolloutFootnote
    fields = ["number", "text"]


class CoverageTable(ChoosesServices, RowTable):
    model = CoverageRow
    examples = {
        "origin": "„erhoben“: wie gedruckt; „berechnet“: mit Zahl der Behörden und Stand des Registers",
        "footnote": "eine der Fußnoten dieses Standes; neue zuerst anlegen und speichern",
    }
    fields = [
        "position",
        "label",
        "count",
        "share_authorities",
        "share_population",
        "footnote",
        "parts",
        "service",
        "origin",
        "denominator",
        "register_date",
        "at_least",
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).for_table().select_related("service")


@admin.register(RolloutReport)
class RolloutReportAdmin(ComputesRows, ExchangeAdmin, ReportAdmin):
    table = COVERAGE
    fieldsets = [(None, {"fields": ["date", "state", "illustrative", "note"]})]
    inlines = [FootnoteTable, CoverageTable]
    gaps = [
        Gap("stand", "Stand", Q(date=None)),
        Gap("zeilen", "Zeilen", ~Q(Exists(ROWS))),
        Gap("leistung", "Leistung einer Zeile", Q(Exists(ROWS.filter(service=None)))),
        Gap(
            "zahl",
            "Zahl einer Zeile",
            Q(Exists(ROWS.filter(Q(count=None) | Q(share_authorities=None) | Q(share_population=None)))),
        ),
        Gap("fussnote", "Text einer Fußnote", Q(Exists(FOOTNOTES.filter(text="")))),
    ]

    def preview(self, request, obj):
        report = RolloutReport.objects.with_rows().get(pk=obj.pk)
        return report_page(request, report, self.address_of("change", obj.pk))
