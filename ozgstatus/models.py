"""What makes the site somebody's: its name, operator and texts."""

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
        return self.annotate(
            has_rollout=Exists(RolloutReport.objects.real()),
            has_projects=Exists(ProjectReport.objects.real()),
            has_register=Exists(RegisterEdition.objects.all()),
            has_maps=Exists(ServiceCompetence.objects.for_usage().with_maps()),
            has_development=Exists(Service.objects.available()) | Exists(Project.objects.real()),
            has_editions=Exists(Edition.objects.public()),
            has_corrections=Exists(Correction.objects.all()),
            pages=ArraySubquery(Page.objects.values("slug")),
        ).first() or Site(name="OZG-Status")


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
