"""The official register: whom it has, edition by edition, and who took the place of whom."""

from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from rollout.querysets import (
    AuthorityQuerySet,
    RegisterEditionQuerySet,
    RegisterMunicipalityQuerySet,
    SuccessionQuerySet,
)
from rollout.register import LONGEST_NAME
from stand.history import tracked
from stand.paths import path_to
from stand.search import search_indexes, search_text, search_words
from stand.sorting import din_5007_key


@tracked
class RegisterEdition(models.Model):
    """The official register as of one day. Editions are imported in the order of their dates and never deleted."""

    class Layout(models.TextChoices):
        EXTRACT = "auszug", "Auszug aus dem Gemeindeverzeichnis"
        GV100AD = "gv100ad", "GV100AD"

    territory_date = models.DateField("Gebietsstand", unique=True)
    population_date = models.DateField("Einwohner vom")
    layout = models.CharField("Aufbau", max_length=10, choices=Layout)
    source = models.CharField("Quelle", max_length=200)
    file_name = models.CharField("Datei", max_length=200, blank=True)
    imported_at = models.DateTimeField("eingelesen am", default=timezone.now)

    objects = RegisterEditionQuerySet.as_manager()

    class Meta:
        verbose_name = "Register"
        verbose_name_plural = "Register"
        ordering = ["-territory_date"]
        constraints = [
            models.CheckConstraint(
                name="rollout_registeredition_population_not_later",
                condition=Q(population_date__lte=F("territory_date")),
                violation_error_message="Die Einwohnerzahlen können nicht jünger sein als der Gebietsstand.",
            )
        ]

    def __str__(self):
        return f"Register vom {self.territory_date:%d.%m.%Y}"

    def natural_key(self):
        return (self.territory_date,)


class AuthorityKind(models.TextChoices):
    DISTRICT = "landkreis", "Landkreis"
    URBAN_DISTRICT = "kreisfreie-stadt", "Kreisfreie Stadt"
    MUNICIPALITY = "gemeinde", "Gemeinde"
    COMMUNITY = "verwaltungsgemeinschaft", "Verwaltungsgemeinschaft"
    ASSOCIATION = "verwaltungsverband", "Verwaltungsverband"

    @property
    def plural(self) -> str:
        return {
            AuthorityKind.DISTRICT: "Landkreise",
            AuthorityKind.URBAN_DISTRICT: "Kreisfreie Städte",
            AuthorityKind.MUNICIPALITY: "Gemeinden",
            AuthorityKind.COMMUNITY: "Verwaltungsgemeinschaften",
            AuthorityKind.ASSOCIATION: "Verwaltungsverbände",
        }[self]


class SizeClass(models.TextChoices):
    """Classes of population; the first bound belongs to a class, the second to the next one."""

    UNDER_2000 = "unter-2000", "unter 2.000"
    UNDER_5000 = "unter-5000", "2.000 bis unter 5.000"
    UNDER_10000 = "unter-10000", "5.000 bis unter 10.000"
    UNDER_20000 = "unter-20000", "10.000 bis unter 20.000"
    UNDER_50000 = "unter-50000", "20.000 bis unter 50.000"
    UNDER_100000 = "unter-100000", "50.000 bis unter 100.000"
    OVER_100000 = "ab-100000", "ab 100.000"

    @property
    def bounds(self) -> tuple[int, int | None]:
        limits = [0, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, None]
        place = list(SizeClass).index(self)
        return limits[place] or 0, limits[place + 1]

    @classmethod
    def of(cls, population: int) -> "SizeClass":
        return next(size for size in reversed(cls) if population >= size.bounds[0])


# The key of a Landkreis has 5 digits, the AGS of a municipality 8, the ARS of a unit 9.
KEY_LENGTHS = {
    AuthorityKind.DISTRICT: 5,
    AuthorityKind.URBAN_DISTRICT: 8,
    AuthorityKind.MUNICIPALITY: 8,
    AuthorityKind.COMMUNITY: 9,
    AuthorityKind.ASSOCIATION: 9,
}


