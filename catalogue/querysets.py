from django.db import models
from django.db.models import Case, Count, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce, ExtractYear


class ServiceQuerySet(models.QuerySet):
    """Questions the pages ask about services."""

    def get_by_natural_key(self, slug):
        return self.get(slug=slug)

    def available(self):
        """In productive use: with a month, or listed with an address alone; not discontinued."""
        return self.filter(discontinued_since__isnull=True).filter(
            Q(available_since__isnull=False) | ~Q(address=""),
            Q(planned_for__isnull=True) | Q(available_since__isnull=False),
        )

    def planned(self):
        return self.filter(
            available_since__isnull=True, planned_for__isnull=False, discontinued_since__isnull=True
        )

    def overdue(self, today):
        """Planned for a month that has passed."""
        return self.planned().filter(planned_for__lt=today.replace(day=1))

    def discontinued(self):
        return self.filter(discontinued_since__isnull=False)

    def with_state(self):
        """Adds `state`: "available", "planned" or "discontinued"."""
        return self.annotate(
            state=Case(
                When(discontinued_since__isnull=False, then=Value("discontinued")),
                When(available_since__isnull=True, planned_for__isnull=False, then=Value("planned")),
                default=Value("available"),
            )
        )

    def in_print_order(self):
        """By level, and within a level in the newsletter's order."""
        return self.annotate(
            level_order=Case(
                *[When(level=level, then=Value(i)) for i, level in enumerate(self.model.Level.values)]
            )
        ).order_by("level_order", "position", "pk")

    def for_catalogue(self):
        """Everything a line of the catalogue shows; what is available first, what is discontinued last."""
        states = ["available", "planned", "discontinued"]
        state_order = Case(*[When(state=state, then=Value(place)) for place, state in enumerate(states)])
        services = self.with_state().in_print_order().prefetch_related("parts")
        return services.order_by(state_order, "level_order", "position", "pk")

    def matching(self, text):
        """Services whose name, printed name or a part holds every word of `text`."""
        queryset = self
        for word in text.split():
            part = self.model.parts.rel.related_model.objects.filter(service=OuterRef("pk")).filter(
                Q(name__icontains=word) | Q(printed_name__icontains=word)
            )
            queryset = queryset.filter(
                Q(name__icontains=word)
                | Q(printed_name__icontains=word)
                | Q(authority_label__icontains=word)
                | Exists(part)
            )
        return queryset

    def for_audience(self, audience):
        """Services that a kind of administration carries out; `audience` is a value of `Audience`."""
        return self.filter(level__in=self.model.Audience(audience).levels)

    def elsewhere_than(self, platform):
        """Services that are known to run on another platform."""
        return self.exclude(platform__in=[platform, self.model.Platform.UNKNOWN])

    def in_year(self, year):
        """Services that became available in, or are planned for, a year."""
        return self.annotate(year=ExtractYear(Coalesce(F("available_since"), F("planned_for")))).filter(
            year=year
        )

    def years(self):
        """The years that `in_year` can be asked for, newest first."""
        year = ExtractYear(Coalesce(F("available_since"), F("planned_for")))
        years = self.annotate(year=year).filter(year__isnull=False).order_by("-year")
        return list(years.values_list("year", flat=True).distinct())

    def counts(self):
        """How many are `available`, `planned`, and available per level (`districts`, `both`, `municipalities`)."""
        available = Q(pk__in=self.model.objects.available().values("pk"))
        levels = {
            level.name.lower(): Count("pk", filter=available & Q(level=level)) for level in self.model.Level
        }
        planned = Q(pk__in=self.model.objects.planned().values("pk"))
        return self.aggregate(
            available=Count("pk", filter=available), planned=Count("pk", filter=planned), **levels
        )

    def newest(self, number):
        """The services that became available last."""
        return (
            self.available()
            .filter(available_since__isnull=False)
            .order_by("-available_since", "level", "position")[:number]
        )
