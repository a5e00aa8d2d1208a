"""One ranked list of everything that is public: what the apps find, put together."""

from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import Any, NamedTuple

from django.core.paginator import Page, Paginator
from django.db import models
from django.urls import reverse

from catalogue.models import Service, ServicePart, State
from newsletter.models import Article, Edition
from projects.models import Project
from rollout.models import Authority
from stand.months import format_month
from stand.search import Form, Given, Search, Statement, normal, terms_of

from .excerpts import Run, marked, plain_text

HITS_ON_A_PAGE = 20
MOST_HITS = 1_000_000
MOST_TERMS = 5
# The titles of twenty years have more words than can be compared in time.
ARTICLES_WITH_TERMS = 300
# From 0 to 1; what is less alike is no help.
LEAST_NEARNESS = 0.25


class Kind(models.TextChoices):
    """What can be found, in the order in which the choice of kinds stands."""

    SERVICE = "leistung", "Leistung"
    PROJECT = "projekt", "Projekt"
    AUTHORITY = "kommune", "Kommune"
    ARTICLE = "beitrag", "Beitrag"
    EDITION = "ausgabe", "Ausgabe"

    @property
    def plural(self) -> str:
        return {
            Kind.SERVICE: "Leistungen",
            Kind.PROJECT: "Projekte",
            Kind.AUTHORITY: "Kommunen",
            Kind.ARTICLE: "Beiträge",
            Kind.EDITION: "Ausgaben",
        }[self]


MODELS: dict[Kind, Any] = {
    Kind.SERVICE: Service,
    Kind.PROJECT: Project,
    Kind.AUTHORITY: Authority,
    Kind.ARTICLE: Article,
    Kind.EDITION: Edition,
}


class Facet(NamedTuple):
    """A kind with the number of its hits."""

    kind: Kind
    number: int


@dataclass(frozen=True)
class Hit:
    """One line of the list; `state` is what must be known of it at once, such as that it is discontinued."""

    kind: Kind
    address: str
    title: list[Run]
    state: str
    excerpt: list[Run]


@dataclass(frozen=True)
class Results:
    """What a query finds. `exact` is whether every word stands in each hit, or only something like it.

    `chosen` is the one kind that is shown, or None; `terms` are words that are near, where nothing was found.
    """

    total: int = 0
    facets: tuple[Facet, ...] = ()
    chosen: Kind | None = None
    exact: bool = False
    page: Page | None = None
    hits: tuple[Hit, ...] = ()
    terms: tuple[str, ...] = ()


def find(search: Search, chosen: str | None, page_number: str | None) -> Results:
    """One query where every word stands in some hit, else one more for what is like the words, or near to them.

    A kind of which nothing was found is passed over, and a page that is not there is the last one.
    """
    if not search.words:
        return Results()
    terms: list[str] = []
    for exact in (True, False):
        found = _finding(search.form, exact).rows(search, kind=chosen, offset=_offset(page_number))
        numbers, terms, *_ = found[0]
        if numbers:
            return _results(search, exact, chosen, page_number, numbers, [row[2:] for row in found])
    return Results(terms=_each_once(terms))


def _results(search, exact, chosen, page_number, numbers: dict[str, int], rows) -> Results:
    facets = tuple(Facet(kind, numbers[kind]) for kind in Kind if kind in numbers)
    kind = next((facet.kind for facet in facets if facet.kind == chosen), None)
    total = sum(numbers.values())
    page = Paginator(range(numbers[kind] if kind else total), HITS_ON_A_PAGE).get_page(page_number)
    return Results(total, facets, kind, exact, page, tuple(_hit(search, *row) for row in rows))


def _offset(page_number: str | None) -> int:
    """How many hits come before a page, as far as there may be any."""
    return Paginator(range(MOST_HITS), HITS_ON_A_PAGE).get_page(page_number).start_index() - 1


def _each_once(terms: list[str]) -> tuple[str, ...]:
    """The first few, without what is very short, and each in one spelling."""
    spelled = {normal(term): term for term in reversed(terms)}
    return tuple([term for letters, term in reversed(spelled.items()) if len(letters) > 3][:MOST_TERMS])


# --- the statements ----------------------------------------------------------------------------