def _key_of_its_kind() -> Q:
    condition = Q()
    for kind, length in KEY_LENGTHS.items():
        condition |= Q(kind=kind, key__regex=f"^[0-9]{{{length}}}$")
    return condition


@tracked
class Authority(models.Model):
    """A Landkreis, a municipality or an administrative unit over its life; keys are never used again for another.

    A Kreisfreie Stadt is one authority with two keys: its AGS is the key, the first five digits are the other. A unit
    is an authority only where several municipalities form it; a free municipality is its own.
    """

    Kind = AuthorityKind

    kind = models.CharField("Art", max_length=24, choices=AuthorityKind)
    key = models.CharField("Schlüssel", max_length=9, unique=True)
    name = models.CharField("Name", max_length=LONGEST_NAME)
    designation = models.CharField(
        "Bezeichnung im Register",
        max_length=LONGEST_NAME,
        help_text="zum Beispiel „Freiberg, Stadt, Universitätsstadt“",
    )
    sort_name = models.CharField(max_length=LONGEST_NAME, editable=False)
    is_grosse_kreisstadt = models.BooleanField(
        "Große Kreisstadt", default=False, help_text="steht nicht im Register; nur für Gemeinden"
    )
    closed_on = models.DateField(
        "nicht mehr im Register seit",
        null=True,
        blank=True,
        help_text="Gebietsstand des ersten Registers ohne sie; den Tag selbst nennt die Rechtsnachfolge.",
    )
    search_words = search_words(
        SearchVector("name", config="german", weight="A")
        + SearchVector("designation", "kind", config="german", weight="C")
    )
    search_text = search_text("name", "kind", "key", "designation")

    objects = AuthorityQuerySet.as_manager()

    class Meta:
        verbose_name = "Kommune"
        verbose_name_plural = "Kommunen"
        ordering = ["sort_name", "key"]
        indexes = search_indexes("rollout_authority")
        constraints = [
            models.CheckConstraint(
                name="rollout_authority_key_of_its_kind",
                condition=_key_of_its_kind(),
                violation_error_message=(
                    "Der Schlüssel hat 5 Ziffern bei Landkreisen, 8 bei Städten und Gemeinden, "
                    "9 bei Verwaltungsgemeinschaften und -verbänden."
                ),
            ),
            models.CheckConstraint(
                name="rollout_authority_grosse_kreisstadt_is_a_municipality",
                condition=Q(is_grosse_kreisstadt=False) | Q(kind=AuthorityKind.MUNICIPALITY),
                violation_error_message="Nur eine Gemeinde kann Große Kreisstadt sein.",
            ),
        ]

    def __str__(self):
        return f"{self.full_name} ({self.key})"

    def save(self, *args, **kwargs):
        self.take_name(self.name)
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return path_to("kommunen:authority", self.key)

    def natural_key(self):
        return (self.key,)

    def take_name(self, name: str) -> None:
        """The name with what lists are sorted by."""
        self.name = name
        self.sort_name = din_5007_key(name)[:LONGEST_NAME]

    @property
    def full_name(self) -> str:
        """With what it is, where the name does not tell: "Landkreis Leipzig", but "Erzgebirgskreis" and "Leipzig"."""
        if self.kind == AuthorityKind.DISTRICT:
            return self.name if self.name.endswith("kreis") else f"Landkreis {self.name}"
        if self.is_unit:
            return f"{self.get_kind_display()} {self.name}"
        return self.name

    @property
    def kind_in_words(self) -> str:
        return "Große Kreisstadt" if self.is_grosse_kreisstadt else self.get_kind_display()

    @property
    def is_unit(self) -> bool:
        """Whether it is several municipalities together."""
        return self.kind in (AuthorityKind.COMMUNITY, AuthorityKind.ASSOCIATION)

    @property
    def is_municipality(self) -> bool:
        return self.kind in (AuthorityKind.MUNICIPALITY, AuthorityKind.URBAN_DISTRICT)

    @property
    def district_key(self) -> str:
        """The key of the Landkreis; for a Kreisfreie Stadt its second key."""
        return self.key[:5]


