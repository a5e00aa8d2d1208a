"""Editions of the newsletter: rubrics of blocks, each block a table or an article."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django_prose_editor.fields import ProseEditorField

from catalogue.models import Level, Service
from projects.models import ProjectReport
from rollout.models import RolloutReport
from stand.history import tracked, tracked_links
from stand.models import PositionConstraint, Publication, Publishable, WorkState, append_only
from stand.months import MonthField, first_of_month
from stand.paths import path_to
from stand.search import WithoutTags, search_indexes, search_text, search_words
from stand.slugs import Movable, SlugConstraint

from ..querysets import (
    ArticleQuerySet,
    BlockQuerySet,
    CatalogueRowQuerySet,
    EditionQuerySet,
    edition_name,
    month_in_numbers,
    month_key,
    title_of,
)

# The few elements that a text may have; the server removes everything else.
TEXT_ELEMENTS = {
    "Bold": True,
    "Italic": True,
    "BulletList": True,
    "OrderedList": True,
    "ListItem": True,
    "Link": {"enableTarget": False, "protocols": ["http", "https", "mailto", "tel"]},
    "HardBreak": True,
    "History": True,
}


def prose(label: str, *, headings=(3, 4), **kwargs) -> ProseEditorField:
    """A text with headings, bold, italic, lists and links; cleaned when it is saved."""
    elements = TEXT_ELEMENTS | {"Heading": {"levels": list(headings)}}
    return ProseEditorField(label, extensions=elements, sanitize=True, **kwargs)


@tracked
class Edition(Publishable):
    """One newsletter; its month is the month of publication and its address."""

    month = MonthField("Ausgabe", unique=True, help_text="Monat des Erscheinens, zum Beispiel 10/2022")
    label = models.CharField(
        "Bezeichnung",
        max_length=100,
        blank=True,
        help_text="wenn der Newsletter eine trägt, zum Beispiel „Ausgabe IX / 2023“",
    )
    opening = prose("Anschreiben", blank=True, help_text="Text vor der ersten Rubrik; darf leer sein")
    next_edition_on = models.DateField(
        "nächste Ausgabe am", null=True, blank=True, help_text="zum Beispiel 05.12.2022"
    )
    next_edition_text = prose("Hinweis auf die nächste Ausgabe", blank=True)
    cofinancing = models.TextField(
        "Mitfinanzierung",
        blank=True,
        help_text="zum Beispiel „Diese Maßnahme wird mitfinanziert durch Steuermittel …“",
    )
    hints = prose("Hinweise", blank=True, help_text="Kontakt, Abmeldung und Anmeldung")
    imprint = prose("Impressum der Ausgabe", blank=True)
    liability = prose("Haftungshinweis", blank=True)
    privacy = prose(
        "Datenschutz", blank=True, help_text="zum Beispiel der Verweis auf die Datenschutzerklärung"
    )
    publish_at = models.DateTimeField(
        "veröffentlichen am",
        null=True,
        blank=True,
        help_text="Tag und Uhrzeit, zu der die Ausgabe von selbst öffentlich wird; leer: erst auf Knopfdruck",
    )
    search_words = search_words(
        SearchVector(edition_name(), config="german", weight="A")
        + SearchVector(WithoutTags("opening"), config="german", weight="C")
    )
    search_name = search_text(edition_name())
    search_text = search_text(edition_name(), month_in_numbers(), WithoutTags("opening"))

    objects = EditionQuerySet.as_manager()

    class Meta:
        verbose_name = "Ausgabe"
        verbose_name_plural = "Ausgaben"
        ordering = ["-month"]
        indexes = search_indexes("newsletter_edition")
        permissions = [("publish_edition", "Kann Ausgaben veröffentlichen und zurückziehen")]
        constraints = [
            first_of_month("month", "Ausgabe"),
            models.CheckConstraint(
                name="newsletter_edition_waits_when_ready",
                condition=Q(publish_at=None) | Q(state=WorkState.READY),
                violation_error_message="Nur was bereit zur Freigabe ist, wartet auf seine Veröffentlichung.",
            ),
        ]

    def __str__(self):
        return self.title

    def save(self, *args, **kwargs):
        if self.state == WorkState.DRAFT:
            self.publish_at = None  # whoever takes it back to its draft stops its publication
        super().save(*args, **kwargs)

    @property
    def withdrawal(self):
        """Why and when it was withdrawn, or None."""
        return getattr(self.publication, "withdrawal", None) if self.is_published else None

    @property
    def state_label(self) -> str:
        if self.withdrawal:
            return "zurückgezogen"
        if self.publish_at and not self.is_published:
            moment = timezone.localtime(self.publish_at)
            return f"{self.get_state_display()}, öffentlich ab {moment:%d.%m.%Y, %H:%M} Uhr"
        return super().state_label

    def get_absolute_url(self):
        return path_to("newsletter:edition", self.month)

    @property
    def key(self) -> str:
        return month_key(self.month)

    @property
    def title(self) -> str:
        return title_of(self.month, self.label)

    def natural_key(self):
        return (self.month,)


class EditionPublicationManager(models.Manager):
    def get_by_natural_key(self, month):
        return self.get(edition__month=month)


@tracked
class EditionPublication(Publication):
    edition = models.OneToOneField(
        Edition, models.PROTECT, related_name="publication", verbose_name="Ausgabe"
    )

    objects = EditionPublicationManager()

    class Meta(Publication.Meta):
        pass

    def natural_key(self):
        return (self.edition.month,)

    natural_key.dependencies = ["newsletter.edition"]  # type: ignore[attr-defined]


class EditionWithdrawalManager(models.Manager):
    def get_by_natural_key(self, month):
        return self.get(publication__edition__month=month)

    def of(self, month):
        """That of the edition of `month`, or None."""
        withdrawals = self.select_related("publication__edition")
        return withdrawals.filter(publication__edition__month=month).first()


@tracked
class EditionWithdrawal(models.Model):
    """That a published edition is withdrawn, for good. It stays as it was, and nobody sees it any more."""

    publication = models.OneToOneField(
        EditionPublication, models.PROTECT, related_name="withdrawal", verbose_name="Veröffentlichung"
    )
    withdrawn_on = models.DateField("zurückgezogen am")
    reason = models.TextField("öffentliche Begründung")

    objects = EditionWithdrawalManager()

    class Meta:
        verbose_name = "Rücknahme"
        verbose_name_plural = "Rücknahmen"
        triggers = append_only()
        constraints = [
            models.CheckConstraint(
                name="newsletter_editionwithdrawal_says_why",
                condition=~Q(reason=""),
                violation_error_message="Bitte schreiben Sie, warum die Ausgabe zurückgezogen wird.",
            )
        ]

    def __str__(self):
        return f"{self.publication.edition}: zurückgezogen am {self.withdrawn_on:%d.%m.%Y}"

    def natural_key(self):
        return self.publication.natural_key()

    natural_key.dependencies = ["newsletter.editionpublication"]  # type: ignore[attr-defined]


class BelowEditionManager(models.Manager):
    """Natural keys of what an edition has at numbered places."""

    def get_by_natural_key(self, month, position):
        return self.get(edition__month=month, position=position)


@tracked
class Rubric(models.Model):
    """A Rubrik: an ordered list of blocks under one heading."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="rubrics", verbose_name="Ausgabe")
    position = models.PositiveSmallIntegerField("Reihenfolge", default=0)
    title = models.CharField("Überschrift", max_length=200, help_text="zum Beispiel „Aktuelles“")
    introduction = prose("Einleitung", blank=True)

    objects = BelowEditionManager()

    class Meta:
        verbose_name = "Rubrik"
        verbose_name_plural = "Rubriken"
        ordering = ["position"]
        constraints = [
            PositionConstraint(fields=["edition", "position"], name="newsletter_rubric_position_once")
        ]

    def __str__(self):
        return self.title

    def natural_key(self):
        return (self.edition.month, self.position)

    def take(self, article: "Article") -> None:
        """Put an article that stands nowhere at the end."""
        last = self.blocks.aggregate(last=models.Max("position"))["last"] or 0
        Block.objects.create(rubric=self, position=last + 1, kind=Block.Kind.ARTICLE, article=article)


