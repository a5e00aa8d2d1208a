"""How far OZG projects are: dated reports of phases."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVector
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q, Value

from catalogue.models import Service
from stand.history import tracked
from stand.models import Footnote, Publication, ReportRow, Stand
from stand.paths import path_to
from stand.querysets import PublicationManager
from stand.search import Joined, Lines, search_text, search_words
from stand.slugs import Movable, SlugConstraint

from .querysets import ProjectQuerySet, ProjectReportQuerySet, ProjectRowQuerySet


class Phase(models.TextChoices):
    """Phases of the OZG-Vorgehensmodell in their order; the long names stand in a report's legend."""

    LA = "la", "LA"
    ONE = "1", "1"
    TWO = "2", "2"
    THREE = "3", "3"
    FOUR = "4", "4"
    PRODUCT = "product", "Produkt"


class PhaseState(models.TextChoices):
    NOT_STARTED = "not-started", "nicht begonnen"
    ACTIVE = "active", "in Bearbeitung"
    DONE = "done", "abgeschlossen"
    PLANNED = "planned", "Plan"
    NOT_NEEDED = "not-needed", "nicht erforderlich"
    UNKNOWN = "unknown", "keine Angabe"
    BLANK = "blank", "im Druck leer"


class Approach(models.TextChoices):
    """Umsetzungsweg."""

    EFA = "efa", "EfA-Nachnutzung präferiert"
    MARKET = "market", "marktetablierte Lösung präferiert"
    CENTRAL = "central", "zentral gesteuert durch den Freistaat"
    UNKNOWN = "unknown", "keine Angabe"


@tracked
class Project(Movable):
    """An OZG project over its whole life."""

    name = models.CharField("Bezeichnung", max_length=300, help_text="zum Beispiel „Ehefähigkeitszeugnis“")
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
    service = models.ForeignKey(
        Service,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="projects",
        verbose_name="Leistung",
        help_text="die Leistung im Katalog, an der das Projekt arbeitet",
    )
    search_words = search_words(SearchVector("name", config="german", weight="A"))
    search_text = search_text("name")

    objects = ProjectQuerySet.as_manager()

    class Meta:
        verbose_name = "Projekt"
        verbose_name_plural = "Projekte"
        ordering = ["name"]
        constraints = [
            SlugConstraint(name="projects_project_has_an_address"),
            models.CheckConstraint(
                name="projects_project_address_is_no_date",
                condition=~Q(slug__regex=r"^\d{4}-\d{2}-\d{2}$"),
                violation_error_message="Ein Datum ist die Adresse eines Standes; bitte anders benennen.",
            ),
        ]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        if not self.slug:
            self.take_free_slug(self.name, Project.objects.exclude(pk=self.pk))
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return path_to("projects:project", self.slug)

    def natural_key(self):
        return (self.slug,)

    natural_key.dependencies = ["catalogue.service"]  # type: ignore[attr-defined]


@tracked
class ProjectReport(Stand):
    """The Umsetzungsstand of the running projects on one day."""

    parts = ("legend", *Stand.parts)

    plan_year = models.PositiveSmallIntegerField(
        "Planjahr", null=True, blank=True, help_text="das Jahr in „Plan 2022“, zum Beispiel 2022"
    )

    objects = ProjectReportQuerySet.as_manager()

    class Meta(Stand.Meta):
        verbose_name = "Stand der Projekte"
        verbose_name_plural = "Stände der Projekte"

    def get_absolute_url(self):
        return path_to("projects:report", self.date)


@tracked
class ProjectPublication(Publication):
    report = models.OneToOneField(
        ProjectReport, models.PROTECT, related_name="publication", verbose_name="Stand der Projekte"
    )

    objects = PublicationManager()

    class Meta(Publication.Meta):
        pass

    def natural_key(self):
        return (self.report.date,)

    natural_key.dependencies = ["projects.projectreport"]  # type: ignore[attr-defined]


@tracked
class ProjectFootnote(Footnote):
    report = models.ForeignKey(ProjectReport, models.CASCADE, related_name="footnotes", verbose_name="Stand")


class LegendManager(models.Manager):
    def get_by_natural_key(self, date, kind, code):
        return self.get(report__date=date, kind=kind, code=code)


# What a legend explains, by kind; what the print does not say has no sign in it.
PHASE_SIGNS = [(code, f"Phase {label}") for code, label in Phase.choices]
STATE_SIGNS = [choice for choice in PhaseState.choices if choice[0] not in ("unknown", "blank")]
APPROACH_SIGNS = [choice for choice in Approach.choices if choice[0] != "unknown"]


