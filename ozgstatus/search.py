"""One ranked list of everything that is public: what the apps find, put together."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.core.paginator import Page, Paginator
from django.db import models
from django.urls import reverse

from catalogue.models import Service, ServicePart, State
from newsletter.models import Article, Edition
from projects.models import Project
from rollout.models import Authority
from stand.months import format_month
from stand.search import Search, normal, terms_like

from .excerpts import Run, marked, plain_text

HITS_ON_A_PAGE = 20
MOST_TERMS = 5
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
    """Two queries: one counts, the other fetches a page of hits, or near terms where there are none.

    A kind of which nothing was found is passed over.
    """
    if not search.words:
        return Results()
    found = {kind: model.objects.hits(search) for kind, model in MODELS.items()}
    exact, numbers = _count(found.values())
    if not numbers:
        return Results(terms=tuple(_near_terms(search)))
    kind = next((kind for kind in numbers if kind == chosen), None)
    shown = [found[kind].listed(exact=exact) for kind in ([kind] if kind else numbers)]
    page = _page(shown, numbers[kind] if kind else sum(numbers.values()), page_number)
    hits = tuple(_hit(search, *row) for row in page)
    facets = tuple(Facet(*pair) for pair in numbers.items())
    return Results(sum(numbers.values()), facets, kind, exact, page, hits)


def _count(found) -> tuple[bool, dict[Kind, int]]:
    """Whether there are exact hits; how many of them, or else of the others, each kind has that has any."""
    first, *others = (hits.counted() for hits in found)
    rows = Counter(first.union(*others, all=True))
    exact = any(is_exact for _, is_exact in rows)
    return exact, {kind: rows[kind, exact] for kind in Kind if rows[kind, exact]}


def _page(found, number: int, page_number: str | None) -> Page:
    """The best hits first, and among equals the newest; the order of the rest must not be left to chance."""
    first, *others = found
    rows = first.union(*others, all=True) if others else first
    order = ["-hit_score", "-hit_day", "-hit_kind", "hit_title", "hit_key"]
    paginator = Paginator(rows.order_by(*order), HITS_ON_A_PAGE)
    paginator.count = number  # it is known, and would be another query
    return paginator.get_page(page_number)


def _near_terms(search: Search) -> list[str]:
    """Words of names and titles that are nearest to those that were asked for, each once."""
    first, *others = [
        terms_like(ServicePart.objects.all(), search),
        terms_like(Service.objects.all(), search),
        terms_like(Project.objects.real(), search),
        terms_like(Authority.objects.current(), search),
        terms_like(Article.objects.real(), search, "title"),
    ]
    nearest = first.union(*others).order_by("-nearness", "term")[: 4 * MOST_TERMS]
    terms = {
        normal(row["term"]): row["term"] for row in reversed(nearest) if row["nearness"] >= LEAST_NEARNESS
    }
    return [term for spelled, term in reversed(terms.items()) if len(spelled) > 3][:MOST_TERMS]


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
