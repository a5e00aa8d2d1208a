"""What every dated report shares; the concrete ones are in `rollout` and `projects`, editions in `newsletter`."""

import pgtrigger
from django.apps import apps
from django.db import connection, models
from django.utils import timezone
from django.utils.html import strip_tags

from .querysets import PublicationQuerySet, RowQuerySet, StandQuerySet
from .slugs import FormerAddress
from .trash import DeletedDraft
from .wording import in_words
from .words import SearchedWord

__all__ = [
    "Correction",
    "CorrectionChange",
    "DeletedDraft",
    "Footnote",
    "FormerAddress",
    "PositionConstraint",
    "Publication",
    "Publishable",
    "ReportRow",
    "SearchedWord",
    "Stand",
    "WorkState",
    "append_only",
]


class WorkState(models.TextChoices):
    """How far an editor is; that something is published is told by its publication, not by this field."""

    DRAFT = "draft", "Entwurf"
    READY = "ready", "bereit zur Freigabe"


class PositionConstraint(models.UniqueConstraint):
    """One row per position, checked by the database at commit, so that rows can change places.

    Forms leave it alone: in the middle of a reordering two rows share a number.
    """

    def __init__(self, *, fields, name):
        super().__init__(fields=fields, name=name, deferrable=models.Deferrable.DEFERRED)

    def deconstruct(self):
        path, args, kwargs = super().deconstruct()
        kwargs.pop("deferrable", None)
        return path, args, kwargs

    def validate(self, *args, **kwargs):
        return


def append_only():
    """Triggers for rows that are written once."""
    return [
        pgtrigger.ReadOnly(name="written_once"),
        pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
    ]


class Publication(models.Model):
    """That something is public. Written last, never changed; a concrete one names what it publishes."""

    published_on = models.DateField("veröffentlicht am", null=True, blank=True)

    class Meta:
        abstract = True
        verbose_name = "Veröffentlichung"
        verbose_name_plural = "Veröffentlichungen"
        triggers = append_only()


class Publishable(models.Model):
    """What can be drafted, made ready and published, and may be an example."""

    state = models.CharField("Bearbeitung", max_length=10, choices=WorkState, default=WorkState.DRAFT)
    illustrative = models.BooleanField(
        "Beispieldaten",
        default=False,
        help_text="Erfundene Zahlen zur Anschauung: nie aktuell, überall mit dem Hinweis „Beispieldaten“.",
    )

    objects = PublicationQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def is_published(self) -> bool:
        return self.pk is not None and getattr(self, "publication", None) is not None

    @property
    def state_label(self) -> str:
        return "veröffentlicht" if self.is_published else self.get_state_display()


class Stand(Publishable):
    """A report whose figures hold for a date."""

    # The relations that hold its parts, in the order in which a copy makes them.
    parts: tuple[str, ...] = ("footnotes", "rows")

    date = models.DateField(
        "Stand",
        unique=True,
        null=True,
        blank=True,
        help_text="Tag, für den die Angaben gelten, zum Beispiel 05.10.2022. Ein Entwurf darf ohne Datum sein.",
    )
    note = models.TextField(
        "Hinweis", blank=True, help_text="Steht über der Tabelle, zum Beispiel was gezählt wird."
    )

    objects = StandQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["-date"]

    def __str__(self):
        return f"Stand {self.date:%d.%m.%Y}" if self.date else "Stand ohne Datum"

    def natural_key(self):
        return (self.date,)


class Footnote(models.Model):
    """A note with the number it has in print; concrete ones name their `report`."""

    natural_number = "number"

    number = models.PositiveSmallIntegerField("Nummer", help_text="wie gedruckt, zum Beispiel 1")
    text = models.TextField(
        "Text",
        blank=True,
        help_text="zum Beispiel „Die Analyse des tatsächlichen Standes wurde erst initialisiert.“",
    )

    objects = RowQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["number"]
        verbose_name = "Fußnote"
        verbose_name_plural = "Fußnoten"
        constraints = [
            models.UniqueConstraint(
                fields=["report", "number"],
                name="%(app_label)s_%(class)s_number_once",
                violation_error_message="Diese Nummer ist in diesem Stand schon vergeben.",
            )
        ]

    def __str__(self):
        return f"Fußnote {self.number}"

    def natural_key(self):
        return (self.report.date, self.number)


class ReportRow(models.Model):
    """A row as printed; concrete ones name their `report`, and the long-lived thing it is about."""

    natural_number = "position"
    # The field that links the long-lived thing, and what stands behind a number in words; by field.
    about: str
    units: dict[str, str] = {}

    position = models.PositiveSmallIntegerField("Reihenfolge", default=0)

    objects = RowQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["position"]
        verbose_name = "Zeile"
        verbose_name_plural = "Zeilen"
        constraints = [
            PositionConstraint(fields=["report", "position"], name="%(app_label)s_%(class)s_position_once")
        ]

    def natural_key(self):
        return (self.report.date, self.position)


