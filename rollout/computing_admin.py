"""The editors' page on which rows of a draft are filled from register and adoptions, beside what they hold."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.urls import path

from stand import history
from stand.columns import save_rows
from stand.draftadmin import Tool, form_address
from stand.grids import lock

from .coverage import ComputedCoverage, figures_in_words, origin_in_words
from .models import CoverageRow, RolloutReport
from .recording import Refused
from .ticking import Row, Ticking, tick_page

SAME, DIFFERENT, CONTRADICTS = "gleich", "verschieden", "widerspricht sich"


class ComputesRows:
    """Adds "Aus dem Register berechnen" to the page of a report, and where its figures are others."""

    def get_urls(self):
        view = self.admin_site.admin_view(self.compute_view)
        return [path("<int:pk>/berechnen/", view, name="rollout_rolloutreport_compute"), *super().get_urls()]

    def form_tools(self, request, obj):
        tools = super().form_tools(request, obj)
        if obj.is_published or not self.has_change_permission(request, obj):
            return tools
        return [*tools, Tool("Aus dem Register berechnen", self.address_of("compute", obj.pk))]

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        if obj is not None and not obj.is_published:
            context["deviations"] = RolloutReport.objects.with_rows().get(pk=obj.pk).deviations()
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def compute_view(self, request, pk):
        report = self.get_object(request, str(pk))
        if report is None:
            raise Http404("Diesen Stand gibt es nicht.")
        if not self.has_change_permission(request, report):
            raise PermissionDenied
        obstacle = _obstacle(report)
        if obstacle:
            self.message_user(request, obstacle, messages.ERROR)
            return HttpResponseRedirect(form_address(report))
        return tick_page(self, request, report, _ticking(report))


def _obstacle(report) -> str:
    if report.is_published:
        return "Dieser Stand ist veröffentlicht. Berechnet werden nur die Zeilen eines Entwurfs."
    return "" if report.date else "Bitte tragen Sie zuerst den Stand ein: Berechnet wird für diesen Tag."


def _ticking(report) -> Ticking:
    coverage, rows = report.computed(), _rows(report)
    unknown = tuple(row.label for row in rows if row.service_id in coverage and not _known(row, coverage))
    missing = tuple(row.label for row in rows if row.service_id not in coverage)
    return Ticking(
        title="Aus dem Register berechnen",
        headings=("Zeile", "bisher", "Herkunft", "berechnet", "Register vom", "Vergleich"),
        rows=lambda: _tick_rows(report),
        act=lambda rows, cleaned: _take_over(report, rows),
        lock=lambda: lock(report),
        button="Angekreuzte Zeilen übernehmen",
        may_change=True,
        introduction=(
            "Links steht, was die Zeile jetzt enthält, rechts, was Register und erfasster Einsatz ergeben. "
            "Übernommen wird nur, was Sie ankreuzen; die bisherigen Zahlen stehen danach in der Geschichte.",
        ),
        left_out=(
            ("Ohne berechnete Zahl, weil noch kein Einsatz erfasst ist", unknown),
            ("Ohne berechnete Zahl, weil Leistung oder Zuständigkeit fehlen", missing),
        ),
        empty="Für keine Zeile gibt es eine berechnete Zahl.",
        status_label="Vergleich",
    )


def _rows(report) -> list[CoverageRow]:
    return list(report.rows.select_related("service").order_by("position"))


def _known(row: CoverageRow, coverage: dict[int, ComputedCoverage]) -> ComputedCoverage | None:
    """What there is to take over: over no record at all, "mindestens 0" would say less than the row does."""
    computed = coverage.get(row.service_id or 0)
    return computed if computed and computed.is_known else None


def _tick_rows(report) -> list[Row]:
    coverage = report.computed()
    found = ((row, _known(row, coverage)) for row in _rows(report))
    return [_row(row, computed) for row, computed in found if computed]


def _row(row: CoverageRow, computed: ComputedCoverage) -> Row:
    return Row(
        number=row.pk,
        cells=(
            row.label,
            figures_in_words(row),
            origin_in_words(row),
            computed.in_words,
            f"{computed.register_date:%d.%m.%Y}",
            _comparison(row, computed),
        ),
        shown=[figures_in_words(row), origin_in_words(row), computed.in_words],
        subject=(row, computed),
        told=lambda: history.who_and_when(CoverageRow, row.pk),
    )


def _comparison(row: CoverageRow, computed: ComputedCoverage) -> str:
    if computed.contradicts(row):
        return CONTRADICTS
    return DIFFERENT if computed.differs_from(row) else SAME


def _take_over(report, rows: list[Row]) -> str:
    if RolloutReport.objects.filter(pk=report.pk, publication__isnull=False).exists():
        raise Refused(["Dieser Stand wurde inzwischen veröffentlicht."])
    changed = []
    for row, computed in (row.subject for row in rows):
        row.take_computed(computed)
        changed.append(row)
    broken = save_rows(changed, {"origin", *rows[0].subject[1].figures})
    if broken:
        labels = {row.pk: row.label for row in changed}
        raise Refused(
            [f"{labels[pk]}: {' '.join(texts)}" for pk, found in broken.items() for texts in found.values()]
        )
    names = ", ".join(row.label for row in changed)
    return f"Aus dem Register berechnet: {names}."
