"""What makes the site somebody's: its name, operator and texts."""

from functools import cache

from django.contrib.postgres.expressions import ArraySubquery
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Exists
from django.urls import reverse

from catalogue.models import Service
from newsletter.models import Edition, prose
from projects.models import Project, ProjectReport
from rollout.models import RegisterEdition, RolloutReport, ServiceCompetence
from stand.history import tracked
from stand.models import Correction


class SiteQuerySet(models.QuerySet):
    def get_by_natural_key(self, number):
        return self.get(pk=number)

    def for_pages(self):
        """The settings with the slugs of the `pages` there are, and `has_…` for what the navigation may show."""
        return next(iter(self.raw(*_for_pages())), None) or Site(name="OZG-Status")

    def with_what_there_is(self):
        return self.annotate(
            has_rollout=Exists(RolloutReport.objects.real()),
            has_projects=Exists(ProjectReport.objects.real()),
            has_register=Exists(RegisterEdition.objects.all()),
            has_maps=Exists(ServiceCompetence.objects.for_usage().with_maps()),
            has_development=Exists(Service.objects.available()) | Exists(Project.objects.real()),
            has_editions=Exists(Edition.objects.public()),
            has_corrections=Exists(Correction.objects.all()),
            pages=ArraySubquery(Page.objects.values("slug")),
        )


@cache
def _for_pages():
    """SQL and its parameters: every page asks this, and Django takes several milliseconds to put it together."""
    return Site.objects.with_what_there_is().query.sql_with_params()