class Correction(models.Model):
    """A Berichtigung: a dated, public note on something already published."""

    made_at = models.DateTimeField("am", default=timezone.now, editable=False)
    note = models.TextField("öffentlicher Hinweis")

    class Meta:
        verbose_name = "Berichtigung"
        verbose_name_plural = "Berichtigungen"
        ordering = ["-made_at"]
        triggers = append_only()

    def __str__(self):
        return f"Berichtigung vom {timezone.localtime(self.made_at):%d.%m.%Y}"

    @classmethod
    def declare(cls, note: str) -> "Correction":
        """Allow changes to published content until the transaction ends, and have them recorded under `note`.

        Must run inside `transaction.atomic()`.
        """
        if not connection.in_atomic_block:
            raise RuntimeError("A Berichtigung is declared inside a transaction.")
        correction = cls.objects.create(note=note)
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('ozgstatus.correction', %s, true)", [str(correction.pk)])
        return correction


class CorrectionChangeQuerySet(models.QuerySet):
    def below(self, *roots):
        """Changes of the given published objects, with their correction, newest first."""
        condition = models.Q(pk__in=[])
        for root in roots:
            condition |= models.Q(root_table=root._meta.db_table, root_id=root.pk)
        return (
            self.filter(condition)
            .worth_telling()
            .select_related("correction")
            .order_by("-correction__made_at", "pk")
        )

    def last_of_rows(self):
        """When each row was corrected last, by its table and number."""
        found = self.order_by().values_list("table_name", "row_id")
        return {
            (table, row): moment for table, row, moment in found.annotate(models.Max("correction__made_at"))
        }

    def last_of_roots(self):
        """When something in each published thing was corrected last, by its table and number."""
        found = self.order_by().values_list("root_table", "root_id")
        return {
            (table, row): moment for table, row, moment in found.annotate(models.Max("correction__made_at"))
        }

    def worth_telling(self):
        """Without what says nothing to a reader: empty beside empty, places, and what a new row belongs to."""
        empty = models.Q(old_value__isnull=True) | models.Q(old_value="") | models.Q(old_value=[])
        empty_now = models.Q(new_value__isnull=True) | models.Q(new_value="") | models.Q(new_value=[])
        return self.exclude(empty, empty_now).exclude(
            column_name__in=["position", "report_id", "edition_id", "rubric_id"]
        )


class CorrectionChange(models.Model):
    """One value that a correction changed, written by the database itself."""

    correction = models.ForeignKey(
        Correction, models.PROTECT, related_name="changes", verbose_name="Berichtigung"
    )
    root_table = models.CharField("veröffentlicht als", max_length=63)
    root_id = models.BigIntegerField()
    table_name = models.CharField("Tabelle", max_length=63)
    row_id = models.BigIntegerField("Zeile")
    row_label = models.TextField("Bezeichnung der Zeile", blank=True, default="")
    column_name = models.CharField("Feld", max_length=63)
    old_value = models.JSONField("bisher", null=True)
    new_value = models.JSONField("neu", null=True)

    objects = CorrectionChangeQuerySet.as_manager()

    class Meta:
        verbose_name = "berichtigter Wert"
        verbose_name_plural = "berichtigte Werte"
        indexes = [models.Index(fields=["root_table", "root_id"], name="stand_correction_root")]
        triggers = append_only()

    def __str__(self):
        return self.in_words

    @property
    def in_words(self) -> str:
        """ "Zeile „Wahlschein“, Anzahl: bisher 48, neu 50" in the names that the admin shows."""
        model, field = self._model_and_field()
        if model is None or field is None:
            return f"{self.column_name}: geändert"
        label = f" „{strip_tags(self.row_label)}“" if self.row_label else ""
        subject = f"{model._meta.verbose_name}{label}, {field.verbose_name}"
        if field.is_relation:  # the number of a row says nothing to a reader
            return f"{subject}: {self._what_became_of_the_link()}"
        return f"{subject}: bisher {in_words(self.old_value, field)}, neu {in_words(self.new_value, field)}"

    def _model_and_field(self):
        for model in apps.get_models(include_auto_created=True):
            if model._meta.db_table == self.table_name and not model._meta.proxy:
                columns = {field.column: field for field in model._meta.concrete_fields}
                return model, columns.get(self.column_name)
        return None, None

    def _what_became_of_the_link(self) -> str:
        if self.old_value is None:
            return "ergänzt"
        return "entfernt" if self.new_value is None else "geändert"
