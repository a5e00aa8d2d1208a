import datetime

from django.db import connection, models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from rollout.adopters import Adopters, compose_adopters
from rollout.coverage import ComputedCoverage
from stand.months import MonthOf, MonthRange

# The first month of an adoption: that in which it was checked, where nobody knows since when.
BEGIN = MonthOf(Coalesce("since", "checked_on"))
PERIOD = MonthRange(BEGIN, "until")


def adoption_of(adoptions, authority: str, service: str) -> dict[str, Subquery]:
    """Annotations of an outer query: what one of `adoptions` says of its authority and service, the real one first.

    `authority` and `service` are the outer fields that hold their numbers. `adoption_state` is None where nothing is
    recorded, and `adoption_illustrative` says whether it is invented.
    """
    found = adoptions.filter(authority=OuterRef(authority), service=OuterRef(service)).order_by(
        "illustrative"
    )
    names = ["id", "state", "since", "until", "checked_on", "solution", "illustrative"]
    return {f"adoption_{name}": Subquery(found.values(name)[:1]) for name in names}


# Per service that has its competences: its authorities, and the people of the municipalities where each is competent.
# A set that leaves a municipality of its territory out has no figure.
COVERAGE = """
WITH edition AS (
    SELECT id, territory_date, population_date FROM rollout_registeredition
    WHERE territory_date <= %(on)s ORDER BY territory_date DESC LIMIT 1
), place AS (
    SELECT entry.authority_id, entry.population, district.kind = 'kreisfreie-stadt' AS urban
    FROM rollout_registermunicipality entry
    JOIN edition ON edition.id = entry.edition_id
    JOIN rollout_authority district ON district.id = entry.district_id
), territory AS (
    SELECT kind.id AS set_id, count(*) AS municipalities, sum(place.population) AS population
    FROM rollout_competenceset kind
    JOIN place ON kind.territory = 'whole' OR (kind.territory = 'urban') = place.urban
    GROUP BY kind.id
), duty AS MATERIALIZED (
    SELECT competence.set_id, competence.authority_id, count(*) AS municipalities,
        sum(place.population) AS population
    FROM rollout_competence competence
    JOIN edition ON edition.id = competence.edition_id
    JOIN place ON place.authority_id = competence.municipality_id
    GROUP BY competence.set_id, competence.authority_id
), whole AS (
    SELECT duty.set_id, count(*) AS competent, territory.population
    FROM duty JOIN territory ON territory.set_id = duty.set_id
    GROUP BY duty.set_id, territory.municipalities, territory.population
    HAVING sum(duty.municipalities) = territory.municipalities
), held AS MATERIALIZED (
    SELECT service_id, authority_id, state FROM rollout_adoption adoption
    WHERE date_trunc('month', coalesce(since, checked_on)::timestamp)::date <= %(month)s
        AND (until IS NULL OR until >= %(month)s)
        AND (NOT illustrative OR (%(examples)s AND NOT EXISTS (
            SELECT 1 FROM rollout_adoption real
            WHERE real.service_id = adoption.service_id AND real.authority_id = adoption.authority_id
                AND NOT real.illustrative
                AND date_trunc('month', coalesce(real.since, real.checked_on)::timestamp)::date <= %(month)s
                AND (real.until IS NULL OR real.until >= %(month)s))))
), known AS (
    SELECT link.service_id,
        count(*) FILTER (WHERE held.state = 'used') AS in_use,
        count(*) FILTER (WHERE held.state = 'not-used') AS not_in_use,
        sum(duty.population) FILTER (WHERE held.state = 'used') AS population
    FROM held
    JOIN rollout_servicecompetence link ON link.service_id = held.service_id
    JOIN duty ON duty.set_id = link.set_id AND duty.authority_id = held.authority_id
    GROUP BY link.service_id
)
SELECT link.service_id, link.set_id, edition.territory_date, edition.population_date,
    coalesce(known.in_use, 0), coalesce(known.not_in_use, 0), whole.competent,
    coalesce(known.population, 0), whole.population
FROM rollout_servicecompetence link
JOIN whole ON whole.set_id = link.set_id
CROSS JOIN edition
LEFT JOIN known ON known.service_id = link.service_id
WHERE NOT link.illustrative OR %(examples)s
"""


