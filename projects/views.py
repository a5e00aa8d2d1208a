from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from stand.models import CorrectionChange

from .matrix import compose_line, compose_matrix
from .models import Project, ProjectReport, ProjectRow


@require_safe
def current(request):
    """The newest Stand."""
    report = ProjectReport.objects.with_rows().current()
    if report is None:
        raise Http404("Es ist noch kein Stand der Projekte veröffentlicht.")
    return _page(request, report)


@require_safe
def report(request, date):
    """The Stand of one day, examples included."""
    return _page(request, get_object_or_404(ProjectReport.objects.public().with_rows(), date=date))


def _page(request, report):
    context = {
        "section": "projekte",
        "report": report,
        "matrix": compose_matrix(report),
        "reports": ProjectReport.objects.public().newest_first(),
        "corrections": CorrectionChange.objects.below(report),
    }
    return render(request, "projects/report.html", context)


@require_safe
def project(request, slug):
    """One project with its phases over time."""
    project = get_object_or_404(Project.objects.real().select_related("service"), slug=slug)
    rows = list(ProjectRow.objects.filter(project=project).over_time())
    history = [(row, compose_line(row, row.report.plan_year)) for row in reversed(rows)]
    context = {"section": "projekte", "project": project, "latest": rows[-1], "history": history}
    return render(request, "projects/project.html", context)