@tracked
class LegendEntry(models.Model):
    """What a sign of the matrix means, as printed with one report."""

    class Kind(models.TextChoices):
        PHASE = "phase", "Phase"
        STATE = "state", "Zustand"
        APPROACH = "approach", "Umsetzungsweg"

    report = models.ForeignKey(ProjectReport, models.CASCADE, related_name="legend", verbose_name="Stand")
    position = models.PositiveSmallIntegerField("Reihenfolge", default=0)
    kind = models.CharField("Art", max_length=10, choices=Kind)
    code = models.CharField(
        "Zeichen",
        max_length=12,
        choices={"Phase": PHASE_SIGNS, "Zustand": STATE_SIGNS, "Umsetzungsweg": APPROACH_SIGNS},
    )
    text = models.CharField("Bedeutung", max_length=300, help_text="zum Beispiel „Leistungsanalyse“")

    objects = LegendManager()

    class Meta:
        verbose_name = "Eintrag der Legende"
        verbose_name_plural = "Legende"
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "kind", "code"],
                name="projects_legendentry_once",
                violation_error_message="Dieses Zeichen ist in der Legende schon erklärt.",
            ),
            models.CheckConstraint(
                name="projects_legendentry_code_of_its_kind",
                condition=Q(kind="phase", code__in=dict(PHASE_SIGNS))
                | Q(kind="state", code__in=dict(STATE_SIGNS))
                | Q(kind="approach", code__in=dict(APPROACH_SIGNS)),
                violation_error_message="Dieses Zeichen gehört zu einer anderen Art.",
            ),
        ]

    def __str__(self):
        return self.text

    def natural_key(self):
        return (self.report.date, self.kind, self.code)

    natural_key.dependencies = ["projects.projectreport"]  # type: ignore[attr-defined]


def _phase(label: str) -> models.CharField:
    return models.CharField(label, max_length=12, choices=PhaseState, default=PhaseState.UNKNOWN)


PHASE_COLUMNS = [(phase, f"phase_{phase.value}") for phase in Phase]


@tracked
class ProjectRow(ReportRow):
    """A line of the phase matrix as printed.

    LP is two digits with a name, LB is text and may be blank. What the print does not say is "keine Angabe".
    """

    about = "project"

    report = models.ForeignKey(ProjectReport, models.CASCADE, related_name="rows", verbose_name="Stand")
    lp = models.CharField(
        "LP",
        max_length=2,
        validators=[RegexValidator(r"^\d\d$", "Bitte zwei Ziffern eingeben, zum Beispiel 01.")],
        help_text="zwei Ziffern, zum Beispiel 17",
    )
    lp_name = models.CharField("Name des LP", max_length=200, help_text="zum Beispiel „Bauen & Grundstück“")
    lb = models.CharField(
        "LB", max_length=20, blank=True, help_text="wie gedruckt, zum Beispiel „01, 03-06“; darf leer sein"
    )
    label = models.CharField(
        "Bezeichnung", max_length=300, help_text="wie gedruckt, zum Beispiel „Verkehrswert“"
    )
    details = ArrayField(
        models.CharField(max_length=300),
        verbose_name="Einzelheiten",
        default=list,
        blank=True,
        help_text="eine je Zeile, zum Beispiel „Zulassung zur Jägerprüfung“",
    )
    details_listed = models.BooleanField(
        "Einzelheiten als Liste",
        default=False,
        help_text="mit Punkten untereinander; sonst als ein kursiver Satz",
    )
    details_open = models.BooleanField(
        "Einzelheiten nicht abschließend", default=False, help_text="der Newsletter schreibt dann „u.a.“"
    )
    phase_la = _phase("LA")
    phase_1 = _phase("Phase 1")
    phase_2 = _phase("Phase 2")
    phase_3 = _phase("Phase 3")
    phase_4 = _phase("Phase 4")
    phase_product = _phase("Produkt")
    approach = models.CharField("Umsetzungsweg", max_length=10, choices=Approach, default=Approach.UNKNOWN)
    project = models.ForeignKey(
        Project,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="rows",
        verbose_name="Projekt",
        help_text="das Projekt, das über die Stände hinweg verfolgt wird",
    )
    footnote = models.ForeignKey(
        ProjectFootnote, models.RESTRICT, null=True, blank=True, related_name="rows", verbose_name="Fußnote"
    )
    search_words = search_words(
        SearchVector(Joined("label", "lp_name", Lines("details")), config="german", weight="C")
    )
    search_text = search_text("label", Value("LP"), "lp", "lp_name", Lines("details"))

    objects = ProjectRowQuerySet.as_manager()

    class Meta(ReportRow.Meta):
        # Over time: whether any Stand has a project, without a look at all rows of twenty years.
        indexes = [models.Index(fields=["project", "report"], name="projects_projectrow_over_time")]
        constraints = [
            *ReportRow.Meta.constraints,
            models.CheckConstraint(
                name="projects_projectrow_lp_two_digits",
                condition=Q(lp__regex=r"^[0-9]{2}$"),
                violation_error_message="LP: bitte zwei Ziffern eingeben, zum Beispiel 01.",
            ),
        ]

    def __str__(self):
        return self.label

    @property
    def path(self) -> str:
        """Where it stands with its Stand; for rows with their report."""
        return f"{self.report.get_absolute_url()}#projekt-{self.position}"

    @property
    def phases(self) -> list[tuple[Phase, PhaseState]]:
        """The six cells from left to right."""
        return [(phase, PhaseState(getattr(self, column))) for phase, column in PHASE_COLUMNS]
