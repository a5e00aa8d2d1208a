from django.conf import settings
from django.utils.functional import SimpleLazyObject

from .models import Site


def site(request):
    """`site`: name, operator, notice and what the navigation may show; one query, made when a template first asks.

    `site_address`: where the site stands, without a slash at its end.
    """
    return {"site": SimpleLazyObject(Site.objects.for_pages), "site_address": settings.SITE_URL}