@tracked
class Site(models.Model):
    """The one row of settings that editors maintain."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField("Name der Website", max_length=100, help_text="zum Beispiel „OZG-Status Sachsen“")
    title = models.CharField(
        "Überschrift der Startseite",
        max_length=200,
        help_text="zum Beispiel „Kommunale OZG-Umsetzung in Sachsen“",
    )
    lead = models.TextField("Satz darunter", help_text="was die Website ist und für wen, in einem Satz")
    state = models.CharField("Land", max_length=100, help_text="zum Beispiel „Sachsen“")
    operator = models.CharField(
        "Betreiber",
        max_length=200,
        help_text="zum Beispiel „Sächsische Anstalt für kommunale Datenverarbeitung (SAKD)“",
    )
    contact_email = models.EmailField("E-Mail für Fragen und Hinweise", help_text="zum Beispiel ozg@sakd.de")
    notice = models.CharField(
        "Hinweis auf jeder Seite",
        max_length=200,
        blank=True,
        help_text="zum Beispiel „Demonstration, kein Angebot der SAKD“; leer: kein Hinweis",
    )
    data_licence = models.CharField(
        "Lizenz der Daten",
        max_length=200,
        blank=True,
        help_text=(
            "unter der andere die Daten dieser Website nutzen dürfen, zum Beispiel „Datenlizenz Deutschland – "
            "Namensnennung – Version 2.0“; leer: unter „Daten“ steht „keine Angabe“"
        ),
    )
    data_licence_address = models.URLField(
        "Adresse der Lizenz",
        max_length=500,
        blank=True,
        help_text="wo sie steht, zum Beispiel https://www.govdata.de/dl-de/by-2-0",
    )
    data_contributor = models.URLField(
        "Datenbereitsteller bei GovData",
        max_length=500,
        blank=True,
        default="",
        db_default="",  # while a release serves that does not know it
        validators=[
            RegexValidator(
                r"^http://dcat-ap\.de/def/contributors/[^/\s]+$",
                "Bitte geben Sie die Adresse so ein, wie GovData sie vergibt; sie beginnt mit "
                "http://dcat-ap.de/def/contributors/.",
            )
        ],
        help_text=(
            "Adresse, unter der GovData den Betreiber führt; sie beginnt mit "
            "http://dcat-ap.de/def/contributors/. Ohne sie übernimmt GovData die Daten nicht."
        ),
    )
    cofinancing = models.TextField("Mitfinanzierung", blank=True, help_text="Satz im Fuß jeder Seite")

    objects = SiteQuerySet.as_manager()

    class Meta:
        verbose_name = "Angaben zur Website"
        verbose_name_plural = "Angaben zur Website"
        constraints = [
            models.CheckConstraint(
                name="ozgstatus_site_is_one",
                condition=models.Q(pk=1),
                violation_error_message="Es gibt nur einen Datensatz.",
            ),
            models.CheckConstraint(
                name="ozgstatus_site_licence_has_a_name",
                condition=models.Q(data_licence_address="") | ~models.Q(data_licence=""),
                violation_error_message="Bitte nennen Sie die Lizenz, deren Adresse Sie angeben.",
            ),
        ]

    def __str__(self):
        return self.name

    def natural_key(self):
        return (self.pk,)


class PageManager(models.Manager):
    def get_by_natural_key(self, slug):
        return self.get(slug=slug)


@tracked
class Page(models.Model):
    """A text that stands at an address of its own."""

    class Slug(models.TextChoices):
        METHOD = "methodik", "Methodik"
        CONTACT = "kontakt", "Kontakt"
        IMPRINT = "impressum", "Impressum"
        PRIVACY = "datenschutz", "Datenschutz"
        ACCESSIBILITY = "barrierefreiheit", "Barrierefreiheit"

    slug = models.CharField("Adresse", max_length=20, choices=Slug, unique=True)
    title = models.CharField("Überschrift", max_length=200)
    body = prose("Text", headings=(2, 3))

    objects = PageManager()

    class Meta:
        verbose_name = "Seite"
        verbose_name_plural = "Seiten"
        ordering = ["title"]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse(self.slug)

    def natural_key(self):
        return (self.slug,)


# --- the statement on accessibility ----------------------------------------------------------------


class AccessibilityStatementQuerySet(models.QuerySet):
    def get_by_natural_key(self, number):
        return self.get(pk=number)

    def for_page(self):
        """The one statement, with its exceptions; an empty one where nobody has made it."""
        return self.prefetch_related("exceptions").first() or AccessibilityStatement()


@tracked
class AccessibilityStatement(models.Model):
    """What a public body has to state (BfWebVO § 2, Directive (EU) 2016/2102, Art. 7), in one row.

    What is empty reads "keine Angabe": nothing is claimed that nobody has stated.
    """

    class Conformity(models.TextChoices):
        FULL = "full", "vollständig vereinbar"
        PARTIAL = "partial", "teilweise vereinbar"
        NONE = "none", "nicht vereinbar"

    class Method(models.TextChoices):
        SELF = "self", "Selbstbewertung"
        THIRD = "third", "Bewertung durch Dritte"

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    law = models.TextField(
        "Rechtsgrundlagen",
        blank=True,
        help_text="Gesetz und Verordnung des Landes und die Norm, zum Beispiel „BfWebVO, BITV 2.0, EN 301 549“",
    )
    conformity = models.CharField(
        "Stand der Vereinbarkeit mit den Anforderungen", max_length=7, choices=Conformity, blank=True
    )
    prepared_on = models.DateField("erstellt am", null=True, blank=True, help_text="zum Beispiel 27.11.2026")
    reviewed_on = models.DateField(
        "zuletzt überprüft am",
        null=True,
        blank=True,
        help_text="zum Beispiel 27.11.2026; mindestens jährlich",
    )
    method = models.CharField("Methode der Bewertung", max_length=5, choices=Method, blank=True)
    method_details = models.TextField(
        "Einzelheiten dazu",
        blank=True,
        help_text="wer womit geprüft hat, zum Beispiel „BIK BITV-Test durch …“",
    )
    contact_name = models.CharField(
        "Kontakt: Stelle oder Person", max_length=200, blank=True, help_text="bei der man Barrieren meldet"
    )
    contact_email = models.EmailField("E-Mail", blank=True, help_text="zum Beispiel barrierefrei@example.org")
    contact_phone = models.CharField("Telefon", max_length=50, blank=True, help_text="mit Vorwahl")
    contact_address = models.TextField(
        "Anschrift", blank=True, help_text="Straße, Postleitzahl und Ort, je Zeile"
    )
    enforcement_name = models.CharField(
        "Durchsetzungsstelle", max_length=200, blank=True, help_text="wie sie im Land heißt"
    )
    enforcement_website = models.URLField(
        "Internetadresse", max_length=500, blank=True, help_text="mit https://"
    )
    enforcement_email = models.EmailField("E-Mail", blank=True)
    enforcement_phone = models.CharField("Telefon", max_length=50, blank=True, help_text="mit Vorwahl")
    enforcement_address = models.TextField(
        "Anschrift", blank=True, help_text="Straße, Postleitzahl und Ort, je Zeile"
    )

    # Without these there is no statement; one way to the contact is enough.
    REQUIRED = ("law", "conformity", "prepared_on", "method", "enforcement_name", "enforcement_website")

    objects = AccessibilityStatementQuerySet.as_manager()

    class Meta:
        verbose_name = "Erklärung zur Barrierefreiheit"
        verbose_name_plural = "Erklärung zur Barrierefreiheit"
        constraints = [
            models.CheckConstraint(
                name="ozgstatus_accessibility_is_one",
                condition=models.Q(pk=1),
                violation_error_message="Es gibt nur einen Datensatz.",
            ),
            models.CheckConstraint(
                name="ozgstatus_accessibility_reviewed_later",
                condition=models.Q(reviewed_on__gte=models.F("prepared_on")) | models.Q(reviewed_on=None),
                violation_error_message="Überprüft wird eine Erklärung erst, wenn sie erstellt ist.",
            ),
        ]

    def __str__(self):
        return "Erklärung zur Barrierefreiheit"

    def get_absolute_url(self):
        return reverse(Page.Slug.ACCESSIBILITY)

    def natural_key(self):
        return (self.pk,)

    def missing(self) -> list[str]:
        """Labels of what the law asks for and nobody has stated."""
        fields = {field.name: field for field in self._meta.fields}
        labels = [str(fields[name].verbose_name) for name in self.REQUIRED if not getattr(self, name)]
        reachable = self.contact_email or self.contact_phone or self.contact_address
        return labels if reachable else [*labels, "Kontakt"]


class AccessibilityExceptionManager(models.Manager):
    def get_by_natural_key(self, position):
        return self.get(position=position)


@tracked
class AccessibilityException(models.Model):
    """Something on the site that is not accessible, and why."""

    class Ground(models.TextChoices):
        BARRIER = "barrier", "nicht vereinbar"
        BURDEN = "burden", "unverhältnismäßige Belastung"
        OUT_OF_SCOPE = "scope", "nicht im Anwendungsbereich"

    statement = models.ForeignKey(AccessibilityStatement, models.CASCADE, related_name="exceptions")
    position = models.PositiveSmallIntegerField("Platz", default=0)
    content = models.TextField("Inhalt", help_text="was nicht barrierefrei ist und wo")
    ground = models.CharField("Art", max_length=7, choices=Ground, default=Ground.BARRIER)
    reason = models.TextField("Begründung", help_text="warum das so ist")
    alternative = models.TextField("barrierefreie Alternative", blank=True)

    objects = AccessibilityExceptionManager()

    class Meta:
        verbose_name = "nicht barrierefreier Inhalt"
        verbose_name_plural = "nicht barrierefreie Inhalte"
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["statement", "position"],
                name="ozgstatus_accessibility_exception_place",
                deferrable=models.Deferrable.DEFERRED,
            )
        ]

    def __str__(self):
        return self.content

    def natural_key(self):
        return (self.position,)


# --- what the site knows of its own running ---------------------------------------------------------


class HousekeepingRun(models.Model):
    """When `housekeeping` ended last, in one row; no matter of editors and without history."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    ended_at = models.DateTimeField()
    problem = models.TextField(blank=True)  # what it complained about; empty where all went well

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(name="ozgstatus_housekeeping_is_one", condition=models.Q(pk=1)),
        ]

    def __str__(self):
        return f"{self.ended_at:%d.%m.%Y %H:%M}"

    @classmethod
    def record(cls, ended_at, problem: str) -> None:
        cls.objects.update_or_create(pk=1, defaults={"ended_at": ended_at, "problem": problem})