# How many there are of each kind, the near terms, and then a page of the hits, or one row where there are none. The
# best hits come first, and among equals the newest; the order of the rest must not be left to chance.
PAGE_OF_HITS = """
WITH found AS MATERIALIZED {listed},
numbers AS (SELECT hit_kind, count(*) AS number FROM found GROUP BY 1),
shown AS (SELECT * FROM found WHERE hit_kind = {kind} OR NOT EXISTS (SELECT FROM numbers WHERE hit_kind = {kind}))
SELECT (SELECT json_object_agg(hit_kind, number) FROM numbers), {terms}, shown.*
FROM (VALUES (1)) AS one LEFT JOIN shown ON true
ORDER BY hit_score DESC, hit_day DESC, hit_kind DESC, hit_title, hit_key
LIMIT {number} OFFSET least({offset}, (SELECT greatest(count(*) - 1, 0) / {number} * {number} FROM shown))
"""

# Where nothing was found, the words that are nearest to any of those that were asked for.
NEAR_TERMS = """
CASE WHEN NOT EXISTS (SELECT FROM found) THEN ARRAY(
SELECT term FROM (SELECT DISTINCT term FROM {terms} AS every) AS terms,
LATERAL (SELECT max(similarity(term, asked)) AS nearness FROM unnest({spellings}::text[]) AS asked) AS near
WHERE nearness >= {least} ORDER BY nearness DESC, term LIMIT {number}) END
"""


@lru_cache(maxsize=256)
def _finding(form: Form, exact: bool) -> Statement:
    """What queries of a form find; to be executed with the `kind` that is chosen, and the `offset` of a page."""
    return Statement.of(
        PAGE_OF_HITS,
        listed=Statement.union(model.objects.hits(form).listed(exact=exact) for model in MODELS.values()),
        kind=Given("kind"),
        terms=Statement("NULL") if exact else _near_terms(),
        number=HITS_ON_A_PAGE,
        offset=Given("offset"),
    )


@cache
def _near_terms() -> Statement:
    names = [
        terms_of(ServicePart.objects.all()),
        terms_of(Service.objects.all()),
        terms_of(Project.objects.real()),
        terms_of(Authority.objects.current()),
        terms_of(Article.objects.real().newest(ARTICLES_WITH_TERMS), "title"),
    ]
    return Statement.of(
        NEAR_TERMS,
        terms=Statement.union(names),
        spellings=lambda search: search.spellings,
        least=LEAST_NEARNESS,
        number=4 * MOST_TERMS,
    )


# --- a hit as it is shown ----------------------------------------------------------------------


def _hit(search, kind, key, title, text, variant, day, score) -> Hit:
    kind = Kind(kind)
    name = _name(kind, title, variant, day)
    plain = plain_text(text) if kind in (Kind.ARTICLE, Kind.EDITION) else text
    title_runs, excerpt = marked(search, name, plain)
    return Hit(kind, _address(kind, key, day), title_runs, _state(kind, variant, day), excerpt)


def _name(kind: Kind, title: str, variant: str, day: date | None) -> str:
    if kind == Kind.AUTHORITY:
        return Authority(kind=variant, name=title).full_name
    if kind == Kind.EDITION:
        return Edition(label=variant, month=day).title
    return title


def _address(kind: Kind, key: str, day: date | None) -> str:
    if kind == Kind.EDITION:
        return reverse("newsletter:edition", args=[day])
    if kind == Kind.ARTICLE:
        return reverse("newsletter:article", args=[day, key])
    views = {
        Kind.SERVICE: "catalogue:service",
        Kind.PROJECT: "projects:project",
        Kind.AUTHORITY: "kommunen:authority",
    }
    return reverse(views[kind], args=[key])


def _state(kind: Kind, variant: str, day: date | None) -> str:
    if kind == Kind.SERVICE:
        return {
            State.AVAILABLE: f"seit {format_month(day)} verfügbar" if day else "verfügbar",
            State.PLANNED: f"geplant für {format_month(day)}",
            State.DISCONTINUED: f"eingestellt seit {format_month(day)}",
        }[State(variant)]
    if kind == Kind.AUTHORITY:
        return "nicht mehr im Register" if day else ""
    if kind == Kind.ARTICLE and day:
        return f"Ausgabe {format_month(day)}"
    return ""
