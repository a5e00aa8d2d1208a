"""Pages that are put together from several apps."""

from itertools import groupby

from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalogue.filters import ServiceFilter
from catalogue.models import Service, State
from newsletter.models import CatalogueRow, Edition
from projects.models import ProjectReport
from rollout.models import RolloutReport


@require_safe
def home(request):
    """The state at a glance: figures, each with its own Stand, and the newest edition."""
    context = {
        "counts": Service.objects.counts(),
        "news": CatalogueRow.objects.newly_available(),
        "newest": Service.objects.newest(6),
        "edition": Edition.objects.for_home(),
        "rollout": RolloutReport.objects.in_figures(),
        "projects": ProjectReport.objects.in_figures(),
    }
    return render(request, "home.html", context)


@require_safe
def catalogue(request):
    """All services by level, productive and planned, as the visitor filters them."""
    services = Service.objects.for_catalogue()
    filters = ServiceFilter(request.GET, queryset=services, years=Service.objects.years())
    found = list(filters.qs)
    introductions = Edition.objects.introductions("available", "planned")
    context = {
        "section": "leistungen",
        "filters": filters,
        "filtered": any(filters.form.cleaned_data.values()),
        "found": found,
        "states": [
            (State(state), list(services), introductions.get(state))
            for state, services in groupby(found, key=lambda service: service.state)
        ],
    }
    return render(request, "catalogue/list.html", context)
