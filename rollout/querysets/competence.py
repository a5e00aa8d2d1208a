from django.db import models
from django.db.models import Case, Count, F, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce

from .adoption import adoption_of


class CompetenceSetQuerySet(models.QuerySet):
    def get_by_natural_key(self, key):
        return self.get(key=key)

    def by_hand(self):
        return self.filter(rule=self.model._meta.get_field("rule").default)

    def with_gaps(self, edition):
        """Those that have been begun and leave a municipality of their territory out in an edition."""
        begun = Q(competences__isnull=False) | Q(service_links__isnull=False)
        return self.with_counts(edition).filter(begun, municipality_count__lt=F("territory_count")).distinct()

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
