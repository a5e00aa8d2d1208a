"""Online services that municipalities can adopt, as they are today."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import Q

from stand.history import tracked
from stand.models import PositionConstraint
from stand.months import MonthField, first_of_month
from stand.paths import path_to
from stand.search import search_text, search_words
from stand.slugs import Movable, SlugConstraint

from .querysets import ServiceQuerySet


class Level(models.TextChoices):
    """Who carries a service out; the newsletter's three lists."""

    DISTRICTS = "landkreise", "Landkreise"
    BOTH = "landkreise-gemeinden", "Landkreise & Gemeinden"
    MUNICIPALITIES = "gemeinden", "Gemeinden"

    @property
    def heading(self) -> str:
        return f"im Vollzug der {self.label}"


class Audience(models.TextChoices):
    """The kind of administration that somebody works for, and the levels it looks at."""

    DISTRICT = "landkreis", "Landkreis"
    URBAN_DISTRICT = "kreisfreie-stadt", "Kreisfreie Stadt"
    LARGE_TOWN = "grosse-kreisstadt", "Große Kreisstadt"
    MUNICIPALITY = "gemeinde", "Gemeinde"

    @property
    def levels(self) -> list[Level]:
        if self is Audience.DISTRICT:
            return [Level.DISTRICTS, Level.BOTH]
        if self is Audience.URBAN_DISTRICT:
            return list(Level)
        return [Level.BOTH, Level.MUNICIPALITIES]


class State(models.TextChoices):
    """What follows from a service's months and address, see `ServiceQuerySet.with_state`."""

    AVAILABLE = "available", "produktiv nutzbar"
    PLANNED = "planned", "kurz vor der Fertigstellung"
    DISCONTINUED = "discontinued", "eingestellt"


class Platform(models.TextChoices):
    """Where a service runs."""

    AMT24 = "amt24", settings.SERVICE_PORTAL
    EKOL = "ekol-kfz", "eKOL-KFZ"
    VOIS = "vois", "VOIS-Online"
    OWN_PORTAL = "eigenes-portal", "eigenes Portal"
    UNKNOWN = "", "keine Angabe"


@tracked
class Service(Movable):
    """An Online-Verwaltungsleistung.

    Months are the first of a month. `available_since` empty with an address counts as available (newsletter of
    October 2022: BAföG, Führungszeugnis).
    """

    Level = Level
    State = State
    Audience = Audience
    Platform = Platform

    name = models.CharField(
        "Bezeichnung",
        max_length=300,
        help_text="mit dem richtigen Wort, zum Beispiel „Erstattung Feuerwehrverdienstausfall“",
    )
    printed_name = models.CharField(
        "im Newsletter",
        max_length=300,
        blank=True,
        help_text="nur wenn der Newsletter anders schreibt, zum Beispiel „Erstattung Feuerwehrverdienstausschuss“",
    )
    slug = models.SlugField(
        "Adresse",
        max_length=120,
        unique=True,
        blank=True,
        help_text=(
            "Teil der Internetadresse. Leer lassen: entsteht aus der Bezeichnung "
            "und bleibt auch bei Umbenennung."
        ),
    )
    level = models.CharField(
        "Vollzug",
        max_length=24,
        choices=Level,
        help_text="„Landkreise“ schließt die Kreisfreien Städte ein.",
    )
    authority_label = models.CharField(
        "zuständige Behörde",
        max_length=200,
        blank=True,
        help_text="wenn der Newsletter sie nennt, zum Beispiel „Kfz-Zulassungsbehörde“",
    )
    position = models.PositiveSmallIntegerField(
        "Reihenfolge", default=0, help_text="Platz in der Liste der Ebene, wie gedruckt"
    )
    available_since = MonthField(
        "verfügbar seit", null=True, blank=True, help_text="Monat und Jahr, zum Beispiel 09/2022"
    )
    planned_for = MonthField(
        "Fertigstellung geplant in", null=True, blank=True, help_text="Monat und Jahr, zum Beispiel 10/2022"
    )
    discontinued_since = MonthField(
        "eingestellt seit",
        null=True,
        blank=True,
        help_text="Monat und Jahr; leer, solange es die Leistung gibt",
    )
    platform = models.CharField(
        "Plattform",
        max_length=20,
        choices=Platform,
        blank=True,
        default=Platform.UNKNOWN,
        help_text="zum Beispiel Amt24",
    )
    address = models.URLField(
        "eigene Adresse",
        max_length=500,
        blank=True,
        help_text="wenn die Leistung unter einer eigenen Adresse läuft, zum Beispiel https://www.bafoeg-digital.de",
    )
    shop_address = models.URLField(
        "Adresse im Webshop",
        max_length=500,
        blank=True,
        help_text="wo Kommunen den Dienst beziehen, zum Beispiel https://shop.kisa.it/64-online-antragsassistenten",
    )
    parts_open = models.BooleanField(
        "Liste der Teilleistungen ist nicht abschließend",
        default=False,
        help_text="der Newsletter schreibt dann „u.a.“",
    )
    search_words = search_words(
        SearchVector("name", "printed_name", config="german", weight="A")
        + SearchVector("authority_label", config="german", weight="C")
    )
    search_text = search_text("name", "printed_name", "authority_label")

    objects = ServiceQuerySet.as_manager()

    class Meta:
        verbose_name = "Leistung"
        verbose_name_plural = "Leistungen"
        ordering = ["level", "position"]
        constraints = [
            SlugConstraint(name="catalogue_service_has_an_address"),
            first_of_month("available_since", "verfügbar seit"),
            first_of_month("planned_for", "Fertigstellung geplant in"),
            first_of_month("discontinued_since", "eingestellt seit"),
            models.CheckConstraint(
                name="catalogue_service_says_when_or_where",
                condition=Q(available_since__isnull=False) | Q(planned_for__isnull=False) | ~Q(address=""),
                violation_error_message=(
                    "Bitte angeben, seit wann die Leistung verfügbar oder für wann sie geplant ist, "
                    "oder ihre eigene Adresse."
                ),
            ),
            models.CheckConstraint(
                name="catalogue_service_discontinued_after_available",
                condition=Q(discontinued_since__isnull=True)
                | Q(available_since__isnull=True)
                | Q(discontinued_since__gte=models.F("available_since")),
                violation_error_message="Eine Leistung kann nicht eingestellt werden, bevor sie verfügbar ist.",
            ),
        ]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        if not self.slug:
            self.take_free_slug(self.name, Service.objects.exclude(pk=self.pk), self.level)
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return path_to("catalogue:service", self.slug)

    def natural_key(self):
        return (self.slug,)

    @property
    def level_heading(self) -> str:
        return Level(self.level).heading

    @property
    def is_discontinued(self) -> bool:
        return self.discontinued_since is not None

    @property
    def is_planned(self) -> bool:
        return not self.is_discontinued and self.available_since is None and self.planned_for is not None


