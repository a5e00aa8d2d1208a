from django.conf import settings
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from stand.querysets import most_rows

from .models import Funding, Service


@require_safe
def service(request, slug):
    """One service: what it is, where to get it, how widely it is used, what is written about it."""
    service = get_object_or_404(Service.objects.for_page(), slug=slug)
    competence = getattr(service, "competence", None)
    today = timezone.localdate()
    most = most_rows(request.GET.get("umfang"))
    context = {
        "section": "leistungen",
        "service": service,
        "coverage": service.coverage_rows.development(most),
        "projects": service.projects.real(),
        "articles": service.articles.real().newest_in_print_order(most),
        "fundings": Funding.objects.concerning(service.platform),
        "today": today,
        "data_query": f"?leistung={service.slug}",
        "printed": service.catalogue_rows.newest_print() if service.is_planned else None,
        "competence": competence,
        "computed": competence.coverage(today) if competence else None,
        "adopters": service.adoptions.real().adopters(today),
        "report_subject": f"{service.name} ({service.get_level_display()})",
        "report_body": _report_body(settings.SITE_URL + service.get_absolute_url()),
    }
    return render(request, "catalogue/service.html", context)


def _report_body(address):
    """What an e-mail that reports use or a mistake should say; RFC 6068 wants CRLF between lines."""
    return "\r\n".join([f"Adresse: {address}", "", "Kommune: ", "im Einsatz seit (MM/JJJJ): ", ""])
