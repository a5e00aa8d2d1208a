"""Months as the newsletter prints them: MM/YYYY in forms and on pages, the first of the month in the database."""

import datetime
import re

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q


def format_month(month: datetime.date | None) -> str:
    """`2022-09-01` as "09/2022", nothing as ""."""
    return f"{month.month:02}/{month.year}" if month else ""


def parse_month(text: str) -> datetime.date:
    """The first day of the month in "9/2022" or "09/2022", from 1900 to 2199; ValueError for anything else."""
    match = re.fullmatch(r"(\d{1,2})\s*/\s*((?:19|20|21)\d\d)", text.strip(), re.ASCII)
    if not match:
        raise ValueError(text)
    return datetime.date(int(match[2]), int(match[1]), 1)


class MonthFormField(forms.CharField):
    """A month typed as MM/JJJJ."""

    default_error_messages = {
        "invalid_month": "„%(value)s“ ist kein Monat. Bitte als MM/JJJJ eingeben, zum Beispiel 09/2022.",
    }

    def __init__(self, **kwargs):
        kwargs.setdefault(
            "widget", forms.TextInput(attrs={"size": 8, "inputmode": "numeric", "placeholder": "MM/JJJJ"})
        )
        super().__init__(**kwargs)

    def prepare_value(self, value):
        return format_month(value) if isinstance(value, datetime.date) else value

    def to_python(self, value):
        value = super().to_python(value)
        if not value:
            return None
        try:
            return parse_month(value)
        except ValueError:
            raise ValidationError(
                self.error_messages["invalid_month"], code="invalid_month", params={"value": value}
            ) from None

    def has_changed(self, initial, data):
        return format_month(initial) != (data or "").strip()


class MonthField(models.DateField):
    """A date that is always the first of a month; pair it with `first_of_month` in the model's constraints."""

    def formfield(self, **kwargs):
        # The admin asks for its date widget; a month is typed, not picked from days.
        kwargs.pop("widget", None)
        return super().formfield(**{"form_class": MonthFormField, **kwargs})


def first_of_month(field: str, label: str) -> models.CheckConstraint:
    """The rule that `field` holds the first day of a month or nothing."""
    return models.CheckConstraint(
        name=f"%(app_label)s_%(class)s_{field}_first_of_month",
        condition=Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__day": 1}),
        violation_error_message=f"{label}: ein Monat wird als dessen erster Tag gespeichert.",
    )
