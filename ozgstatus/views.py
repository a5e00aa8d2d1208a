"""Pages that are put together from several apps."""

from itertools import groupby

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from catalogue.filters import ServiceFilter
from catalogue.models import Service, State
from newsletter.models import CatalogueRow, Edition
from projects.models import ProjectReport
from rollout.models import RolloutReport
from stand.search import Search

from .search import find


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
def search(request):
    """Everything that is public, by any word."""
    search = Search.of(request.GET.get("q", ""))
    results = find(search, request.GET.get("art"), request.GET.get("seite"))
    return render(request, "search.html", {"search": search, "results": results})


@require_safe
def catalogue(request):
    """All services by level, productive and planned, as the visitor filters them."""
    services = Service.objects.for_catalogue()
    filters = ServiceFilter(request.GET, queryset=services, years=Service.objects.years())
    found = list(filters.qs)
    introductions = Edition.objects.introductions("available", "planned")
    context = {
        "section": "leistungen",
        "today": timezone.localdate(),
        "filters": filters,
        "filtered": any(filters.form.cleaned_data.values()),
        "found": found,
        "states": [
            (State(state), list(services), introductions.get(state))
            for state, services in groupby(found, key=lambda service: service.state)
        ],
    }
    return render(request, "catalogue/list.html", context)
