"""One ranked list of everything that is public: what the apps find, put together."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from django.core.paginator import Page, Paginator
from django.db import models

from catalogue.models import Service, State
from newsletter.models import Article, Edition
from projects.models import Project
from rollout.models import Authority
from stand.months import format_month
from stand.paths import path_to
from stand.search import WANTED, Given, Search, Statement, asked

from .excerpts import Run, marked, plain_text

HITS_ON_A_PAGE = 20
MOST_HITS = 1_000_000
MOST_TERMS = 5


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
    for exact in (True, False):
        found = _finding(exact).rows(search, kind=chosen, offset=_offset(page_number))
        numbers, terms, meant, *_ = found[0]
        if numbers:
            return _results(search, exact, chosen, page_number, numbers, meant, [row[3:] for row in found])
    return Results(terms=tuple(terms))


def _results(search, exact, chosen, page_number, numbers: dict[str, int], meant, rows) -> Results:
    facets = tuple(Facet(kind, numbers[kind]) for kind in Kind if kind in numbers)
    kind = next((facet.kind for facet in facets if facet.kind == chosen), None)
    total = sum(numbers.values())
    page = Paginator(range(numbers[kind] if kind else total), HITS_ON_A_PAGE).get_page(page_number)
    return Results(total, facets, kind, exact, page, tuple(_hit(search, meant, *row) for row in rows))


def _offset(page_number: str | None) -> int:
    """How many hits come before a page, as far as there may be any."""
    return Paginator(range(MOST_HITS), HITS_ON_A_PAGE).get_page(page_number).start_index() - 1


# --- the statements ----------------------------------------------------------------------------

# How many there are of each kind, the near terms, what is meant by each word, and then a page of the hits, or one row
# where there are none. The best hits come first, and among equals the newest; the order of the rest must not be left to
# chance.
# Best is the key itself, then what begins as asked, then what has it in its title, where the shorter one is better,
# then what has it at all. All that have it in a long text alone are alike, since to read every one takes too long.
PAGE_OF_HITS = """
WITH asked AS MATERIALIZED {asked},
wanted AS MATERIALIZED {wanted},
gathered (kind, id, terms) AS MATERIALIZED {gathered},
found AS MATERIALIZED (
    SELECT listed.*,
    CASE WHEN hit_has_more AND strpos(hit_searched, phrase) = 0 THEN 0
    ELSE CASE
        WHEN hit_key = phrase THEN 8
        WHEN starts_with(hit_searched, ' ' || phrase || ' ') THEN 5
        WHEN strpos(hit_searched, ' ' || phrase || ' ') BETWEEN 1 AND char_length(hit_title) THEN 4
        WHEN strpos(hit_searched, phrase) BETWEEN 1 AND char_length(hit_title) THEN 3
        WHEN strpos(hit_searched, phrase) > 0 THEN 1
        ELSE 0
    END + char_length(phrase) / (char_length(phrase) + char_length(hit_title) + 1.0) END AS hit_score
    FROM wanted, LATERAL {listed} AS listed
),
numbers AS MATERIALIZED (SELECT hit_kind, count(*) AS number FROM found GROUP BY 1),
chosen AS MATERIALIZED (SELECT (SELECT hit_kind FROM numbers WHERE hit_kind = {kind}) AS chosen_kind),
shown AS MATERIALIZED (
    SELECT sum(number) AS number FROM numbers, chosen WHERE hit_kind = coalesce(chosen_kind, hit_kind)
)
SELECT (SELECT json_object_agg(hit_kind, number) FROM numbers), {terms},
(SELECT json_object_agg(word, others) FROM asked),
hit_kind, hit_key, hit_title, hit_text, hit_variant, hit_day
FROM chosen LEFT JOIN found ON hit_kind = coalesce(chosen_kind, hit_kind)
ORDER BY hit_score DESC, hit_day DESC, hit_kind DESC, hit_title, hit_key
LIMIT {number} OFFSET least({offset}, (SELECT greatest(number - 1, 0)::bigint / {number} * {number} FROM shown))
"""

# Where nothing was found, the words that are nearest to any of those that were asked for and stand in what is public.
NEAR_TERMS = """
CASE WHEN NOT EXISTS (SELECT FROM found) THEN ARRAY(
    SELECT spelled FROM (
        SELECT spelled, query, nearness FROM (
            SELECT DISTINCT ON (kept.word)
            spelled, kept.word::tsquery AS query, similarity(kept.word, asked.word) AS nearness
            FROM asked JOIN stand_searchedword AS kept ON kept.word %% asked.word
            WHERE tells AND kept.stems <> '' AND char_length(kept.word) > 3
            ORDER BY kept.word, nearness DESC, spelled <> initcap(spelled), spelled
        ) AS near
        ORDER BY nearness DESC, spelled LIMIT {most}
    ) AS wanted
    WHERE EXISTS {found}
    ORDER BY nearness DESC, spelled LIMIT {number}
) END
"""


@cache
def _finding(exact: bool) -> Statement:
    """What a query finds; to be executed with the `kind` that is chosen, and the `offset` of a page."""
    hits = [model.objects.hits() for model in MODELS.values()]
    near_terms = Statement.of(
        NEAR_TERMS,
        found=Statement.union(kind.found.values("pk") for kind in hits),
        most=4 * MOST_TERMS,
        number=MOST_TERMS,
    )
    return Statement.of(
        PAGE_OF_HITS,
        asked=asked(exact=exact),
        wanted=Statement(WANTED),
        gathered=Statement.union(kind.gathered for kind in hits if kind.gathered is not None),
        listed=Statement.union(kind.listed for kind in hits),
        kind=Given("kind"),
        terms=Statement("NULL") if exact else near_terms,
        number=HITS_ON_A_PAGE,
        offset=Given("offset"),
    ).with_values()


# --- a hit as it is shown ----------------------------------------------------------------------


def _hit(search, meant, kind, key, title, text, variant, day) -> Hit:
    kind = Kind(kind)
    name = _name(kind, title, variant, day)
    plain = plain_text(text) if kind in (Kind.ARTICLE, Kind.EDITION) else text
    title_runs, excerpt = marked(search, name, plain, meant)
    return Hit(kind, _address(kind, key, day), title_runs, _state(kind, variant, day), excerpt)


def _name(kind: Kind, title: str, variant: str, day: date | None) -> str:
    if kind == Kind.AUTHORITY:
        return Authority(kind=variant, name=title).full_name
    if kind == Kind.EDITION:
        return Edition(label=variant, month=day).title
    return title


def _address(kind: Kind, key: str, day: date | None) -> str:
    if kind == Kind.EDITION:
        return path_to("newsletter:edition", day)
    if kind == Kind.ARTICLE:
        return path_to("newsletter:article", day, key)
    views = {
        Kind.SERVICE: "catalogue:service",
        Kind.PROJECT: "projects:project",
        Kind.AUTHORITY: "kommunen:authority",
    }
    return path_to(views[kind], key)


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
