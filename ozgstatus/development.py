"""Figures over time: of the catalogue, and of a service and a project, as the visitor chooses them."""

from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from catalogue.development import compose_availability
from catalogue.models import Level, Service
from projects.development import compose_phases_over_time
from projects.models import ProjectReport, ProjectRow
from rollout.development import compose_coverage_over_time
from rollout.models import CoverageRow, RolloutReport
from stand.querysets import most_rows
from stand.sorting import din_5007_key


@require_safe
def development(request):
    """What is real; a way to the examples where nothing of it has two Stände."""
    services = list(Service.objects.for_development())
    chosen = _chosen(request, RolloutReport.objects.real(), ProjectReport.objects.real())
    if not (services or chosen["service"] or chosen["project"]):
        raise Http404("Es ist noch nichts veröffentlicht, was sich entwickeln könnte.")
    most = most_rows(request.GET.get("umfang"))
    coverage = CoverageRow.objects.of(chosen["service"]).over_time(most)
    phases = ProjectRow.objects.of(chosen["project"]).over_time(most)
    context = {**chosen, **_composed(coverage, phases), "availability": compose_availability(services)}
    is_trend = context["coverage"].is_trend or context["phases"].is_trend
    context["see_example"] = not is_trend and _has_examples()
    return render(request, "development.html", context)


@require_safe
def development_example(request):
    """The invented Stände after the real ones, at an address of their own."""
    chosen = _chosen(request, RolloutReport.objects.examples(), ProjectReport.objects.examples())
    if not (chosen["service"] or chosen["project"]):
        raise Http404("Es gibt keine Beispieldaten.")
    most = most_rows(request.GET.get("umfang"))
    coverage = CoverageRow.objects.of(chosen["service"]).over_time_with_examples(most)
    phases = ProjectRow.objects.of(chosen["project"]).over_time_with_examples(most)
    context = {**chosen, **_composed(coverage, phases), "example": True}
    return render(request, "development.html", context)


def _composed(coverage, phases) -> dict:
    return {
        "section": "entwicklung",
        "today": timezone.localdate(),
        "coverage": compose_coverage_over_time(coverage),
        "phases": compose_phases_over_time(phases),
    }


def _chosen(request, rollout, projects) -> dict:
    """The services and projects of these reports by name, and of each kind the one that was asked for.

    Else that in the most of the newest Stände: a name that makes no sense is passed over.
    """
    services = [
        {**service, "level": Level(service["level"]).label}
        for service in CoverageRow.objects.services_over_time(rollout)
    ]
    projects = ProjectRow.objects.projects_over_time(projects)
    return {
        "services": sorted(services, key=_by_name),
        "service": _asked_for(services, request.GET.get("leistung")),
        "projects": sorted(projects, key=_by_name),
        "project": _asked_for(projects, request.GET.get("projekt")),
    }


def _by_name(option: dict) -> tuple[str, str]:
    return din_5007_key(option["name"]), option["slug"]


def _asked_for(options: list[dict], slug: str | None) -> dict | None:
    by_stands = sorted(options, key=lambda option: (-option["stands"], *_by_name(option)))
    return next((option for option in options if option["slug"] == slug), next(iter(by_stands), None))


def _has_examples() -> bool:
    examples = RolloutReport.objects.examples().values("pk")
    return examples.union(ProjectReport.objects.examples().values("pk")).exists()
