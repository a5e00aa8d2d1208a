from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from stand.models import CorrectionChange

from .coverage import compose_coverage
from .models import RolloutReport
from .tables import CoverageTable


@require_safe
def current(request):
    """The newest Stand."""
    report = RolloutReport.objects.with_rows().current()
    if report is None:
        raise Http404("Es ist noch kein Stand des Roll-Outs veröffentlicht.")
    return _page(request, report)


@require_safe
def report(request, date):
    """The Stand of one day, examples included."""
    return _page(request, get_object_or_404(RolloutReport.objects.public().with_rows(), date=date))


def _page(request, report):
    coverage = compose_coverage(report)
    table = CoverageTable(coverage.lines)
    table.caption = f"Stand des Roll-Outs am {report.date:%d.%m.%Y}"
    RequestConfig(request, paginate=False).configure(table)
    context = {
        "section": "rollout",
        "report": report,
        "coverage": coverage,
        "introduction": report.blocks.newest_public(),
        "table": table,
        "reports": RolloutReport.objects.public().newest_first(),
        "corrections": CorrectionChange.objects.below(report),
    }
    return render(request, "rollout/report.html", context)
