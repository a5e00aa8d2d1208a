"""Values as the database keeps them, in the words that the admin shows; for corrections, history and conflicts."""

import datetime
from contextlib import suppress

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.html import strip_tags

from .months import MonthField, format_month


def field_of_column(model: type[models.Model], column: str) -> models.Field | None:
    """The field that `column` of the model's table belongs to."""
    return next((field for field in model._meta.concrete_fields if field.column == column), None)


def in_words(value, field: models.Field | None = None) -> str:
    """A value as JSON holds it: "leer", "ja", a label, a month, or the text in quotation marks."""
    if isinstance(field, ArrayField) and isinstance(value, list):
        labels = dict(field.base_field.flatchoices)
        value = [labels.get(part, part) for part in value]
    elif field is not None and field.flatchoices:
        value = dict(field.flatchoices).get(value, value)
    elif isinstance(field, models.DateField) and value:
        value = _date(str(value), isinstance(field, MonthField))
    if value in (None, "", []):
        return "leer"
    if isinstance(value, bool):
        return "ja" if value else "nein"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return f"„{strip_tags(str(value))}“"


def _date(text: str, is_month: bool) -> str:
    with suppress(ValueError):
        date = datetime.date.fromisoformat(text)
        return format_month(date) if is_month else f"{date:%d.%m.%Y}"
    return text
