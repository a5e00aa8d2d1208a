from django.conf import settings
from django.utils.functional import SimpleLazyObject

from .models import Site

# What pages say of the site while the database is gone: as it was when a page was last made.
remembered: dict[str, str] = {}


def site(request):
    """`site`: name, operator, notice and what the navigation may show; one query, made when a template first asks.

    `site_address`: where the site stands, without a slash at its end. `paper`: whether an edition is set as PDF, which
    tables ask in every row; a name that is nowhere costs a template several times as much as one that is there.
    """
    return {"site": SimpleLazyObject(_site), "site_address": settings.SITE_URL, "paper": False}


def _site():
    site = Site.objects.for_pages()
    remembered.update(site_name=site.name, site_notice=site.notice)
    return site