@tracked
class Article(Movable):
    """A Beitrag: a text with its own address below its edition."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="articles", verbose_name="Ausgabe")
    title = models.CharField("Überschrift", max_length=300)
    slug = models.SlugField(
        "Adresse",
        max_length=120,
        blank=True,
        help_text="Teil der Internetadresse. Leer lassen: entsteht aus der Überschrift.",
    )
    body = prose(
        "Text", help_text="Text aus Word lässt sich einfügen; Überschriften, Listen und Links bleiben."
    )
    services = models.ManyToManyField(
        Service,
        blank=True,
        related_name="articles",
        verbose_name="Leistungen",
        help_text="um die es im Beitrag geht",
    )
    search_words = search_words(
        SearchVector("title", config="german", weight="A")
        + SearchVector(WithoutTags("body"), config="german", weight="C")
    )
    search_name = search_text("title")
    search_text = search_text("title", WithoutTags("body"))

    objects = ArticleQuerySet.as_manager()

    class Meta:
        verbose_name = "Beitrag"
        verbose_name_plural = "Beiträge"
        ordering = ["-edition__month", "pk"]
        indexes = search_indexes("newsletter_article")
        constraints = [
            SlugConstraint(name="newsletter_article_has_an_address"),
            models.UniqueConstraint(
                fields=["edition", "slug"],
                name="newsletter_article_address_once",
                violation_error_message="Diese Adresse hat in der Ausgabe schon ein anderer Beitrag.",
            ),
        ]

    def __str__(self):
        return self.title

    def save(self, *args, **kwargs):
        if not self.slug:
            others = Article.objects.filter(edition=self.edition).exclude(pk=self.pk)
            self.take_free_slug(self.title, others)
        super().save(*args, **kwargs)

    @property
    def can_be_placed(self) -> bool:
        """Whether it stands in no rubric of a draft."""
        return not hasattr(self, "block") and not self.edition.is_published

    def get_absolute_url(self):
        return path_to("newsletter:article", self.edition.month, self.slug)

    def natural_key(self):
        return (self.edition.month, self.slug)


@tracked
class Block(models.Model):
    """A table or an article of a rubric."""

    class Kind(models.TextChoices):
        AVAILABLE = "available", "Produktiv nutzbare Leistungen"
        PLANNED = "planned", "Kurz vor der Fertigstellung"
        ROLLOUT = "rollout", "Stand des Roll-Outs"
        PROJECTS = "projects", "Stand der Projekte"
        ARTICLE = "article", "Beitrag"

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="blocks", verbose_name="Ausgabe")
    rubric = models.ForeignKey(Rubric, models.CASCADE, related_name="blocks", verbose_name="Rubrik")
    position = models.PositiveSmallIntegerField("Reihenfolge", default=0)
    kind = models.CharField("Art", max_length=10, choices=Kind)
    title = models.CharField("Überschrift", max_length=300, blank=True, help_text="bei Beiträgen leer lassen")
    introduction = prose("Einleitung", blank=True, help_text="was gezählt wird, über der Tabelle")
    article = models.OneToOneField(
        Article, models.RESTRICT, null=True, blank=True, related_name="block", verbose_name="Beitrag"
    )
    rollout_report = models.ForeignKey(
        RolloutReport,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="blocks",
        verbose_name="Stand des Roll-Outs",
    )
    project_report = models.ForeignKey(
        ProjectReport,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="blocks",
        verbose_name="Stand der Projekte",
    )

    objects = BlockQuerySet.as_manager()

    class Meta:
        verbose_name = "Block"
        verbose_name_plural = "Blöcke"
        ordering = ["rubric__position", "position"]
        constraints = [
            PositionConstraint(fields=["rubric", "position"], name="newsletter_block_position_once"),
            models.CheckConstraint(
                name="newsletter_block_holds_what_it_says",
                condition=Q(
                    kind__in=["available", "planned"], article=None, rollout_report=None, project_report=None
                )
                | Q(kind="article", article__isnull=False, rollout_report=None, project_report=None)
                | Q(kind="rollout", article=None, rollout_report__isnull=False, project_report=None)
                | Q(kind="projects", article=None, rollout_report=None, project_report__isnull=False),
                violation_error_message="Bitte genau das auswählen, was zur Art des Blocks gehört.",
            ),
        ]

    def __str__(self):
        return self.article.title if self.article else self.title or self.get_kind_display()

    def save(self, *args, **kwargs):
        self.edition_id = self.rubric.edition_id
        super().save(*args, **kwargs)

    def natural_key(self):
        return (self.edition.month, self.rubric.position, self.position)


@tracked
class CatalogueRow(models.Model):
    """A line of an edition's catalogue as printed, taken from the services when the edition is published."""

    class Kind(models.TextChoices):
        AVAILABLE = "available", "produktiv nutzbar"
        PLANNED = "planned", "kurz vor der Fertigstellung"

    edition = models.ForeignKey(
        Edition, models.CASCADE, related_name="catalogue_rows", verbose_name="Ausgabe"
    )
    position = models.PositiveSmallIntegerField("Reihenfolge", default=0)
    kind = models.CharField("Liste", max_length=10, choices=Kind)
    level = models.CharField("Vollzug", max_length=24, choices=Level)
    authority_label = models.CharField("zuständige Behörde", max_length=200, blank=True)
    label = models.CharField("Bezeichnung", max_length=300)
    month = MonthField(
        "Monat", null=True, blank=True, help_text="verfügbar seit oder geplant in, zum Beispiel 09/2022"
    )
    address = models.URLField("Adresse", max_length=500, blank=True)
    parts = ArrayField(
        models.CharField(max_length=300), verbose_name="Teilleistungen", default=list, blank=True
    )
    parts_open = models.BooleanField("u.a.", default=False)
    service = models.ForeignKey(
        Service, models.PROTECT, null=True, blank=True, related_name="catalogue_rows", verbose_name="Leistung"
    )

    objects = CatalogueRowQuerySet.as_manager()

    class Meta:
        verbose_name = "Zeile des Katalogs"
        verbose_name_plural = "Katalog der Ausgabe"
        ordering = ["position"]
        constraints = [
            PositionConstraint(fields=["edition", "position"], name="newsletter_cataloguerow_position_once"),
            first_of_month("month", "Monat"),
        ]

    def __str__(self):
        return self.label

    def natural_key(self):
        return (self.edition.month, self.position)


@tracked_links
class ArticleService(Article.services.through):  # type: ignore[name-defined]
    """Which services an article is about; a name for the table that Django makes by itself."""

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = "Leistung des Beitrags"
        verbose_name_plural = "Leistungen des Beitrags"
