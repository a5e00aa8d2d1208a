from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from stand.models import CorrectionChange
from stand.querysets import most_rows

from .development import compose_phases_over_time
from .matrix import compose_matrix
from .models import Project, ProjectReport, ProjectRow


@require_safe
def current(request):
    """The newest Stand."""
    report = ProjectReport.objects.with_rows().current()
    if report is None:
        raise Http404("Es ist noch kein Stand der Projekte veröffentlicht.")
    return report_page(request, report)


@require_safe
def report(request, date):
    """The Stand of one day, examples included."""
    return report_page(request, get_object_or_404(ProjectReport.objects.public().with_rows(), date=date))


def report_page(request, report, draft=""):
    """A Stand with its matrix; `draft` is the address where a draft is edited."""
    matrix = compose_matrix(report)
    needs_example = matrix.mostly_unknown and not report.illustrative
    context = {
        "section": "projekte",
        "draft": draft,
        "prefix": "",
        "cite": "" if draft else report.get_absolute_url(),
        "report": report,
        "matrix": matrix,
        "example": ProjectReport.objects.newest_example() if needs_example else None,
        "stands": ProjectReport.objects.links_to_stands(report),
        "corrections": CorrectionChange.objects.below(report),
    }
    return render(request, "projects/report.html", context)


@require_safe
def project(request, slug):
    """One project with its phases over time."""
    project = get_object_or_404(Project.objects.real().select_related("service"), slug=slug)
    most = most_rows(request.GET.get("umfang"))
    phases = compose_phases_over_time(ProjectRow.objects.filter(project=project).over_time(most))
    context = {"section": "projekte", "project": project, "latest": phases.newest, "phases": phases}
    return render(request, "projects/project.html", context)
