from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import Case, Count, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce, ExtractYear, JSONObject

from stand.search import Hits, Lines, Written


def _line(name, column):
    """A line of text that says what a column holds; none where it is empty."""
    return Case(When(~Q(**{column: ""}), then=Written(Value(f"\n{name}"), column)))


def _part_line():
    printed = Written(Value(" (im Newsletter: "), "printed_name", Value(")"))
    return Written(Value("\nTeilleistung: "), "name", Case(When(~Q(printed_name=""), then=printed)))


class ServiceQuerySet(models.QuerySet):
    """Questions the pages ask about services."""

    def get_by_natural_key(self, slug):
        return self.get(slug=slug)

    def with_state(self):
        """Adds `state`: a service with an address alone is available, and what has both months is."""
        state = self.model.State
        return self.annotate(
            state=Case(
                When(discontinued_since__isnull=False, then=Value(state.DISCONTINUED)),
                When(available_since__isnull=True, planned_for__isnull=False, then=Value(state.PLANNED)),
                default=Value(state.AVAILABLE),
            )
        )

    def available(self):
        """In productive use."""
        return self.with_state().filter(state=self.model.State.AVAILABLE)

    def planned(self):
        return self.with_state().filter(state=self.model.State.PLANNED)

    def overdue(self, today):
        """Planned for a month that has passed."""
        return self.planned().filter(planned_for__lt=today.replace(day=1))

    def discontinued(self):
        return self.with_state().filter(state=self.model.State.DISCONTINUED)

    def in_print_order(self):
        """By level, and within a level in the newsletter's order."""
        return self.annotate(
            level_order=Case(
                *[When(level=level, then=Value(i)) for i, level in enumerate(self.model.Level.values)]
            )
        ).order_by("level_order", "position", "pk")

    def for_catalogue(self):
        """Everything a line of the catalogue shows; what is available first, what is discontinued last."""
        state_order = Case(
            *[When(state=state, then=Value(place)) for place, state in enumerate(self.model.State.values)]
        )
        services = self.with_state().in_print_order().prefetch_related("parts")
        return services.order_by(state_order, "level_order", "position", "pk")

    def for_page(self):
        """With its competence, if it names one, and what the page of a service shows of it in the same query.

        Adds `shop_of_many`: the shop address stands at other services too, so it is the shop as a whole; and
        `part_list`, the names of its parts.
        """
        others = self.model.objects.filter(shop_address=OuterRef("shop_address")).exclude(pk=OuterRef("pk"))
        parts = self.model.parts.rel.related_model.objects.filter(service=OuterRef("pk"))
        names = parts.order_by("position", "pk").values(
            json=JSONObject(name="name", printed_name="printed_name")
        )
        return self.select_related("competence__set").annotate(
            shop_of_many=Exists(others), part_list=ArraySubquery(names)
        )

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

    def hits(self):
        """By their own names, those of their parts, and those in the current Stand des Roll-Outs."""
        parts = self.model.parts.rel.related_model.objects.order_by()
        rows = self.model.coverage_rows.rel.related_model.objects.current().order_by()
        own = {"service": OuterRef("pk")}
        printed = (
            rows.filter(**own).exclude(label=OuterRef("name")).values(line=_line("Im Roll-out: ", "label"))
        )
        text = Written(
            Case(
                *[
                    When(level=level, then=Value(f"Im Vollzug der {level.label}"))
                    for level in self.model.Level
                ]
            ),
            _line("Zuständige Behörde: ", "authority_label"),
            _line("Im Newsletter: ", "printed_name"),
            Value("\n"),
            Lines(ArraySubquery(printed)),
            Lines(ArraySubquery(parts.filter(**own).order_by("position", "pk").values(line=_part_line()))),
        )
        return Hits(
            "leistung",
            self.with_state(),
            {
                "key": F("slug"),
                "title": F("name"),
                "text": text,
                "variant": F("state"),
                "day": self._month_of_state(),
            },
            text=Written(
                "search_text",
                Lines(ArraySubquery(parts.filter(**own).values("search_text"))),
                Lines(ArraySubquery(rows.filter(**own).values("search_text"))),
            ),
        )

    def _month_of_state(self):
        """Since when it is what it is, or for when it is planned; for querysets with the state."""
        return Case(
            When(state=self.model.State.DISCONTINUED, then=F("discontinued_since")),
            When(state=self.model.State.PLANNED, then=F("planned_for")),
            default=F("available_since"),
        )

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
        state = self.model.State
        levels = {
            level.name.lower(): Count("pk", filter=Q(state=state.AVAILABLE, level=level))
            for level in self.model.Level
        }
        return self.with_state().aggregate(
            available=Count("pk", filter=Q(state=state.AVAILABLE)),
            planned=Count("pk", filter=Q(state=state.PLANNED)),
            **levels,
        )

    def for_development(self):
        """All in print order with their state: level, month, name and address."""
        return self.with_state().in_print_order().only("name", "level", "slug", "available_since")

    def newest(self, number):
        """The services that became available last."""
        return (
            self.available()
            .filter(available_since__isnull=False)
            .order_by("-available_since", "level", "position")[:number]
        )