@tracked
class Succession(models.Model):
    """That one authority took the place of another, wholly or in part; `date` is empty where nobody has said when."""

    predecessor = models.ForeignKey(
        Authority, models.PROTECT, related_name="successions", verbose_name="bisherige Kommune"
    )
    successor = models.ForeignKey(
        Authority, models.PROTECT, related_name="precedents", verbose_name="aufgegangen in"
    )
    date = models.DateField(
        "am", null=True, blank=True, help_text="zum Beispiel 01.01.2023; leer, wenn nicht bekannt"
    )

    objects = SuccessionQuerySet.as_manager()

    class Meta:
        verbose_name = "Rechtsnachfolge"
        verbose_name_plural = "Rechtsnachfolgen"
        ordering = ["-date", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["predecessor", "successor"],
                name="rollout_succession_once",
                violation_error_message="Diese Rechtsnachfolge gibt es schon.",
            ),
            models.CheckConstraint(
                name="rollout_succession_of_another",
                condition=~Q(predecessor=F("successor")),
                violation_error_message="Eine Kommune kann nicht in sich selbst aufgehen.",
            ),
        ]

    def __str__(self):
        return f"{self.predecessor} → {self.successor}"

    def natural_key(self):
        return (self.predecessor.key, self.successor.key)

    natural_key.dependencies = ["rollout.authority"]  # type: ignore[attr-defined]


class RegisterMunicipality(models.Model):
    """A municipality as one edition of the register has it; who belongs to what follows from these rows.

    `district` is its Landkreis, for a Kreisfreie Stadt itself. `unit` is its Verwaltungsgemeinschaft or -verband, for
    a free municipality itself. Area in hectares.
    """

    edition = models.ForeignKey(
        RegisterEdition, models.PROTECT, related_name="municipalities", verbose_name="Register"
    )
    authority = models.ForeignKey(
        Authority, models.PROTECT, related_name="register_rows", verbose_name="Gemeinde"
    )
    district = models.ForeignKey(
        Authority, models.PROTECT, related_name="district_rows", verbose_name="Landkreis"
    )
    unit = models.ForeignKey(
        Authority, models.PROTECT, related_name="unit_rows", verbose_name="Verwaltungseinheit"
    )
    designation = models.CharField("Bezeichnung", max_length=LONGEST_NAME)
    regional_key = models.CharField("Regionalschlüssel", max_length=12)
    population = models.PositiveIntegerField("Einwohner")
    area_ha = models.PositiveIntegerField("Fläche in Hektar")

    objects = RegisterMunicipalityQuerySet.as_manager()

    class Meta:
        verbose_name = "Gemeinde im Register"
        verbose_name_plural = "Gemeinden im Register"
        ordering = ["edition", "regional_key"]
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "authority"],
                name="rollout_registermunicipality_once",
                violation_error_message="Diese Gemeinde steht in diesem Register schon.",
            ),
            models.UniqueConstraint(
                fields=["edition", "regional_key"],
                name="rollout_registermunicipality_regional_key_once",
                violation_error_message="Dieser Regionalschlüssel steht in diesem Register schon.",
            ),
            models.CheckConstraint(
                name="rollout_registermunicipality_regional_key_12_digits",
                condition=Q(regional_key__regex="^[0-9]{12}$"),
                violation_error_message="Der Regionalschlüssel hat 12 Ziffern.",
            ),
        ]

    def __str__(self):
        return self.designation

    def natural_key(self):
        return (self.edition.territory_date, self.authority.key)

    natural_key.dependencies = ["rollout.registeredition", "rollout.authority"]  # type: ignore[attr-defined]

    @property
    def is_urban(self) -> bool:
        """Whether it is a Kreisfreie Stadt; for rows with their `district`."""
        return self.district.kind == AuthorityKind.URBAN_DISTRICT
