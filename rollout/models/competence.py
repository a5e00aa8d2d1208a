"""Which authority is competent where: named sets, made by rule or kept by hand, and which service goes by which."""

import datetime

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse

from catalogue.models import Service
from rollout.coverage import ComputedCoverage
from rollout.querysets import CompetenceQuerySet, CompetenceSetQuerySet, ServiceCompetenceQuerySet
from stand.history import tracked

from .adoption import Adoption
from .register import Authority, RegisterEdition


class Territory(models.TextChoices):
    """Which municipalities a set has to cover, each exactly once."""

    WHOLE = "whole", "das ganze Land"
    RURAL = "rural", "ohne die Kreisfreien Städte"
    URBAN = "urban", "nur die Kreisfreien Städte"


class Rule(models.TextChoices):
    """How the register alone says who is competent in a municipality."""

    DISTRICTS = "districts", "Landkreise und Kreisfreie Städte"
    RURAL_DISTRICTS = "rural-districts", "Landkreise"
    MUNICIPALITIES = "municipalities", "Gemeinden"
    UNITS = "units", "Verwaltungseinheiten"
    BY_HAND = "by-hand", "von Hand gepflegt"

    @property
    def territory(self) -> Territory:
        """Of a set that is made by this rule."""
        return Territory.RURAL if self is Rule.RURAL_DISTRICTS else Territory.WHOLE


# Those of which the register makes a set.
RULES = [rule for rule in Rule if rule is not Rule.BY_HAND]


def _territory_of_its_rule() -> Q:
    condition = Q(rule=Rule.BY_HAND)
    for rule in RULES:
        condition |= Q(rule=rule, territory=rule.territory)
    return condition


@tracked
class CompetenceSet(models.Model):
    """Who is competent in which municipality, edition by edition of the register; services may share a set."""

    key = models.CharField(
        "Kürzel",
        max_length=40,
        unique=True,
        validators=[
            RegexValidator(
                r"^[a-z0-9]+(-[a-z0-9]+)*\Z",
                "Bitte nur kleine Buchstaben, Ziffern und Bindestriche, zum Beispiel „bauaufsicht“.",
            )
        ],
        help_text="für Dateien, zum Beispiel „bauaufsicht“; bleibt",
    )
    name = models.CharField(
        "Bezeichnung", max_length=100, unique=True, help_text="zum Beispiel „Untere Bauaufsichtsbehörden“"
    )
    rule = models.CharField("entsteht aus", max_length=20, choices=Rule, default=Rule.BY_HAND)
    territory = models.CharField("gilt für", max_length=10, choices=Territory, default=Territory.WHOLE)
    note = models.TextField(
        "Hinweis", blank=True, help_text="woher man es weiß, zum Beispiel die Verordnung mit Paragraf"
    )

    objects = CompetenceSetQuerySet.as_manager()

    # Of an edition, from `with_counts`.
    territory_count: int
    municipality_count: int

    class Meta:
        verbose_name = "Zuständigkeit"
        verbose_name_plural = "Zuständigkeiten"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["rule"],
                condition=~Q(rule=Rule.BY_HAND),
                name="rollout_competenceset_one_per_rule",
                violation_error_message="Zuständigkeiten nach dieser Regel gibt es schon.",
            ),
            models.CheckConstraint(
                name="rollout_competenceset_territory_of_its_rule",
                condition=_territory_of_its_rule(),
                violation_error_message="Wofür Zuständigkeiten nach dem Register gelten, sagt deren Regel.",
            ),
        ]

    def __str__(self):
        return self.name

    def natural_key(self):
        return (self.key,)

    @property
    def gap_in_words(self) -> str:
        """What is to be decided; for sets from `with_counts`."""
        count = self.territory_count - self.municipality_count
        places = "1 Gemeinde" if count == 1 else f"{count} Gemeinden"
        return f"In „{self}“ ist für {places} zu entscheiden, wer zuständig ist."

    @property
    def is_by_hand(self) -> bool:
        return self.rule == Rule.BY_HAND


@tracked
class Competence(models.Model):
    """That in one edition of the register `authority` is competent in `municipality`."""

    set = models.ForeignKey(
        CompetenceSet, models.CASCADE, related_name="competences", verbose_name="Zuständigkeit"
    )
    edition = models.ForeignKey(
        RegisterEdition, models.PROTECT, related_name="competences", verbose_name="Register"
    )
    municipality = models.ForeignKey(
        Authority, models.PROTECT, related_name="competences", verbose_name="Gemeinde"
    )
    authority = models.ForeignKey(
        Authority, models.PROTECT, related_name="duties", verbose_name="zuständige Behörde"
    )

    objects = CompetenceQuerySet.as_manager()

    class Meta:
        verbose_name = "Zuständigkeit in einer Gemeinde"
        verbose_name_plural = "Zuständigkeiten in Gemeinden"
        ordering = ["set", "edition", "municipality__sort_name", "municipality__key"]
        constraints = [
            models.UniqueConstraint(
                fields=["set", "edition", "municipality"],
                name="rollout_competence_once",
                violation_error_message="Für diese Gemeinde steht schon fest, wer zuständig ist.",
            )
        ]
        # The figures go from an edition to the sets, the page of an authority to what it is competent for.
        indexes = [
            models.Index(fields=["edition", "set", "authority"], name="rollout_competence_figures"),
            models.Index(fields=["authority", "edition", "set"], name="rollout_competence_duties"),
        ]

    def __str__(self):
        return f"{self.municipality}: {self.authority}"

    def natural_key(self):
        return (self.set.key, self.edition.territory_date, self.municipality.key)

    natural_key.dependencies = [  # type: ignore[attr-defined]
        "rollout.competenceset",
        "rollout.registeredition",
        "rollout.authority",
    ]


@tracked
class ServiceCompetence(models.Model):
    """Which set says who is competent for a service; without one it has no computed figure.

    The level of a service proves nothing: that is why this is kept apart. An `illustrative` link is an assumption, for
    showing what the site can do, and enters no figure.
    """

    service = models.OneToOneField(
        Service, models.CASCADE, related_name="competence", verbose_name="Leistung"
    )
    set = models.ForeignKey(
        CompetenceSet,
        models.PROTECT,
        related_name="service_links",
        verbose_name="Zuständigkeit",
        help_text="nur wenn sie belegt ist; die Ebene des Vollzugs allein sagt nicht, wer zuständig ist",
    )
    illustrative = models.BooleanField(
        "Beispieldaten",
        default=False,
        help_text="Angenommen zur Anschauung: geht in keine berechnete Zahl ein.",
    )

    objects = ServiceCompetenceQuerySet.as_manager()

    class Meta:
        verbose_name = "Zuständigkeit für eine Leistung"
        verbose_name_plural = "Zuständigkeiten für Leistungen"
        ordering = ["service__name", "service__level"]

    def __str__(self):
        return f"{self.service}: {self.set}"

    def natural_key(self):
        return (self.service.slug,)

    def coverage(self, on: datetime.date) -> ComputedCoverage | None:
        """Of its service; None where the competence is only assumed, or has a gap."""
        return Adoption.objects.coverage(on).get(self.service_id)

    @property
    def map_address(self) -> str:
        """Of the map; what is only assumed has one among the examples."""
        name = "rollout:example_map" if self.illustrative else "rollout:map"
        return reverse(name, args=[self.service.slug])

    natural_key.dependencies = ["catalogue.service"]  # type: ignore[attr-defined]
