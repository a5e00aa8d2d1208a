"""The table of a report as columns of texts: one declaration for its grid and for its exchange as a file."""

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction

from .forms import LinesField, rule_place
from .months import MonthField, format_month


@dataclass(frozen=True)
class Column:
    """A column of a table; `name` is the field of the row."""

    name: str
    in_grid: bool = False
    # Whether a file must have it; without an optional column, rows keep what they have.
    needed: bool = False
    # What may be chosen in a report, in words, where the field itself does not say it.
    options: Callable[[Any], Iterable[tuple[Any, str]]] | None = None
    # What is forgiven in a typed text.
    tidy: Callable[[str], str] = str.strip
    # Its name in open data (`opendata.py`), whose files may come back.
    open_name: str = ""
    # Further words for what may be chosen, which open data use.
    open_options: Callable[[Any], Iterable[tuple[Any, str]]] | None = None


@dataclass(frozen=True)
class Table:
    """The rows of a report. `identity`: fields by which a row of a file is recognised, the surest first."""

    model: type[models.Model]
    columns: tuple[Column, ...]
    identity: tuple[tuple[str, ...], ...] = (("label",),)
    # Columns that open data have besides, and that no import takes over.
    passed_over: tuple[str, ...] = ()

    def cells(self, report, *, in_grid=False) -> list["Cells"]:
        wanted = [column for column in self.columns if column.in_grid or not in_grid]
        return [_cells(column, self.model._meta.get_field(column.name), report) for column in wanted]

    def rows(self, report):
        return self.model._default_manager.filter(report=report).order_by("position")

    def locked_rows(self, report) -> list:
        """The rows, which nobody else changes before the transaction ends; always locked in the same order."""
        rows = self.model._default_manager.filter(report=report).select_for_update().order_by("pk")
        return sorted(rows, key=lambda row: row.position)


class _Cells:
    """One column in one report: values of its rows as texts, and texts as values.

    `text` is what a form holds, `words` is what a person reads; they differ where one chooses.
    """

    def __init__(self, column: Column, field):
        self.column = column
        self.field = field
        self.name = column.name
        self.label = field.verbose_name
        self.attribute = field.attname

    def value(self, row):
        return getattr(row, self.attribute)

    def put(self, row, value):
        setattr(row, self.attribute, value)


class Typed(_Cells):
    options: list[tuple[str, str]] = []

    def __init__(self, column: Column, field):
        super().__init__(column, field)
        if isinstance(field, ArrayField):
            self.form_field = LinesField(base_field=field.base_field, required=not field.blank)
        else:
            self.form_field = field.formfield()

    @property
    def is_number(self):
        return isinstance(self.field, models.IntegerField)

    def text(self, row) -> str:
        value = self.value(row)
        if isinstance(value, list):
            return "\n".join(value)
        if isinstance(self.field, MonthField):
            return format_month(value)
        if isinstance(value, datetime.date):
            return f"{value:%d.%m.%Y}"
        return "" if value is None else str(value)

    words = text

    def in_words(self, text):
        return text

    def clean(self, text):
        value = self.form_field.clean(text)
        self.field.run_validators(value)  # what fits into the column, which a form's field does not know
        return value

    def from_words(self, words):
        return self.clean(self.column.tidy(words))


class Chosen(_Cells):
    is_number = False

    def __init__(self, column, field, options, open_options=()):
        super().__init__(column, field)
        values = ([(None, "")] if field.null else []) + [(value, str(words)) for value, words in options]
        self.values = {_key(value): value for value, _ in values}
        self.options = [(_key(value), words) for value, words in values]
        self._words = dict(self.options)
        self._open_keys = {str(words): _key(value) for value, words in open_options}
        # The field's own words hold too: "Plan" where the report says "Plan 2022".
        self._keys: dict[str, set[str]] = {}
        for key, words in [
            *((_key(value), str(words)) for value, words in field.choices or []),
            *self.options,
        ]:
            self._keys.setdefault(words.casefold(), set()).add(key)

    def text(self, row):
        return _key(self.value(row))

    def words(self, row):
        return self._words.get(self.text(row), "")

    def in_words(self, text):
        return self._words.get(text, text)

    def clean(self, text):
        if text not in self.values:
            raise ValidationError("Bitte wählen Sie einen der angebotenen Werte.")
        return self.values[text]

    def from_words(self, words):
        words = words.strip()
        if not words and not self.field.null:
            return self.field.get_default()
        if words in self._open_keys:
            return self.values[self._open_keys[words]]
        found = self._keys.get(words.casefold(), set())
        if len(found) > 1:
            raise ValidationError(f"„{words}“ gibt es mehrmals. Bitte wählen Sie es im Formular.")
        if not found:
            raise ValidationError(f"„{words}“ steht nicht zur Wahl.{self._offer()}")
        return self.values[next(iter(found))]

    def _offer(self) -> str:
        offered = [words for _, words in self.options if words]
        if not offered:
            return " In diesem Stand ist noch nichts angelegt."
        return f" Möglich: {', '.join(offered)}." if len(offered) <= 10 else ""


Cells = Typed | Chosen


def _key(value) -> str:
    return "" if value is None else str(value)


def _cells(column: Column, field, report) -> Cells:
    if column.options:
        open_options = column.open_options(report) if column.open_options else ()
        return Chosen(column, field, column.options(report), open_options)
    if isinstance(field, models.BooleanField):
        return Chosen(column, field, [(True, "ja"), (False, "nein")])
    if field.choices:
        return Chosen(column, field, field.choices)
    return Typed(column, field)


def broken_rules(row) -> dict[str, list[str]]:
    """Messages of the database's rules that `row` breaks, by the field each is about."""
    broken: dict[str, list[str]] = {}
    for rule in row._meta.constraints:
        if isinstance(rule, models.CheckConstraint):
            try:
                rule.validate(type(row), row)
            except ValidationError as error:
                broken.setdefault(rule_place(rule), []).extend(error.messages)
    return broken


def save_rows(rows: list, names: set[str]) -> dict[int, dict[str, list[str]]]:
    """Write these fields of all rows, or none; returns the messages of broken rules, by row and field.

    The database judges all rows at once; only where it refuses are they asked one by one which rule it was.
    """
    if not rows:
        return {}
    try:
        with transaction.atomic():
            type(rows[0])._default_manager.bulk_update(rows, sorted(names))
            connection.check_constraints()
    except IntegrityError:
        found = {row.pk: broken for row in rows if (broken := broken_rules(row))}
        if not found:
            raise
        return found
    return {}
