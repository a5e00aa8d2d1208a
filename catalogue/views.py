from django.conf import settings
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from .models import Funding, Service


@require_safe
def service(request, slug):
    """One service: what it is, where to get it, how widely it is used, what is written about it."""
    service = get_object_or_404(Service.objects.prefetch_related("parts"), slug=slug)
    context = {
        "section": "leistungen",
        "service": service,
        "coverage": list(service.coverage_rows.over_time()),
        "projects": service.projects.public(),
        "articles": service.articles.public().in_print_order(),
        "fundings": Funding.objects.concerning(service.platform),
        "printed": service.catalogue_rows.newest_print(),
        "address": settings.SITE_URL + service.get_absolute_url(),
    }
    return render(request, "catalogue/service.html", context)
