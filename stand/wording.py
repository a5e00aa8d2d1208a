"""Values as the database keeps them, in the words that the admin shows; for corrections, history and conflicts."""

import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.html import strip_tags

from .months import MonthField, format_month


def field_of_column(model: type[models.Model], column: str) -> models.Field | None:
    """The field that `column` of the model's table belongs to."""
    return next((field for field in model._meta.concrete_fields if field.column == column), None)


def in_words(value, field: models.Field | None = None) -> str:
    """A value, also as JSON holds it: "leer", "ja", 48, a date, a month, or a label or text in quotation marks."""
    if value in (None, "", []) and not (field is not None and field.flatchoices):
        return "leer"
    if isinstance(value, bool):
        return "ja" if value else "nein"
    if isinstance(value, list):
        labels = dict(field.base_field.flatchoices) if isinstance(field, ArrayField) else {}
        return ", ".join(str(labels.get(part, part)) for part in value)
    if isinstance(field, models.DateField):
        return _date(value, isinstance(field, MonthField))
    if field is not None and field.flatchoices:
        value = dict(field.flatchoices).get(value, value)
    if value in (None, ""):
        return "leer"
    return str(value) if isinstance(value, int) else f"„{strip_tags(str(value))}“"


def _date(value: datetime.date | str, is_month: bool) -> str:
    moment = datetime.datetime.fromisoformat(value) if isinstance(value, str) else value
    if isinstance(moment, datetime.datetime) and timezone.is_aware(moment):
        return f"{timezone.localtime(moment):%d.%m.%Y, %H:%M} Uhr"
    return format_month(moment) if is_month else f"{moment:%d.%m.%Y}"
