from django.db import models
from django.db.models import Case, Count, F, OuterRef, Q, Subquery, Sum, Value, When

from stand.search import Asked, Hits, Stands, Written
from stand.sorting import din_5007_key


class RegisterEditionQuerySet(models.QuerySet):
    def get_by_natural_key(self, territory_date):
        return self.get(territory_date=territory_date)

    def newest(self):
        """The edition that holds now, or None."""
        return self.order_by("-territory_date").first()

    def with_counts(self):
        """Adds `municipality_count`, `district_count` (Kreisfreie Städte included), `unit_count`, `population`."""
        return self.annotate(
            municipality_count=Count("municipalities"),
            district_count=Count("municipalities__district", distinct=True),
            unit_count=Count("municipalities__unit", distinct=True),
            population=Sum("municipalities__population"),
        ).order_by("-territory_date")


class SuccessionQuerySet(models.QuerySet):
    def get_by_natural_key(self, predecessor, successor):
        return self.get(predecessor__key=predecessor, successor__key=successor)

    def with_both_sides(self):
        """All, oldest first: some few in a year."""
        return self.select_related("predecessor", "successor").order_by(
            "date", "predecessor__sort_name", "successor__sort_name"
        )


class RegisterMunicipalityQuerySet(models.QuerySet):
    def get_by_natural_key(self, territory_date, key):
        return self.get(edition__territory_date=territory_date, authority__key=key)

    def within(self, authority):
        """The rows that make up an authority: its own, or those of its members."""
        return self.filter(Q(authority=authority) | Q(district=authority) | Q(unit=authority))

    def beside(self, authority, edition):
        """The rows that make up an authority in an edition, and for a municipality those of its unit too, by name."""
        here = self.filter(edition=edition)
        units = here.filter(authority=authority).values("unit")
        return (here.within(authority) | here.filter(unit__in=units)).with_authorities()

    def per_edition(self):
        """Population and area per edition, newest first: `territory_date`, `population_date`, `source`, `sum_…`."""
        return (
            self.values(
                "edition_id",
                territory_date=F("edition__territory_date"),
                population_date=F("edition__population_date"),
                source=F("edition__source"),
            )
            .annotate(sum_population=Sum("population"), sum_area_ha=Sum("area_ha"))
            .order_by("-territory_date")
        )

    def with_authorities(self):
        """With municipality, Landkreis and unit, by name."""
        return self.select_related("authority", "district", "unit").order_by(
            "authority__sort_name", "authority__key"
        )


def _municipality_of(regional_key: str) -> str:
    """The AGS of 8 digits in an ARS of 12."""
    return regional_key[:5] + regional_key[9:] if len(regional_key) == 12 else ""


class AuthorityQuerySet(models.QuerySet):
    def get_by_natural_key(self, key):
        return self.get(key=key)

    def at_address(self, key):
        """The authority with a key; the five digits of a Kreisfreie Stadt are its second one."""
        urban = Q(kind=self.model.Kind.URBAN_DISTRICT, key=f"{key}000")
        return self.filter(Q(key=key) | urban).order_by("key")

    def current(self):
        """Those that the newest edition has."""
        return self.filter(closed_on=None)

    def in_register(self, edition):
        """Adds what a line of a list shows as of `edition`: `population` and, of its Landkreis, `district_name`."""
        rows = edition.municipalities.order_by()
        within = rows.filter(
            Q(authority=OuterRef("pk")) | Q(district=OuterRef("pk")) | Q(unit=OuterRef("pk"))
        )
        population = within.values("edition").annotate(total=Sum("population")).values("total")
        districts = within.filter(district__kind=self.model.Kind.DISTRICT)
        return self.annotate(
            population=Subquery(population),
            district_name=Subquery(districts.values("district__name")[:1]),
            district_code=Subquery(districts.values("district__key")[:1]),
        )

    def in_no_register(self):
        """The same before the first edition."""
        nothing = Value(None, output_field=models.CharField())
        return self.annotate(
            population=Value(None, output_field=models.IntegerField()),
            district_name=nothing,
            district_code=nothing,
        )

    def closed(self):
        """Those that have left the register."""
        return self.exclude(closed_on=None)

    def without_successor(self):
        """Those of whom nobody has said yet who took their place."""
        return self.closed().filter(successions=None)

    def by_name(self):
        return self.order_by("sort_name", "key")

    def matching(self, text):
        """Those whose key begins with `text`, which may be an ARS, or whose name or kind holds every word of it."""
        digits = "".join(text.split())
        if digits.isascii() and digits.isdigit():
            return self.filter(Q(key__startswith=digits) | Q(key=_municipality_of(digits)))
        words = list(filter(None, map(din_5007_key, text.split())))
        queryset = self if words else self.none()
        for word in words:
            without_umlauts = word.replace("ae", "a").replace("oe", "o").replace("ue", "u")
            queryset = queryset.filter(
                Q(sort_name__contains=word)
                | Q(sort_name__contains=without_umlauts)
                | Q(designation__icontains=word)
                | Q(kind__contains=word)
            )
        return queryset

    def hits(self):
        """By name, key and what they are; an ARS finds its municipality."""
        kinds = [When(kind=kind, then=Value(kind.label)) for kind in self.model.Kind]
        what = Case(When(is_grosse_kreisstadt=True, then=Value("Große Kreisstadt")), *kinds)
        columns = {
            "key": F("key"),
            "title": F("name"),
            "text": Written(what, Value(", Schlüssel "), "key", Value(", im Register: "), "designation"),
            "variant": F("kind"),
            "day": F("closed_on"),
        }
        municipality = Q(key=Asked(lambda search: _municipality_of(search.phrase)))
        return Hits("kommune", self.all(), columns, Q(Stands()) | municipality)

    def within_district(self, key):
        """A Landkreis with everything in it; for querysets from `in_register`."""
        return self.filter(district_code=key)

    def of_size(self, size):
        """`size` is a `SizeClass`; for querysets from `in_register`."""
        least, below = size.bounds
        queryset = self.filter(population__gte=least)
        return queryset.filter(population__lt=below) if below else queryset

    def grosse_kreisstaedte(self):
        return self.filter(is_grosse_kreisstadt=True)

    def districts(self):
        """The Landkreise of today, by name."""
        return self.current().filter(kind=self.model.Kind.DISTRICT).by_name()
