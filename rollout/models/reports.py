"""Dated reports of how widely services are used."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import F, Q

from catalogue.models import Service
from rollout.coverage import ComputedCoverage, Deviation, count_in_words, deviations_of
from rollout.querysets import CoverageRowQuerySet, RolloutReportQuerySet
from stand.history import tracked
from stand.models import Footnote, Publication, ReportRow, Stand
from stand.paths import path_to
from stand.querysets import PublicationManager
from stand.search import Joined, Lines, search_text, search_words

from .adoption import Adoption


@tracked
class RolloutReport(Stand):
    """The Stand des Roll-Outs on one day."""

    objects = RolloutReportQuerySet.as_manager()

    class Meta(Stand.Meta):
        verbose_name = "Stand des Roll-Outs"
        verbose_name_plural = "Stände des Roll-Outs"

    def get_absolute_url(self):
        return path_to("rollout:report", self.date)

    def computed(self) -> dict[int, ComputedCoverage]:
        """What register and adoptions say of its day, by the number of the service; examples for examples only."""
        return Adoption.objects.coverage(self.date, examples=self.illustrative) if self.date else {}

    def deviations(self) -> list[Deviation]:
        """Its surveyed rows for which the computed figures are others; for reports from `with_rows`."""
        return deviations_of(self.rows.all(), self.computed())


@tracked
class RolloutPublication(Publication):
    report = models.OneToOneField(
        RolloutReport, models.PROTECT, related_name="publication", verbose_name="Stand des Roll-Outs"
    )

    objects = PublicationManager()

    class Meta(Publication.Meta):
        pass

    def natural_key(self):
        return (self.report.date,)

    natural_key.dependencies = ["rollout.rolloutreport"]  # type: ignore[attr-defined]


@tracked
class RolloutFootnote(Footnote):
    report = models.ForeignKey(RolloutReport, models.CASCADE, related_name="footnotes", verbose_name="Stand")


class Origin(models.TextChoices):
    SURVEYED = "surveyed", f"von {settings.SURVEYED_BY} erhoben"
    COMPUTED = "computed", "aus dem Register berechnet"


def _share(field: str, label: str) -> list[models.CheckConstraint]:
    """A share is a whole number from 0 to 100, and never 0 where somebody has adopted."""
    value = Q(**{f"{field}__isnull": True})
    return [
        models.CheckConstraint(
            name=f"%(app_label)s_%(class)s_{field}_0_to_100",
            condition=value | Q(**{f"{field}__gte": 0, f"{field}__lte": 100}),
            violation_error_message=f"{label}: bitte eine ganze Zahl von 0 bis 100 eingeben.",
        ),
        models.CheckConstraint(
            name=f"%(app_label)s_%(class)s_{field}_not_0_in_use",
            condition=value | Q(**{f"{field}__gt": 0}) | Q(count__isnull=True) | Q(count=0),
            violation_error_message=f"{label}: wo der Dienst im Einsatz ist, steht mindestens 1 Prozent.",
        ),
    ]


@tracked
class CoverageRow(ReportRow):
    """How many authorities use a service, and what share of the competent ones and of the population that is.

    Shares are whole per cent, rounded half up. An empty figure is "keine Angabe". A surveyed row is kept as printed and
    has no denominator; a computed one names denominator and register date.
    """

    Origin = Origin
    about = "service"
    units = dict.fromkeys(["share_authorities", "share_population"], "\u00a0%")

    report = models.ForeignKey(RolloutReport, models.CASCADE, related_name="rows", verbose_name="Stand")
    label = models.CharField(
        "Online-Antragsassistent", max_length=300, help_text="wie gedruckt, zum Beispiel „Mängelmelder“"
    )
    parts = ArrayField(
        models.CharField(max_length=200),
        verbose_name="Bestandteile",
        default=list,
        blank=True,
        help_text="einer je Zeile, zum Beispiel „Geburtsurkunde“",
    )
    service = models.ForeignKey(
        Service,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="coverage_rows",
        verbose_name="Leistung",
        help_text="die Leistung im Katalog, auch wenn sie dort anders heißt",
    )
    count = models.PositiveIntegerField(
        "Anzahl", null=True, blank=True, help_text="Gemeinden und Landkreise, zum Beispiel 48"
    )
    share_authorities = models.SmallIntegerField(
        "nach Behörden", null=True, blank=True, help_text="Prozent der zuständigen Behörden, zum Beispiel 16"
    )
    share_population = models.SmallIntegerField(
        "nach Einwohnern", null=True, blank=True, help_text="Prozent der Einwohnerzahl, zum Beispiel 59"
    )
    origin = models.CharField("Herkunft", max_length=10, choices=Origin, default=Origin.SURVEYED)
    denominator = models.PositiveIntegerField(
        "von", null=True, blank=True, help_text="Zahl der zuständigen Behörden, nur wenn bekannt"
    )
    register_date = models.DateField(
        "Register vom", null=True, blank=True, help_text="Stand des Registers, nur bei berechneten Zeilen"
    )
    at_least = models.BooleanField(
        "mindestens",
        default=False,
        help_text="nur bei berechneten Zeilen: nicht von allen zuständigen Behörden ist erfasst, was sie einsetzen",
    )
    footnote = models.ForeignKey(
        RolloutFootnote, models.RESTRICT, null=True, blank=True, related_name="rows", verbose_name="Fußnote"
    )
    search_words = search_words(SearchVector(Joined("label", Lines("parts")), config="german", weight="C"))
    search_text = search_text("label", Lines("parts"))

    objects = CoverageRowQuerySet.as_manager()

    class Meta(ReportRow.Meta):
        # Over time: whether any Stand has a service, without a look at all rows of twenty years.
        indexes = [models.Index(fields=["service", "report"], name="rollout_coveragerow_over_time")]
        constraints = [
            *ReportRow.Meta.constraints,
            *_share("share_authorities", "nach Behörden"),
            *_share("share_population", "nach Einwohnern"),
            models.CheckConstraint(
                name="rollout_coveragerow_count_within_denominator",
                condition=Q(denominator__isnull=True)
                | Q(count__isnull=True)
                | Q(count__lte=F("denominator")),
                violation_error_message="Es können nicht mehr Behörden den Dienst einsetzen, als zuständig sind.",
            ),
            models.CheckConstraint(
                name="rollout_coveragerow_100_only_if_all",
                condition=Q(denominator__isnull=True)
                | Q(count__isnull=True)
                | ~Q(share_authorities=100)
                | Q(count=F("denominator")),
                violation_error_message="100 Prozent nach Behörden: nur wenn alle zuständigen den Dienst einsetzen.",
            ),
            models.CheckConstraint(
                name="rollout_coveragerow_computed_names_base",
                condition=~Q(origin=Origin.COMPUTED)
                | Q(denominator__isnull=False, register_date__isnull=False),
                violation_error_message="Eine berechnete Zeile nennt Zahl der Behörden und Stand des Registers.",
            ),
            models.CheckConstraint(
                name="rollout_coveragerow_only_computed_at_least",
                condition=Q(at_least=False) | Q(origin=Origin.COMPUTED),
                violation_error_message="„Mindestens“ steht nur bei berechneten Zeilen.",
            ),
        ]

    def __str__(self):
        return self.label

    def take_computed(self, coverage: ComputedCoverage) -> None:
        """In place of what it holds."""
        self.origin = Origin.COMPUTED
        for name, value in coverage.figures.items():
            setattr(self, name, value)

    @property
    def count_in_words(self) -> str:
        return count_in_words(self)

    @property
    def path(self) -> str:
        """Where it stands with its Stand; for rows with their report."""
        return f"{self.report.get_absolute_url()}#rollout-{self.position}"
