"""What search engines ask for: the addresses of all public pages that are no examples (sitemaps.org/protocol.html)."""

import datetime
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from xml.sax.saxutils import escape

from django.conf import settings
from django.db.models import Count, F, Max, Value
from django.db.models.functions import ExtractYear
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from catalogue.models import Service
from newsletter.models import Article, Edition
from projects.models import Project, ProjectReport
from rollout.models import Authority, RolloutReport, ServiceCompetence
from stand.models import CorrectionChange

from .models import Page
from .opendata import DATA_SETS

# Editions and Stände in one file with all other pages. Of more, each year has a file of its own, and what search
# engines ask for first is an index: so no file grows with the years.
MOST_IN_ONE = 36
PAGES = "seiten"  # the name of the file with all that is of no year
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"

# Of what is published for a day or month: the name of its view, what it is and the field with its day.
PUBLISHED = {
    "rollout:report": (RolloutReport, "date"),
    "projects:report": (ProjectReport, "date"),
    "newsletter:edition": (Edition, "month"),
}
Entry = tuple[str, datetime.date | None]  # an address, and the day of its last change where that is known


@require_safe
def sitemap(request):
    """All pages, or an index of the files that name them."""
    years = _years()
    if years.total() <= MOST_IN_ONE:
        return _urlset([*_undated({view for view, _ in years}), *_dated()])
    parts = [PAGES, *sorted({str(year) for _, year in years}, reverse=True)]
    listed = "\n".join(
        f"<sitemap><loc>{_location(reverse('sitemap_part', args=[part]))}</loc></sitemap>" for part in parts
    )
    return _xml(f'<sitemapindex xmlns="{NAMESPACE}">\n{listed}\n</sitemapindex>\n')


@require_safe
def sitemap_part(request, part):
    """What is of no year, or what was published for one year."""
    years = _years()
    if part == PAGES:
        return _urlset(_undated({view for view, _ in years}))
    year = next((year for _, year in years if str(year) == part), None)
    if year is None:
        raise Http404("Für dieses Jahr ist nichts veröffentlicht.")
    return _urlset(_dated(year))


def _years() -> Counter[tuple[str, int]]:
    """How much of each kind is published for each year, by the name of its view and the year."""
    first, *others = (
        model.objects.real()
        .order_by()
        .annotate(view=Value(view), year=ExtractYear(day))
        .values_list("view", "year")
        .annotate(Count("pk"))
        for view, (model, day) in PUBLISHED.items()
    )
    return Counter({(view, year): number for view, year, number in first.union(*others, all=True)})


# --- what is there ---------------------------------------------------------------------------


def _undated(published: Collection[str]) -> Iterator[Entry]:
    """What is of no year; `published` are names of views of what is."""
    named = _named()
    views = {view for view, _ in named}
    for name, exists in {
        "home": True,
        "catalogue": True,
        "search": True,
        "rollout:current": "rollout:report" in published,
        "projects:current": "projects:report" in published,
        "rollout:maps": "rollout:map" in views,
        "kommunen:list": "kommunen:authority" in views,
        "development": views & {"catalogue:service", "projects:project"},
        "newsletter:archive": "newsletter:edition" in published,
        "subscription:subscribe": True,
        "subscription:change": True,
        "corrections": CorrectionChange.objects.exists(),
        "lizenzen": True,
        "daten:overview": True,
    }.items():
        if exists:
            yield reverse(name), None
    for name in DATA_SETS:
        yield reverse("daten:set", args=[name]), None
    for view, name in named:
        yield reverse(view, args=[name]), None
    for text in Page.objects.all():
        yield text.get_absolute_url(), None


def _named() -> list[tuple[str, str]]:
    """View and name in the address of everything long-lived, in one query."""
    services, *others = (
        things.order_by().annotate(view=Value(view)).values_list("view", name)
        for view, name, things in (
            ("catalogue:service", "slug", Service.objects.all()),
            ("projects:project", "slug", Project.objects.real()),
            ("kommunen:authority", "key", Authority.objects.all()),
            ("rollout:map", "service__slug", ServiceCompetence.objects.real().with_maps()),
        )
    )
    # A service and a project may share a slug; their order must not be left to chance.
    return list(services.union(*others, all=True).order_by("slug", "view"))


def _dated(year: int | None = None) -> Iterator[Entry]:
    """Stände, editions and their articles, the newest first, of one year or of all, in two queries."""
    corrected = _corrected()
    for day, view, _, slug, published_on, *root in sorted(_published(year), reverse=True):
        days = filter(None, [published_on, corrected.get(tuple(root))])
        yield reverse(view, args=[day, slug] if slug else [day]), max(days, default=None)


def _published(year: int | None):
    """Rows of day, view, number, slug of an article or "", day of publication, and table and row of what it is of."""
    articles, publication = Article.objects.real(), "edition__publication__published_on"
    kinds = [
        *(
            (view, model.objects.real(), model, day, Value(""), "publication__published_on", "pk")
            for view, (model, day) in PUBLISHED.items()
        ),
        ("newsletter:article", articles, Edition, "edition__month", F("slug"), publication, "edition"),
    ]
    first, *others = (
        things.filter(**{f"{day}__year": year} if year else {})
        .order_by()
        .values_list(
            F(day), Value(view), F("pk"), slug, F(published_on), Value(model._meta.db_table), F(root)
        )
        for view, things, model, day, slug, published_on, root in kinds
    )
    return first.union(*others, all=True)


def _corrected() -> dict[tuple[str, int], datetime.date]:
    """The day of the last Berichtigung of each published thing, by table and row."""
    changes = CorrectionChange.objects.values_list("root_table", "root_id").order_by()
    return {
        (table, row): timezone.localdate(moment)
        for table, row, moment in changes.annotate(Max("correction__made_at"))
    }


# --- how it is written -----------------------------------------------------------------------


def _urlset(entries: Iterable[Entry]) -> HttpResponse:
    urls = "\n".join(
        f"<url><loc>{_location(address)}</loc>{f'<lastmod>{day}</lastmod>' if day else ''}</url>"
        for address, day in entries
    )
    return _xml(f'<urlset xmlns="{NAMESPACE}">\n{urls}\n</urlset>\n')


def _location(address: str) -> str:
    return escape(settings.SITE_URL + address)


def _xml(content: str) -> HttpResponse:
    return HttpResponse(HEAD + content, content_type="application/xml")
