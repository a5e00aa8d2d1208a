"""Editions as PDF, made once per publication or Berichtigung."""

from django.db import models
from django.utils import timezone

from .editions import Edition


class EditionPdf(models.Model):
    """The PDF of a public edition. It follows from the edition, so it is neither guarded nor in the history.

    `change_count` says how many corrected values there were when it was made; as these are never deleted, a PDF with
    fewer than there are now is out of date.
    """

    edition = models.OneToOneField(Edition, models.CASCADE, related_name="pdf", verbose_name="Ausgabe")
    content = models.BinaryField("Datei")
    size = models.GeneratedField(
        expression=models.Func("content", function="octet_length"),
        output_field=models.PositiveIntegerField("Größe in Bytes"),
        db_persist=True,
    )
    digest = models.CharField("SHA-256", max_length=64)
    change_count = models.PositiveIntegerField("berichtigte Werte")
    made_at = models.DateTimeField("erstellt am", default=timezone.now)

    class Meta:
        verbose_name = "PDF einer Ausgabe"
        verbose_name_plural = "PDF der Ausgaben"

    def __str__(self):
        return f"{self.edition}: PDF"
