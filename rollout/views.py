from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from stand.models import CorrectionChange

from .boundaries import neighbours_after
from .coverage import compose_coverage
from .filters import AuthorityFilter
from .map import areas_since, competent_places, compose_map, read_neighbours
from .models import (
    Adoption,
    Authority,
    Competence,
    RegisterEdition,
    RegisterMunicipality,
    RolloutReport,
    ServiceCompetence,
    Succession,
)
from .tables import CoverageTable
from .usage import Circle, compose_usage


@require_safe
def current(request):
    """The newest Stand."""
    report = RolloutReport.objects.with_rows().current()
    if report is None:
        raise Http404("Es ist noch kein Stand des Roll-Outs veröffentlicht.")
    return report_page(request, report)


@require_safe
def report(request, date):
    """The Stand of one day, examples included."""
    return report_page(request, get_object_or_404(RolloutReport.objects.public().with_rows(), date=date))


def report_page(request, report, draft=""):
    """A Stand with its table; `draft` is the address where a draft is edited."""
    coverage = compose_coverage(report)
    table = CoverageTable(coverage.lines)
    table.caption = f"Stand des Roll-Outs am {report.date:%d.%m.%Y}" if report.date else "Stand des Roll-Outs"
    table.cite = "" if draft else report.get_absolute_url()
    RequestConfig(request, paginate=False).configure(table)
    context = {
        "section": "rollout",
        "draft": draft,
        "report": report,
        "coverage": coverage,
        "introduction": report.blocks.newest()
        if draft
        else report.blocks.newest_public(illustrative=report.illustrative),
        "table": table,
        "stands": RolloutReport.objects.links_to_stands(report),
        "corrections": CorrectionChange.objects.below(report),
    }
    return render(request, "rollout/report.html", context)


# --- the register ------------------------------------------------------------------------------

AUTHORITIES_ON_A_PAGE = 100


@require_safe
def authorities(request):
    """Everybody in the newest register, as the visitor filters them."""
    edition = RegisterEdition.objects.newest()
    if edition is None:
        raise Http404("Es ist noch kein Register eingelesen.")
    filters = AuthorityFilter(
        request.GET,
        queryset=Authority.objects.in_register(edition).by_name(),
        districts=Authority.objects.districts(),
        with_grosse_kreisstaedte=Authority.objects.grosse_kreisstaedte().exists(),
    )
    page = Paginator(filters.qs, AUTHORITIES_ON_A_PAGE).get_page(request.GET.get("seite"))
    context = {
        "section": "kommunen",
        "edition": edition,
        "filters": filters,
        "filtered": any(filters.form.cleaned_data.values()),
        "page": page,
    }
    return render(request, "rollout/authorities.html", context)


@require_safe
def authority(request, key):
    """One authority: what it has in use and those around it have, and what the register says of it over time."""
    authority = get_object_or_404(Authority.objects.at_address(key))
    if authority.key != key:
        return redirect(authority, permanent=True)
    editions = list(RegisterMunicipality.objects.within(authority).per_edition())
    latest = editions[0] if editions else None
    rows = list(RegisterMunicipality.objects.beside(authority, latest["edition_id"])) if latest else []
    own = next((row for row in rows if row.authority_id == authority.pk), None)
    successions = list(Succession.objects.with_both_sides())
    # Who has left the register is competent for nothing any more.
    current = latest["edition_id"] if latest and not authority.closed_on else None
    context = {
        "section": "kommunen",
        "authority": authority,
        "today": timezone.localdate(),
        "data_query": f"?kommune={authority.key}",
        "editions": editions,
        "latest": latest,
        "own": own,
        "members": [] if own else rows,
        "fellows": [row for row in rows if own and row != own and row.unit_id == own.unit_id],
        "predecessors": [one for one in successions if one.successor_id == authority.pk],
        "successors": [one for one in successions if one.predecessor_id == authority.pk],
        **(_usage(authority, current, successions) if current else {}),
    }
    return render(request, "rollout/authority.html", context)


@require_safe
def authority_example(request, key):
    """The same of invented data, apart from all that is real."""
    authority = get_object_or_404(Authority.objects.at_address(key).current())
    if authority.key != key:
        return redirect("kommunen:example", authority.key, permanent=True)
    edition = RegisterEdition.objects.newest()
    successions = list(Succession.objects.with_both_sides())
    found = _usage(authority, edition, successions, example=True) if edition else None
    if not (found and found["has_example"]):
        raise Http404("Zu dieser Kommune gibt es keine Beispieldaten.")
    context = {"section": "kommunen", "authority": authority, "register": edition, **found}
    context["data_query"] = f"?kommune={authority.key}"
    return render(request, "rollout/authority_example.html", context)


def _usage(authority, edition, successions, example=False):
    """`usage` of what is real or of the examples, whether there are examples, and the day it holds for."""
    circle = Circle(
        authority,
        Competence.objects.around(authority, edition).as_duties(),
        neighbours_after(read_neighbours(), _areas(successions)),
    )
    links = list(ServiceCompetence.objects.for_usage().filter(set__in=circle.sets))
    shown = [link for link in links if (link.is_example if example else not link.illustrative)]
    today = timezone.localdate()
    adoptions = Adoption.objects.examples() if example else Adoption.objects.real()
    held = adoptions.on(today).concerning(
        [link.service_id for link in shown], circle.everybody, circle.competent
    )
    return {
        "usage": compose_usage(circle, shown, held),
        "has_example": any(link.is_example for link in links),
        "example": example,
        "today": today,
    }


# --- maps --------------------------------------------------------------------------------------


@require_safe
def maps(request):
    """Every service whose competent authorities are known, with its computed coverage and the way to its map."""
    links = ServiceCompetence.objects.for_usage().with_maps().in_print_order()
    if not links:
        raise Http404("Es gibt noch keine Karten.")
    today = timezone.localdate()
    coverage = Adoption.objects.coverage(today)
    context = {
        "section": "rollout",
        "today": today,
        "rows": [(link, coverage.get(link.service_id)) for link in links if not link.illustrative],
        "examples": [link for link in links if link.is_example],
    }
    return render(request, "rollout/maps.html", context)


@require_safe
def service_map(request, slug, example=False):
    """Who of the competent authorities has a service in use: as it is, or as an example at an address of its own."""
    links = ServiceCompetence.objects.for_usage().with_maps()
    link = get_object_or_404(links.examples() if example else links.real(), service__slug=slug)
    edition = RegisterEdition.objects.newest()
    if edition is None:
        raise Http404("Es ist noch kein Register eingelesen.")
    today = timezone.localdate()
    adoptions = Adoption.objects.examples() if example else Adoption.objects.real()
    duties = list(Competence.objects.filter(set=link.set_id, edition=edition).as_duties())
    states = dict(adoptions.on(today).filter(service=link.service_id).values_list("authority_id", "state"))
    context = {
        "section": "rollout",
        "link": link,
        "data_query": f"?leistung={slug}",
        "service": link.service,
        "example": example,
        "today": today,
        "register": edition,
        "coverage": Adoption.objects.coverage(today, examples=example).get(link.service_id),
        "drawing": compose_map(
            f"{'Beispieldaten: ' if example else ''}{link.service.name}, im Einsatz bei den zuständigen Behörden",
            competent_places(duties, states),
            "Einwohner",
            _areas(Succession.objects.with_both_sides()),
        ),
    }
    return render(request, "rollout/map.html", context)


def _areas(successions):
    """What has merged since the day of the map; a part that was given away is drawn where it was."""
    return areas_since(
        (one.predecessor.key, one.successor.key) for one in successions if one.predecessor.closed_on
    )