class AdoptionQuerySet(models.QuerySet):
    def get_by_natural_key(self, authority, service, illustrative, since, checked_on):
        return self.get(
            authority__key=authority,
            service__slug=service,
            illustrative=illustrative,
            since=since,
            checked_on=checked_on,
        )

    def real(self):
        """Without the examples."""
        return self.filter(illustrative=False)

    def examples(self):
        """The invented ones."""
        return self.filter(illustrative=True)

    def on(self, date: datetime.date):
        """Those that hold in the month of `date`."""
        month = date.replace(day=1)
        return self.alias(begin=BEGIN).filter(Q(until=None) | Q(until__gte=month), begin__lte=month)

    def concerning(self, services, authorities, own):
        """What some authorities have of some services, and of those with the numbers `own` also what they have not."""
        found = self.filter(service__in=services, authority__in=authorities)
        return found.filter(Q(state=self.model.State.USED) | Q(authority__in=own)).values(
            "service_id", "authority_id", "state", "since", "until", "checked_on", "solution", "note"
        )

    def with_begin(self):
        """Adds `begin`, the first month for which it is known."""
        return self.annotate(begin=BEGIN)

    def for_list(self):
        """With authority and service, by name of the authority and oldest first."""
        return (
            self.with_begin()
            .select_related("authority", "service")
            .order_by("authority__sort_name", "authority__key", "begin", "illustrative")
        )

    def adopters(self, on: datetime.date) -> Adopters:
        """Who has it, for the adoptions of one service; only those who are or were competent, where that is known."""
        return compose_adopters(self.of_the_competent().for_list(), on)

    def of_the_competent(self):
        """Without those of authorities that are and were not competent, where it is known who is."""
        duties = self.model._default_manager.filter(
            pk=OuterRef("pk"),
            authority__duties__set__service_links__service=F("service"),
        )
        known = Q(service__competence__illustrative=False)
        return self.filter(~known | Exists(duties))

    def at(self, authority, edition):
        """Those of an authority and of its unit in an edition of the register (or None), newest first."""
        units = edition.municipalities.filter(authority=authority).values("unit") if edition else []
        return (
            self.for_list().filter(Q(authority=authority) | Q(authority__in=units)).order_by("-begin", "pk")
        )

    def begun_by(self, month: datetime.date):
        """Those that hold in a month, and those that have ended before it."""
        return self.alias(begin=BEGIN).filter(begin__lte=month)

    def of_those_there_in(self, month: datetime.date):
        """Without authorities that had left the register by then."""
        closed = Q(authority__closed_on=None) | Q(authority__closed_on__gt=month)
        return self.filter(closed)

    def coverage(self, on: datetime.date, examples: bool = False) -> dict[int, ComputedCoverage]:
        """How widely each service is used on a day, by the number of the service; one query for all of them.

        Only services that name their competences, and none where these have a gap or no register is that old. With
        `examples` the illustrative adoptions and links count too, and the figures are to be marked as such.
        Not for a queryset that is filtered: figures are of all adoptions.
        """
        if self.query.where:
            raise TypeError("Figures of a part of the adoptions would be wrong.")
        with connection.cursor() as cursor:
            cursor.execute(COVERAGE, {"on": on, "month": on.replace(day=1), "examples": examples})
            found = [ComputedCoverage(*map(_whole, row)) for row in cursor.fetchall()]
        return {coverage.service_id: coverage for coverage in found}

    def worked_example(self, on: datetime.date) -> ComputedCoverage | None:
        """The figure to explain figures by: rather a complete one, and then that with most authorities in use."""
        found = [coverage for coverage in self.coverage(on).values() if coverage.in_use]
        return max(found, key=lambda one: (one.is_complete, one.in_use, -one.service_id), default=None)


def _whole(value):
    """PostgreSQL sums whole numbers to decimals."""
    return value if value is None or isinstance(value, datetime.date) else int(value)
