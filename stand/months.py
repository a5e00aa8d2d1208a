"""Months as the newsletter prints them: MM/YYYY in forms and on pages, the first of the month in the database."""

import datetime
import re

from django import forms
from django.contrib.postgres.fields import DateRangeField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

NAMES = (
    *("Januar", "Februar", "März", "April", "Mai", "Juni"),
    *("Juli", "August", "September", "Oktober", "November", "Dezember"),
)


def format_month(month: datetime.date | None) -> str:
    """`2022-09-01` as "09/2022", nothing as ""."""
    return f"{month.month:02}/{month.year}" if month else ""


def month_in_words(month: datetime.date) -> str:
    """`2022-10-01` as "Oktober 2022". Pages name hundreds of months, and Django takes its time to translate one."""
    return f"{NAMES[month.month - 1]} {month.year}"


def parse_month(text: str) -> datetime.date:
    """The first day of the month in "9/2022" or "09/2022", from 1900 to 2199; ValueError for anything else."""
    match = re.fullmatch(r"(\d{1,2})\s*/\s*((?:19|20|21)\d\d)", text.strip(), re.ASCII)
    if not match:
        raise ValueError(text)
    return datetime.date(int(match[2]), int(match[1]), 1)


def month_after(month: datetime.date) -> datetime.date:
    """The first day of the next month."""
    return (month.replace(day=28) + datetime.timedelta(days=4)).replace(day=1)


def month_before(month: datetime.date) -> datetime.date:
    """The first day of the month before."""
    return (month.replace(day=1) - datetime.timedelta(days=1)).replace(day=1)


def last_day_of(month: datetime.date) -> datetime.date:
    """The last day of the month."""
    return month_after(month) - datetime.timedelta(days=1)


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


class MonthOf(models.Func):
    """The first day of a date's month. Immutable, unlike Django's TruncMonth, so that a rule may rest on it."""

    template = "date_trunc('month', (%(expressions)s)::timestamp)::date"
    output_field = models.DateField()


class MonthName(models.Func):
    """The German name of a date's month. Immutable, and the same whatever language Django has active."""

    arity = 1
    output_field = models.TextField()
    template = f"(ARRAY[{', '.join(map(repr, NAMES))}])[extract(month FROM %(expressions)s)::int]"


class MonthRange(models.Func):
    """The months from the first to the last, both included, without a last one all from then on.

    Their first days stand for them. NULL where there is no first, or the last comes before it.
    """

    arity = 2
    output_field = DateRangeField()

    def as_sql(self, compiler, connection, **context):
        (first, first_params), (last, last_params) = map(compiler.compile, self.source_expressions)
        sql = (
            f"CASE WHEN {first} IS NOT NULL AND {last} IS NULL OR {first} <= {last} "
            f"THEN daterange({first}, {last}, '[]') END"
        )
        return sql, (*first_params, *last_params) * 3
