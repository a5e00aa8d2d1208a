from typing import NamedTuple

from django.db import models
from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from .adoption import adoption_of


class Duty(NamedTuple):
    """That in a set an authority is competent in a municipality, with the people there and its Landkreis."""

    set_id: int
    municipality: str
    population: int
    district_key: str
    district_name: str
    district_kind: str
    authority_id: int
    key: str
    name: str
    kind: str


class CompetenceSetQuerySet(models.QuerySet):
    def get_by_natural_key(self, key):
        return self.get(key=key)

    def by_hand(self):
        return self.filter(rule=self.model._meta.get_field("rule").default)

    def begun(self):
        """Those that say something, or are to say it of a service."""
        return self.filter(Q(competences__isnull=False) | Q(service_links__isnull=False)).distinct()

    def with_gaps(self, edition):
        """Those that have been begun and leave a municipality of their territory out in an edition."""
        return self.begun().with_counts(edition).filter(municipality_count__lt=F("territory_count"))

    def with_counts(self, edition):
        """Adds of an edition, or None, `authority_count`, `municipality_count` and `territory_count`: so many are to be
        covered. And `service_count`.
        """
        competences = self.model.competences.rel.related_model.objects.filter(
            edition=edition, set=OuterRef("pk")
        )
        links = self.model.service_links.rel.related_model.objects.filter(set=OuterRef("pk"))
        rows = competences.model._meta.get_field("edition").related_model.municipalities.rel.related_model
        urban = Q(district__kind="kreisfreie-stadt")
        whole = rows.objects.filter(edition=edition).order_by().values("edition")
        return self.annotate(
            authority_count=_count(competences, Count("authority", distinct=True), "set"),
            municipality_count=_count(competences, Count("pk"), "set"),
            service_count=_count(links, Count("pk"), "set"),
            territory_count=Case(
                When(territory="rural", then=_count(whole.exclude(urban), Count("pk"), "edition")),
                When(territory="urban", then=_count(whole.filter(urban), Count("pk"), "edition")),
                default=_count(whole, Count("pk"), "edition"),
            ),
        )


def _count(rows, count, by: str):
    """How many `rows` there are, as a subquery; 0 for none."""
    found = rows.order_by().values(by).annotate(number=count).values("number")
    return Coalesce(Subquery(found, output_field=models.IntegerField()), 0)


class CompetenceQuerySet(models.QuerySet):
    def get_by_natural_key(self, key, territory_date, municipality):
        return self.get(set__key=key, edition__territory_date=territory_date, municipality__key=municipality)

    def of_service(self, service):
        """Who is competent for a service in each municipality; none where the service names no set."""
        return self.filter(set__service_links__service=service)

    def duties(self, municipality, edition, adoptions):
        """What is done in a municipality by whom: one row per service that names its set.

        Adds `service_id`, `link_illustrative` (the competence is only assumed), and of the competent authority what
        `adoptions` say: `adoption_state` (None: not recorded), `adoption_since`, …, `adoption_illustrative`.
        """
        return (
            self.filter(edition=edition, municipality=municipality, set__service_links__isnull=False)
            .annotate(
                service_id=F("set__service_links__service"),
                link_illustrative=F("set__service_links__illustrative"),
            )
            .annotate(**adoption_of(adoptions, "authority", "service_id"))
            .select_related("authority")
        )

    def around(self, authority, edition):
        """All of the sets in which an authority is competent, or in it its unit, as far as services go by them."""
        here = self.filter(edition=edition)
        units = [authority.Kind.COMMUNITY, authority.Kind.ASSOCIATION]
        own = here.filter(Q(authority=authority) | Q(municipality=authority, authority__kind__in=units))
        return here.filter(set__in=own.filter(set__service_links__isnull=False).values("set"))

    def as_duties(self):
        """Who is competent where, with the people of that place: as tuples, since all of Saxony is one page."""
        here = self.filter(municipality__register_rows__edition=F("edition"))
        return map(
            Duty._make,
            here.values_list(
                "set_id",
                "municipality__key",
                "municipality__register_rows__population",
                "municipality__register_rows__district__key",
                "municipality__register_rows__district__name",
                "municipality__register_rows__district__kind",
                "authority_id",
                "authority__key",
                "authority__name",
                "authority__kind",
            ),
        )

    def with_authorities(self):
        return self.select_related("municipality", "authority").order_by(
            "municipality__sort_name", "municipality__key"
        )


class ServiceCompetenceQuerySet(models.QuerySet):
    def get_by_natural_key(self, slug):
        return self.get(service__slug=slug)

    def real(self):
        """Without what is only assumed, for show."""
        return self.filter(illustrative=False)

    def with_service(self):
        return self.select_related("service", "set")

    def with_maps(self):
        """Those that say who is competent where."""
        filled = self.model.objects.filter(pk=OuterRef("pk"), set__competences__isnull=False)
        return self.filter(Exists(filled), service__discontinued_since=None)

    def for_usage(self):
        """With service and set, without what is discontinued.

        Adds `is_example`: nothing real is known of who has the service, and its competence or its use is invented.
        """
        real, invented = (
            Exists(self.model.objects.filter(pk=OuterRef("pk"), service__adoptions__illustrative=value))
            for value in (False, True)
        )
        is_example = (Q(illustrative=True) | invented) & ~real
        return (
            self.filter(service__discontinued_since=None)
            .with_service()
            .annotate(is_example=ExpressionWrapper(is_example, BooleanField()))
        )

    def planned_at(self, authority, edition):
        """Those of planned services for which an authority, or its unit, is competent in an edition (or None)."""
        units = edition.municipalities.filter(authority=authority).values("unit") if edition else []
        competent = Q(set__competences__authority=authority) | Q(
            set__competences__authority__in=units, set__competences__municipality=authority
        )
        planned = self.model.service.field.related_model.objects.planned()
        return (
            self.filter(competent, set__competences__edition=edition, service__in=planned)
            .with_service()
            .order_by("pk")
            .distinct()
        )

    def in_print_order(self):
        """By level, and within a level in the newsletter's order."""
        levels = self.model.service.field.related_model.Level.values
        level_order = Case(*[When(service__level=level, then=Value(i)) for i, level in enumerate(levels)])
        return self.order_by(level_order, "service__position", "service")

    def examples(self):
        """Of `for_usage`: what is shown as an example only."""
        return self.filter(is_example=True)