class ServicePartManager(models.Manager):
    def get_by_natural_key(self, slug, position):
        return self.get(service__slug=slug, position=position)


@tracked
class ServicePart(models.Model):
    """A Teilleistung: a sub-item of a service."""

    service = models.ForeignKey(Service, models.CASCADE, related_name="parts", verbose_name="Leistung")
    position = models.PositiveSmallIntegerField("Reihenfolge", default=0)
    name = models.CharField("Bezeichnung", max_length=300, help_text="zum Beispiel „Leichenpass“")
    printed_name = models.CharField(
        "im Newsletter", max_length=300, blank=True, help_text="nur wenn der Newsletter anders schreibt"
    )
    search_words = search_words(SearchVector("name", "printed_name", config="german", weight="B"))
    search_text = search_text("name", "printed_name")

    objects = ServicePartManager()

    class Meta:
        verbose_name = "Teilleistung"
        verbose_name_plural = "Teilleistungen"
        ordering = ["position", "pk"]
        constraints = [
            PositionConstraint(fields=["service", "position"], name="catalogue_servicepart_position_once")
        ]

    def __str__(self):
        return self.name

    def natural_key(self):
        return (self.service.slug, self.position)

    natural_key.dependencies = ["catalogue.service"]  # type: ignore[attr-defined]


class FundingQuerySet(models.QuerySet):
    def get_by_natural_key(self, slug):
        return self.get(slug=slug)

    def concerning(self, platform):
        """Fundings that name a platform as covered or as excluded; none for an unknown platform."""
        if not platform:
            return self.none()
        return self.filter(
            Q(covered_platforms__contains=[platform]) | Q(excluded_platforms__contains=[platform])
        )


@tracked
class Funding(models.Model):
    """Money for adopting services: what is paid, for which platforms, until when, and as of when this is known."""

    slug = models.SlugField("Kürzel", max_length=60, unique=True)
    title = models.CharField(
        "Bezeichnung", max_length=200, help_text="zum Beispiel „Anschubfinanzierung des Freistaates“"
    )
    text = models.TextField(
        "Was gefördert wird", help_text="ein bis drei Sätze, wie der Newsletter sie schreibt"
    )
    exclusions = models.TextField(
        "Ausnahmen", blank=True, help_text="zum Beispiel „individuelle Eigenentwicklungen“"
    )
    covered_platforms = ArrayField(
        models.CharField(max_length=20, choices=Platform), verbose_name="umfasst", default=list, blank=True
    )
    excluded_platforms = ArrayField(
        models.CharField(max_length=20, choices=Platform),
        verbose_name="nicht umfasst",
        default=list,
        blank=True,
    )
    ends_on = models.DateField("voraussichtlich bis", null=True, blank=True)
    as_of = MonthField(
        "laut Ausgabe", null=True, blank=True, help_text="Monat der Quelle, zum Beispiel 10/2022"
    )

    objects = FundingQuerySet.as_manager()

    class Meta:
        verbose_name = "Förderung"
        verbose_name_plural = "Förderungen"
        ordering = ["title"]
        constraints = [
            first_of_month("as_of", "laut Ausgabe"),
            models.CheckConstraint(
                name="catalogue_funding_platform_on_one_side",
                condition=~Q(covered_platforms__overlap=models.F("excluded_platforms")),
                violation_error_message="Eine Plattform kann nicht zugleich umfasst und nicht umfasst sein.",
            ),
        ]

    def __str__(self):
        return self.title

    def natural_key(self):
        return (self.slug,)
