from django.db import models
from django.db.models import Count, F, Q

from .adoption import adoption_of


class CompetenceSetQuerySet(models.QuerySet):
    def get_by_natural_key(self, key):
        return self.get(key=key)

    def by_hand(self):
        return self.filter(rule=self.model._meta.get_field("rule").default)

    def with_counts(self, edition):
        """Adds of an edition: `authority_count`, `municipality_count`; and `service_count`."""
        here = Q(competences__edition=edition)
        return self.annotate(
            authority_count=Count("competences__authority", filter=here, distinct=True),
            municipality_count=Count("competences__municipality", filter=here, distinct=True),
            service_count=Count("service_links", distinct=True),
        )


class CompetenceQuerySet(models.QuerySet):
    def get_by_natural_key(self, key, territory_date, municipality):
        return self.get(set__key=key, edition__territory_date=territory_date, municipality__key=municipality)

    def of_service(self, service, edition):
        """Who is competent for a service in each municipality; none where the service names no set."""
        return self.filter(edition=edition, set__service_links__service=service)

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
