from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from stand.models import CorrectionChange

from .coverage import compose_coverage
from .filters import AuthorityFilter
from .models import Authority, RegisterEdition, RegisterMunicipality, RolloutReport, Succession
from .tables import CoverageTable


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
        "reports": RolloutReport.objects.to_choose_from(),
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
    """What the register says of one authority: in its newest edition that has it, and over time."""
    authority = get_object_or_404(Authority.objects.at_address(key))
    if authority.key != key:
        return redirect(authority, permanent=True)
    rows = RegisterMunicipality.objects.within(authority)
    editions = list(rows.per_edition())
    newest = rows.filter(edition=editions[0]["edition_id"]) if editions else rows.none()
    members = list(newest.with_authorities())
    own = members[0] if authority.is_municipality and members else None
    successions = list(Succession.objects.around(authority))
    context = {
        "section": "kommunen",
        "authority": authority,
        "editions": editions,
        "latest": editions[0] if editions else None,
        "own": own,
        "members": [] if own else members,
        "fellows": list(own.fellows()) if own else [],
        "predecessors": [one for one in successions if one.successor_id == authority.pk],
        "successors": [one for one in successions if one.predecessor_id == authority.pk],
    }
    return render(request, "rollout/authority.html", context)
