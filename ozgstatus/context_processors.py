from django.utils.functional import SimpleLazyObject

from .models import Site


def site(request):
    """`site`: name, operator, notice and what the navigation may show; one query, made when a template first asks."""
    return {"site": SimpleLazyObject(Site.objects.for_pages)}
